/// Softmax and log-softmax of rows of 64 to 128 columns, in blocks.

CK_INLINE void softmax_blocks(int logarithmic, argument_kind kind, size_t rows, size_t columns, const float *x, size_t ldx,
                              float *y, size_t ldy) {
    float e[2][16 * block_columns], largest[16 * 16], maximum[16]; // of each block that is under way
    float first[16], second[16]; // of 1 / sum the two parts; for a logarithm the maximum and the logarithm of the sum
    const size_t lde = (columns + 15) / 16 * 16;
    block_sums sums;
    clear_absent_rows(rows, largest, &sums);
    for (size_t block = 0; 16 * block < rows + 32; block++) {
        const size_t read = rows_of_block(rows, block, 0), computed = rows_of_block(rows, block, 1),
                     written = rows_of_block(rows, block, 2);
        float *e_computed = e[block % 2], *e_written = e[1 - block % 2];
        for (size_t r = 0; r < 16; r++) {
            const size_t to_read = 16 * block + r, to_compute = to_read - 16, to_write = to_read - 32;
            if (r < computed)
                block_exponentials(kind, x + to_compute * ldx, columns, maximum[r], logarithmic ? NULL : e_computed + r * lde,
                                   &sums, r);
            if (r < read) f_store(largest + 16 * r, block_maximum(x + to_read * ldx, columns));
            if (r < written && logarithmic)
                subtract_row(columns, x + to_write * ldx, f_set(first[r]), f_set(second[r]), y + to_write * ldy);
            if (r < written && !logarithmic)
                scale_row(columns, e_written + r * lde, (exact_sum){f_set(first[r]), f_set(second[r])}, y + to_write * ldy);
        }
        if (computed > 0) {
            const exact_sum sum = block_totals(&sums), of_one = reciprocal(sum);
            f_store(first, logarithmic ? f_load(maximum) : of_one.high);
            f_store(second, logarithmic ? f_log(f_mul(sum.high, f_set(1 / EXPONENTIAL_UNIT))) : of_one.low);
        }
        if (read > 0) f_store(maximum, f_row_maxima(largest));
    }
}
