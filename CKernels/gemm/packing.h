/// Packing, written once over the operations of microkernel.h and
///     LOAD_QUADS(w, x, y, z): four floats from each of the first LANES / 4 addresses,
///     LOW_PAIRS(x, y), HIGH_PAIRS(x, y): x0 y0 x1 y1 and x2 y2 x3 y3 of every four lanes,
///     LOW_HALVES(x, y), HIGH_HALVES(x, y): x0 x1 y0 y1 and x2 x3 y2 y3 of every four lanes,
///     TURN_QUADS(v): of LANES vectors, exchanges quad l of vector 4 q + t with quad q of vector 4 l + t.
/// So four columns of LANES rows are transposed by four such loads and eight shuffles.

/// Columns p ..< p + 4 of LANES rows, as vectors `column0` to `column3`.
#define TURN_COLUMNS(ROW, p) \
    const VECTOR x0 = LOAD_QUADS(ROW(0) + (p), ROW(4) + (p), ROW(8) + (p), ROW(12) + (p)); \
    const VECTOR x1 = LOAD_QUADS(ROW(1) + (p), ROW(5) + (p), ROW(9) + (p), ROW(13) + (p)); \
    const VECTOR x2 = LOAD_QUADS(ROW(2) + (p), ROW(6) + (p), ROW(10) + (p), ROW(14) + (p)); \
    const VECTOR x3 = LOAD_QUADS(ROW(3) + (p), ROW(7) + (p), ROW(11) + (p), ROW(15) + (p)); \
    const VECTOR low01 = LOW_PAIRS(x0, x1), high01 = HIGH_PAIRS(x0, x1); \
    const VECTOR low23 = LOW_PAIRS(x2, x3), high23 = HIGH_PAIRS(x2, x3); \
    const VECTOR column0 = LOW_HALVES(low01, low23), column1 = HIGH_HALVES(low01, low23); \
    const VECTOR column2 = LOW_HALVES(high01, high23), column3 = HIGH_HALVES(high01, high23);

/// Transposes all columns, four by four; ROW(r) is the address of row r. The last four may overlap those before.
/// The rows are too many and too short for the processor to see them coming: each is asked for four lines ahead.
#define TRANSPOSE_ROWS(ROW, first) \
    for (size_t p = first; p < k; p += 4) { \
        if (p % 16 == 0) \
            for (size_t r = 0; r < LANES; r++) __builtin_prefetch(ROW(r) + p + 64); \
        if (p + 4 > k) p = k - 4; \
        TURN_COLUMNS(ROW, p) \
        float *line = lines + p * width; \
        PUT(line, MULTIPLY(factor, column0)); \
        PUT(line + width, MULTIPLY(factor, column1)); \
        PUT(line + 2 * width, MULTIPLY(factor, column2)); \
        PUT(line + 3 * width, MULTIPLY(factor, column3)); \
    }

/// Transposes LANES rows of LANES columns.
CK_INLINE void turn_square(VECTOR *v) {
    CK_UNROLL for (size_t r = 0; r < LANES; r += 4) {
        const VECTOR low01 = LOW_PAIRS(v[r], v[r + 1]), high01 = HIGH_PAIRS(v[r], v[r + 1]);
        const VECTOR low23 = LOW_PAIRS(v[r + 2], v[r + 3]), high23 = HIGH_PAIRS(v[r + 2], v[r + 3]);
        v[r] = LOW_HALVES(low01, low23), v[r + 1] = HIGH_HALVES(low01, low23);
        v[r + 2] = LOW_HALVES(high01, high23), v[r + 3] = HIGH_HALVES(high01, high23);
    }
    TURN_QUADS(v);
}

/// Where a line has room for less than a vector, the rest is the next line's, which comes later: so there whole vectors may
/// be stored, which is faster than parts of them. But not where vectors of the next line are there already.
#define PUT(p, v) (whole ? (void)STORE(p, v) : (void)STORE_FIRST(p, used, v))

/// Transposes rows that share a set of the first cache: a line of each is read at once, as they would push each other out
/// of it before all four quads were used. From column p on, which then is the first that is left.
#define TRANSPOSE_LINES(p) \
    for (; p + 16 <= k; p += 16) \
        CK_UNROLL for (size_t q = 0; q < 16; q += LANES) { \
            VECTOR column[LANES]; \
            CK_UNROLL for (size_t r = 0; r < LANES; r++) column[r] = LOAD(rows_at + r * ld + p + q); \
            turn_square(column); \
            CK_UNROLL for (size_t r = 0; r < LANES; r++) PUT(lines + (p + q + r) * width, MULTIPLY(factor, column[r])); \
        }

#define STRIDED_ROW(r) (rows_at + (r) * ld)
#define LISTED_ROW(r) list[(r) % LANES]

/// Two or three columns without gaps between their rows, as many rows as whole vectors have: a row's quad ends in the next
/// row, so there must be one more. Returns how many rows that were.
CK_INLINE size_t pack_adjacent(size_t rows, const size_t ld, const float *from, float scale, size_t width, float *to) {
    const VECTOR factor = BROADCAST(scale);
    size_t first = 0;
    for (; first + LANES < rows; first += LANES) {
        const float *rows_at = from + first * ld;
        TURN_COLUMNS(STRIDED_ROW, 0)
        STORE(to + first, MULTIPLY(factor, column0));
        STORE(to + first + width, MULTIPLY(factor, column1));
        if (ld == 3) STORE(to + first + 2 * width, MULTIPLY(factor, column2));
        (void)column2, (void)column3;
    }
    return first;
}

/// Fewer columns than a vector's quads need.
CK_INLINE void pack_few(size_t rows, const size_t k, const float *from, size_t ld, float scale, size_t width, float *to) {
    if (k > 1 && ld == k) {
        const size_t done = pack_adjacent(rows, k, from, scale, width, to);
        rows -= done, from += done * ld, to += done;
    }
    for (; rows != 0; rows--, from += ld, to++)
        CK_UNROLL for (size_t p = 0; p < k; p++) to[p * width] = scale * from[p];
}

static void pack_transposed(size_t rows, size_t k, const float *from, size_t ld, float scale, size_t width,
                            float *to) {
    const VECTOR factor = BROADCAST(scale);
    const size_t most = rows < width ? rows : width;
    switch (k) {
    case 0: return;
    case 1: pack_few(most, 1, from, ld, scale, width, to); return;
    case 2: pack_few(most, 2, from, ld, scale, width, to); return;
    case 3: pack_few(most, 3, from, ld, scale, width, to); return;
    default: break;
    }
    for (size_t first = 0; first < most; first += LANES) {
        const size_t used = width - first < LANES ? width - first : LANES, left = rows - first;
        const int whole = used == LANES || width < LANES;
        const float *rows_at = from + first * ld;
        float *lines = to + first;
        if (left >= LANES) {
            size_t done = 0;
            if (ld % 1024 == 0) TRANSPOSE_LINES(done)
            TRANSPOSE_ROWS(STRIDED_ROW, done)
        } else {
            // The last row stands in for those behind it: nobody looks at these lanes.
            const float *list[LANES];
            for (size_t r = 0; r < LANES; r++) list[r] = rows_at + (r < left ? r : left - 1) * ld;
            TRANSPOSE_ROWS(LISTED_ROW, 0)
        }
    }
}

static void pack_straight(size_t columns, size_t k, const float *from, size_t ld, float scale, size_t width, size_t step,
                          float *to) {
    const VECTOR factor = BROADCAST(scale);
    const size_t panel = width * step;
    // Row by row through all panels: the rows of a matrix lie pages apart, the panels do not.
    for (size_t p = 0; p < k; p++, from += ld, to += width) {
        const float *row = from;
        float *line = to;
        size_t left = columns;
        for (size_t j = 0; j < columns; j += 16) __builtin_prefetch(row + 8 * ld + j);
        // What a vector has beyond the panel's width belongs to lines that come next, if there are any.
        const int has_room = (k - p) * width >= LANES;
        if (width <= LANES && has_room)
            for (; left >= LANES && left >= width; left -= width, row += width, line += panel)
                STORE(line, MULTIPLY(factor, LOAD(row)));
        while (left != 0) {
            const size_t used = left < width ? left : width;
            size_t j = 0;
            for (; j + LANES <= used; j += LANES) STORE(line + j, MULTIPLY(factor, LOAD(row + j)));
            if (j < used) STORE_FIRST(line + j, used - j, MULTIPLY(factor, LOAD_FIRST(row + j, used - j)));
            left -= used, row += used, line += panel;
        }
    }
}
