#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"

enum { vocabulary = 23 };

typedef struct arguments {
    ck_bag mode;
    size_t bags, width, ldt, ldy;
    const float *table, *weights, *dy, *start;
    const int32_t *ids, *offsets;
} arguments;

static ck_status gather(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_embedding_f32(pool, a->bags, vocabulary, a->width, a->table, a->ldt, a->ids, y, a->ldy, NULL);
}

static ck_status bag(ck_pool *pool, const void *context, float *y) {
    const arguments *a = context;
    return ck_embedding_bag_f32(pool, a->mode, a->bags, vocabulary, a->width, a->table, a->ldt, a->ids, a->offsets,
                                a->weights, y, a->ldy, NULL);
}

static size_t table_size(const arguments *a) { return a->width == 0 ? 0 : (vocabulary - 1) * a->ldt + a->width; }

static ck_status scatter(ck_pool *pool, const void *context, float *dtable) {
    const arguments *a = context;
    memcpy(dtable, a->start, table_size(a) * sizeof *dtable);
    return ck_embedding_backward_f32(pool, a->bags, vocabulary, a->width, a->ids, a->dy, a->ldy, dtable, a->ldt, NULL);
}

static ck_status bag_scatter(ck_pool *pool, const void *context, float *dtable) {
    const arguments *a = context;
    memcpy(dtable, a->start, table_size(a) * sizeof *dtable);
    return ck_embedding_bag_backward_f32(pool, a->mode, a->bags, vocabulary, a->width, a->ids, a->offsets, a->weights,
                                         a->dy, a->ldy, dtable, a->ldt, NULL);
}

/// The range of ids of bag b, and what one id's row is multiplied by.
static void bag_of(const arguments *a, int single, size_t b, size_t *first, size_t *end) {
    *first = single ? b : (size_t)a->offsets[b], *end = single ? b + 1 : (size_t)a->offsets[b + 1];
}

static double factor(const arguments *a, int single, size_t i, size_t size) {
    const double weight = single || a->weights == NULL ? 1.0 : a->weights[i];
    return single || a->mode == CK_BAG_SUM ? weight : weight / (double)size;
}

static void expect_forward(const arguments *a, int single, const float *y) {
    for (size_t b = 0; b < a->bags; b++)
        for (size_t c = 0; c < a->width; c++) {
            size_t first, end;
            bag_of(a, single, b, &first, &end);
            double sum = 0, magnitude = 0;
            for (size_t i = first; i < end; i++) {
                const double term = factor(a, single, i, end - first) * a->table[(size_t)a->ids[i] * a->ldt + c];
                sum += term, magnitude += fabs(term);
            }
            EXPECT(fabs(y[b * a->ldy + c] - sum) <= 0x1p-24 * ((double)(end - first) + 1) * magnitude,
                   "bag %zu of %zu ids, column %zu: %.9g, not %.9g", b, end - first, c, (double)y[b * a->ldy + c], sum);
        }
}

static void expect_backward(const arguments *a, int single, const float *dtable) {
    const size_t size = table_size(a);
    double *want = malloc((size + 1) * sizeof *want), *magnitude = malloc((size + 1) * sizeof *magnitude);
    for (size_t i = 0; i < size; i++) want[i] = a->start[i], magnitude[i] = fabs(want[i]);
    size_t terms = 2;
    for (size_t b = 0; b < a->bags; b++) {
        size_t first, end;
        bag_of(a, single, b, &first, &end);
        terms += end - first;
        for (size_t i = first; i < end; i++)
            for (size_t c = 0; c < a->width; c++) {
                const double term = factor(a, single, i, end - first) * a->dy[b * a->ldy + c];
                want[(size_t)a->ids[i] * a->ldt + c] += term;
                magnitude[(size_t)a->ids[i] * a->ldt + c] += fabs(term);
            }
    }
    for (size_t i = 0; i < size; i++)
        EXPECT(is_poison(a->start[i]) ? is_poison(dtable[i])
                                      : fabs(dtable[i] - want[i]) <= 0x1p-24 * (double)terms * magnitude[i],
               "gradient of table element %zu: %.9g, not %.9g", i, (double)dtable[i], want[i]);
    free(want), free(magnitude);
}

static void check(size_t bags, size_t width, size_t gap, int weighted, guard_side side) {
    arguments a = {.bags = bags, .width = width, .ldt = width + gap, .ldy = width + 2 * gap};
    int32_t *offsets = guarded_ints(bags + 1, side);
    offsets[0] = 0;
    for (size_t b = 0; b < bags; b++) offsets[b + 1] = offsets[b] + (int32_t)(b % 3 == 1 ? 0 : random_below(9));
    // As many ids as there are bags at least: gather and scatter take the first ones.
    const size_t count = (size_t)offsets[bags] > bags ? (size_t)offsets[bags] : bags;
    int32_t *ids = guarded_ints(count, side);
    for (size_t i = 0; i < count; i++) ids[i] = (int32_t)random_below(vocabulary);
    const size_t size = table_size(&a), out = bags == 0 || width == 0 ? 0 : (bags - 1) * a.ldy + width;
    float *table = guarded_floats(size, side), *start = guarded_floats(size, side);
    float *weights = guarded_floats(count, side), *dy = guarded_floats(out, side);
    fill_uniform(table, size), fill_uniform(weights, count), fill_uniform(dy, out);
    for (size_t i = 0; i < size; i++)
        if (i % a.ldt < width) start[i] = (float)(i % 7) - 3; // what lies between the rows stays poisoned
    a.table = table, a.weights = weighted ? weights : NULL, a.dy = dy, a.start = start;
    a.ids = ids, a.offsets = offsets;

    float *y = malloc((out + size + 1) * sizeof *y);
    run_everywhere("embedding", gather, &a, out, y);
    expect_forward(&a, 1, y);
    run_everywhere("embedding backward", scatter, &a, size, y);
    expect_backward(&a, 1, y);
    for (int mode = CK_BAG_SUM; mode <= CK_BAG_MEAN; mode++) {
        a.mode = (ck_bag)mode;
        run_everywhere("embedding bag", bag, &a, out, y);
        expect_forward(&a, 0, y);
        run_everywhere("embedding bag backward", bag_scatter, &a, size, y);
        expect_backward(&a, 0, y);
    }
    free(y);
    release_guarded();
}

static void bad_operands(void) {
    const int32_t ids[] = {0, 3, 1, -1, 9}, offsets[] = {0, 2, 5}, falling[] = {0, 3, 2};
    float table[8] = {0}, y[20];
    poison(y, 20);
    size_t bad = 99;
    EXPECT(ck_embedding_f32(NULL, 5, 4, 2, table, 2, ids, y, 2, &bad) == CK_INDEX_OUT_OF_RANGE && bad == 3, "id -1");
    bad = 99;
    EXPECT(ck_embedding_bag_f32(NULL, CK_BAG_SUM, 2, 3, 2, table, 2, ids, offsets, NULL, y, 2, &bad) ==
                   CK_INDEX_OUT_OF_RANGE && bad == 1, "id 3 of 3");
    EXPECT(ck_embedding_backward_f32(NULL, 5, 4, 2, ids, table, 2, y, 2, NULL) == CK_INDEX_OUT_OF_RANGE,
           "no index asked");
    EXPECT(ck_embedding_bag_backward_f32(NULL, CK_BAG_SUM, 2, 4, 2, ids, offsets, NULL, table, 2, y, 2, &bad) ==
                   CK_INDEX_OUT_OF_RANGE && bad == 3, "id -1 in a bag");
    EXPECT(ck_embedding_bag_f32(NULL, CK_BAG_SUM, 2, 4, 2, table, 2, ids, falling, NULL, y, 2, NULL) ==
                   CK_INVALID_ARGUMENT, "falling offsets");
    EXPECT(ck_embedding_f32(NULL, 1, 4, 3, table, 2, ids, y, 3, NULL) == CK_INVALID_ARGUMENT, "small ldt");
    for (int i = 0; i < 20; i++) EXPECT(is_poison(y[i]), "written on an error");
}

int main(void) {
    seed_random(7);
    static const size_t widths[] = {0, 1, 3, 16, 17, 64, 70, 128, 130}, bags[] = {0, 1, 2, 19};
    for (size_t w = 0; w < sizeof widths / sizeof *widths; w++)
        for (size_t b = 0; b < sizeof bags / sizeof *bags; b++)
            for (int weighted = 0; weighted < 2; weighted++)
                check(bags[b], widths[w], w % 3, weighted, (guard_side)((w + b) % 2));
    check(700, 96, 1, 1, GUARD_BACK);
    bad_operands();
    return finish_tests();
}
