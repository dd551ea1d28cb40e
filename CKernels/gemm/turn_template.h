/// A block of Cᵀ on its way to C: sixteen rows of four columns at a time, element by element where there are fewer.

static void turn_elements(const ck_turned_block *block, size_t row, size_t rows) {
    const size_t columns = block->columns, width = block->width, ldc = block->ldc;
    const int relu = block->relu;
    for (size_t j = 0; j < columns; j++) {
        const float *const from = block->turned + j * width + row, *const bias = block->bias;
        float *const to = block->c + row * ldc + j;
        for (size_t i = 0; i < rows; i++) {
            const float value = bias == NULL ? from[i] : from[i] + bias[j];
            to[i * ldc] = relu && value <= 0 ? 0 : value;
        }
    }
}

CK_INLINE f32x16 turned_column(const ck_turned_block *block, size_t row, size_t column) {
    const f32x16 zero = f_set(0.0f);
    f32x16 value = f_load(block->turned + column * block->width + row);
    if (block->bias != NULL) value = f_add(value, f_set(block->bias[column]));
    return block->relu ? f_select(f_less_equal(value, zero), zero, value) : value;
}

static void gemm_turn(const ck_turned_block *block) {
    const size_t whole = block->columns < 4 ? 0 : block->rows / 16 * 16;
    for (size_t j = 0; j < block->columns && whole != 0; j += 4) {
        const size_t column = j + 4 <= block->columns ? j : block->columns - 4; // the last four may overlap others
        for (size_t i = 0; i < whole; i += 16) {
            f32x16 v[4];
            for (size_t t = 0; t < 4; t++) v[t] = turned_column(block, i, column + t);
            f_store_columns(block->c + i * block->ldc + column, block->ldc, v);
        }
    }
    if (whole < block->rows) turn_elements(block, whole, block->rows - whole);
}
