#include "../include/ck_embedding.h"

#include <string.h>

#include "../runtime/dispatch.h"
#include "../runtime/parallel.h"

typedef struct embedding_call {
    const ck_vector_kernels *kernels;
    ck_bag_batch batch;
    size_t bags;
    float *y; ///< forward: the bags; backward: the table's gradient
    size_t ldy;
    const float *dy;
    size_t lddy;
} embedding_call;

/// The first id outside 0..<vocabulary, or `count`.
static size_t first_bad_id(size_t count, size_t vocabulary, const int32_t *ids) {
    size_t i = 0;
    while (i < count && ids[i] >= 0 && (size_t)ids[i] < vocabulary) i++;
    return i;
}

static ck_status check_ids(size_t count, size_t vocabulary, const int32_t *ids, size_t *bad_index) {
    const size_t bad = first_bad_id(count, vocabulary, ids);
    if (bad == count) return CK_OK;
    if (bad_index != NULL) *bad_index = bad;
    return CK_INDEX_OUT_OF_RANGE;
}

static int offsets_are_valid(size_t bags, const int32_t *offsets) {
    if (offsets[0] != 0) return 0;
    for (size_t b = 0; b < bags; b++)
        if (offsets[b + 1] < offsets[b]) return 0;
    return 1;
}

/// The work of one bag of average size.
static size_t bag_work(size_t bags, size_t ids, size_t width) { return (ids / bags + 1) * width; }

static void gather_rows(void *context, size_t begin, size_t end) {
    const embedding_call *c = context;
    const ck_bag_batch *b = &c->batch;
    for (size_t i = begin; i < end; i++)
        memcpy(c->y + i * c->ldy, b->table + (size_t)b->ids[i] * b->ldt, b->width * sizeof(float));
}

static void bag_rows(void *context, size_t begin, size_t end) {
    const embedding_call *c = context;
    c->kernels->embedding_bag(&c->batch, begin, end, c->y, c->ldy);
}

static void backward_columns(void *context, size_t begin, size_t end) {
    const embedding_call *c = context;
    c->kernels->embedding_bag_backward(&c->batch, c->bags, c->dy, c->lddy, c->y, begin, end);
}

ck_status ck_embedding_f32(ck_pool *pool, size_t count, size_t vocabulary, size_t width, const float *table,
                           size_t ldt, const int32_t *ids, float *y, size_t ldy, size_t *bad_index) {
    if (ldt < width || ldy < width) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (ids == NULL || (width > 0 && (table == NULL || y == NULL))) return CK_INVALID_ARGUMENT;
    const ck_status status = check_ids(count, vocabulary, ids, bad_index);
    if (status != CK_OK || width == 0) return status;
    embedding_call call = {.batch = {.width = width, .table = table, .ldt = ldt, .ids = ids}, .y = y, .ldy = ldy};
    ck_parallel_ranges(pool, count, 1, width, gather_rows, &call);
    return CK_OK;
}

ck_status ck_embedding_backward_f32(ck_pool *pool, size_t count, size_t vocabulary, size_t width, const int32_t *ids,
                                    const float *dy, size_t lddy, float *dtable, size_t ldt, size_t *bad_index) {
    if (ldt < width || lddy < width) return CK_INVALID_ARGUMENT;
    if (count == 0) return CK_OK;
    if (ids == NULL || (width > 0 && (dy == NULL || dtable == NULL))) return CK_INVALID_ARGUMENT;
    const ck_status status = check_ids(count, vocabulary, ids, bad_index);
    if (status != CK_OK) return status;
    embedding_call call = {.kernels = ck_dispatch_current()->vector,
                           .batch = {.mode = CK_BAG_SUM, .width = width, .ldt = ldt, .ids = ids},
                           .bags = count, .y = dtable, .dy = dy, .lddy = lddy};
    ck_parallel_ranges(pool, width, 16, count, backward_columns, &call);
    return CK_OK;
}

ck_status ck_embedding_bag_f32(ck_pool *pool, ck_bag mode, size_t bags, size_t vocabulary, size_t width,
                               const float *table, size_t ldt, const int32_t *ids, const int32_t *offsets,
                               const float *weights, float *y, size_t ldy, size_t *bad_index) {
    if ((unsigned)mode > CK_BAG_MEAN || ldt < width || ldy < width) return CK_INVALID_ARGUMENT;
    if (bags == 0) return CK_OK;
    if (offsets == NULL || !offsets_are_valid(bags, offsets)) return CK_INVALID_ARGUMENT;
    const size_t count = (size_t)offsets[bags];
    if (count > 0 && (ids == NULL || (width > 0 && table == NULL))) return CK_INVALID_ARGUMENT;
    if (width > 0 && y == NULL) return CK_INVALID_ARGUMENT;
    const ck_status status = check_ids(count, vocabulary, ids, bad_index);
    if (status != CK_OK) return status;
    embedding_call call = {.kernels = ck_dispatch_current()->vector,
                           .batch = {.mode = mode, .width = width, .table = table, .ldt = ldt, .ids = ids,
                                     .offsets = offsets, .weights = weights},
                           .y = y, .ldy = ldy};
    ck_parallel_ranges(pool, bags, 1, bag_work(bags, count, width), bag_rows, &call);
    return CK_OK;
}

ck_status ck_embedding_bag_backward_f32(ck_pool *pool, ck_bag mode, size_t bags, size_t vocabulary, size_t width,
                                        const int32_t *ids, const int32_t *offsets, const float *weights,
                                        const float *dy, size_t lddy, float *dtable, size_t ldt, size_t *bad_index) {
    if ((unsigned)mode > CK_BAG_MEAN || ldt < width || lddy < width) return CK_INVALID_ARGUMENT;
    if (bags == 0) return CK_OK;
    if (offsets == NULL || !offsets_are_valid(bags, offsets)) return CK_INVALID_ARGUMENT;
    const size_t count = (size_t)offsets[bags];
    if (count == 0) return CK_OK;
    if (ids == NULL || (width > 0 && (dy == NULL || dtable == NULL))) return CK_INVALID_ARGUMENT;
    const ck_status status = check_ids(count, vocabulary, ids, bad_index);
    if (status != CK_OK) return status;
    embedding_call call = {.kernels = ck_dispatch_current()->vector,
                           .batch = {.mode = mode, .width = width, .ldt = ldt, .ids = ids, .offsets = offsets,
                                     .weights = weights},
                           .bags = bags, .y = dtable, .dy = dy, .lddy = lddy};
    ck_parallel_ranges(pool, width, 16, count, backward_columns, &call);
    return CK_OK;
}
