/// Packing, written once over the operations of microkernel.h and
///     LOAD_QUADS(row, q, p): the four floats at column p of each of the rows q, q + 4, q + 8, ... < LANES, in turn,
///     LOW_PAIRS(x, y), HIGH_PAIRS(x, y): x0 y0 x1 y1 and x2 y2 x3 y3 of every four lanes,
///     LOW_HALVES(x, y), HIGH_HALVES(x, y): x0 x1 y0 y1 and x2 x3 y2 y3 of every four lanes.
/// So a transpose is four loads and eight shuffles for four columns of LANES rows.

static size_t lesser(size_t x, size_t y) { return x < y ? x : y; }

static void pack_transposed(size_t rows, size_t k, const float *from, size_t ld, float scale, size_t width,
                            float *to) {
    const VECTOR factor = BROADCAST(scale);
    for (size_t first = 0; first < rows; first += LANES) {
        // Lanes beyond the last row repeat it: nobody looks at them, and nothing outside the matrix is read.
        const float *row[LANES];
        for (size_t r = 0; r < LANES; r++) row[r] = from + lesser(first + r, rows - 1) * ld;
        const size_t used = lesser(LANES, width - first);
        float *line = to + first;
        size_t p = 0;
        for (; p + 4 <= k; p += 4, line += 4 * width) {
            VECTOR x0 = LOAD_QUADS(row, 0, p), x1 = LOAD_QUADS(row, 1, p);
            VECTOR x2 = LOAD_QUADS(row, 2, p), x3 = LOAD_QUADS(row, 3, p);
            VECTOR low01 = LOW_PAIRS(x0, x1), high01 = HIGH_PAIRS(x0, x1);
            VECTOR low23 = LOW_PAIRS(x2, x3), high23 = HIGH_PAIRS(x2, x3);
            STORE_FIRST(line, used, MULTIPLY(factor, LOW_HALVES(low01, low23)));
            STORE_FIRST(line + width, used, MULTIPLY(factor, HIGH_HALVES(low01, low23)));
            STORE_FIRST(line + 2 * width, used, MULTIPLY(factor, LOW_HALVES(high01, high23)));
            STORE_FIRST(line + 3 * width, used, MULTIPLY(factor, HIGH_HALVES(high01, high23)));
        }
        for (; p < k; p++, line += width)
            for (size_t r = 0; r < used; r++) line[r] = scale * row[r][p];
    }
}

static void pack_straight(size_t rows, size_t k, const float *from, size_t ld, float scale, size_t width, float *to) {
    const VECTOR factor = BROADCAST(scale);
    const size_t whole = rows / LANES * LANES, rest = rows - whole;
    for (size_t p = 0; p < k; p++, from += ld, to += width) {
        for (size_t r = 0; r < whole; r += LANES) STORE(to + r, MULTIPLY(factor, LOAD(from + r)));
        if (rest != 0) STORE_FIRST(to + whole, rest, MULTIPLY(factor, LOAD_FIRST(from + whole, rest)));
    }
}
