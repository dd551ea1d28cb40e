#include "parallel.h"

#include "pool.h"

/// What an element that only streams takes, roughly.
static const double nanoseconds_per_element = 0.3;

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

size_t ck_parallel_tasks(ck_pool *pool, size_t count, size_t work) {
    return ck_pool_tasks(pool, (double)count * (double)work * nanoseconds_per_element);
}

void ck_parallel_ranges(ck_pool *pool, size_t count, size_t granule, size_t work, ck_range_task task, void *context) {
    if (count == 0) return;
    const size_t tasks = ck_parallel_tasks(pool, count, work);
    const size_t granules = count / granule + (count % granule != 0);
    ranges r = {task, context, count, granule, tasks < granules ? tasks : granules};
    if (r.parts <= 1) {
        task(context, 0, count);
        return;
    }
    pool = ck_pool_acquire(pool);
    ck_pool_region(pool, r.parts, run_part, &r);
    ck_pool_release(pool);
}
