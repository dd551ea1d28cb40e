/// Kernels over elements: activations, arithmetic, copies.
#include <math.h>

#include "everywhere.h"
#include "fuzz_kernels.h"
#include "reference.h"

enum { most_elements = 20000 };

/// Where a call may work in place, it does, one time in two: then `x` itself becomes the output.
static matrix output_for(matrix *x) {
    if (one_in(2)) return an_output(x->rows, x->columns);
    return *x = an_update_of(*x);
}

static ck_activation any_activation(void) { return (ck_activation)random_below(CK_SIGMOID + 1); }

void fuzz_activation(void) {
    const ck_activation kind = any_activation();
    const size_t n = any_size(most_elements);
    const matrix x = any_input(1, n);
    matrix from = x;
    const matrix y = output_for(&from);
    RUN_EVERYWHERE(ck_activation_f32(fuzz_pool(), kind, n, from.at, y.at));
    for (size_t i = 0; i < n; i++) {
        const double v = x.at[i], want = v == -INFINITY && kind >= CK_GELU && kind <= CK_SILU ? 0
                                                                                      : reference_activation(kind, v);
        EXPECT(ulp_distance(y.at[i], want) <= 6 || fabs(y.at[i] - want) < 1e-35, "activation %d of %a: %a, not %a", kind,
               v, (double)y.at[i], want);
    }
}

/// Slopes are compared with difference quotients in test_activation; here those that are exact.
static void expect_slope(ck_activation kind, float x, float dy, float dx) {
    const float want = kind == CK_IDENTITY ? dy : isnan(x) ? NAN : x > 0 ? dy : 0 * dy;
    EXPECT(dx == want || (isnan(want) && (isnan(dx) || dx == 0)), "activation %d at %a: %a times the slope is %a", kind,
           (double)x, (double)dy, (double)dx);
}

void fuzz_activation_backward(void) {
    const ck_activation kind = any_activation();
    const size_t n = any_size(most_elements);
    const int reads_x = kind == CK_GELU || kind == CK_SILU;
    // ReLU, tanh and sigmoid read their output, which is what a number of any kind is mapped to.
    const matrix v = reads_x ? any_input(1, n) : an_input_between(kind == CK_TANH ? -1 : kind == CK_RELU ? -2 : 0, 1, 1, n);
    const matrix dy = any_input(1, n);
    matrix from = dy;
    const matrix dx = output_for(&from);
    RUN_EVERYWHERE(ck_activation_backward_f32(fuzz_pool(), kind, n, reads_x ? v.at : NULL, reads_x ? NULL : v.at,
                                              from.at, dx.at));
    for (size_t i = 0; kind <= CK_RELU && i < n; i++) expect_slope(kind, v.at[i], dy.at[i], dx.at[i]);
}

/// An operand with strides: a matrix, a row, a column, or one number.
typedef struct broadcast {
    matrix matrix;
    size_t row, column;
} broadcast;

static broadcast any_broadcast(size_t rows, size_t columns) {
    const size_t along_rows = !one_in(3), along_columns = !one_in(3);
    const matrix x = any_input(along_rows ? rows : 1, along_columns ? columns : 1);
    return (broadcast){x, along_rows ? x.ld : 0, along_columns};
}

void fuzz_binary(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const ck_binary operation = (ck_binary)random_below(CK_MINIMUM + 1);
    const broadcast a = any_broadcast(rows, columns), b = any_broadcast(rows, columns);
    const matrix y = an_output(rows, columns);
    RUN_EVERYWHERE(ck_binary_f32(fuzz_pool(), operation, rows, columns, a.matrix.at, a.row, a.column, b.matrix.at,
                                 b.row, b.column, y.at, y.ld));
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) {
            const float want = reference_binary(operation, a.matrix.at[r * a.row + c * a.column],
                                                b.matrix.at[r * b.row + c * b.column]);
            EXPECT(get(y, r, c) == want || (isnan(want) && isnan(get(y, r, c))), "binary %d: %a, not %a", operation,
                   (double)get(y, r, c), (double)want);
        }
}

void fuzz_unary(void) {
    static const double bounds[] = {[CK_EXP] = 1, [CK_LOG] = 1, [CK_SQUARE] = 0.5, [CK_SQUARE_ROOT] = 0.5,
                                    [CK_RECIPROCAL] = 0.5, [CK_GREATER_THAN_ZERO] = 0};
    const ck_unary operation = (ck_unary)random_below(CK_GREATER_THAN_ZERO + 1);
    const size_t n = any_size(most_elements);
    const matrix x = any_input(1, n);
    matrix from = x;
    const matrix y = output_for(&from);
    RUN_EVERYWHERE(ck_unary_f32(fuzz_pool(), operation, n, from.at, y.at));
    for (size_t i = 0; i < n; i++) {
        const double want = reference_unary(operation, x.at[i]);
        EXPECT(ulp_distance(y.at[i], want) <= bounds[operation], "unary %d of %a: %a, not %a", operation,
               (double)x.at[i], (double)y.at[i], want);
    }
}

void fuzz_affine(void) {
    const size_t n = any_size(most_elements);
    const float scale = any_factor(), offset = any_factor();
    const matrix x = any_input(1, n);
    matrix from = x;
    const matrix y = output_for(&from);
    RUN_EVERYWHERE(ck_affine_f32(fuzz_pool(), n, scale, offset, from.at, y.at));
    for (size_t i = 0; i < n; i++) {
        const float want = fmaf(scale, x.at[i], offset);
        EXPECT(y.at[i] == want || (isnan(want) && isnan(y.at[i])), "affine of %a", (double)x.at[i]);
    }
}

void fuzz_copy(void) {
    size_t rows, columns;
    any_shape(&rows, &columns, most_elements);
    const matrix x = any_input(rows, columns), y = an_output(rows, columns);
    RUN_EVERYWHERE(ck_copy_f32(fuzz_pool(), rows, columns, x.at, x.ld, y.at, y.ld));
    for (size_t r = 0; r < rows; r++) expect_same_row(y, r, x.at + r * x.ld);
}
