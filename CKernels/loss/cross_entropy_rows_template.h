/// What softmax cross-entropy works out once for each row: its targets before, its factors and its loss after the
/// passes over the classes. Sixteen rows at a time, lane r being row r.
///
/// With z = x - max, d = Σ exp(z), a_j the (smoothed, weighted) target and A = Σ a_j:
///   loss = A log d - Σ a_j z_j,  d loss / d x_j = A exp(z_j) / d - a_j.
/// Every term of the loss is >= 0, so nothing cancels. In the gradient of a hard target y the large part,
/// A (p_y - 1), is -A · (what the other classes have of d) / d; so the passes leave y out of their sum.
///
/// How a hard target's gradient stays within 6 ULP: exponential and sum 1.31 u each (softmax/exponentials_template.h), the
/// quotient 1 u, the last product 0.5 ULP: 4.2. At y: the others' sum 1.31 u and 1 u for rounding it, the quotient 2.31 u,
/// the product: 5.2. A sum of others that is tiny beside d has its own bound to start from, and so all its digits.

/// The targets of up to 16 rows. Where a row does not count, or is absent, `weight` is 0; a row that counts has 1, or
/// its mask. Soft targets have no hard part: target -1, own 0.
typedef struct row_targets {
    i32x16 target;
    f32x16 weight;
    f32x16 own; ///< the hard target's own part of a_y
    f32x16 logit; ///< its x_y
    f32x16 other_weights; ///< Σ a_j over j != y
} row_targets;

/// What the gradients of `rows` (at most 16) rows are multiplied by.
CK_INLINE f32x16 row_scales(const ck_loss_output *o, size_t first, size_t rows) {
    if (o->cotangent_step == 0) return f_set(o->scale * o->cotangent[0]);
    return f_mul(f_set(o->scale), f_load_up_to(o->cotangent + first, rows));
}

/// Where rows' targets are looked up: a class, also for rows that do not count.
CK_INLINE void store_places(i32x16 target, i32x16 none, int32_t place[16]) {
    f_store((float *)place, i_float_bits(i_select(i_equal(target, none), i_set(0), target)));
}

CK_INLINE row_targets hard_targets(const ck_cross_entropy_batch *b, int spread, size_t first, size_t rows) {
    const f32x16 zero = f_set(0.0f), one = f_set(1.0f);
    const i32x16 target = i_load_part(b->targets + first, rows), ignored = i_set(b->ignore_index);
    float logit[16] = {0}, class_weight[16];
    int32_t place[16];
    store_places(target, ignored, place);
    for (size_t r = 0; r < rows; r++) logit[r] = b->logits[(first + r) * b->ldl + (size_t)place[r]];
    f32x16 class_weights = one;
    if (b->class_weights != NULL) {
        for (size_t r = 0; r < rows; r++) class_weight[r] = b->class_weights[place[r]];
        class_weights = f_load_part(class_weight, rows);
    }
    const f32x16 own = f_mul(f_set(b->keep), class_weights);
    f32x16 weight = f_select(m_first(rows), one, zero);
    weight = f_select(i_equal(target, ignored), zero, weight);
    if (!spread) weight = f_select(f_equal(own, zero), zero, weight);
    const mask16 off = f_equal(weight, zero);
    const f32x16 others = f_sub(f_set((float)b->weight_sum), class_weights);
    return (row_targets){i_select(off, i_set(-1), target), weight, own, f_load(logit),
                         spread ? f_mul(f_set(b->share), others) : zero};
}

CK_INLINE row_targets soft_targets(const ck_cross_entropy_batch *b, size_t first, size_t rows) {
    const f32x16 zero = f_set(0.0f);
    const f32x16 weight = b->row_mask == NULL ? f_set(1.0f) : f_load_up_to(b->row_mask + first, rows);
    return (row_targets){i_set(-1), f_select(m_first(rows), weight, zero), zero, zero, zero};
}

/// What the passes over the classes found.
typedef struct class_sums {
    f32x16 maximum;
    f32x16 own; ///< the hard target's exponential, or 0
    exact_sum others; ///< Σ exponentials without it
    f32x16 spread; ///< Σ a_j of the smoothing or of the soft target
    f32x16 spread_dot; ///< Σ a_j z_j of the same, where a_j > 0
} class_sums;

/// From the largest logits but those of hard targets: the rows' maxima, the hard targets' exponentials, and a bound of
/// the others' exponentials. A tiny sum of others keeps all its digits, because its bound is tiny too.
CK_INLINE f32x16 others_bound(const row_targets *t, int hard, f32x16 largest_other, class_sums *s) {
    s->maximum = hard ? f_max(largest_other, t->logit) : largest_other;
    if (!hard) {
        s->own = f_set(0.0f);
        return f_set(EXPONENTIAL_UNIT);
    }
    s->own = exponential(EXACT_ARGUMENT, t->logit, f_negate(s->maximum));
    return exponential_bound(largest_other, s->maximum);
}

/// What the gradient is made from: g_j = factor · exponential_j - scale · a_j, and for the hard target at_target.
typedef struct row_factors {
    f32x16 factor, scale, at_target;
} row_factors;

CK_INLINE row_factors gradient_factors(const ck_cross_entropy_batch *b, size_t first, size_t rows,
                                       const row_targets *t, const class_sums *s) {
    const f32x16 scale = f_mul(row_scales(&b->output, first, rows), t->weight), total = f_add(t->own, s->spread);
    exact_sum all = exact_sum_of(s->others.high, s->own);
    all.low = f_add(all.low, s->others.low);
    const f32x16 share = scaled(total, reciprocal(all)); // of the total, for each unit of exponentials
    const f32x16 at_target = f_mul(scale, f_sub(t->other_weights, f_mul(s->others.high, share)));
    return (row_factors){f_mul(scale, share), scale, at_target};
}

CK_INLINE f32x16 row_losses(const row_targets *t, const class_sums *s) {
    const f32x16 zero = f_set(0.0f), unit = f_set(EXPONENTIAL_UNIT), total = f_add(t->own, s->spread);
    const f32x16 others = s->others.high;
    // Where the target has the largest logit, d - 1 is what the others have, without rounding d first.
    const f32x16 above = f_select(f_equal(s->own, unit), others, f_sub(f_add(others, s->own), unit));
    const f32x16 log_d = f_log1p(f_mul(above, f_set(1 / EXPONENTIAL_UNIT)));
    const f32x16 logs = f_select(f_equal(total, zero), zero, f_mul(total, log_d));
    const f32x16 own_dot = f_select(f_equal(t->own, zero), zero, f_mul(t->own, f_sub(t->logit, s->maximum)));
    const f32x16 loss = f_mul(t->weight, f_sub(logs, f_add(s->spread_dot, own_dot)));
    return f_select(f_equal(t->weight, zero), zero, loss);
}

/// After the last pass: the hard targets' gradients, and 0 in rows that do not count.
CK_INLINE void store_at_targets(const ck_cross_entropy_batch *b, size_t first, size_t rows, const row_targets *t,
                                const row_factors *f) {
    float at_target[16], *g = b->output.gradient + first * b->output.ldg;
    int32_t place[16];
    store_places(t->target, i_set(-1), place);
    f_store(at_target, f_select(f_equal(t->weight, f_set(0.0f)), f_set(0.0f), f->at_target));
    for (size_t r = 0; r < rows; r++) g[r * b->output.ldg + (size_t)place[r]] = at_target[r];
}

/// Adds coefficient · z to dot where the coefficient is not 0: 0 · -infinity counts as 0.
CK_INLINE f32x16 add_weighted(f32x16 coefficient, f32x16 z, f32x16 dot) {
    return f_select(f_equal(coefficient, f_set(0.0f)), dot, f_fma(coefficient, z, dot));
}
