/// Splits work whose parts do not depend on each other over a pool.
#ifndef CK_PARALLEL_H
#define CK_PARALLEL_H

#include "../include/ck_runtime.h"

typedef void (*ck_range_task)(void *context, size_t begin, size_t end);

/// ck_pool_tasks for `count` items that cost `work` elements streamed each.
size_t ck_parallel_tasks(ck_pool *pool, size_t count, size_t work);

/// Calls task for ranges that together are 0..<count, each but the last a multiple of `granule` long.
/// `work` is what one item costs, in elements streamed: calls too small to gain from threads run on the caller.
void ck_parallel_ranges(ck_pool *pool, size_t count, size_t granule, size_t work, ck_range_task task, void *context);

#endif
