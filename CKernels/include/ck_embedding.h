/// Look-ups in a table of rows, and their deterministic backward: every element of the table's gradient is one sum in
/// the order of the ids, whatever the threads.
#ifndef CK_EMBEDDING_H
#define CK_EMBEDDING_H

#include "ck_runtime.h"

#ifdef __cplusplus
extern "C" {
#endif

/// y[i,:] = table[ids[i],:], y: count x width. The bits of the table, NaN included.
/// ensures: CK_INDEX_OUT_OF_RANGE with *bad_index (may be NULL) for the first id outside 0..<vocabulary; nothing written.
ck_status ck_embedding_f32(ck_pool *pool, size_t count, size_t vocabulary, size_t width, const float *table,
                           size_t ldt, const int32_t *ids, float *y, size_t ldy, size_t *bad_index);

/// dtable[ids[i],:] += dy[i,:]: adds into dtable, which the caller zeroes if it wants the gradient alone.
/// ensures: a row is summed in the order of i, from what dtable holds: an error of n u (|dtable| + Σ |dy|) for n ids.
///          Rows that no id names are not written. Bad ids as above.
ck_status ck_embedding_backward_f32(ck_pool *pool, size_t count, size_t vocabulary, size_t width, const int32_t *ids,
                                    const float *dy, size_t lddy, float *dtable, size_t ldt, size_t *bad_index);

typedef enum ck_bag { CK_BAG_SUM = 0, CK_BAG_MEAN = 1 } ck_bag;

/// A bag b holds the ids offsets[b] ..< offsets[b+1]:
///   y[b,:] = Σ_i weights[i] · table[ids[i],:], divided by the number of ids for CK_BAG_MEAN. An empty bag gives zeros.
/// requires: offsets has bags + 1 elements, starts at 0, does not fall (or CK_INVALID_ARGUMENT); weights has as many as
///           ids, or is NULL (all 1).
/// ensures:  summed in the order of the ids, the division last: an error of (n + 1) u Σ |weights| |table| for n ids.
///           Bad ids as above.
ck_status ck_embedding_bag_f32(ck_pool *pool, ck_bag mode, size_t bags, size_t vocabulary, size_t width,
                               const float *table, size_t ldt, const int32_t *ids, const int32_t *offsets,
                               const float *weights, float *y, size_t ldy, size_t *bad_index);

/// dtable[ids[i],:] += weights[i] · dy[b,:] (divided by the bag's size for CK_BAG_MEAN): adds into dtable, in the order of
/// the ids, with an error of (n + 2) u (|dtable| + Σ |weights| |dy|) for n ids of one row. The rest as in both above.
ck_status ck_embedding_bag_backward_f32(ck_pool *pool, ck_bag mode, size_t bags, size_t vocabulary, size_t width,
                                        const int32_t *ids, const int32_t *offsets, const float *weights,
                                        const float *dy, size_t lddy, float *dtable, size_t ldt, size_t *bad_index);

#ifdef __cplusplus
}
#endif
#endif
