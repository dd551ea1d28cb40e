/// Prepacked B: a header, then what the family of the product wants: panels of columns for chains, rows for dots.
#include <string.h>

#include "../runtime/dispatch.h"
#include "gemm_blocks.h"

/// 64 bytes, so that what follows is aligned as the memory is.
typedef struct packed_header {
    _Alignas(64) char mark[8];
    uint64_t n, k;
    uint32_t isa;
    uint32_t transpose_b; // of the B that was packed: it is part of what chooses the family
} packed_header;

static const char packed_mark[8] = "ck_gemm";

static int is_dot(int transpose_b, size_t n, size_t k) { return ck_gemm_is_dot(0, transpose_b, n, k); }

/// From one row of op(B)ᵀ to the next: no power of two, lest the rows share a few sets of the cache.
static size_t row_step(size_t k) { return (k + 15) / 16 * 16 + 16; }

static const float *contents(const packed_header *header) { return (const float *)(header + 1); }

/// A product with this B, so far as it is known without A and C.
static ck_gemm_call product(int transpose_b, size_t n, size_t k, const float *b, size_t ldb) {
    const ck_dispatch *dispatch = ck_dispatch_current();
    return (ck_gemm_call){
        .kernels = dispatch->gemm, .vector = dispatch->vector, .transpose_b = transpose_b, .n = n, .k = k, .b = b,
        .ldb = ldb};
}

size_t ck_gemm_packed_bytes(int transpose_b, size_t n, size_t k) {
    const ck_gemm_call call = product(transpose_b, n, k, NULL, 0);
    const size_t width = ck_gemm_range_columns(&call);
    const size_t floats = is_dot(transpose_b, n, k) ? n * row_step(k) : (n + width - 1) / width * width * k;
    return sizeof(packed_header) + floats * sizeof(float);
}

static void copy_rows(const ck_gemm_call *call, float *to) {
    const size_t step = row_step(call->k);
    if (!call->transpose_b) call->kernels->pack_transposed(call->k, call->n, call->b, call->ldb, 1, step, to);
    else
        for (size_t j = 0; j < call->n; j++) memcpy(to + j * step, call->b + j * call->ldb, call->k * sizeof *to);
}

ck_status ck_gemm_pack_f32(int transpose_b, size_t n, size_t k, const float *b, size_t ldb, void *packed,
                           size_t bytes) {
    const int is_empty = n == 0 || k == 0;
    if (ldb < 1 || ldb < (transpose_b ? k : n) || (b == NULL && !is_empty) || packed == NULL ||
        (uintptr_t)packed % 64 != 0 || bytes < ck_gemm_packed_bytes(transpose_b, n, k))
        return CK_INVALID_ARGUMENT;
    packed_header *header = packed;
    *header = (packed_header){.n = n, .k = k, .isa = ck_isa_current(), .transpose_b = transpose_b != 0};
    memcpy(header->mark, packed_mark, sizeof header->mark);
    if (is_empty) return CK_OK;
    const ck_gemm_call call = product(transpose_b, n, k, b, ldb);
    float *to = (float *)(header + 1);
    if (is_dot(transpose_b, n, k)) copy_rows(&call, to);
    else ck_gemm_pack_b(&call, 0, n, to);
    return CK_OK;
}

/// Lets the product read what is packed.
static void set_packed(ck_gemm_call *call, const packed_header *header) {
    call->b = contents(header);
    if (is_dot((int)header->transpose_b, call->n, call->k)) {
        call->transpose_b = 1;
        call->ldb = row_step(call->k);
    } else {
        call->transpose_b = (int)header->transpose_b;
        call->ldb = (call->transpose_b ? call->k : call->n) + 1; // never used, but checked
        call->packed_b = call->b;
    }
}

ck_status ck_gemm_packed_f32(ck_pool *pool, size_t m, size_t n, size_t k, float alpha, const float *a, size_t lda,
                             const void *packed, float beta, float *c, size_t ldc, const ck_epilogue *epilogue) {
    const packed_header *header = packed;
    if (header == NULL || (uintptr_t)packed % 64 != 0 || memcmp(header->mark, packed_mark, sizeof header->mark) != 0 ||
        header->n != n || header->k != k)
        return CK_INVALID_ARGUMENT;
    if (header->isa != (uint32_t)ck_isa_current()) return CK_UNSUPPORTED;
    ck_gemm_call call = {
        .m = m, .n = n, .k = k, .alpha = alpha, .a = a, .lda = lda, .beta = beta, .c = c, .ldc = ldc};
    set_packed(&call, header);
    ck_gemm_finish finish;
    if (ck_gemm_begin(&call) != CK_OK || ck_gemm_set_epilogue(&call, epilogue, &finish) != CK_OK)
        return CK_INVALID_ARGUMENT;
    if (m != 0 && n != 0) ck_gemm_multiply(pool, &call);
    return CK_OK;
}
