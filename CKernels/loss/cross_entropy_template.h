/// Softmax cross-entropy: losses and gradients of rows, with one exponential for each element.

#include "cross_entropy_rows_template.h"

#include "long_cross_entropy_template.h"
#include "short_cross_entropy_template.h"

/// hard: targets are classes. spread: there are targets besides the hard one.
CK_INLINE double cross_entropy_all(const ck_cross_entropy_batch *b, int hard, int spread, size_t first_row,
                                   size_t end_row) {
    const size_t group = rows_of_group(b->classes);
    f64x16 sum = d_zero();
    for (size_t first = first_row; first < end_row; first += group) {
        const size_t rows = end_row - first < group ? end_row - first : group;
        const row_targets t = hard ? hard_targets(b, spread, first, rows) : soft_targets(b, first, rows);
        const f32x16 losses = b->classes <= short_columns ? cross_entropy_short_rows(b, hard, spread, first, rows, &t)
                                                          : cross_entropy_long_rows(b, hard, spread, first, rows,
                                                                                    end_row - first - rows, &t);
        if (b->output.row_loss != NULL) f_store_up_to(b->output.row_loss + first, losses, rows);
        sum = d_add(sum, losses);
    }
    return d_sum(sum);
}

static double cross_entropy(const ck_cross_entropy_batch *b, size_t first_row, size_t end_row) {
    if (b->classes == 0) {
        if (b->output.row_loss != NULL) zero_row(end_row - first_row, b->output.row_loss + first_row);
        return 0;
    }
    if (b->targets == NULL) return cross_entropy_all(b, 0, 1, first_row, end_row);
    if (b->share != 0.0f) return cross_entropy_all(b, 1, 1, first_row, end_row);
    return cross_entropy_all(b, 1, 0, first_row, end_row);
}
