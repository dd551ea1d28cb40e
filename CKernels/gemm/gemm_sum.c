/// ck_gemm_sum_f32: the general product, whose panels are packed from several pairs of matrices.
#include "gemm_blocks.h"

/// A stretch of one term's k, and where it lies among the k that is packed.
typedef struct stretch {
    size_t p, k, offset;
} stretch;

/// The part of p..<p + k that falls into a term whose k begins at `first`. Empty if k is 0.
static stretch overlap(size_t first, size_t term_k, size_t p, size_t k) {
    const size_t begin = p > first ? p : first, end = ck_lesser(p + k, first + term_k);
    if (begin >= end) return (stretch){0, 0, 0};
    return (stretch){begin - first, end - begin, begin - p};
}

/// One term's part of one panel. In a matrix that `lies_along` its panels, the rows are stretches of the panel's rows.
static void pack_stretch(const ck_gemm_kernels *kernels, const float *matrix, size_t ld, int lies_along, stretch part,
                         size_t from, size_t left, float scale, size_t width, float *to) {
    if (lies_along)
        kernels->pack_straight(ck_lesser(width, left), part.k, matrix + part.p * ld + from, ld, scale, width, part.k,
                               to);
    else kernels->pack_transposed(left, part.k, matrix + from * ld + part.p, ld, scale, width, to);
}

void ck_gemm_gather(const ck_gemm_call *call, ck_gemm_side side, size_t first, size_t count, size_t p, size_t k,
                    size_t width, size_t step, float *to) {
    const int is_a = side == CK_SIDE_A, lies_along = is_a ? call->transpose_a : !call->transpose_b;
    const size_t start = is_a ? call->first_row + first : first;
    // Panel by panel, in the order of memory, as packing wants it.
    for (size_t i = 0; i < count; i += width) {
        size_t term_p = 0;
        for (size_t t = 0; t < call->term_count; term_p += call->terms[t++].k) {
            const ck_gemm_term *term = &call->terms[t];
            const stretch part = overlap(term_p, term->k, p, k);
            if (part.k == 0) continue;
            pack_stretch(call->kernels, is_a ? term->a : term->b, is_a ? term->lda : term->ldb, lies_along, part,
                         start + i, count - i, is_a ? call->alpha : 1, width, to + i * step + part.offset * width);
        }
    }
}

/// Checks every term as a product of its own; `call` stands for all of them then.
static ck_status begin(ck_gemm_call *call) {
    size_t k = 0;
    if (call->terms == NULL && call->term_count != 0) return CK_INVALID_ARGUMENT;
    for (size_t t = 0; t < call->term_count; t++) {
        const ck_gemm_term *term = &call->terms[t];
        ck_gemm_call product = *call;
        product.a = term->a, product.lda = term->lda;
        product.b = term->b, product.ldb = term->ldb;
        product.k = term->k;
        if (ck_gemm_begin(&product) != CK_OK) return CK_INVALID_ARGUMENT;
        k += product.k;
    }
    // What is left is to check C: as of a product that reads neither A nor B.
    call->k = 0;
    call->lda = call->ldb = SIZE_MAX;
    const ck_status status = ck_gemm_begin(call);
    call->k = k;
    return status;
}

ck_status ck_gemm_sum_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t m, size_t n, size_t term_count,
                          const ck_gemm_term *terms, float alpha, float beta, float *c, size_t ldc,
                          const ck_gradient_epilogue *epilogue) {
    ck_gemm_call call = {
        .transpose_a = transpose_a, .transpose_b = transpose_b, .m = m, .n = n, .alpha = alpha, .beta = beta, .c = c,
        .ldc = ldc, .terms = terms, .term_count = term_count};
    if (begin(&call) != CK_OK) return CK_INVALID_ARGUMENT;
    if (epilogue != NULL) return ck_gemm_multiply_gradient(pool, &call, epilogue);
    if (m != 0 && n != 0) ck_gemm_multiply(pool, &call);
    return CK_OK;
}
