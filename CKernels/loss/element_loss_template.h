/// Losses that compare element with element: regression, and sigmoid cross-entropy.

/// The loss of x against t; *slope is its derivative by x.
CK_INLINE f32x16 element(ck_element_loss kind, f32x16 delta, f32x16 x, f32x16 t, f32x16 *slope) {
    const f32x16 zero = f_set(0.0f), one = f_set(1.0f), half = f_set(0.5f);
    if (kind == CK_ELEMENT_SIGMOID) {
        // With e = exp(-|x|): sigmoid(x) - t is ((1 - t) - t e) / (1 + e) for x >= 0, else (e (1 - t) - t) / (1 + e):
        // for targets of 0 and 1 neither cancels.
        const f32x16 e = f_exp(f_negate(f_absolute(x))), rest = f_sub(one, t);
        const mask16 negative = f_less(x, zero);
        const f32x16 numerator = f_select(negative, f_fma(e, rest, f_negate(t)), f_fma(f_negate(t), e, rest));
        *slope = f_div(numerator, f_add(one, e));
        const f32x16 linear = f_select(negative, f_mul(f_negate(x), t), f_mul(x, rest)); // max(x, 0) - x t
        return f_add(linear, f_log1p(e));
    }
    const f32x16 d = f_sub(x, t), size = f_absolute(d);
    const f32x16 sign = f_select(f_equal(d, zero), d, f_with_sign(one, d));
    switch (kind) {
    case CK_ELEMENT_SQUARED: *slope = f_add(d, d); return f_mul(d, d);
    case CK_ELEMENT_ABSOLUTE: *slope = f_select(f_is_nan(d), d, sign); return size;
    default: {
        const mask16 near = f_less_equal(size, delta);
        *slope = f_select(near, d, f_select(f_is_nan(d), d, f_mul(delta, sign)));
        const f32x16 far_loss = f_mul(delta, f_sub(size, f_mul(half, delta)));
        return f_select(near, f_mul(half, f_mul(d, d)), far_loss);
    }
    }
}

/// The same, times the mask (or NULL); *slope times `scale` too. Where the mask is 0, both are 0 whatever x and t.
CK_INLINE f32x16 element_masked(ck_element_loss kind, const ck_element_loss_batch *b, f32x16 x, f32x16 t,
                                const f32x16 *mask, f32x16 scale, f32x16 *slope) {
    f32x16 loss = element(kind, f_set(b->delta), x, t, slope);
    *slope = f_mul(*slope, scale);
    if (mask == NULL) return loss;
    const f32x16 zero = f_set(0.0f);
    const mask16 off = f_equal(*mask, zero);
    *slope = f_select(off, zero, f_mul(*slope, *mask));
    return f_select(off, zero, f_mul(loss, *mask));
}

/// The n elements (at most 16) from x on: their losses, and 0 in the other lanes; their gradients to g.
CK_INLINE f32x16 element_vector(ck_element_loss kind, const ck_element_loss_batch *b, size_t n, const float *x,
                                const float *t, const float *mask, f32x16 scale, float *g) {
    f32x16 slope, weight;
    if (mask != NULL) weight = f_load_up_to(mask, n);
    const f32x16 loss = element_masked(kind, b, f_load_up_to(x, n), f_load_up_to(t, n), mask == NULL ? NULL : &weight,
                                       scale, &slope);
    if (g != NULL) f_store_up_to(g, slope, n);
    return n >= 16 ? loss : f_select(m_first(n), loss, f_set(0.0f));
}

/// 1 if the batch is one column without gaps: then 16 rows make one vector as they are.
CK_INLINE int is_one_column(const ck_element_loss_batch *b) {
    const ck_loss_output *o = &b->output;
    return b->columns == 1 && b->ldx == 1 && b->ldt == 1 && (b->mask == NULL || b->ldm == 1) &&
           (o->gradient == NULL || o->ldg == 1);
}

CK_INLINE f32x16 element_loss_column(ck_element_loss kind, const ck_element_loss_batch *b, size_t first, size_t rows) {
    const ck_loss_output *o = &b->output;
    return element_vector(kind, b, rows, b->x + first, b->target + first, b->mask == NULL ? NULL : b->mask + first,
                          row_scales(o, first, rows), o->gradient == NULL ? NULL : o->gradient + first);
}

/// Up to 16 short rows at once, as columns. Four arrays of them are to fit in the first cache.
enum { most_element_columns = 64 };

CK_INLINE f32x16 element_loss_short(ck_element_loss kind, const ck_element_loss_batch *b, size_t first, size_t rows) {
    const ck_loss_output *o = &b->output;
    const f32x16 scale = row_scales(o, first, rows), zero = f_set(0.0f);
    f32x16 x[most_element_columns], t[most_element_columns], mask[most_element_columns], g[most_element_columns];
    f32x16 row = zero;
    load_columns(rows, b->columns, b->x + first * b->ldx, b->ldx, x);
    load_columns(rows, b->columns, b->target + first * b->ldt, b->ldt, t);
    if (b->mask != NULL) load_columns(rows, b->columns, b->mask + first * b->ldm, b->ldm, mask);
    for (size_t c = 0; c < computed_columns(b->columns); c++) g[c] = zero;
    for (size_t c = 0; c < b->columns; c++)
        row = f_add(row, element_masked(kind, b, x[c], t[c], b->mask == NULL ? NULL : &mask[c], scale, &g[c]));
    if (o->gradient != NULL) store_columns(rows, b->columns, g, o->gradient + first * o->ldg, o->ldg);
    return f_select(m_first(rows), row, zero);
}

/// Up to 16 rows along which the lanes run. Summed in double: a row may have many thousands of elements.
CK_INLINE f32x16 element_loss_wide(ck_element_loss kind, const ck_element_loss_batch *b, size_t first, size_t rows) {
    const ck_loss_output *o = &b->output;
    float loss[16] = {0};
    for (size_t r = first; r < first + rows; r++) {
        const f32x16 scale = f_set(o->scale * o->cotangent[r * o->cotangent_step]);
        f64x16 row = d_zero();
        for (size_t c = 0; c < b->columns; c += 16)
            row = d_add(row, element_vector(kind, b, b->columns - c, b->x + r * b->ldx + c, b->target + r * b->ldt + c,
                                            b->mask == NULL ? NULL : b->mask + r * b->ldm + c, scale,
                                            o->gradient == NULL ? NULL : o->gradient + r * o->ldg + c));
        loss[r - first] = (float)d_sum(row);
    }
    return f_load(loss);
}

CK_INLINE double element_loss_rows(ck_element_loss kind, const ck_element_loss_batch *b, size_t first_row,
                                   size_t end_row) {
    const int is_column = is_one_column(b);
    f64x16 sum = d_zero();
    for (size_t first = first_row; first < end_row; first += 16) {
        const size_t rows = end_row - first < 16 ? end_row - first : 16;
        const f32x16 losses = is_column ? element_loss_column(kind, b, first, rows)
                              : b->columns <= most_element_columns ? element_loss_short(kind, b, first, rows)
                                                                   : element_loss_wide(kind, b, first, rows);
        if (b->output.row_loss != NULL) f_store_up_to(b->output.row_loss + first, losses, rows);
        sum = d_add(sum, losses);
    }
    return d_sum(sum);
}

static double element_loss(const ck_element_loss_batch *b, size_t first_row, size_t end_row) {
    if (b->columns == 0) {
        if (b->output.row_loss != NULL) zero_row(end_row - first_row, b->output.row_loss + first_row);
        return 0;
    }
    switch (b->kind) {
    case CK_ELEMENT_SQUARED: return element_loss_rows(CK_ELEMENT_SQUARED, b, first_row, end_row);
    case CK_ELEMENT_ABSOLUTE: return element_loss_rows(CK_ELEMENT_ABSOLUTE, b, first_row, end_row);
    case CK_ELEMENT_HUBER: return element_loss_rows(CK_ELEMENT_HUBER, b, first_row, end_row);
    default: return element_loss_rows(CK_ELEMENT_SIGMOID, b, first_row, end_row);
    }
}
