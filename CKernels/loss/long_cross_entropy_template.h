/// Softmax cross-entropy of up to 16 rows of more than 128 classes, along which the lanes run.

/// a_j of columns c..<c+16, without a hard target's own part: w_j (keep · q_j + share).
CK_INLINE f32x16 row_coefficients(const ck_cross_entropy_batch *b, const float *q, size_t c) {
    f32x16 a = f_set(b->share);
    if (q != NULL) a = f_fma(f_set(b->keep), f_load(q + c), a);
    return b->class_weights == NULL ? a : f_mul(f_load(b->class_weights + c), a);
}

/// Σ a_j and Σ a_j z_j of a row.
CK_INLINE void spread_sums(const ck_cross_entropy_batch *b, const float *x, const float *q, float maximum, float *a_sum,
                           float *a_dot) {
    const f32x16 shift = f_set(maximum), zero = f_set(0.0f);
    f32x16 sum = zero, dot = zero;
    size_t c = 0;
    for (; c + 16 <= b->classes; c += 16) {
        const f32x16 a = row_coefficients(b, q, c);
        sum = f_add(sum, a);
        dot = add_weighted(a, f_sub(f_load(x + c), shift), dot);
    }
    if (c < b->classes) {
        const size_t last = b->classes - 16;
        const f32x16 a = f_select(m_first(c - last), zero, row_coefficients(b, q, last));
        sum = f_add(sum, a);
        dot = add_weighted(a, f_sub(f_load(x + last), shift), dot);
    }
    *a_sum = f_sum(sum), *a_dot = f_sum(dot);
}

/// The gradient of a row from its exponentials, which are in its place.
CK_INLINE void row_gradient(const ck_cross_entropy_batch *b, int spread, const float *q, float factor, float scale,
                            float *g) {
    const f32x16 of_e = f_set(factor), minus_scale = f_set(-scale);
    const size_t classes = b->classes, last = classes - 16;
    f32x16 v, v_last = f_mul(f_load(g + last), of_e);
    if (spread) v_last = f_fma(minus_scale, row_coefficients(b, q, last), v_last);
    size_t c = 0;
    for (; !spread && c + 64 <= classes; c += 64)
        CK_UNROLL for (size_t i = 0; i < 64; i += 16) f_store(g + c + i, f_mul(f_load(g + c + i), of_e));
    for (; c + 16 <= classes; c += 16) {
        v = f_mul(f_load(g + c), of_e);
        if (spread) v = f_fma(minus_scale, row_coefficients(b, q, c), v);
        f_store(g + c, v);
    }
    if (c < classes) f_store(g + last, v_last);
}

CK_INLINE void zero_row(size_t n, float *y) {
    for (size_t c = 0; c < n; c += 16) f_store_up_to(y + c, f_set(0.0f), n - c);
}

/// The rows' losses; writes their gradients.
CK_INLINE f32x16 cross_entropy_long_rows(const ck_cross_entropy_batch *b, int hard, int spread, size_t first,
                                         size_t rows, size_t rows_after, const row_targets *t) {
    const ck_loss_output *o = &b->output;
    const float *x = b->logits + first * b->ldl, *q = hard ? NULL : b->probabilities + first * b->ldp;
    float weight[16], largest[16] = {0}, maximum[16], bound[16], spread_sum[16] = {0}, spread_dot[16] = {0};
    int32_t target[16];
    f_store(weight, t->weight);
    f_store((float *)target, i_float_bits(t->target));
    row_view view[16];
    for (size_t r = 0; r < rows; r++) {
        if (weight[r] == 0.0f) continue;
        row_view_make(&view[r], x + r * b->ldl, b->classes, hard ? (size_t)target[r] : SIZE_MAX);
        largest[r] = row_maximum(&view[r]);
    }
    class_sums s;
    row_totals others = {{0}, {0}};
    f_store(bound, others_bound(t, hard, f_load(largest), &s));
    f_store(maximum, s.maximum);
    for (size_t r = 0; r < rows; r++) {
        if (weight[r] == 0.0f) continue;
        const float *row = x + r * b->ldl;
        float *e = o->gradient == NULL ? NULL : o->gradient + (first + r) * o->ldg;
        if (spread)
            spread_sums(b, row, hard ? NULL : q + r * b->ldp, maximum[r], &spread_sum[r], &spread_dot[r]);
        row_total_set(&others, r, row_exponentials(&view[r], maximum[r], bound[r], e,
                                                   row_of_next(rows, rows_after, r, x, b->ldl)));
    }
    s.others = row_totals_load(&others);
    s.spread = f_load(spread_sum), s.spread_dot = f_load(spread_dot);
    if (o->gradient == NULL) return row_losses(t, &s);

    const row_factors f = gradient_factors(b, first, rows, t, &s);
    float factor[16], scale[16];
    f_store(factor, f.factor), f_store(scale, f.scale);
    for (size_t r = 0; r < rows; r++) {
        float *g = o->gradient + (first + r) * o->ldg;
        if (weight[r] == 0.0f)
            zero_row(b->classes, g);
        else
            row_gradient(b, spread, hard ? NULL : q + r * b->ldp, factor[r], scale[r], g);
    }
    if (hard) store_at_targets(b, first, rows, t, &f);
    return row_losses(t, &s);
}
