#include "parallel.h"

#include "pool.h"

/// Elements that a thread should at least have to do: below, waking it costs more than it saves.
enum { smallest_part = 16384 };

typedef struct ranges {
    ck_range_task task;
    void *context;
    size_t count, granule, parts;
} ranges;

static void run_part(void *context, size_t index, size_t worker) {
    (void)worker;
    const ranges *r = context;
    size_t begin, end;
    ck_split(r->count, r->granule, r->parts, index, &begin, &end);
    if (begin < end) r->task(r->context, begin, end);
}

void ck_parallel_ranges(ck_pool *pool, size_t count, size_t granule, size_t work, ck_range_task task, void *context) {
    if (count == 0) return;
    // Two parts a thread, so that one that is held up does not hold up the call.
    const size_t threads = ck_pool_threads(pool), most = threads > 1 ? 2 * threads : 1;
    const size_t items = work == 0 ? smallest_part : work < smallest_part ? smallest_part / work : 1;
    const size_t worth = count / items;
    ranges r = {task, context, count, granule, worth < most ? worth : most};
    if (r.parts <= 1) {
        task(context, 0, count);
        return;
    }
    pool = ck_pool_acquire(pool);
    ck_pool_region(pool, r.parts, run_part, &r);
    ck_pool_release(pool);
}
