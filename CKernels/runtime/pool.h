/// What kernels see of the thread pool: regions of numbered tasks, and packing scratch for each worker.
///
/// A kernel that wants threads writes
///     pool = ck_pool_acquire(pool);
///     ck_pool_region(pool, count, task, &context);
///     ck_pool_release(pool);
/// and never asks whether there is a pool: NULL runs everything on the caller.
#ifndef CK_POOL_H
#define CK_POOL_H

#include "../include/ck_runtime.h"

/// Bytes of scratch of each worker, 4.81 MiB, aligned to 64. Pages that no kernel touches cost no memory.
#define CK_SCRATCH_BYTES ((size_t)4928 << 10)

/// `worker` is in 0..<ck_pool_threads(pool); two tasks that run at the same time have different workers.
typedef void (*ck_region_task)(void *context, size_t index, size_t worker);

/// Takes the pool for this call, after waiting for another caller that has it.
/// Returns NULL, which means "run alone", for NULL, inside a task (of any pool) and in a forked child.
ck_pool *ck_pool_acquire(ck_pool *pool);

/// Gives back what ck_pool_acquire returned; NULL does nothing.
void ck_pool_release(ck_pool *acquired);

/// How many tasks a call should be cut into that takes `nanoseconds` (roughly) on one thread: 1, to run on the caller
/// alone, if threads do not pay; otherwise none shorter than a few microseconds, and as many for each thread, at most four.
/// So many because another program may take a thread's core: what is left then waits in small pieces, for whoever is there.
/// Tasks may cut outputs, and sums only where their length says: the answer depends on the threads and on the moment,
/// and a result's bits must not.
size_t ck_pool_tasks(ck_pool *pool, double nanoseconds);

/// For tests: from now on calls on this pool are cut into four tasks a thread, however little each has to do.
void ck_pool_cut_finely(ck_pool *pool);

/// Runs task(context, i, worker) for every i in 0..<count; returns when all are done.
/// requires: `acquired` comes from ck_pool_acquire.
void ck_pool_region(ck_pool *acquired, size_t count, ck_region_task task, void *context);

/// The scratch of one worker. requires: acquired != NULL.
void *ck_pool_scratch(ck_pool *acquired, size_t worker);

/// Part `index` of 0..<total cut into `parts` parts whose sizes are multiples of `granule` (but the last one's) and
/// differ by one granule at most. A part may be empty.
static inline void ck_split(size_t total, size_t granule, size_t parts, size_t index, size_t *begin, size_t *end) {
    size_t granules = total / granule + (total % granule != 0);
    size_t each = granules / parts, more = granules % parts;
    size_t first = index * each + (index < more ? index : more);
    size_t last = first + each + (index < more);
    *begin = first * granule < total ? first * granule : total;
    *end = last * granule < total ? last * granule : total;
}

#endif
