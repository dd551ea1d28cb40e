/// Elementwise arithmetic.

CK_INLINE f32x16 combine(ck_binary operation, f32x16 a, f32x16 b) {
    switch (operation) {
    case CK_ADD: return f_add(a, b);
    case CK_SUBTRACT: return f_sub(a, b);
    case CK_MULTIPLY: return f_mul(a, b);
    case CK_DIVIDE: return f_div(a, b);
    // The vector rule gives b where either is NaN; the contract wants the NaN.
    case CK_MAXIMUM: return f_select(f_is_nan(a), a, f_max(a, b));
    default: return f_select(f_is_nan(a), a, f_min(a, b));
    }
}

CK_INLINE void binary_row(ck_binary operation, size_t columns, const float *a, int repeats_a, const float *b,
                          int repeats_b, float *y) {
    const f32x16 every_a = f_set(repeats_a ? a[0] : 0.0f), every_b = f_set(repeats_b ? b[0] : 0.0f);
    for (size_t c = 0; c < columns; c += 16) {
        const f32x16 left = repeats_a ? every_a : f_load_up_to(a + c, columns - c);
        const f32x16 right = repeats_b ? every_b : f_load_up_to(b + c, columns - c);
        f_store_up_to(y + c, combine(operation, left, right), columns - c);
    }
}

CK_INLINE void binary_loop(ck_binary operation, const ck_binary_operands *o, size_t begin, size_t end) {
    for (size_t r = begin; r < end; r++) {
        const float *a = o->a + r * o->a_row, *b = o->b + r * o->b_row;
        float *y = o->y + r * o->ldy;
        // What does not change along a row is no question of every vector.
        if (o->a_column != 0 && o->b_column != 0) binary_row(operation, o->columns, a, 0, b, 0, y);
        else if (o->a_column != 0) binary_row(operation, o->columns, a, 0, b, 1, y);
        else if (o->b_column != 0) binary_row(operation, o->columns, a, 1, b, 0, y);
        else binary_row(operation, o->columns, a, 1, b, 1, y);
    }
}

static void binary(ck_binary operation, const ck_binary_operands *o, size_t begin, size_t end) {
    switch (operation) {
    case CK_ADD: binary_loop(CK_ADD, o, begin, end); break;
    case CK_SUBTRACT: binary_loop(CK_SUBTRACT, o, begin, end); break;
    case CK_MULTIPLY: binary_loop(CK_MULTIPLY, o, begin, end); break;
    case CK_DIVIDE: binary_loop(CK_DIVIDE, o, begin, end); break;
    case CK_MAXIMUM: binary_loop(CK_MAXIMUM, o, begin, end); break;
    case CK_MINIMUM: binary_loop(CK_MINIMUM, o, begin, end); break;
    }
}

CK_INLINE f32x16 transform(ck_unary operation, f32x16 x) {
    const f32x16 zero = f_set(0.0f), one = f_set(1.0f);
    switch (operation) {
    case CK_NEGATE: return f_negate(x);
    case CK_EXP: return f_exp(x);
    case CK_LOG: return f_log(x);
    case CK_SQUARE: return f_mul(x, x);
    case CK_SQUARE_ROOT: return f_sqrt(x);
    case CK_RECIPROCAL: return f_div(one, x);
    case CK_ABSOLUTE_VALUE: return f_absolute(x);
    case CK_SIGN: return f_select(f_less(zero, x), one, f_select(f_less(x, zero), f_set(-1.0f), f_add(x, zero)));
    default: return f_select(f_less(zero, x), one, zero);
    }
}

CK_INLINE void unary_loop(ck_unary operation, size_t count, const float *x, float *y) {
    for (size_t i = 0; i < count; i += 16)
        f_store_up_to(y + i, transform(operation, f_load_up_to(x + i, count - i)), count - i);
}

static void unary(ck_unary operation, size_t count, const float *x, float *y) {
    switch (operation) {
    case CK_NEGATE: unary_loop(CK_NEGATE, count, x, y); break;
    case CK_EXP: unary_loop(CK_EXP, count, x, y); break;
    case CK_LOG: unary_loop(CK_LOG, count, x, y); break;
    case CK_SQUARE: unary_loop(CK_SQUARE, count, x, y); break;
    case CK_SQUARE_ROOT: unary_loop(CK_SQUARE_ROOT, count, x, y); break;
    case CK_RECIPROCAL: unary_loop(CK_RECIPROCAL, count, x, y); break;
    case CK_ABSOLUTE_VALUE: unary_loop(CK_ABSOLUTE_VALUE, count, x, y); break;
    case CK_SIGN: unary_loop(CK_SIGN, count, x, y); break;
    case CK_GREATER_THAN_ZERO: unary_loop(CK_GREATER_THAN_ZERO, count, x, y); break;
    }
}

static void affine(size_t count, float scale, float offset, const float *x, float *y) {
    const f32x16 factor = f_set(scale), term = f_set(offset);
    for (size_t i = 0; i < count; i += 16)
        f_store_up_to(y + i, f_fma(factor, f_load_up_to(x + i, count - i), term), count - i);
}
