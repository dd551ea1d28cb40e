/// Cross-entropy of up to 16 rows of at most 16 classes at once, with hard targets and no smoothing; the formulas of
/// cross_entropy_template.h, lane r being row r.

/// own_target[r] = the weight of row r's target, 0 for a row that does not count.
CK_INLINE void own_targets(const ck_cross_entropy_batch *b, size_t first, size_t rows, float own_target[16]) {
    for (size_t r = 0; r < 16; r++) own_target[r] = 0.0f;
    for (size_t r = 0; r < rows; r++) {
        const int32_t target = b->targets[first + r];
        if (target == b->ignore_index) continue;
        own_target[r] = b->class_weights == NULL ? b->keep : b->keep * b->class_weights[target];
    }
}

CK_INLINE void cross_entropy_short_rows(const ck_cross_entropy_batch *b, size_t first, size_t rows,
                                        cross_entropy_group *group) {
    const f32x16 zero = f_set(0.0f), one = f_set(1.0f);
    float own_target[16];
    own_targets(b, first, rows, own_target);
    const f32x16 total = f_load(own_target);
    const mask16 off = f_equal(total, zero);
    const i32x16 target = i_load_part(b->targets + first, rows);

    f32x16 v[16], e[16], terms[16], own = zero, target_logit = zero;
    load_columns(rows, b->classes, b->logits + first * b->ldl, b->ldl, v);
    const f32x16 maximum = columns_maximum(b->classes, v);
    for (size_t c = 0; c < b->classes; c++) {
        const mask16 is_target = i_equal(target, i_set((int32_t)c));
        e[c] = f_exp_shifted(v[c], maximum);
        own = f_select(is_target, e[c], own);
        target_logit = f_select(is_target, v[c], target_logit);
        terms[c] = f_select(is_target, zero, e[c]);
    }
    const f32x16 others = columns_sum(b->classes, terms), d = f_add(others, own);
    const f32x16 argument = f_select(f_equal(own, one), others, f_sub(d, one));
    f_store(group->log_argument, f_select(off, zero, argument));
    f_store(group->weight, total);
    f_store(group->rest, f_select(off, zero, f_mul(total, f_sub(target_logit, maximum))));

    const ck_loss_output *o = &b->output;
    if (o->gradient == NULL) return;
    const f32x16 scale = row_scales(o, first, rows), factor = f_div(f_mul(scale, total), d);
    const f32x16 at_target = f_mul(scale, f_negate(f_mul(total, f_div(others, d))));
    for (size_t c = 0; c < b->classes; c++) {
        const f32x16 g = f_select(i_equal(target, i_set((int32_t)c)), at_target, f_mul(e[c], factor));
        e[c] = f_select(off, zero, g);
    }
    store_columns(rows, b->classes, e, o->gradient + first * o->ldg, o->ldg);
}
