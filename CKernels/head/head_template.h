/// What a head needs besides products and losses: transpositions.

static void transpose(size_t rows, size_t columns, const float *x, size_t ldx, const float *offset, float *y,
                      size_t ldy) {
    f32x16 v[16];
    for (size_t r = 0; r < rows; r += 16) {
        const size_t height = rows - r < 16 ? rows - r : 16;
        const f32x16 added = offset != NULL ? f_load_up_to(offset + r, height) : f_set(0.0f);
        for (size_t c = 0; c < columns; c += 16) {
            const size_t width = columns - c < 16 ? columns - c : 16;
            load_columns(height, width, x + r * ldx + c, ldx, v);
            for (size_t i = 0; i < width; i++)
                f_store_up_to(y + (c + i) * ldy + r, offset != NULL ? f_add(v[i], added) : v[i], height);
        }
    }
}
