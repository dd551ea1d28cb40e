/// Softmax cross-entropy: losses and gradients of rows, with one exponential per element.
///
/// With z = x - max, d = Σ exp(z), a_j the (smoothed, weighted) target and A = Σ a_j:
///   loss = A log d - Σ a_j z_j,  d loss / d x_j = A exp(z_j) / d - a_j.
/// Every term of the loss is >= 0, so nothing cancels. In the gradient of a hard target y the large part,
/// A (p_y - 1), is -A · (what the other classes have of d) / d.

/// What the gradients of `rows` (at most 16) rows are multiplied by.
CK_INLINE f32x16 row_scales(const ck_loss_output *o, size_t first, size_t rows) {
    if (o->cotangent_step == 0) return f_set(o->scale * o->cotangent[0]);
    return f_mul(f_set(o->scale), f_load_up_to(o->cotangent + first, rows));
}

/// What one row's pass over its logits found.
typedef struct cross_entropy_sums {
    float others; ///< Σ exp(z_j) without the target's; of all classes for soft targets
    float own; ///< exp(z) of the target; 0 for soft targets
    float target_sum; ///< Σ a_j of the smoothing or of the soft target
    float target_dot; ///< Σ a_j z_j of the same, where a_j > 0
} cross_entropy_sums;

/// Adds coefficient · z to dot where the coefficient is not 0: 0 · -infinity counts as 0.
CK_INLINE f32x16 add_weighted(f32x16 coefficient, f32x16 z, f32x16 dot) {
    const f32x16 zero = f_set(0.0f);
    return f_select(f_equal(coefficient, zero), dot, f_fma(coefficient, z, dot));
}

/// a_j of columns c..<c+n, without the hard target's own share: w_j (keep · q_j + share).
CK_INLINE f32x16 target_coefficients(const ck_cross_entropy_batch *b, const float *q, size_t c, size_t n) {
    f32x16 a = f_set(b->share);
    if (q != NULL) a = f_fma(f_set(b->keep), f_load_up_to(q + c, n), a);
    if (b->class_weights != NULL) a = f_mul(f_load_up_to(b->class_weights + c, n), a);
    return n >= 16 ? a : f_select(m_first(n), a, f_set(0.0f));
}

/// The pass over a row. e gets the exponentials unless it is NULL. `spread`: there are targets besides the hard one.
CK_INLINE cross_entropy_sums cross_entropy_pass(const ck_cross_entropy_batch *b, int spread, const float *x,
                                                float maximum, int32_t target, const float *q, float *e) {
    const f32x16 shift = f_set(maximum), zero = f_set(0.0f);
    f32x16 own = zero, a_sum = zero, a_dot = zero;
    lane_sum others = lane_sum_zero();
    i32x16 distance = i_sub(i_lanes(), i_set(target));
    for (size_t c = 0; c < b->classes;) {
        f32x16 block = zero;
        const size_t end = b->classes - c < block_columns ? b->classes : c + block_columns;
        for (; c < end; c += 16) {
            const size_t n = end - c;
            const f32x16 logits = f_load_up_to(x + c, n);
            f32x16 v = f_exp_shifted(logits, shift);
            if (n < 16) v = f_select(m_first(n), v, zero);
            if (spread) {
                const f32x16 a = target_coefficients(b, q, c, n);
                a_sum = f_add(a_sum, a);
                a_dot = add_weighted(a, f_sub(logits, shift), a_dot);
            }
            if (e != NULL) f_store_up_to(e + c, v, n);
            const mask16 is_target = i_equal(distance, i_set(0));
            own = f_select(is_target, v, own);
            block = f_add(block, f_select(is_target, zero, v));
            distance = i_add(distance, i_set(16));
        }
        c = end;
        lane_sum_add(&others, block);
    }
    return (cross_entropy_sums){lane_sum_close(others), f_sum(own), spread ? f_sum(a_sum) : 0.0f,
                                spread ? f_sum(a_dot) : 0.0f};
}

/// gradient = scale · (total · e / d - a), from e in the gradient's place.
CK_INLINE void cross_entropy_gradient(const ck_cross_entropy_batch *b, int spread, float scale, float factor,
                                      const float *q, float *g) {
    const f32x16 of_e = f_set(factor), minus_scale = f_set(-scale);
    for (size_t c = 0; c < b->classes; c += 16) {
        const size_t n = b->classes - c;
        f32x16 v = f_mul(f_load_up_to(g + c, n), of_e);
        if (spread) v = f_fma(minus_scale, target_coefficients(b, q, c, n), v);
        f_store_up_to(g + c, v, n);
    }
}

CK_INLINE void zero_row(size_t n, float *y) {
    for (size_t c = 0; c < n; c += 16) f_store_up_to(y + c, f_set(0.0f), n - c);
}

/// What is left of a row's loss once the logarithm is known: weight · log d - rest, or 0 where weight is 0.
typedef struct cross_entropy_group {
    float log_argument[16]; ///< d - 1
    float weight[16]; ///< A
    float rest[16]; ///< Σ a_j z_j
} cross_entropy_group;

CK_INLINE void cross_entropy_row(const ck_cross_entropy_batch *b, size_t r, int spread, cross_entropy_group *group,
                                 size_t slot) {
    const ck_loss_output *o = &b->output;
    // Not told by q: without classes there need be no probabilities.
    const int is_hard = b->targets != NULL;
    const float *x = b->logits + r * b->ldl, *q = is_hard ? NULL : b->probabilities + r * b->ldp;
    float *g = o->gradient == NULL ? NULL : o->gradient + r * o->ldg;
    const int32_t target = is_hard ? b->targets[r] : -1;
    const float mask = b->row_mask != NULL ? b->row_mask[r] : 1.0f;
    const int has_class = is_hard && target != b->ignore_index;
    const float class_weight = has_class && b->class_weights != NULL ? b->class_weights[target] : 1.0f;
    const float own_target = b->keep * class_weight; // the hard target's own part of a_y
    const int counts = is_hard ? has_class && (own_target != 0.0f || spread) : mask != 0.0f;
    group->log_argument[slot] = group->weight[slot] = group->rest[slot] = 0.0f;
    if (!counts) {
        if (g != NULL) zero_row(b->classes, g);
        return;
    }

    const float target_z = is_hard ? x[target] : 0.0f;
    const float maximum = row_maximum(b->classes, x);
    const cross_entropy_sums s = cross_entropy_pass(b, spread, x, maximum, target, q, g);
    const float d = s.others + s.own;
    const float total = is_hard ? own_target + s.target_sum : s.target_sum;
    // Where the target has the largest logit, d - 1 is what the others have, without rounding d first.
    group->log_argument[slot] = s.own == 1.0f ? s.others : d - 1.0f;
    group->weight[slot] = mask * total;
    group->rest[slot] = s.target_dot;
    if (is_hard && own_target != 0.0f) group->rest[slot] += own_target * (target_z - maximum);
    group->rest[slot] *= mask;

    if (g != NULL) {
        const float scale = o->scale * o->cotangent[r * o->cotangent_step] * mask, factor = scale * total / d;
        cross_entropy_gradient(b, spread, scale, factor, q, g);
        if (is_hard) {
            const float other_weights = spread ? (float)(b->share * (b->weight_sum - class_weight)) : 0.0f;
            g[target] = scale * (other_weights - total * (s.others / d));
        }
    }
}

#include "short_cross_entropy_template.h"

static double cross_entropy(const ck_cross_entropy_batch *b, size_t first_row, size_t end_row) {
    const int spread = b->targets == NULL || b->share != 0.0f;
    double sum = 0;
    for (size_t first = first_row; first < end_row; first += 16) {
        const size_t n = end_row - first < 16 ? end_row - first : 16;
        cross_entropy_group group = {{0}, {0}, {0}};
        if (!spread && are_short_rows(n, b->classes))
            cross_entropy_short_rows(b, first, n, &group);
        else if (!spread)
            for (size_t i = 0; i < n; i++) cross_entropy_row(b, first + i, 0, &group, i);
        else
            for (size_t i = 0; i < n; i++) cross_entropy_row(b, first + i, 1, &group, i);
        const f32x16 log_d = f_log1p(f_load(group.log_argument)), weight = f_load(group.weight);
        const f32x16 rest = f_load(group.rest), zero = f_set(0.0f);
        const f32x16 weighted = f_select(f_equal(weight, zero), zero, f_mul(weight, log_d));
        float loss[16];
        f_store(loss, f_sub(weighted, rest));
        if (b->output.row_loss != NULL) f_store_up_to(b->output.row_loss + first, f_load(loss), n);
        for (size_t i = 0; i < n; i++) sum += loss[i];
    }
    return sum;
}
