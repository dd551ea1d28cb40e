/// Softmax cross-entropy of up to 16 rows of at most 128 classes at once.

/// a_c without a hard target's own part: w_c (keep · q_c + share).
CK_INLINE f32x16 column_coefficients(const ck_cross_entropy_batch *b, int hard, const f32x16 *q, size_t c) {
    f32x16 a = f_set(b->share);
    if (!hard) a = f_fma(f_set(b->keep), q[c], a);
    return b->class_weights == NULL ? a : f_mul(f_set(b->class_weights[c]), a);
}

CK_INLINE void short_rows_gradient(const ck_cross_entropy_batch *b, int hard, int spread, size_t first, size_t rows,
                                   const row_targets *t, const row_factors *f, const f32x16 *e, const f32x16 *q) {
    const ck_loss_output *o = &b->output;
    const size_t computed = computed_columns(b->classes);
    const f32x16 zero = f_set(0.0f), minus_scale = f_negate(f->scale);
    const mask16 off = f_equal(t->weight, zero);
    float *g = o->gradient + first * o->ldg;
    float padded[padded_elements];
    const row_tile tile = tile_make(rows, b->classes, g, o->ldg, padded);
    for (size_t c = 0; c < computed; c += 4) {
        const size_t from = first_of_four(c, computed);
        f32x16 four[4];
        CK_UNROLL for (size_t i = 0; i < 4; i++) {
            four[i] = f_mul(e[from + i], f->factor);
            if (spread && from + i < b->classes)
                four[i] = f_fma(minus_scale, column_coefficients(b, hard, q, from + i), four[i]);
            four[i] = f_select(off, zero, four[i]);
        }
        f_store_columns(tile.rows + from, tile.ld, four);
    }
    tile_finish(tile, padded, rows, b->classes, g, o->ldg);
    if (hard) store_at_targets(b, first, rows, t, f);
}

/// The rows' losses; writes their gradients.
CK_INLINE f32x16 cross_entropy_short_rows(const ck_cross_entropy_batch *b, int hard, int spread, size_t first,
                                          size_t rows, size_t rows_after, const row_targets *t) {
    const float *x = b->logits + first * b->ldl;
    f32x16 v[most_columns], q[most_columns]; // the logits, then their exponentials
    class_sums s;
    const f32x16 largest_other = load_logits(rows, b->classes, x, b->ldl, hard ? &t->target : NULL, v);
    const f32x16 bound = others_bound(t, hard, largest_other, &s);
    s.spread = s.spread_dot = f_set(0.0f);
    if (!hard) load_columns(rows, b->classes, b->probabilities + first * b->ldp, b->ldp, q);
    if (spread)
        for (size_t c = 0; c < b->classes; c++) {
            const f32x16 a = column_coefficients(b, hard, q, c);
            s.spread = f_add(s.spread, a);
            const f32x16 logit = hard ? f_select(i_equal(t->target, i_set((int32_t)c)), t->logit, v[c]) : v[c];
            s.spread_dot = add_weighted(a, f_sub(logit, s.maximum), s.spread_dot);
        }
    s.others = columns_exponentials(EXACT_ARGUMENT, computed_columns(b->classes), v, s.maximum, bound, v,
                                    rows_of_next(rows_after, b->classes, x, b->ldl));
    if (b->output.gradient != NULL) {
        const row_factors f = gradient_factors(b, first, rows, t, &s);
        short_rows_gradient(b, hard, spread, first, rows, t, &f, v, q);
    }
    return row_losses(t, &s);
}
