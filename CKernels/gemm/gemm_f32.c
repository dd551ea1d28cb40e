/// ck_gemm_f32; and small products, for which it takes a short way: from the checks to the microkernel everything is one
/// function, so that compilers keep the call in registers. To write it down, read it again and ask along the long way takes
/// as long as a tiny product itself (10 ns of 30).
#include "../runtime/dispatch.h"
#include "few_tiles.h"
#include "gemm_ways.h"

/// Elements of operands that the first cache holds, so that tiles may read pieces of their rows.
enum { first_cache = 1 << 13 };

/// Sums for which it takes longer to decide what to copy than a copy could save.
CK_INLINE int has_short_sums(const ck_gemm_call *call) {
    if (call->k <= CK_SHORT_K) return call->m > CK_FEW_ROWS || call->n * call->k <= first_cache;
    return !call->transpose_b && (call->m + call->n) * call->k <= first_cache &&
           ck_gemm_parts(call->transpose_a, call->n, call->k) == 1;
}

CK_INLINE int is_small(const ck_gemm_call *call) {
    return call->m * call->n <= CK_SMALL_ELEMENTS && call->k != 0 && has_short_sums(call) && call->alpha == 1 &&
           call->finish == NULL && call->packed_b == NULL && !(call->transpose_b && call->n > CK_SHORT_K);
}

/// Both operands transposed and a long k: then Cᵀ = B A has no copy of either, and is small beside them.
static int is_smaller_transposed(const ck_gemm_call *call) {
    return call->transpose_a && call->transpose_b && call->beta == 0 && call->n <= 16 && call->k >= 32 && call->k >= call->m;
}

void ck_gemm_multiply_few_tiles(const ck_gemm_call *call) { multiply_few_tiles(call); }

/// With a transposed copy of a transposed B of up to CK_SHORT_K rows and columns. Changes the call, which has just been
/// written down member by member: to copy it would be to wait until all of them have left the processor.
__attribute__((noinline)) static void multiply_with_copy(ck_gemm_call *call) {
    _Alignas(64) float turned[CK_SHORT_K * CK_SHORT_K];
    const size_t width = (call->n + 15) & ~(size_t)15;
    call->kernels->pack_transposed(call->n, call->k, call->b, call->ldb, 1, width, turned);
    call->transpose_b = 0, call->b = turned, call->ldb = width;
    multiply_few_tiles(call);
}

/// A small product with a transposed B, for which tiles where it lies will not do. Changes the call.
__attribute__((noinline)) static void multiply_transposed(ck_gemm_call *call) {
    const ck_gemm_range all = {0, call->m, 0, call->n};
    if (ck_gemm_turns_b(call, &all)) ck_gemm_turned_range(call, &all);
    else if (is_smaller_transposed(call)) ck_gemm_multiply_few_swapped(call);
    else multiply_with_copy(call);
}

/// Dots in one block, of rows where they lie.
CK_INLINE int is_dot_block(const ck_gemm_call *call) {
    return ck_gemm_call_is_dot(call) && call->k <= CK_DOT_K && call->n <= CK_DOT_COLUMNS && call->m <= CK_DOT_ROWS &&
           !ck_gemm_dot_packs(call) && call->alpha == 1 && call->finish == NULL;
}

CK_INLINE void multiply_dot_block(const ck_gemm_call *call) {
    float sums[CK_DOT_ROWS * CK_DOT_COLUMNS];
    const int is_plain = call->beta == 0 && call->bias == NULL && !call->relu;
    const ck_dot_block block = {
        .rows = call->m, .columns = call->n, .k = call->k, .a = call->a, .lda = call->lda, .is_far = 0, .b = call->b,
        .ldb = call->ldb, .is_first = 1, .is_last = 1, .lanes = NULL, .c = is_plain ? call->c : sums,
        .ldc = is_plain ? call->ldc : call->n};
    call->vector->gemm_dot(&block);
    if (is_plain) return;
    const ck_dot_finish finish = {
        .rows = call->m, .columns = call->n, .sums = sums, .alpha = 1, .beta = call->beta, .c = call->c, .ldc = call->ldc,
        .bias = call->bias, .relu = call->relu};
    call->vector->gemm_dot_finish(&finish);
}

/// A column as the row that it is as well: the chains of its elements lie side by side.
CK_INLINE void turn_column(ck_gemm_call *call) {
    const float *const a = call->a;
    const size_t lda = call->lda;
    call->n = call->m, call->m = 1;
    call->a = call->b, call->lda = call->ldb, call->transpose_a = !call->transpose_b;
    call->b = a, call->ldb = lda, call->transpose_b = 0;
}

/// Whether it has computed all of C. Changes the call.
CK_INLINE int multiply_small(ck_gemm_call *call) {
    ck_gemm_call kept; // its address leaves this function; that of `call` must not, or it would be in memory
    if (is_dot_block(call)) {
        multiply_dot_block(call);
        return 1;
    }
    if (ck_gemm_call_is_dot(call) || !is_small(call)) return 0;
    if (ck_gemm_few_columns_swap(call, call->m, call->n)) {
        if (call->m * call->k > first_cache) return 0;
        if (!ck_gemm_is_column(call)) {
            if (call->beta != 0) return 0;
            kept = *call;
            ck_gemm_multiply_few_swapped(&kept);
            return 1;
        }
        turn_column(call);
    }
    if (call->transpose_b) {
        kept = *call;
        multiply_transposed(&kept);
    } else multiply_few_tiles(call);
    return 1;
}

int ck_gemm_multiply_small(const ck_gemm_call *call) {
    ck_gemm_call small = *call;
    return multiply_small(&small);
}

/// Whether tiles do all that comes after the sums.
CK_INLINE int is_plain(const ck_epilogue *epilogue) {
    return epilogue == NULL ||
           (epilogue->residual == NULL && (epilogue->activation == CK_IDENTITY || epilogue->activation == CK_RELU));
}

/// Whether there is something to compute, to which ck_gemm_begin would not object: in fewer instructions, as all is read.
CK_INLINE int is_complete(const ck_gemm_call *call) {
    return call->m != 0 && call->n != 0 && call->k != 0 &&
           call->lda >= (call->transpose_a ? call->m : call->k) && call->ldb >= (call->transpose_b ? call->k : call->n) &&
           call->ldc >= call->n && call->a != NULL && call->b != NULL && call->c != NULL;
}

ck_status ck_gemm_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t m, size_t n, size_t k, float alpha,
                      const float *a, size_t lda, const float *b, size_t ldb, float beta, float *c, size_t ldc,
                      const ck_epilogue *epilogue) {
    CK_ALONE(a);
    CK_ALONE(lda);
    CK_ALONE(b);
    CK_ALONE(ldb);
    CK_ALONE(c);
    CK_ALONE(ldc);
    // All members: compilers fill up the others with a string instruction that takes as long as a tiny product.
    const ck_gemm_call call = {
        .kernels = NULL, .vector = NULL, .bias = NULL, .relu = 0, .finish = NULL, .lower = 0,
        .is_large = 0, .packed_b = NULL,
        .transpose_a = transpose_a, .transpose_b = transpose_b, .m = m, .n = n, .k = k, .alpha = alpha, .a = a,
        .lda = lda, .b = b, .ldb = ldb, .beta = beta, .c = c, .ldc = ldc};
    const int is_short = ck_gemm_is_short(&call);
    if (is_short && is_complete(&call) && is_plain(epilogue)) {
        ck_gemm_call small = call;
        small.bias = epilogue == NULL ? NULL : epilogue->bias;
        small.relu = epilogue != NULL && epilogue->activation == CK_RELU;
        const ck_dispatch *const dispatch = ck_dispatch_current();
        small.kernels = dispatch->gemm, small.vector = dispatch->vector;
        if (multiply_small(&small)) return CK_OK;
    }
    ck_gemm_call general = call;
    ck_gemm_finish finish;
    if (ck_gemm_begin(&general) != CK_OK || ck_gemm_set_epilogue(&general, epilogue, &finish) != CK_OK)
        return CK_INVALID_ARGUMENT;
    if (m == 0 || n == 0) return CK_OK;
    if (is_short) ck_gemm_compute(&general, &(ck_gemm_range){0, m, 0, n}, NULL); // ck_gemm_multiply would ask all that again
    else ck_gemm_multiply(pool, &general);
    return CK_OK;
}
