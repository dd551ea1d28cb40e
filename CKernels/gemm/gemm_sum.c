/// ck_gemm_sum_f32: the general product, whose panels are packed from several pairs of matrices.
#include "gemm_blocks.h"

static size_t lesser(size_t x, size_t y) { return x < y ? x : y; }

/// A stretch of one term's k, and where it lies among the k that is packed.
typedef struct stretch {
    size_t p, k, offset;
} stretch;

/// The part of p..<p + k that falls into a term whose k begins at `first`. Empty if k is 0.
static stretch overlap(size_t first, size_t term_k, size_t p, size_t k) {
    const size_t begin = p > first ? p : first, end = lesser(p + k, first + term_k);
    if (begin >= end) return (stretch){0, 0, 0};
    return (stretch){begin - first, end - begin, begin - p};
}

void ck_gemm_gather_a(const ck_gemm_call *call, size_t row, size_t rows, size_t p, size_t k, size_t height,
                      float *to) {
    size_t first = 0;
    for (size_t t = 0; t < call->term_count; first += call->terms[t++].k) {
        const ck_gemm_term *term = &call->terms[t];
        const stretch part = overlap(first, term->k, p, k);
        for (size_t i = 0; i < rows && part.k != 0; i += height) {
            const size_t from = call->first_row + row + i;
            float *panel = to + i * k + part.offset * height;
            if (call->transpose_a)
                call->kernels->pack_straight(lesser(height, rows - i), part.k, term->a + part.p * term->lda + from,
                                             term->lda, call->alpha, height, panel);
            else
                call->kernels->pack_transposed(call->m - row - i, part.k, term->a + from * term->lda + part.p,
                                               term->lda, call->alpha, height, panel);
        }
    }
}

void ck_gemm_gather_b(const ck_gemm_call *call, size_t column, size_t columns, size_t p, size_t k, size_t width,
                      float *to) {
    size_t first = 0;
    for (size_t t = 0; t < call->term_count; first += call->terms[t++].k) {
        const ck_gemm_term *term = &call->terms[t];
        const stretch part = overlap(first, term->k, p, k);
        for (size_t j = 0; j < columns && part.k != 0; j += width) {
            const size_t from = column + j;
            float *panel = to + j * k + part.offset * width;
            if (call->transpose_b)
                call->kernels->pack_transposed(call->n - from, part.k, term->b + from * term->ldb + part.p, term->ldb,
                                               1, width, panel);
            else
                call->kernels->pack_straight(lesser(width, columns - j), part.k,
                                             term->b + part.p * term->ldb + from, term->ldb, 1, width, panel);
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
