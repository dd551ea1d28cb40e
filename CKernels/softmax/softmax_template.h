/// Softmax and log-softmax: rows of up to 128 columns sixteen at a time across the lanes, longer ones along them.

#include "exponentials_template.h"

#include "columns_template.h"
#include "rows_template.h"

#include "long_softmax_template.h"
#include "short_softmax_template.h"
#include "softmax_backward_template.h"

CK_INLINE size_t rows_of_group(size_t columns) { return columns <= short_columns ? 16 : rows_at_once(columns); }

CK_INLINE void softmax_rows(int logarithmic, size_t rows, size_t columns, const float *x, size_t ldx, float *y,
                            size_t ldy) {
    const size_t group = rows_of_group(columns);
    for (size_t r = 0; r < rows; r += group) {
        const size_t n = rows - r < group ? rows - r : group;
        if (columns <= short_columns)
            softmax_short_rows(logarithmic, n, rows - r - n, columns, x + r * ldx, ldx, y + r * ldy, ldy);
        else
            softmax_long_rows(logarithmic, n, rows - r - n, columns, x + r * ldx, ldx, y + r * ldy, ldy);
    }
}

static void softmax(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    softmax_rows(0, rows, columns, x, ldx, y, ldy);
}

static void log_softmax(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    softmax_rows(1, rows, columns, x, ldx, y, ldy);
}
