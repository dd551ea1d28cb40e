/// Products with a packed B have the bits of those without.
#include <string.h>

#include "product.h"

static guard_side random_side(void) { return random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT; }

/// Packed memory that ends at a guard page, as far as its alignment lets it.
static void *pack(const product *x) {
    const gemm_case *s = &x->shape;
    const size_t bytes = ck_gemm_packed_bytes(s->transpose_b, s->n, s->k), whole = (bytes + 63) / 64 * 64;
    void *packed = guarded_bytes(whole, random_side());
    EXPECT(ck_gemm_pack_f32(s->transpose_b, s->n, s->k, x->b, s->ldb, packed, bytes) == CK_OK, PRODUCT_FORMAT,
           PRODUCT_VALUES(x));
    return packed;
}

static void check_size(size_t m, size_t n, size_t k) {
    product x = random_product(m, n, k, random_side());
    while (x.shape.transpose_a) x = random_product(m, n, k, random_side());
    const ck_epilogue epilogue = {
        .bias = new_matrix(1, n, n, random_side()), .activation = (ck_activation)random_below(CK_SIGMOID + 1),
        .residual = random_below(2) != 0 ? new_matrix(m, n, n, random_side()) : NULL, .ldr = n};
    float *c = new_c(&x, random_side()), *expected = new_c(&x, GUARD_BACK);
    const gemm_case *s = &x.shape;
    EXPECT(ck_gemm_packed_f32(test_pool(random_below(test_pool_count)), m, n, k, s->alpha, x.a, s->lda, pack(&x),
                              s->beta, c, s->ldc, &epilogue) == CK_OK,
           PRODUCT_FORMAT, PRODUCT_VALUES(&x));
    multiply(NULL, &x, expected, &epilogue);
    EXPECT(same_elements(&x, c, expected), PRODUCT_FORMAT ": other bits", PRODUCT_VALUES(&x));
    release_guarded();
}

static void all_sizes(ck_isa isa) {
    static const size_t rows[] = {0, 1, 5, 15, 49, 100}, columns[] = {0, 1, 3, 7, 8, 10, 33, 64, 70, 150};
    static const size_t depths[] = {0, 1, 5, 17, 64, 200, 400};
    seed_random(61 + (uint64_t)isa);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t j = 0; j < sizeof columns / sizeof *columns; j++)
            for (size_t p = 0; p < sizeof depths / sizeof *depths; p++)
                for (int repeat = 0; repeat < 2; repeat++) check_size(rows[i], columns[j], depths[p]);
    for (int repeat = 0; repeat < 6; repeat++) check_size(350, 330, 96);
    check_size(350, 1100, 90);
    for (size_t m = 1; m <= 2; m++) check_size(m, 1030, 40), check_size(m, 300, 230); // a B that is not packed goes by long rows
    check_size(40, 9, 2500);
}

/// The same handle serves products of any height, from any place in memory.
static void a_handle_may_be_moved(ck_isa isa) {
    seed_random(62 + (uint64_t)isa);
    product x = random_product(20, 40, 30, GUARD_BACK);
    x.shape.transpose_a = 0, x.shape.alpha = 1, x.shape.beta = 0, x.shape.lda = 40;
    x.a = new_matrix(20, 30, 40, GUARD_BACK);
    const size_t bytes = ck_gemm_packed_bytes(x.shape.transpose_b, 40, 30);
    void *first = pack(&x), *moved = guarded_bytes((bytes + 63) / 64 * 64, GUARD_FRONT);
    memcpy(moved, first, bytes);
    memset(first, 0xFF, bytes);
    for (x.shape.m = 1; x.shape.m <= 20; x.shape.m += 6) {
        float *c = new_c(&x, GUARD_BACK), *expected = new_c(&x, GUARD_BACK);
        ck_gemm_packed_f32(NULL, x.shape.m, 40, 30, 1, x.a, 40, moved, 0, c, x.shape.ldc, NULL);
        multiply(NULL, &x, expected, NULL);
        EXPECT(same_elements(&x, c, expected), PRODUCT_FORMAT ": other bits", PRODUCT_VALUES(&x));
    }
    release_guarded();
}

// ---- What is refused ------------------------------------------------------------------------------------------

static _Alignas(64) float packed[4096];
static float x[64], c[64];

static ck_status run(size_t n, size_t k, const void *handle) {
    return ck_gemm_packed_f32(NULL, 2, n, k, 1, x, 8, handle, 0, c, 8, NULL);
}

static void another_set_is_refused(ck_isa isa) {
    poison(c, 64);
    EXPECT(ck_gemm_pack_f32(0, 8, 4, x, 8, packed, sizeof packed) == CK_OK, "pack");
    for (int other = CK_ISA_PORTABLE; other <= CK_ISA_AVX512; other++) {
        if (other == (int)isa || ck_isa_select((ck_isa)other) != CK_OK) continue;
        EXPECT(run(8, 4, packed) == CK_UNSUPPORTED, "packed for %s", ck_isa_name(isa));
        EXPECT(is_poison(c[0]), "a refused call writes nothing");
    }
    ck_isa_select(isa);
    EXPECT(run(8, 4, packed) == CK_OK, "and accepted again");
}

static void bad_arguments_are_refused(void) {
    const size_t bytes = ck_gemm_packed_bytes(0, 8, 4);
    poison(c, 64);
    EXPECT(ck_gemm_pack_f32(0, 8, 4, x, 7, packed, bytes) == CK_INVALID_ARGUMENT, "ldb < n");
    EXPECT(ck_gemm_pack_f32(1, 8, 4, x, 3, packed, bytes) == CK_INVALID_ARGUMENT, "ldb < k");
    EXPECT(ck_gemm_pack_f32(0, 8, 4, NULL, 8, packed, bytes) == CK_INVALID_ARGUMENT, "no B");
    EXPECT(ck_gemm_pack_f32(0, 8, 4, x, 8, NULL, bytes) == CK_INVALID_ARGUMENT, "no memory");
    EXPECT(ck_gemm_pack_f32(0, 8, 4, x, 8, packed + 1, bytes) == CK_INVALID_ARGUMENT, "not aligned");
    EXPECT(ck_gemm_pack_f32(0, 8, 4, x, 8, packed, bytes - 1) == CK_INVALID_ARGUMENT, "too few bytes");
    EXPECT(run(8, 4, packed) == CK_INVALID_ARGUMENT, "nothing was packed");
    EXPECT(ck_gemm_pack_f32(0, 8, 4, x, 8, packed, bytes) == CK_OK, "pack");
    EXPECT(run(7, 4, packed) == CK_INVALID_ARGUMENT, "another n");
    EXPECT(run(8, 5, packed) == CK_INVALID_ARGUMENT, "another k");
    EXPECT(run(8, 4, NULL) == CK_INVALID_ARGUMENT, "no handle");
    EXPECT(ck_gemm_packed_f32(NULL, 2, 8, 4, 1, x, 3, packed, 0, c, 8, NULL) == CK_INVALID_ARGUMENT, "lda < k");
    for (size_t i = 0; i < 64; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
}

int main(void) {
    bad_arguments_are_refused();
    for_each_isa(all_sizes);
    for_each_isa(a_handle_may_be_moved);
    for_each_isa(another_set_is_refused);
    return finish_tests();
}
