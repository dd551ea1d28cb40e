/// Matrix products. Their bits are promised: one chain of fused multiply-adds, then the epilogue's kernels.
#include <math.h>
#include <stdlib.h>

#include "fuzz_kernels.h"
#include "reference.h"

enum { most_syrk_steps = 1600000 }; ///< n · n · k

typedef struct operands {
    gemm_case shape;
    matrix a, b, c;
} operands;

/// `batch` products of one shape, their matrices one below the other.
static operands any_products(size_t batch, int transpose_a) {
    gemm_case s = {.transpose_a = transpose_a, .transpose_b = one_in(2), .alpha = any_factor(), .beta = any_factor()};
    const int most = most_product_steps();
    do s.m = any_size(700), s.n = any_size(700), s.k = any_size(one_in(8) ? 20000 : 1500);
    while ((double)(batch * (s.m + 1)) * (double)(s.n + 1) * (double)(s.k + 20) > most);
    operands o = {
        .a = s.transpose_a ? any_input(batch * s.k, s.m) : any_input(batch * s.m, s.k),
        .b = s.transpose_b ? any_input(batch * s.n, s.k) : any_input(batch * s.k, s.n),
        .c = s.beta == 0 ? an_output(batch * s.m, s.n) : an_update(batch * s.m, s.n),
    };
    s.lda = o.a.ld + (o.a.ld == 0), s.ldb = o.b.ld + (o.b.ld == 0), s.ldc = o.c.ld + (o.c.ld == 0);
    o.shape = s;
    return o;
}

static ck_status multiply(ck_pool *pool, const operands *o) {
    const gemm_case *s = &o->shape;
    return ck_gemm_f32(pool, s->transpose_a, s->transpose_b, s->m, s->n, s->k, s->alpha, o->a.at, s->lda, o->b.at,
                       s->ldb, s->beta, o->c.at, s->ldc, &s->epilogue);
}

/// All elements of C by the reference, before activation and residual: from C as it is now.
static matrix exact_product(const operands *o) {
    const gemm_case *s = &o->shape;
    matrix want = {a_row(s->m * s->n), s->m, s->n, s->n};
    for (size_t i = 0; i < s->m; i++)
        for (size_t j = 0; j < s->n; j++) want.at[i * s->n + j] = exact_gemm(s, o->a.at, o->b.at, o->c.at, i, j);
    return want;
}

/// The product with B packed before, for the instruction set of this run.
static ck_status multiply_packed(ck_pool *pool, const operands *o) {
    const gemm_case *s = &o->shape;
    const size_t bytes = ck_gemm_packed_bytes(s->transpose_b, s->n, s->k);
    void *packed = aligned_alloc(64, (bytes + 63) / 64 * 64);
    ck_status status = ck_gemm_pack_f32(s->transpose_b, s->n, s->k, o->b.at, s->ldb, packed, bytes);
    if (status == CK_OK)
        status = ck_gemm_packed_f32(pool, s->m, s->n, s->k, s->alpha, o->a.at, s->lda, packed, s->beta, o->c.at,
                                    s->ldc, &s->epilogue);
    free(packed);
    return status;
}

static void product_with_epilogue(int transpose_a, ck_status (*product)(ck_pool *pool, const operands *o)) {
    operands o = any_products(1, transpose_a);
    gemm_case *s = &o.shape;
    if (one_in(2)) s->epilogue.bias = any_input(1, s->n).at;
    if (one_in(2)) s->epilogue.activation = (ck_activation)random_below(CK_SIGMOID + 1);
    const matrix residual = one_in(3) ? any_input(s->m, s->n) : (matrix){0};
    s->epilogue.residual = residual.at, s->epilogue.ldr = residual.ld;
    const matrix want = exact_product(&o);
    RUN_EVERYWHERE(product(fuzz_pool(), &o));
    ck_activation_f32(NULL, s->epilogue.activation, s->m * s->n, want.at, want.at);
    for (size_t i = 0; i < s->m; i++) {
        for (size_t j = 0; j < s->n && residual.at != NULL; j++) want.at[i * s->n + j] += get(residual, i, j);
        expect_same_row(o.c, i, want.at + i * s->n);
    }
}

void fuzz_gemm(void) { product_with_epilogue(one_in(2), multiply); }
void fuzz_gemm_packed(void) { product_with_epilogue(0, multiply_packed); }

static size_t rows_of(matrix x, size_t batch) { return batch == 0 ? 0 : x.rows / batch; }

/// A stride of 0 gives every product the same operand.
static size_t any_stride(matrix x, size_t batch) { return one_in(3) ? 0 : rows_of(x, batch) * x.ld; }

void fuzz_gemm_batched(void) {
    const size_t batch = random_below(8);
    operands o = any_products(batch, one_in(2));
    const gemm_case *s = &o.shape;
    const size_t stride_a = any_stride(o.a, batch), stride_b = any_stride(o.b, batch), stride_c = s->m * s->ldc;
    matrix want[8];
    for (size_t i = 0; i < batch; i++) {
        operands one = o;
        one.a.at += i * stride_a, one.b.at += i * stride_b, one.c.at += i * stride_c;
        want[i] = exact_product(&one);
    }
    RUN_EVERYWHERE(ck_gemm_batched_f32(fuzz_pool(), s->transpose_a, s->transpose_b, batch, s->m, s->n, s->k, s->alpha,
                                       o.a.at, s->lda, stride_a, o.b.at, s->ldb, stride_b, s->beta, o.c.at, s->ldc,
                                       stride_c));
    for (size_t r = 0; r < batch * s->m; r++) expect_same_row(o.c, r, want[r / s->m].at + r % s->m * s->n);
}

/// An epilogue of the way back; its residual and its column sums may be missing.
static ck_gradient_epilogue any_gradient_epilogue(size_t m, size_t n) {
    const matrix value = any_input(m, n), residual = any_input(m, n);
    return (ck_gradient_epilogue){.residual = one_in(2) ? residual.at : NULL, .ldr = residual.ld,
                                  .activation = (ck_activation)random_below(CK_SIGMOID + 1), .value = value.at,
                                  .ldv = value.ld, .column_sums = one_in(2) ? an_output(1, n).at : NULL};
}

/// C against the product before the epilogue, finished by the kernels that the epilogue stands for.
static void expect_finished(matrix c, matrix product, const ck_gradient_epilogue *e) {
    const int reads_x = e->activation == CK_GELU || e->activation == CK_SILU;
    for (size_t i = 0; i < c.rows; i++) {
        float *row = product.at + i * product.ld;
        const float *v = e->value + i * e->ldv;
        for (size_t j = 0; j < c.columns && e->residual != NULL; j++) row[j] += e->residual[i * e->ldr + j];
        ck_activation_backward_f32(NULL, e->activation, c.columns, reads_x ? v : NULL, reads_x ? NULL : v, row, row);
        expect_same_row(c, i, row);
    }
    if (e->column_sums == NULL || c.columns == 0) return;
    float *plain = a_row(c.columns);
    ck_column_sums_f32(NULL, c.rows, c.columns, c.at, c.ld, 1, plain);
    expect_same_row((matrix){e->column_sums, 1, c.columns, c.columns}, 0, plain);
}

void fuzz_gemm_gradient(void) {
    const operands o = any_products(1, one_in(2));
    const gemm_case *s = &o.shape;
    const ck_gradient_epilogue epilogue = any_gradient_epilogue(s->m, s->n);
    const matrix want = exact_product(&o);
    RUN_EVERYWHERE(ck_gemm_gradient_f32(fuzz_pool(), s->transpose_a, s->transpose_b, s->m, s->n, s->k, s->alpha,
                                        o.a.at, s->lda, o.b.at, s->ldb, s->beta, o.c.at, s->ldc, &epilogue));
    expect_finished(o.c, want, &epilogue);
}

/// As many products, computed alone. A large A makes them one.
void fuzz_gemm_siblings(void) {
    enum { most_siblings = 5, most_columns = 40 };
    const int transpose_a = one_in(2), is_far = one_in(4);
    const ck_activation activation = (ck_activation)random_below(CK_SIGMOID + 1);
    const size_t count = random_below(most_siblings + 1);
    const size_t k = is_far ? 100 + any_size(1500) : any_size(300), m = is_far ? (1 << 17) / k + any_size(50) : any_size(60);
    const matrix a = transpose_a ? any_input(k, m) : any_input(m, k);
    ck_gemm_sibling siblings[most_siblings];
    matrix results[most_siblings], want[most_siblings];
    for (size_t t = 0; t < count; t++) {
        const size_t n = any_size(most_columns);
        const matrix b = any_input(k, n);
        results[t] = an_output(m, n);
        siblings[t] = (ck_gemm_sibling){n, b.at, b.ld + (b.ld == 0), one_in(2) ? any_input(1, n).at : NULL,
                                        results[t].at, results[t].ld + (results[t].ld == 0)};
        want[t] = (matrix){a_row(m * n), m, n, n};
        ck_gemm_f32(NULL, transpose_a, 0, m, n, k, 1, a.at, a.ld + (a.ld == 0), b.at, siblings[t].ldb, 0, want[t].at,
                    n + (n == 0), &(ck_epilogue){.bias = siblings[t].bias, .activation = activation});
    }
    RUN_EVERYWHERE(ck_gemm_siblings_f32(fuzz_pool(), transpose_a, m, k, a.at, a.ld + (a.ld == 0), count, siblings,
                                        activation));
    for (size_t t = 0; t < count; t++)
        for (size_t r = 0; r < m; r++) expect_same_row(results[t], r, want[t].at + r * want[t].ld);
}

void fuzz_syrk(void) {
    const int transpose = one_in(2);
    const float alpha = any_factor(), beta = any_factor();
    size_t n, k;
    do n = any_size(200), k = any_size(9000);
    while (n * n * k > most_syrk_steps);
    const matrix x = transpose ? any_input(k, n) : any_input(n, k), before = any_input(n, n);
    const matrix c = beta == 0 ? an_output(n, n) : an_update_of(before);
    RUN_EVERYWHERE(ck_syrk_f32(fuzz_pool(), transpose, n, k, alpha, x.at, x.ld + (x.ld == 0), beta, c.at,
                               c.ld + (c.ld == 0)));
    const size_t q = (k + 16 * 1024 - 1) / (16 * 1024), d = n > 64 ? k + 2 : (transpose ? 1031 : 75) + q;
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double want = beta == 0 ? 0 : (double)beta * get(before, i, j), magnitude = fabs(want);
            for (size_t p = 0; p < k; p++) {
                const double a = transpose ? get(x, p, i) : get(x, i, p), b = transpose ? get(x, p, j) : get(x, j, p);
                want += alpha * a * b, magnitude += fabs(alpha * a * b);
            }
            EXPECT(is_wild() || fabs(get(c, i, j) - want) <= 1.001 * ROUNDINGS(d, magnitude) + 1e-40,
                   "product of rows %zu and %zu: %a, not %a", i, j, (double)get(c, i, j), want);
            EXPECT(get(c, i, j) == get(c, j, i) || (isnan(get(c, i, j)) && isnan(get(c, j, i))), "not symmetric");
        }
}
