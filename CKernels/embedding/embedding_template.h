/// Bags of rows of a table, and the scatter back. Without offsets every id is a bag of its own.

CK_INLINE void bag_range(const ck_bag_batch *b, size_t bag, size_t *first, size_t *end) {
    *first = b->offsets == NULL ? bag : (size_t)b->offsets[bag];
    *end = b->offsets == NULL ? bag + 1 : (size_t)b->offsets[bag + 1];
}

/// y = the bag's sum (or mean) of `vectors` times 16 columns from column c on.
CK_INLINE void bag_strip(int vectors, const ck_bag_batch *b, size_t first, size_t end, size_t c, float *y) {
    const size_t n = b->width - c;
    f32x16 sum[4];
    for (int v = 0; v < vectors; v++) sum[v] = f_set(0.0f);
    for (size_t i = first; i < end; i++) {
        const float *row = b->table + (size_t)b->ids[i] * b->ldt + c;
        const f32x16 weight = f_set(b->weights == NULL ? 1.0f : b->weights[i]);
        for (int v = 0; v < vectors; v++) sum[v] = f_fma(weight, f_load_up_to(row + 16 * v, n - 16 * v), sum[v]);
    }
    const f32x16 size = f_set(b->mode == CK_BAG_MEAN && end > first ? (float)(end - first) : 1.0f);
    for (int v = 0; v < vectors; v++) f_store_up_to(y + 16 * v, f_div(sum[v], size), n - 16 * v);
}

static void embedding_bag(const ck_bag_batch *b, size_t first_bag, size_t end_bag, float *y, size_t ldy) {
    for (size_t bag = first_bag; bag < end_bag; bag++) {
        size_t first, end, c = 0;
        bag_range(b, bag, &first, &end);
        float *row = y + bag * ldy;
        for (; c + 64 <= b->width; c += 64) bag_strip(4, b, first, end, c, row + c);
        for (; c < b->width; c += 16) bag_strip(1, b, first, end, c, row + c);
    }
}

/// Columns first_column..<end_column of the table's gradient, from all bags in order.
static void embedding_bag_backward(const ck_bag_batch *b, size_t bags, const float *dy, size_t lddy, float *dtable,
                                   size_t first_column, size_t end_column) {
    for (size_t bag = 0; bag < bags; bag++) {
        size_t first, end;
        bag_range(b, bag, &first, &end);
        const float size = b->mode == CK_BAG_MEAN && end > first ? (float)(end - first) : 1.0f;
        const float *from = dy + bag * lddy;
        for (size_t i = first; i < end; i++) {
            const f32x16 factor = f_set((b->weights == NULL ? 1.0f : b->weights[i]) / size);
            float *to = dtable + (size_t)b->ids[i] * b->ldt;
            for (size_t c = first_column; c < end_column; c += 16) {
                const size_t n = end_column - c;
                f_store_up_to(to + c, f_fma(factor, f_load_up_to(from + c, n), f_load_up_to(to + c, n)), n);
            }
        }
    }
}
