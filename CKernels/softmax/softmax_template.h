/// Softmax and log-softmax: up to 128 columns sixteen rows at a time, across the lanes or along them; longer ones along the
/// lanes, row by row.

#include "exponentials_template.h"

#include "block_template.h"
#include "columns_template.h"
#include "rows_template.h"

#include "long_softmax_template.h"

#include "block_softmax_template.h"
#include "short_softmax_template.h"
#include "softmax_backward_template.h"

CK_INLINE void softmax_groups(int logarithmic, argument_kind kind, size_t rows, size_t columns, const float *x, size_t ldx,
                              float *y, size_t ldy) {
    const int is_short = columns <= most_columns;
    const size_t group = is_short ? 16 : rows_at_once(columns);
    for (size_t r = 0; r < rows; r += group) {
        const size_t n = rows - r < group ? rows - r : group;
        if (is_short)
            softmax_short_rows(logarithmic, kind, n, rows - r - n, columns, x + r * ldx, ldx, y + r * ldy, ldy);
        else
            softmax_long_rows(logarithmic, n, rows - r - n, columns, x + r * ldx, ldx, y + r * ldy, ldy);
    }
}

/// Functions of their own: a loop with all of these within leaves no register to any.
#define CK_SOFTMAX(name, logarithmic, kind)                                                                            \
    static __attribute__((noinline)) void name##_in_blocks(size_t rows, size_t columns, const float *x, size_t ldx,       \
                                                        float *y, size_t ldy) {                                        \
        softmax_blocks(logarithmic, kind, rows, columns, x, ldx, y, ldy);                                              \
    }                                                                                                                  \
    static __attribute__((noinline)) void name##_in_groups(size_t rows, size_t columns, const float *x, size_t ldx,       \
                                                        float *y, size_t ldy) {                                        \
        softmax_groups(logarithmic, kind, rows, columns, x, ldx, y, ldy);                                              \
    }                                                                                                                  \
    static void name(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {                  \
        (is_block(columns) ? name##_in_blocks : name##_in_groups)(rows, columns, x, ldx, y, ldy);                            \
    }
CK_SOFTMAX(softmax, 0, EXACT_ARGUMENT)
CK_SOFTMAX(exact_log_softmax, 1, EXACT_ARGUMENT)
CK_SOFTMAX(rounded_log_softmax, 1, ROUNDED_ARGUMENT)

/// How a logarithm stays within 5 u + 2 u |d| + 3 u log S, with d = x - max and S the sum:
///   1.31 u            exponentials
///   2.55 u            up to 64 columns: their rounded arguments, 1.1 u |d| each, which change S by Σ p |d| of it. That is
///                     (entropy - log S), 2.31 at most, where one logit is 3.3 above all others. For more columns it would
///                     be too much: 3.1 u for 128
///   1 u               S rounded
///   2 u log S         the logarithm, 1 ULP
///   u |d|             the first difference
///   u (|d| + log S)   the second
/// Of 4 u + 2 u |d| + 2 u log S a search reaches 0.92 (tests/test_softmax.c has a short one).
static void log_softmax(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    (columns <= 64 ? rounded_log_softmax : exact_log_softmax)(rows, columns, x, ldx, y, ldy);
}
