/// The epilogues of the matrix product, over a block of C that is still in a near cache.

CK_INLINE void finish_activated(ck_activation kind, const ck_finish_block *block) {
    for (size_t i = 0; i < block->rows; i++) {
        float *const c = block->c + i * block->ldc;
        const float *const residual = block->residual == NULL ? NULL : block->residual + i * block->ldr;
        for (size_t j = 0; j < block->columns; j += 16) {
            const size_t left = block->columns - j;
            f32x16 value = activate(kind, f_load_up_to(c + j, left));
            if (residual != NULL) value = f_add(value, f_load_up_to(residual + j, left));
            f_store_up_to(c + j, value, left);
        }
    }
}

CK_INLINE void finish_gradient(ck_activation kind, const ck_finish_block *block) {
    float *const sums = block->sums;
    for (size_t i = 0; i < block->rows; i++) {
        float *const c = block->c + i * block->ldc;
        const float *const residual = block->residual == NULL ? NULL : block->residual + i * block->ldr;
        const float *const output = kind == CK_IDENTITY ? NULL : block->value + i * block->ldv;
        // Its rows may come from afar, and no processor sees the next one coming.
        const size_t next = i + 1 < block->rows ? block->ldv : 0;
        for (size_t j = 0; j < block->columns; j += 16) {
            const size_t left = block->columns - j;
            f32x16 value = f_load_up_to(c + j, left);
            if (residual != NULL) value = f_add(value, f_load_up_to(residual + j, left));
            if (kind != CK_IDENTITY) {
                __builtin_prefetch(output + next + j);
                value = f_mul(value, activation_slope(kind, f_load_up_to(output + j, left)));
            }
            if (kind != CK_IDENTITY || residual != NULL) f_store_up_to(c + j, value, left);
            if (sums != NULL) f_store_up_to(sums + j, f_add(f_load_up_to(sums + j, left), value), left);
        }
    }
}

#define FINISH_BY_KIND(finish, kind, block) \
    switch (kind) { \
    case CK_IDENTITY: finish(CK_IDENTITY, block); break; \
    case CK_RELU: finish(CK_RELU, block); break; \
    case CK_GELU: finish(CK_GELU, block); break; \
    case CK_SILU: finish(CK_SILU, block); break; \
    case CK_TANH: finish(CK_TANH, block); break; \
    case CK_SIGMOID: finish(CK_SIGMOID, block); break; \
    }

static void gemm_activate(ck_activation kind, const ck_finish_block *block) {
    FINISH_BY_KIND(finish_activated, kind, block)
}

static void gemm_slope(ck_activation kind, const ck_finish_block *block) { FINISH_BY_KIND(finish_gradient, kind, block) }
#undef FINISH_BY_KIND
