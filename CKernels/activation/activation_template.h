/// Activations and their derivatives.

/// x held where GELU and SiLU are at their limits: so -infinity gives the limit 0, not infinity times 0.
CK_INLINE f32x16 held(f32x16 x, float limit) { return f_min(f_set(limit), f_max(f_set(-limit), x)); }
enum { gelu_limit = 15, silu_limit = 104 };

CK_INLINE f32x16 activate(ck_activation kind, f32x16 x) {
    f32x16 other;
    switch (kind) {
    case CK_RELU: return f_select(f_less_equal(x, f_set(0.0f)), f_set(0.0f), x);
    case CK_GELU: return f_mul(f_max(f_set(-gelu_limit), x), f_normal_distribution(x, &other));
    case CK_SILU: return f_mul(f_max(f_set(-silu_limit), x), f_sigmoid(x, &other));
    case CK_TANH: return f_tanh(x);
    case CK_SIGMOID: return f_sigmoid(x, &other);
    default: return x;
    }
}

/// f'(x) for GELU and SiLU, where `v` is x; for the others `v` is the output y.
CK_INLINE f32x16 activation_slope(ck_activation kind, f32x16 v) {
    const f32x16 zero = f_set(0.0f), one = f_set(1.0f);
    f32x16 other;
    switch (kind) {
    case CK_RELU: return f_select(f_less_equal(v, zero), zero, f_select(f_is_nan(v), v, one));
    case CK_GELU: {
        const f32x16 below = f_normal_distribution(v, &other);
        return f_fma(held(v, gelu_limit), other, below);
    }
    case CK_SILU: {
        const f32x16 sigma = f_sigmoid(v, &other);
        return f_mul(sigma, f_fma(held(v, silu_limit), other, one));
    }
    case CK_TANH: return f_fma(f_negate(v), v, one);
    case CK_SIGMOID: return f_mul(v, f_sub(one, v));
    default: return one;
    }
}

CK_INLINE void activation_loop(ck_activation kind, size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i += 16)
        f_store_up_to(y + i, activate(kind, f_load_up_to(x + i, count - i)), count - i);
}

static void activation(ck_activation kind, size_t count, const float *x, float *y) {
    switch (kind) {
    case CK_IDENTITY:
        if (x != y) activation_loop(CK_IDENTITY, count, x, y);
        break;
    case CK_RELU: activation_loop(CK_RELU, count, x, y); break;
    case CK_GELU: activation_loop(CK_GELU, count, x, y); break;
    case CK_SILU: activation_loop(CK_SILU, count, x, y); break;
    case CK_TANH: activation_loop(CK_TANH, count, x, y); break;
    case CK_SIGMOID: activation_loop(CK_SIGMOID, count, x, y); break;
    }
}

CK_INLINE void activation_backward_loop(ck_activation kind, size_t count, const float *v, const float *dy, float *dx) {
    for (size_t i = 0; i < count; i += 16) {
        const f32x16 slope = activation_slope(kind, f_load_up_to(v + i, count - i));
        f_store_up_to(dx + i, f_mul(f_load_up_to(dy + i, count - i), slope), count - i);
    }
}

static void activation_backward(ck_activation kind, size_t count, const float *v, const float *dy, float *dx) {
    switch (kind) {
    case CK_IDENTITY: activation(CK_IDENTITY, count, dy, dx); break;
    case CK_RELU: activation_backward_loop(CK_RELU, count, v, dy, dx); break;
    case CK_GELU: activation_backward_loop(CK_GELU, count, v, dy, dx); break;
    case CK_SILU: activation_backward_loop(CK_SILU, count, v, dy, dx); break;
    case CK_TANH: activation_backward_loop(CK_TANH, count, v, dy, dx); break;
    case CK_SIGMOID: activation_backward_loop(CK_SIGMOID, count, v, dy, dx); break;
    }
}
