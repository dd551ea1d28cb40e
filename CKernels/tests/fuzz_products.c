/// Matrix products. Their bits are promised: one chain of fused multiply-adds, then the epilogue's kernels.
#include <math.h>

#include "fuzz_kernels.h"
#include "reference.h"

enum { most_steps = 400000 }; ///< m · n · k

typedef struct operands {
    gemm_case shape;
    matrix a, b, c;
} operands;

static operands any_product(void) {
    gemm_case s = {.transpose_a = one_in(2), .transpose_b = one_in(2), .alpha = any_factor(), .beta = any_factor()};
    do s.m = any_size(700), s.n = any_size(700), s.k = any_size(1500);
    while ((double)s.m * (double)s.n * (double)(s.k + 20) > most_steps);
    operands o = {
        .a = s.transpose_a ? any_input(s.k, s.m) : any_input(s.m, s.k),
        .b = s.transpose_b ? any_input(s.n, s.k) : any_input(s.k, s.n),
        .c = s.beta == 0 ? an_output(s.m, s.n) : an_update(s.m, s.n),
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

void fuzz_gemm(void) {
    operands o = any_product();
    gemm_case *s = &o.shape;
    if (one_in(2)) s->epilogue.bias = any_input(1, s->n).at;
    if (one_in(2)) s->epilogue.activation = (ck_activation)random_below(CK_SIGMOID + 1);
    const matrix residual = one_in(3) ? any_input(s->m, s->n) : (matrix){0};
    s->epilogue.residual = residual.at, s->epilogue.ldr = residual.ld;
    const matrix want = exact_product(&o);
    RUN_EVERYWHERE(multiply(fuzz_pool(), &o));
    ck_activation_f32(NULL, s->epilogue.activation, s->m * s->n, want.at, want.at);
    for (size_t i = 0; i < s->m; i++) {
        for (size_t j = 0; j < s->n && residual.at != NULL; j++) want.at[i * s->n + j] += get(residual, i, j);
        expect_same_row(o.c, i, want.at + i * s->n);
    }
}

void fuzz_gemm_gradient(void) {
    const operands o = any_product();
    const gemm_case *s = &o.shape;
    const ck_activation kind = (ck_activation)random_below(CK_SIGMOID + 1);
    const matrix value = any_input(s->m, s->n), sums = one_in(2) ? an_output(1, s->n) : (matrix){0};
    const ck_gradient_epilogue epilogue = {kind, value.at, value.ld, sums.at};
    const matrix want = exact_product(&o);
    RUN_EVERYWHERE(ck_gemm_gradient_f32(fuzz_pool(), s->transpose_a, s->transpose_b, s->m, s->n, s->k, s->alpha,
                                        o.a.at, s->lda, o.b.at, s->ldb, s->beta, o.c.at, s->ldc, &epilogue));
    const int reads_x = kind == CK_GELU || kind == CK_SILU;
    for (size_t i = 0; i < s->m; i++) {
        float *row = want.at + i * s->n;
        const float *v = value.at + i * value.ld;
        ck_activation_backward_f32(NULL, kind, s->n, reads_x ? v : NULL, reads_x ? NULL : v, row, row);
        expect_same_row(o.c, i, row);
    }
    if (sums.at == NULL || s->n == 0) return;
    float *plain = a_row(s->n);
    ck_column_sums_f32(NULL, s->m, s->n, o.c.at, s->ldc, 1, plain);
    expect_same_row(sums, 0, plain);
}

void fuzz_syrk(void) {
    const int transpose = one_in(2);
    const float alpha = any_factor(), beta = any_factor();
    size_t n, k;
    do n = any_size(200), k = any_size(9000);
    while (n * n * k > most_steps * 4);
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
