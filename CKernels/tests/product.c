#include "product.h"

#include <math.h>
#include <string.h>

size_t span(size_t rows, size_t columns, size_t ld) {
    return rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns;
}

float *new_matrix(size_t rows, size_t columns, size_t ld, guard_side side) {
    float *x = guarded_floats(span(rows, columns, ld), side);
    for (size_t i = 0; columns != 0 && i < rows; i++) fill_uniform(x + i * ld, columns);
    return x;
}

static size_t random_ld(size_t columns) { return (columns > 0 ? columns : 1) + random_below(2) * random_below(20); }

product random_product(size_t m, size_t n, size_t k, guard_side side) {
    static const float factors[] = {1, 0, -0.5f, 1, 3};
    gemm_case s = {.transpose_a = (int)random_below(2), .transpose_b = (int)random_below(2), .m = m, .n = n, .k = k};
    s.alpha = factors[random_below(5)];
    s.beta = factors[random_below(5)];
    s.lda = random_ld(s.transpose_a ? m : k);
    s.ldb = random_ld(s.transpose_b ? k : n);
    s.ldc = random_ld(n);
    return (product){
        .shape = s,
        .a = s.transpose_a ? new_matrix(k, m, s.lda, side) : new_matrix(m, k, s.lda, side),
        .b = s.transpose_b ? new_matrix(n, k, s.ldb, side) : new_matrix(k, n, s.ldb, side),
        .before = s.beta == 0 ? guarded_floats(span(m, n, s.ldc), side) : new_matrix(m, n, s.ldc, side),
    };
}

float *new_c(const product *x, guard_side side) {
    const size_t count = gemm_elements_c(&x->shape);
    float *c = guarded_floats(count, side);
    if (count != 0) memcpy(c, x->before, count * sizeof *c);
    return c;
}

ck_status multiply(ck_pool *pool, const product *x, float *c, const ck_epilogue *epilogue) {
    const gemm_case *s = &x->shape;
    return ck_gemm_f32(pool, s->transpose_a, s->transpose_b, s->m, s->n, s->k, s->alpha, x->a, s->lda, x->b, s->ldb,
                       s->beta, c, s->ldc, epilogue);
}

int same_elements(const product *x, const float *c, const float *expected) {
    for (size_t i = 0; i < gemm_elements_c(&x->shape); i++)
        if (memcmp(c + i, expected + i, sizeof *c) != 0 && !(isnan(c[i]) && isnan(expected[i]))) return 0;
    return 1;
}
