/// A batch of products has the bits of as many products one by one.
#include <math.h>
#include <string.h>

#include "product.h"

/// How the operands of a batch lie.
typedef enum placement { IN_A_ROW, SIDE_BY_SIDE, SHARED } placement;

typedef struct operand {
    float *at;
    size_t rows, columns, ld, stride, count;
} operand;

static operand place(size_t batch, size_t rows, size_t columns, placement how, guard_side side) {
    operand x = {.rows = rows, .columns = columns};
    x.ld = (columns > 0 ? columns : 1) * (how == SIDE_BY_SIDE ? batch : 1) + random_below(3);
    x.stride = how == SHARED ? 0 : how == SIDE_BY_SIDE ? columns : span(rows, columns, x.ld) + random_below(5);
    x.count = batch == 0 ? 0 : span(rows, columns, x.ld) + (batch - 1) * x.stride;
    x.at = guarded_floats(x.count, side);
    return x;
}

static void fill(const operand *x, size_t batch) {
    for (size_t i = 0; i < (x->stride == 0 ? 1 : batch); i++)
        for (size_t r = 0; r < x->rows && x->columns != 0; r++)
            fill_uniform(x->at + i * x->stride + r * x->ld, x->columns);
}

static void check_batch(ck_pool *pool, size_t batch, size_t m, size_t n, size_t k) {
    static const float factors[] = {1, 0, -0.5f, 1, 3};
    const guard_side side = random_below(2) != 0 ? GUARD_BACK : GUARD_FRONT;
    const int ta = (int)random_below(2), tb = (int)random_below(2);
    const size_t count = batch > 0 ? batch : 1;
    const operand a = place(count, ta ? k : m, ta ? m : k, (placement)random_below(3), side);
    const operand b = place(count, tb ? n : k, tb ? k : n, (placement)random_below(3), side);
    const operand c = place(count, m, n, (placement)random_below(2), side);
    const float alpha = factors[random_below(5)], beta = factors[random_below(5)];
    fill(&a, count);
    fill(&b, count);
    if (beta != 0) fill(&c, count);
    float *expected = guarded_floats(c.count, GUARD_BACK);
    if (c.count != 0) memcpy(expected, c.at, c.count * sizeof *expected);
    EXPECT(ck_gemm_batched_f32(pool, ta, tb, batch, m, n, k, alpha, a.at, a.ld, a.stride, b.at, b.ld, b.stride, beta,
                               c.at, c.ld, c.stride) == CK_OK,
           "%zu of %zu x %zu x %zu", batch, m, n, k);
    for (size_t i = 0; i < batch; i++)
        ck_gemm_f32(NULL, ta, tb, m, n, k, alpha, a.at + i * a.stride, a.ld, b.at + i * b.stride, b.ld, beta,
                    expected + i * c.stride, c.ld, NULL);
    EXPECT(first_difference(c.at, expected, c.count) == c.count, "%s %zu of %c%c %zu x %zu x %zu: other bits",
           ck_isa_name(ck_isa_current()), batch, ta ? 'T' : 'N', tb ? 'T' : 'N', m, n, k);
}

static void all_sizes(ck_isa isa) {
    static const size_t sizes[][4] = {
        {0, 3, 4, 5}, {1, 3, 4, 5},    {2, 0, 4, 5},    {3, 4, 0, 5},   {3, 4, 5, 0},   {5, 1, 1, 1},     {7, 8, 8, 8},
        {30, 3, 17, 9}, {9, 33, 20, 40}, {2, 90, 70, 60}, {5, 64, 64, 64}, {100, 16, 16, 16}, {3, 200, 130, 60},
        {3, 20, 10, 4200},
    };
    seed_random(51 + (uint64_t)isa);
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (size_t p = 0; p < test_pool_count; p++)
            for (int repeat = 0; repeat < 4; repeat++) {
                check_batch(test_pool(p), sizes[s][0], sizes[s][1], sizes[s][2], sizes[s][3]);
                release_guarded();
            }
}

static void nothing_to_read(void) {
    float c[4] = {1, 2, 3, 4};
    EXPECT(ck_gemm_batched_f32(NULL, 0, 0, 2, 1, 2, 3, 0, NULL, 3, 0, NULL, 2, 0, 2, c, 2, 2) == CK_OK, "alpha 0");
    EXPECT(c[0] == 2 && c[3] == 8, "alpha 0 leaves beta · C");
    EXPECT(ck_gemm_batched_f32(NULL, 0, 0, 0, 1, 2, 3, 1, NULL, 3, 3, NULL, 2, 6, 0, NULL, 2, 2) == CK_OK, "batch 0");
}

static ck_status run(size_t batch, size_t lda, const float *a, size_t ldc, size_t stride_c, float *c) {
    return ck_gemm_batched_f32(NULL, 0, 0, batch, 2, 3, 4, 1, a, lda, 0, a, 3, 0, 0, c, ldc, stride_c);
}

static void bad_arguments_are_refused(void) {
    float x[16] = {0}, c[32];
    poison(c, 32);
    EXPECT(run(2, 3, x, 3, 6, c) == CK_INVALID_ARGUMENT, "lda < k");
    EXPECT(run(2, 4, NULL, 3, 6, c) == CK_INVALID_ARGUMENT, "no A");
    EXPECT(run(2, 4, x, 3, 6, NULL) == CK_INVALID_ARGUMENT, "no C");
    EXPECT(run(2, 4, x, 3, 5, c) == CK_INVALID_ARGUMENT, "C overlaps");
    EXPECT(run(2, 4, x, 3, 0, c) == CK_INVALID_ARGUMENT, "one C for all");
    EXPECT(run(3, 4, x, 8, 3, c) == CK_INVALID_ARGUMENT, "side by side, but too wide");
    EXPECT(run(2, 4, x, 8, 2, c) == CK_INVALID_ARGUMENT, "side by side, but too close");
    for (size_t i = 0; i < 32; i++) EXPECT(is_poison(c[i]), "a refused call writes nothing");
    EXPECT(run(1, 4, x, 3, 0, c) == CK_OK, "a single C overlaps nothing");
}

int main(void) {
    for_each_isa(all_sizes);
    nothing_to_read();
    bad_arguments_are_refused();
    return finish_tests();
}
