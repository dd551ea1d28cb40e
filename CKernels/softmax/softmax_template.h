/// Softmax and log-softmax. Long rows go one at a time, short ones sixteen (short_rows_template.h).

/// The largest element; a NaN is passed over (it shows up in the sum of exponentials).
CK_INLINE float row_maximum(size_t columns, const float *x) {
    const f32x16 lowest = f_negate(F_INFINITY);
    f32x16 a = lowest, b = lowest;
    size_t c = 0;
    for (; c + 32 <= columns; c += 32) {
        a = f_max(f_load(x + c), a);
        b = f_max(f_load(x + c + 16), b);
    }
    for (; c + 16 <= columns; c += 16) a = f_max(f_load(x + c), a);
    if (c < columns) b = f_max(f_select(m_first(columns - c), f_load_part(x + c, columns - c), lowest), b);
    return f_largest(f_max(a, b));
}

/// Σ exp(x - maximum), and the exponentials themselves into e unless it is NULL. e may be x.
CK_INLINE float row_exponentials(size_t columns, const float *x, float maximum, float *e) {
    const f32x16 shift = f_set(maximum), zero = f_set(0.0f);
    lane_sum sum = lane_sum_zero();
    for (size_t c = 0; c < columns;) {
        f32x16 block = zero;
        const size_t end = columns - c < block_columns ? columns : c + block_columns;
        for (; c + 16 <= end; c += 16) {
            const f32x16 v = f_exp_shifted(f_load(x + c), shift);
            if (e != NULL) f_store(e + c, v);
            block = f_add(block, v);
        }
        if (c < end) {
            const f32x16 v = f_exp_shifted(f_load_part(x + c, end - c), shift);
            if (e != NULL) f_store_part(e + c, v, end - c);
            block = f_add(block, f_select(m_first(end - c), v, zero));
            c = end;
        }
        lane_sum_add(&sum, block);
    }
    return lane_sum_close(sum);
}

/// 1 / sum as the unrounded sum of two floats: one of its own rounding errors less in every probability.
CK_INLINE void reciprocal(f32x16 sum, f32x16 *high, f32x16 *low) {
    *high = f_div(f_set(1.0f), sum);
    *low = f_mul(*high, f_fma(f_negate(sum), *high, f_set(1.0f)));
}

#include "short_rows_template.h"

CK_INLINE void softmax_row(size_t columns, const float *x, float *y) {
    f32x16 high, low;
    reciprocal(f_set(row_exponentials(columns, x, row_maximum(columns, x), y)), &high, &low);
    for (size_t c = 0; c < columns; c += 16) {
        const f32x16 e = f_load_up_to(y + c, columns - c);
        f_store_up_to(y + c, f_fma(e, high, f_mul(e, low)), columns - c);
    }
}

CK_INLINE void log_softmax_row(size_t columns, const float *x, float *y) {
    const float maximum = row_maximum(columns, x);
    const f32x16 shift = f_set(maximum), log_sum = f_log(f_set(row_exponentials(columns, x, maximum, NULL)));
    for (size_t c = 0; c < columns; c += 16) {
        const f32x16 z = f_sub(f_load_up_to(x + c, columns - c), shift);
        f_store_up_to(y + c, f_sub(z, log_sum), columns - c);
    }
}

CK_INLINE void softmax_rows(int logarithmic, size_t rows, size_t columns, const float *x, size_t ldx, float *y,
                            size_t ldy) {
    for (size_t r = 0; r < rows;) {
        const size_t group = rows - r < 16 ? rows - r : 16;
        if (are_short_rows(group, columns)) {
            softmax_short_rows(logarithmic, group, columns, x + r * ldx, ldx, y + r * ldy, ldy);
            r += group;
            continue;
        }
        if (logarithmic)
            log_softmax_row(columns, x + r * ldx, y + r * ldy);
        else
            softmax_row(columns, x + r * ldx, y + r * ldy);
        r++;
    }
}

static void softmax(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    softmax_rows(0, rows, columns, x, ldx, y, ldy);
}

static void log_softmax(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy) {
    softmax_rows(1, rows, columns, x, ldx, y, ldy);
}

static void softmax_backward(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                             float *dx, size_t lddx) {
    for (size_t r = 0; r < rows; r++) {
        const float *p = y + r * ldy, *g = dy + r * lddy;
        float *out = dx + r * lddx;
        const f32x16 dot = f_set(row_dot(columns, p, g));
        for (size_t c = 0; c < columns; c += 16) {
            const f32x16 difference = f_sub(f_load_up_to(g + c, columns - c), dot);
            f_store_up_to(out + c, f_mul(f_load_up_to(p + c, columns - c), difference), columns - c);
        }
    }
}

static void log_softmax_backward(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                                 float *dx, size_t lddx) {
    for (size_t r = 0; r < rows; r++) {
        const float *log_p = y + r * ldy, *g = dy + r * lddy;
        float *out = dx + r * lddx;
        const f32x16 minus_sum = f_set(-row_sum(columns, g));
        for (size_t c = 0; c < columns; c += 16) {
            const f32x16 p = f_exp(f_load_up_to(log_p + c, columns - c));
            f_store_up_to(out + c, f_fma(p, minus_sum, f_load_up_to(g + c, columns - c)), columns - c);
        }
    }
}
