/// Softmax cross-entropy: losses and gradients of rows, with one exponential for each element.

#include "cross_entropy_rows_template.h"

#include "long_cross_entropy_template.h"
#include "short_cross_entropy_template.h"

/// hard: targets are classes. spread: there are targets besides the hard one. is_short: lanes run across rows.
CK_INLINE double cross_entropy_all(const ck_cross_entropy_batch *b, int hard, int spread, int is_short,
                                   size_t first_row, size_t end_row) {
    const size_t group = is_short ? 16 : rows_at_once(b->classes);
    f64x16 sum = d_zero();
    for (size_t first = first_row; first < end_row; first += group) {
        const size_t rows = end_row - first < group ? end_row - first : group;
        const row_targets t = hard ? hard_targets(b, spread, first, rows) : soft_targets(b, first, rows);
        const size_t rows_after = end_row - first - rows;
        const f32x16 losses = is_short ? cross_entropy_short_rows(b, hard, spread, first, rows, rows_after, &t)
                                       : cross_entropy_long_rows(b, hard, spread, first, rows, rows_after, &t);
        if (b->output.row_loss != NULL) f_store_up_to(b->output.row_loss + first, losses, rows);
        sum = d_add(sum, losses);
    }
    return d_sum(sum);
}

/// Functions of their own: a loop with all of these within leaves no register to any.
#define CK_CROSS_ENTROPY(name, hard, spread, is_short)                                                                 \
    static __attribute__((noinline)) double name(const ck_cross_entropy_batch *b, size_t first_row, size_t end_row) {  \
        return cross_entropy_all(b, hard, spread, is_short, first_row, end_row);                                       \
    }
CK_CROSS_ENTROPY(soft_short, 0, 1, 1)
CK_CROSS_ENTROPY(soft_long, 0, 1, 0)
CK_CROSS_ENTROPY(smooth_short, 1, 1, 1)
CK_CROSS_ENTROPY(smooth_long, 1, 1, 0)
CK_CROSS_ENTROPY(hard_short, 1, 0, 1)
CK_CROSS_ENTROPY(hard_long, 1, 0, 0)

static double cross_entropy(const ck_cross_entropy_batch *b, size_t first_row, size_t end_row) {
    if (b->classes == 0) {
        if (b->output.row_loss != NULL) zero_row(end_row - first_row, b->output.row_loss + first_row);
        return 0;
    }
    const int is_short = b->classes <= most_columns;
    if (b->targets == NULL) return (is_short ? soft_short : soft_long)(b, first_row, end_row);
    if (b->share != 0.0f) return (is_short ? smooth_short : smooth_long)(b, first_row, end_row);
    return (is_short ? hard_short : hard_long)(b, first_row, end_row);
}
