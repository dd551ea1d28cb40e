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

/// Columns c..<columns of a row, at most 16: masked losses returned, gradients written.
CK_INLINE f32x16 element_vector(ck_element_loss kind, const ck_element_loss_batch *b, size_t n, const float *x,
                                const float *t, const float *mask, f32x16 scale, float *g) {
    const f32x16 zero = f_set(0.0f);
    f32x16 slope, loss = element(kind, f_set(b->delta), f_load_up_to(x, n), f_load_up_to(t, n), &slope);
    slope = f_mul(slope, scale);
    if (mask != NULL) {
        const f32x16 weight = f_load_up_to(mask, n);
        const mask16 off = f_equal(weight, zero);
        loss = f_select(off, zero, f_mul(loss, weight));
        slope = f_select(off, zero, f_mul(slope, weight));
    }
    if (g != NULL) f_store_up_to(g, slope, n);
    return n >= 16 ? loss : f_select(m_first(n), loss, zero);
}

/// 1 if the batch is one column without gaps: then 16 rows make one vector.
CK_INLINE int is_one_column(const ck_element_loss_batch *b) {
    const ck_loss_output *o = &b->output;
    return b->columns == 1 && b->ldx == 1 && b->ldt == 1 && (b->mask == NULL || b->ldm == 1) &&
           (o->gradient == NULL || o->ldg == 1);
}

CK_INLINE double element_loss_column(ck_element_loss kind, const ck_element_loss_batch *b, size_t first, size_t end) {
    const ck_loss_output *o = &b->output;
    double sum = 0;
    for (size_t r = first; r < end; r += 16) {
        const size_t n = end - r < 16 ? end - r : 16;
        const f32x16 loss = element_vector(kind, b, n, b->x + r, b->target + r, b->mask == NULL ? NULL : b->mask + r,
                                           row_scales(o, r, n), o->gradient == NULL ? NULL : o->gradient + r);
        float lanes[16];
        f_store(lanes, loss);
        if (o->row_loss != NULL) f_store_up_to(o->row_loss + r, loss, n);
        for (size_t i = 0; i < n; i++) sum += lanes[i];
    }
    return sum;
}

CK_INLINE double element_loss_rows(ck_element_loss kind, const ck_element_loss_batch *b, size_t first, size_t end) {
    if (is_one_column(b)) return element_loss_column(kind, b, first, end);
    const ck_loss_output *o = &b->output;
    double sum = 0;
    for (size_t r = first; r < end; r++) {
        const f32x16 scale = f_set(o->scale * o->cotangent[r * o->cotangent_step]);
        f32x16 row = f_set(0.0f);
        for (size_t c = 0; c < b->columns; c += 16)
            row = f_add(row, element_vector(kind, b, b->columns - c, b->x + r * b->ldx + c, b->target + r * b->ldt + c,
                                            b->mask == NULL ? NULL : b->mask + r * b->ldm + c, scale,
                                            o->gradient == NULL ? NULL : o->gradient + r * o->ldg + c));
        const float loss = f_sum(row);
        if (o->row_loss != NULL) o->row_loss[r] = loss;
        sum += loss;
    }
    return sum;
}

static double element_loss(const ck_element_loss_batch *b, size_t first_row, size_t end_row) {
    switch (b->kind) {
    case CK_ELEMENT_SQUARED: return element_loss_rows(CK_ELEMENT_SQUARED, b, first_row, end_row);
    case CK_ELEMENT_ABSOLUTE: return element_loss_rows(CK_ELEMENT_ABSOLUTE, b, first_row, end_row);
    case CK_ELEMENT_HUBER: return element_loss_rows(CK_ELEMENT_HUBER, b, first_row, end_row);
    default: return element_loss_rows(CK_ELEMENT_SIGMOID, b, first_row, end_row);
    }
}
