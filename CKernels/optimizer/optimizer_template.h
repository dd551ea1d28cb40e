/// Optimizer steps, one pass over the slabs.

CK_INLINE void sgd_loop(int has_velocity, size_t count, const ck_sgd_options *o, float *p, const float *g, float *v) {
    const f32x16 scale = f_set(o->gradient_scale), decay = f_set(o->weight_decay), momentum = f_set(o->momentum);
    const f32x16 minus_rate = f_set(-o->learning_rate);
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const f32x16 parameter = f_load_up_to(p + i, n);
        f32x16 step = f_fma(decay, parameter, f_mul(scale, f_load_up_to(g + i, n)));
        if (has_velocity) {
            const f32x16 velocity = f_fma(momentum, f_load_up_to(v + i, n), step);
            f_store_up_to(v + i, velocity, n);
            step = o->nesterov ? f_fma(momentum, velocity, step) : velocity;
        }
        f_store_up_to(p + i, f_fma(minus_rate, step, parameter), n);
    }
}

static void sgd(size_t count, const ck_sgd_options *o, float *p, const float *g, float *v) {
    if (v == NULL)
        sgd_loop(0, count, o, p, g, v);
    else
        sgd_loop(1, count, o, p, g, v);
}

static void adam(size_t count, const ck_adam_constants *k, float *p, const float *g, float *m, float *v) {
    const f32x16 scale = f_set(k->gradient_scale), added_decay = f_set(k->added_decay), keep = f_set(k->keep);
    const f32x16 beta1 = f_set(k->beta1), rest1 = f_set(k->rest1), beta2 = f_set(k->beta2), rest2 = f_set(k->rest2);
    const f32x16 correction2 = f_set(k->correction2), epsilon = f_set(k->epsilon), minus_step = f_set(-k->step_size);
    for (size_t i = 0; i < count; i += 16) {
        const size_t n = count - i;
        const f32x16 parameter = f_load_up_to(p + i, n);
        const f32x16 gradient = f_fma(added_decay, parameter, f_mul(scale, f_load_up_to(g + i, n)));
        const f32x16 first = f_fma(beta1, f_load_up_to(m + i, n), f_mul(rest1, gradient));
        const f32x16 second = f_fma(beta2, f_load_up_to(v + i, n), f_mul(rest2, f_mul(gradient, gradient)));
        const f32x16 size = f_add(f_sqrt(f_mul(second, correction2)), epsilon);
        f_store_up_to(m + i, first, n);
        f_store_up_to(v + i, second, n);
        f_store_up_to(p + i, f_fma(minus_step, f_div(first, size), f_mul(keep, parameter)), n);
    }
}
