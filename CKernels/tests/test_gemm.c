#include <math.h>
#include <string.h>

#include "reference.h"
#include "test_support.h"

typedef struct operands {
    float *a, *b, *c, *before; // before: what C holds at the start
} operands;

static void allocate(const gemm_case *x, guard_side side, operands *out) {
    out->a = guarded_floats(gemm_elements_a(x), side);
    out->b = guarded_floats(gemm_elements_b(x), side);
    out->c = guarded_floats(gemm_elements_c(x), side);
    out->before = guarded_floats(gemm_elements_c(x), side);
    fill_uniform(out->a, gemm_elements_a(x));
    fill_uniform(out->b, gemm_elements_b(x));
    // C stays poisoned between its rows, and everywhere if it must not be read.
    for (size_t i = 0; x->beta != 0 && i < x->m; i++) fill_uniform(out->before + i * x->ldc, x->n);
}

static ck_status run(ck_pool *pool, const gemm_case *x, const operands *o) {
    size_t bytes = gemm_elements_c(x) * sizeof(float);
    if (bytes != 0) memcpy(o->c, o->before, bytes);
    const int is_bare = x->epilogue.bias == NULL && x->epilogue.activation == CK_IDENTITY && x->epilogue.residual == NULL;
    return ck_gemm_f32(pool, x->transpose_a, x->transpose_b, x->m, x->n, x->k, x->alpha, o->a, x->lda, o->b, x->ldb,
                       x->beta, o->c, x->ldc, is_bare ? NULL : &x->epilogue);
}

/// The name of a case, for messages.
#define CASE_FORMAT "%s %c%c %zu x %zu x %zu alpha %g beta %g activation %d"
#define CASE_VALUES(x) \
    ck_isa_name(ck_isa_current()), (x)->transpose_a ? 'T' : 'N', (x)->transpose_b ? 'T' : 'N', (x)->m, (x)->n, \
        (x)->k, (double)(x)->alpha, (double)(x)->beta, (int)(x)->epilogue.activation

/// Every element has the promised bits, and these lie within the promised error (underflow adds half the smallest
/// number a step); nothing between the rows changed.
static void check_elements(const gemm_case *x, const operands *o) {
    const double steps = (double)(x->k + 2), gamma = steps * 0x1p-24 / (1 - steps * 0x1p-24);
    for (size_t i = 0; i < x->m; i++) {
        for (size_t j = 0; j < x->n; j++) {
            float chain = exact_gemm(x, o->a, o->b, o->before, i, j), expected, got = o->c[i * x->ldc + j];
            double magnitude, value = reference_gemm(x, o->a, o->b, o->before, i, j, &magnitude);
            ck_activation_f32(NULL, x->epilogue.activation, 1, &chain, &expected);
            EXPECT(memcmp(&got, &expected, sizeof got) == 0 || (isnan(got) && isnan(expected)),
                   CASE_FORMAT " [%zu, %zu]: %a, expected %a", CASE_VALUES(x), i, j, (double)got, (double)expected);
            EXPECT(isnan(chain) || isinf(chain) || fabs(chain - value) <= gamma * magnitude + steps * 0x1p-150,
                   CASE_FORMAT " [%zu, %zu]: %g is too far from %g", CASE_VALUES(x), i, j, (double)chain, value);
        }
        for (size_t j = x->n; x->n != 0 && i + 1 < x->m && j < x->ldc; j++)
            EXPECT(is_poison(o->c[i * x->ldc + j]), CASE_FORMAT " wrote behind row %zu", CASE_VALUES(x), i);
    }
}

/// A case of this size with everything else drawn at random.
static gemm_case random_case(size_t m, size_t n, size_t k) {
    static const float factors[] = {1, 0, -0.5f, 1, 3};
    gemm_case x = {.transpose_a = (int)random_below(2), .transpose_b = (int)random_below(2), .m = m, .n = n, .k = k};
    size_t a_columns = x.transpose_a ? m : k, b_columns = x.transpose_b ? k : n;
    x.alpha = factors[random_below(5)];
    x.beta = factors[random_below(5)];
    x.lda = (a_columns > 0 ? a_columns : 1) + random_below(2) * random_below(20);
    x.ldb = (b_columns > 0 ? b_columns : 1) + random_below(2) * random_below(20);
    x.ldc = (n > 0 ? n : 1) + random_below(2) * random_below(20);
    x.epilogue.activation = (ck_activation)random_below(CK_SIGMOID + 1);
    if (random_below(2) != 0) {
        float *bias = guarded_floats(n, random_below(2) != 0 ? GUARD_FRONT : GUARD_BACK);
        fill_uniform(bias, n);
        x.epilogue.bias = bias;
    }
    return x;
}

static void check_size(size_t m, size_t n, size_t k) {
    for (int side = GUARD_FRONT; side <= GUARD_BACK; side++) {
        gemm_case x = random_case(m, n, k);
        operands o;
        allocate(&x, (guard_side)side, &o);
        EXPECT(run(test_pool(random_below(test_pool_count)), &x, &o) == CK_OK, CASE_FORMAT, CASE_VALUES(&x));
        check_elements(&x, &o);
        release_guarded();
    }
}

/// Sizes around the edges of every tile and vector.
static void small_sizes(ck_isa isa) {
    static const size_t rows[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 14, 15, 29, 43};
    static const size_t columns[] = {0, 1, 3, 4, 5, 7, 8, 9, 12, 13, 15, 16, 17, 31, 32, 33, 65};
    static const size_t depths[] = {0, 1, 2, 3, 4, 5, 17, 32};
    seed_random(11 + (uint64_t)isa);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
            for (size_t p = 0; p < sizeof depths / sizeof *depths; p++) check_size(rows[i], columns[j], depths[p]);
}

/// Sizes around the edges of the blocks that are packed, on the stack and in a pool.
static void block_sizes(ck_isa isa) {
    static const size_t sizes[][3] = {
        {1, 300, 193},  {17, 129, 192}, {57, 33, 257},  {49, 1025, 3}, {50, 97, 129},
        {505, 40, 30},  {513, 65, 5},   {128, 10, 64},  {64, 128, 64}, {33, 256, 512},
        {100, 130, 64}, {90, 600, 70},  {15, 520, 130}, {120, 70, 1025}, {345, 1030, 20},
        {30, 1040, 1024}, {30, 1060, 1024}, {66, 530, 1030},
    };
    seed_random(12 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int repeat = 0; repeat < 2; repeat++) check_size(sizes[s][0], sizes[s][1], sizes[s][2]);
}

/// Dots of every width: k around the vectors and the blocks, rows around the tiles.
static void dot_sizes(ck_isa isa) {
    static const size_t rows[] = {1, 2, 5, 8, 11, 97}, depths[] = {16, 31, 48, 129, 1024, 1025, 2100};
    seed_random(16 + (uint64_t)isa);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t p = 0; p < sizeof depths / sizeof *depths; p++) {
            for (size_t columns = 1; columns <= 9; columns++) check_size(rows[i], columns, depths[p]);
            check_size(rows[i], 10 + random_below(57), depths[p]);
        }
}

static void check_case(const gemm_case *x, size_t pool) {
    operands o;
    allocate(x, random_below(2) != 0 ? GUARD_FRONT : GUARD_BACK, &o);
    EXPECT(run(test_pool(pool), x, &o) == CK_OK, CASE_FORMAT, CASE_VALUES(x));
    check_elements(x, &o);
    release_guarded();
}

/// Small products that come without the long way: all that tiles finish themselves, sums around its limits, columns and dots.
static void short_way(ck_isa isa) {
    static const size_t rows[] = {1, 2, 5, 8, 13, 17, 30, 48, 64}, columns[] = {1, 2, 3, 8, 10, 16, 33, 64};
    static const size_t depths[] = {1, 4, 8, 15, 16, 40, 64, 65, 100, 128, 250, 1024, 1025, 4095, 4096};
    seed_random(23 + (uint64_t)isa);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
            for (int variant = 0; variant < 12; variant++) {
                const size_t limit = rows[i] * columns[j] <= 24 ? 0 : 5; // so that emulation does not take minutes
                gemm_case x = random_case(rows[i], columns[j], depths[random_below(sizeof depths / sizeof *depths - limit)]);
                x.transpose_a = variant & 1, x.transpose_b = variant >> 1 & 1;
                x.lda = (x.transpose_a ? x.m : x.k) + random_below(2) * 7;
                x.ldb = (x.transpose_b ? x.k : x.n) + random_below(2) * 5;
                x.alpha = 1;
                x.beta = random_below(3) == 0 ? -0.5f : 0;
                x.epilogue.activation = random_below(2) ? CK_RELU : CK_IDENTITY;
                check_case(&x, random_below(test_pool_count));
            }
    for (size_t m = 1; m <= 2; m++) { // the shortest sums in parts
        gemm_case x = {.transpose_a = 1, .m = m, .n = 1, .k = 4096, .alpha = 1, .lda = m, .ldb = 1, .ldc = 1};
        check_case(&x, 0);
    }
}

/// A transposed A with few columns: blocks of the transpose, strips of k, packed or not.
static void swapped_sizes(ck_isa isa) {
    static const size_t sizes[][3] = {{1, 1, 1},     {40, 1, 9},    {300, 3, 50},    {70, 5, 40},      {33, 8, 200},
                                      {17, 10, 30},  {140, 20, 50}, {1030, 13, 70},  {600, 2, 1800},   {300, 16, 1100},
                                      {270, 64, 700}, {64, 8, 64},  {19, 11, 33},  {8, 16, 50}};
    seed_random(17 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int variant = 0; variant < 4; variant++) {
            gemm_case x = random_case(sizes[s][0], sizes[s][1], sizes[s][2]);
            x.transpose_a = 1;
            x.alpha = 1;
            x.lda = x.m + random_below(2) * 7;
            x.transpose_b = variant & 1;
            x.ldb = (x.transpose_b ? x.k : x.n) + random_below(2) * 5;
            x.beta = variant & 2 ? -0.5f : 0;
            check_case(&x, random_below(test_pool_count));
        }
}

/// A transposed B with few rows, turned in registers (also from beyond all caches), and with some more, where the result is
/// transposed instead; rows of B that share a set of the first cache.
static void few_rows(ck_isa isa) {
    static const size_t sizes[][3] = {{1, 5, 7},       {2, 16, 16},     {3, 37, 33},    {4, 48, 70},     {1, 70, 161},
                                      {4, 130, 100},   {5, 31, 40},     {6, 40, 33},    {7, 64, 64},     {8, 33, 100},
                                      {9, 140, 130},   {12, 150, 120},  {2, 4110, 1030}, {24, 130, 130}, {31, 70, 260},
                                      {40, 100, 210},  {64, 70, 330},   {128, 70, 650}};
    seed_random(20 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int variant = 0; variant < 4; variant++) {
            gemm_case x = random_case(sizes[s][0], sizes[s][1], sizes[s][2]);
            x.transpose_a = 0, x.transpose_b = 1;
            x.alpha = 1;
            x.lda = x.k + random_below(2) * 7;
            x.ldb = variant & 1 && x.k < 1024 ? 1024 : x.k + random_below(2) * 5;
            x.beta = variant & 2 ? -0.5f : 0;
            if (x.n * x.k > 1 << 20 && variant != 2) continue; // emulated, they take minutes
            check_case(&x, random_below(test_pool_count));
        }
}

/// One or two rows beside a large B, of which some whole rows are read at a time, and one or two columns of a transposed A.
static void long_rows(ck_isa isa) {
    static const size_t sizes[][3] = {{1, 1030, 40}, {2, 1025, 9},  {1, 1024, 8},   {2, 1040, 16},  {1, 300, 230},
                                      {2, 513, 129}, {1, 257, 256}, {1030, 1, 40},  {300, 2, 230},  {64, 1, 1100},
                                      {128, 2, 600}, {60, 3, 1200}};
    static const float betas[] = {0, 1, -0.5f};
    seed_random(21 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int variant = 0; variant < 12; variant++) {
            gemm_case x = random_case(sizes[s][0], sizes[s][1], sizes[s][2]);
            x.transpose_a = x.n <= 3 || variant / 6, x.transpose_b = 0;
            x.alpha = 1;
            x.beta = betas[variant % 3];
            x.lda = (x.transpose_a ? x.m : x.k) + random_below(2) * 7;
            x.ldb = x.n + random_below(2) * 5;
            check_case(&x, variant / 3 % 2 ? random_below(test_pool_count) : 0); // 0: the caller alone
        }
}

/// Sums in parts: around the fewest rows of a batch that are cut, with so few elements that threads share the parts,
/// and with too many; with what follows the sums.
static void long_sums(ck_isa isa) {
    static const size_t sizes[][3] = {{1, 1, 4095}, {1, 1, 4096}, {32, 10, 16391}, {64, 64, 6150},
                                      {3, 2, 40000}, {300, 64, 4099}, {1100, 17, 4100}, {513, 64, 4100}};
    seed_random(19 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t pool = 0; pool < test_pool_count; pool++) {
            gemm_case x = random_case(sizes[s][0], sizes[s][1], sizes[s][2]);
            if (x.m * x.n * x.k > 1 << 23 && pool != s % test_pool_count) continue; // emulated, they take minutes
            x.transpose_a = 1;
            x.lda = x.m + random_below(2) * 7;
            x.ldb = (x.transpose_b ? x.k : x.n) + random_below(2) * 5;
            check_case(&x, pool);
        }
}

/// Leading dimensions that are powers of two go other ways through the code.
static void page_strides(ck_isa isa) {
    (void)isa;
    for (int transposes = 0; transposes < 4; transposes++) {
        gemm_case x = {
            .transpose_a = transposes & 1, .transpose_b = transposes >> 1, .m = 31, .n = 130, .k = 70, .alpha = 1,
            .lda = 512, .ldb = 1024, .ldc = 256};
        operands o;
        allocate(&x, GUARD_BACK, &o);
        run(NULL, &x, &o);
        check_elements(&x, &o);
        release_guarded();
    }
}

/// Rows of A a page apart, packed because of alpha; and a small product with both operands transposed, finished while its
/// result is transposed.
static void packed_pages_and_small_transposes(ck_isa isa) {
    seed_random(22 + (uint64_t)isa);
    const gemm_case pages = {.m = 29, .n = 8, .k = 40, .alpha = 3, .lda = 1024, .ldb = 8, .ldc = 8};
    check_case(&pages, 0);
    float bias[11];
    fill_uniform(bias, 11);
    const gemm_case small = {.transpose_a = 1, .transpose_b = 1, .m = 19, .n = 11, .k = 50, .alpha = 1, .lda = 19, .ldb = 50,
                             .ldc = 11, .epilogue = {.bias = bias, .activation = CK_RELU}};
    check_case(&small, 0);
}

/// So many rows that two threads pack op(B) together; with the bits of one thread.
static void shared_panels(ck_isa isa) {
    seed_random(21 + (uint64_t)isa);
    gemm_case x = {.transpose_b = 1, .m = 1030, .n = 514, .k = 260, .alpha = 1, .lda = 260, .ldb = 260, .ldc = 514};
    operands o;
    allocate(&x, GUARD_BACK, &o);
    run(NULL, &x, &o);
    float *alone = guarded_floats(x.m * x.n, GUARD_BACK);
    memcpy(alone, o.c, x.m * x.n * sizeof *alone);
    for (size_t pool = 0; pool < test_pool_count; pool++) {
        run(test_pool(pool), &x, &o);
        EXPECT(first_difference(alone, o.c, x.m * x.n) == x.m * x.n, CASE_FORMAT " pool %zu: other bits", CASE_VALUES(&x), pool);
    }
    release_guarded();
}

/// A result that is stored past the caches.
static void large_result(ck_isa isa) {
    seed_random(18 + (uint64_t)isa);
    gemm_case x = {.m = 2100, .n = 1008, .k = 2, .alpha = 1, .lda = 2, .ldb = 1008, .ldc = 1008};
    operands o;
    allocate(&x, GUARD_BACK, &o);
    EXPECT(run(test_pool(2), &x, &o) == CK_OK, CASE_FORMAT, CASE_VALUES(&x));
    size_t differences = 0;
    for (size_t i = 0; i < x.m; i++)
        for (size_t j = 0; j < x.n; j++)
            differences += exact_gemm(&x, o.a, o.b, o.before, i, j) != o.c[i * x.ldc + j];
    EXPECT(differences == 0, CASE_FORMAT ": %zu differences", CASE_VALUES(&x), differences);
    release_guarded();
}

/// Whole numbers are exact, whatever the order of the sums.
static void whole_numbers(ck_isa isa) {
    seed_random(13 + (uint64_t)isa);
    for (int repeat = 0; repeat < 12; repeat++) {
        gemm_case x = random_case(1 + random_below(60), 1 + random_below(90), 1 + random_below(700));
        x.alpha = 2;
        x.beta = -1;
        x.epilogue = (ck_epilogue){0};
        operands o;
        allocate(&x, GUARD_BACK, &o);
        fill_integers(o.a, gemm_elements_a(&x), 10);
        fill_integers(o.b, gemm_elements_b(&x), 10);
        fill_integers(o.before, gemm_elements_c(&x), 1000);
        run(test_pool(random_below(test_pool_count)), &x, &o);
        for (size_t i = 0; i < x.m; i++)
            for (size_t j = 0; j < x.n; j++) {
                double magnitude, expected = reference_gemm(&x, o.a, o.b, o.before, i, j, &magnitude);
                EXPECT(o.c[i * x.ldc + j] == expected, CASE_FORMAT " [%zu, %zu]", CASE_VALUES(&x), i, j);
            }
        release_guarded();
    }
}

/// NaN and infinity in A, B and C reach exactly the elements that arithmetic takes them to; zeros hide nothing.
static void special_values(ck_isa isa) {
    static const float specials[] = {NAN, INFINITY, -INFINITY, 0, -0.0f, 0x1p-140f};
    seed_random(14 + (uint64_t)isa);
    for (int repeat = 0; repeat < 60; repeat++) {
        gemm_case x = random_case(1 + random_below(40), 1 + random_below(40), 1 + random_below(60));
        operands o;
        allocate(&x, GUARD_BACK, &o);
        for (int special = 0; special < 6; special++) {
            o.a[random_below(gemm_elements_a(&x))] = specials[random_below(6)];
            o.b[random_below(gemm_elements_b(&x))] = specials[random_below(6)];
            if (x.beta != 0)
                o.before[random_below(x.m) * x.ldc + random_below(x.n)] = specials[random_below(6)];
        }
        run(NULL, &x, &o);
        check_elements(&x, &o);
        release_guarded();
    }
}

/// alpha == 0 and k == 0 leave A and B alone, even if they are NULL; so does an empty C with everything.
static void nothing_to_read(ck_isa isa) {
    (void)isa;
    float c[6], bias[3] = {1, 2, 3};
    ck_epilogue epilogue = {.bias = bias, .activation = CK_RELU};
    poison(c, 6);
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 0, NULL, 4, NULL, 3, 0, c, 3, &epilogue) == CK_OK, "alpha 0");
    for (size_t i = 0; i < 6; i++) EXPECT(c[i] == bias[i % 3], "alpha 0 leaves the bias");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 0, 1, NULL, 1, NULL, 3, 2, c, 3, NULL) == CK_OK, "k 0");
    for (size_t i = 0; i < 6; i++) EXPECT(c[i] == 2 * bias[i % 3], "k 0 leaves beta · C");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 0, 3, 4, 1, NULL, 4, NULL, 3, 0, NULL, 3, NULL) == CK_OK, "m 0");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 0, 4, 1, NULL, 4, NULL, 1, 0, NULL, 1, NULL) == CK_OK, "n 0");
}

static void bad_arguments_are_refused(void) {
    float x[16] = {0}, c[16];
    poison(c, 16);
    ck_epilogue unknown = {.activation = (ck_activation)99};
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 3, x, 3, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "lda < k");
    EXPECT(ck_gemm_f32(NULL, 1, 0, 2, 3, 4, 1, x, 1, x, 3, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "lda < m");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 2, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "ldb < n");
    EXPECT(ck_gemm_f32(NULL, 0, 1, 2, 3, 4, 1, x, 4, x, 3, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "ldb < k");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, c, 2, NULL) == CK_INVALID_ARGUMENT, "ldc < n");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 0, 0, 0, 1, x, 0, x, 1, 0, c, 1, NULL) == CK_INVALID_ARGUMENT, "lda 0");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, NULL, 4, x, 3, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "no A");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, NULL, 3, 0, c, 3, NULL) == CK_INVALID_ARGUMENT, "no B");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, NULL, 3, NULL) == CK_INVALID_ARGUMENT, "no C");
    EXPECT(ck_gemm_f32(NULL, 0, 0, 2, 3, 4, 1, x, 4, x, 3, 0, c, 3, &unknown) == CK_INVALID_ARGUMENT, "activation");
    for (size_t i = 0; i < 16; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
}

// ---- One result for all -----------------------------------------------------------------------------------------

static gemm_case shared_case;
static operands shared;
static float *first_result; // NULL until the first instruction set has run

/// Every pool, and every instruction set after the first, gives the bits of the first run.
static void same_bits(ck_isa isa) {
    (void)isa;
    size_t count = gemm_elements_c(&shared_case);
    for (size_t p = 0; p < test_pool_count; p++) {
        run(test_pool(p), &shared_case, &shared);
        if (first_result == NULL) {
            first_result = guarded_floats(count, GUARD_BACK);
            memcpy(first_result, shared.c, count * sizeof(float));
        }
        EXPECT(first_difference(first_result, shared.c, count) == count, CASE_FORMAT " pool %zu: other bits",
               CASE_VALUES(&shared_case), p);
    }
}

/// A row computed alone, or among other rows, has the bits it has in the whole product.
static void rows_are_independent(ck_isa isa) {
    (void)isa;
    gemm_case part = shared_case;
    for (size_t first = 0; first < shared_case.m; first += part.m) {
        part.m = 1 + random_below(shared_case.m - first);
        operands o = shared;
        o.a += first * (part.transpose_a ? 1 : part.lda);
        o.before += first * part.ldc;
        run(NULL, &part, &o);
        EXPECT(first_difference(first_result + first * part.ldc, o.c, gemm_elements_c(&part)) ==
                   gemm_elements_c(&part),
               CASE_FORMAT " rows from %zu: other bits", CASE_VALUES(&part), first);
    }
}

static void one_result_for_all(void) {
    static const size_t sizes[][3] = {{32, 64, 64},   {130, 150, 300}, {61, 700, 33},   {300, 20, 270},
                                      {200, 200, 64}, {100, 7, 1100},  {190, 600, 250}, {40, 10, 9000}};
    seed_random(15);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int transposes = 0; transposes < 4; transposes++) {
            size_t m = sizes[s][0], n = sizes[s][1], k = sizes[s][2];
            shared_case = random_case(m, n, k);
            shared_case.transpose_a = transposes & 1;
            shared_case.transpose_b = transposes >> 1;
            shared_case.alpha = 1;
            shared_case.lda = m > k ? m : k;
            shared_case.ldb = n > k ? n : k;
            allocate(&shared_case, GUARD_BACK, &shared);
            for_each_isa(same_bits);
            for_each_isa(rows_are_independent);
            release_guarded();
            first_result = NULL;
        }
}

int main(void) {
    for_each_isa(small_sizes);
    for_each_isa(block_sizes);
    for_each_isa(dot_sizes);
    for_each_isa(short_way);
    for_each_isa(swapped_sizes);
    for_each_isa(few_rows);
    for_each_isa(long_rows);
    for_each_isa(long_sums);
    for_each_isa(page_strides);
    for_each_isa(packed_pages_and_small_transposes);
    for_each_isa(shared_panels);
    for_each_isa(large_result);
    for_each_isa(whole_numbers);
    for_each_isa(special_values);
    for_each_isa(nothing_to_read);
    bad_arguments_are_refused();
    one_result_for_all();
    return finish_tests();
}
