/// A random matrix product with its operands between guard pages, for the tests of what stands around the product.
#ifndef PRODUCT_H
#define PRODUCT_H

#include "reference.h"
#include "test_support.h"

typedef struct product {
    gemm_case shape; ///< its epilogue is empty
    float *a, *b;
    float *before; ///< what C holds at the start: poison between the rows, and everywhere if beta is 0
} product;

/// Transposes, alpha, beta and leading dimensions are drawn at random.
product random_product(size_t m, size_t n, size_t k, guard_side side);

/// A new C with the values of `before`.
float *new_c(const product *x, guard_side side);

/// rows x columns uniform numbers with poison between the rows.
float *new_matrix(size_t rows, size_t columns, size_t ld, guard_side side);

/// ck_gemm_f32.
ck_status multiply(ck_pool *pool, const product *x, float *c, const ck_epilogue *epilogue);

/// Number of elements of a matrix without the padding of its last row.
size_t span(size_t rows, size_t columns, size_t ld);

/// 1 if the bits are equal, or both are NaN, in all of C, the gaps included.
int same_elements(const product *x, const float *c, const float *expected);

/// The name of a product, for messages.
#define PRODUCT_FORMAT "%s %c%c %zu x %zu x %zu alpha %g beta %g"
#define PRODUCT_VALUES(x) \
    ck_isa_name(ck_isa_current()), (x)->shape.transpose_a ? 'T' : 'N', (x)->shape.transpose_b ? 'T' : 'N', \
        (x)->shape.m, (x)->shape.n, (x)->shape.k, (double)(x)->shape.alpha, (double)(x)->shape.beta

#endif
