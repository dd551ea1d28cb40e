/// The epilogues of the matrix product, over a tile of C that is still in the first cache.

/// Columns 16 by 16, each strip from the first row to the last: so its sum is carried along in a register.
CK_INLINE void finish_activated(ck_activation kind, const ck_finish_tile *tile) {
    for (size_t j = 0; j < tile->columns; j += 16) {
        const size_t left = tile->columns - j;
        for (size_t i = 0; i < tile->rows; i++) {
            float *c = tile->c + i * tile->ldc + j;
            f32x16 value = activate(kind, f_load_up_to(c, left));
            if (tile->operand != NULL) value = f_add(value, f_load_up_to(tile->operand + i * tile->ldo + j, left));
            f_store_up_to(c, value, left);
        }
    }
}

CK_INLINE void finish_gradient(ck_activation kind, const ck_finish_tile *tile) {
    for (size_t j = 0; j < tile->columns; j += 16) {
        const size_t left = tile->columns - j;
        f32x16 sum = tile->sums == NULL ? f_set(0.0f) : f_load_up_to(tile->sums + j, left);
        for (size_t i = 0; i < tile->rows; i++) {
            float *c = tile->c + i * tile->ldc + j;
            f32x16 value = f_load_up_to(c, left);
            if (kind != CK_IDENTITY) {
                value = f_mul(value, activation_slope(kind, f_load_up_to(tile->operand + i * tile->ldo + j, left)));
                f_store_up_to(c, value, left);
            }
            sum = f_add(sum, value);
        }
        if (tile->sums != NULL) f_store_up_to(tile->sums + j, sum, left);
    }
}

#define FINISH_BY_KIND(finish, kind, tile) \
    switch (kind) { \
    case CK_IDENTITY: finish(CK_IDENTITY, tile); break; \
    case CK_RELU: finish(CK_RELU, tile); break; \
    case CK_GELU: finish(CK_GELU, tile); break; \
    case CK_SILU: finish(CK_SILU, tile); break; \
    case CK_TANH: finish(CK_TANH, tile); break; \
    case CK_SIGMOID: finish(CK_SIGMOID, tile); break; \
    }

static void gemm_activate(ck_activation kind, const ck_finish_tile *tile) {
    FINISH_BY_KIND(finish_activated, kind, tile)
}

static void gemm_slope(ck_activation kind, const ck_finish_tile *tile) { FINISH_BY_KIND(finish_gradient, kind, tile) }
#undef FINISH_BY_KIND
