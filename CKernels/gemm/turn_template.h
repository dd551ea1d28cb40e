/// A block of Cᵀ on its way to C: sixteen rows of four columns at a time, element by element where there are fewer.

CK_INLINE void turn_few(const ck_turned_block *block, size_t row, size_t rows, size_t first, const size_t columns) {
    const size_t width = block->width, ldc = block->ldc;
    const int relu = block->relu;
    const float *from = block->turned + first * width + row, *const bias = block->bias;
    float *to = block->c + row * ldc + first;
    for (; rows != 0; rows--, from++, to += ldc)
        CK_UNROLL for (size_t j = 0; j < columns; j++) {
            const float value = bias == NULL ? from[j * width] : from[j * width] + bias[first + j];
            to[j] = relu && value <= 0 ? 0 : value;
        }
}

static void turn_elements(const ck_turned_block *block, size_t row, size_t rows) {
    for (size_t left = block->columns, j = 0; left != 0; j = block->columns - left) {
        switch (left) {
        case 1: turn_few(block, row, rows, j, 1), left = 0; break;
        case 2: turn_few(block, row, rows, j, 2), left = 0; break;
        default: turn_few(block, row, rows, j, 3), left -= 3; break;
        }
    }
}

CK_INLINE f32x16 turned_column(const ck_turned_block *block, size_t row, size_t column) {
    const f32x16 zero = f_set(0.0f);
    f32x16 value = f_load(block->turned + column * block->width + row);
    if (block->bias != NULL) value = f_add(value, f_set(block->bias[column]));
    return block->relu ? f_select(f_less_equal(value, zero), zero, value) : value;
}

/// Three columns without gaps, which are stored as four: the fourth is where the next row begins, and is written with it.
/// Returns how many rows are done; after them there is one at least.
static size_t turn_three(const ck_turned_block *block) {
    size_t i = 0;
    for (; i + 16 < block->rows; i += 16) {
        const f32x16 last = turned_column(block, i, 2);
        const f32x16 v[4] = {turned_column(block, i, 0), turned_column(block, i, 1), last, last};
        f_store_columns(block->c + i * block->ldc, block->ldc, v);
    }
    return i;
}

static void gemm_turn(const ck_turned_block *block) {
    if (block->columns == 3 && block->ldc == 3) {
        const size_t done = turn_three(block);
        turn_elements(block, done, block->rows - done);
        return;
    }
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
