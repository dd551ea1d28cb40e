#define _POSIX_C_SOURCE 200809L
#include "pool.h"

#include "processor.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { threads_limit = 256 };

/// How long an idle worker spins before it sleeps: about what it costs to wake it.
static const int64_t worker_spin = 30000;
/// How long a caller spins for the last tasks of others before it sleeps: longer, and their core is taken.
static const int64_t caller_spin = 10000;

/// A task should take this long, and what workers are woken for this long on one thread; nanoseconds. A sleeping worker
/// comes some 30,000 later.
static const double usual_task = 5000, usually_worth_waking = 50000;

/// The gate is one word: number of workers inside (low bits), whether more may enter, and the region's number.
/// A worker enters by a compare-and-swap on the whole word, so it can never enter a region that has been closed.
#define GATE_OPEN ((uint64_t)1 << 16)
#define GATE_REGION ((uint64_t)1 << 17)
#define GATE_INSIDE (GATE_OPEN - 1)

/// The tasks that one thread begins with, the same ones in every call of a kernel, so that it finds in its core's caches
/// what it wrote there. Who has done its own takes from others.
typedef struct share {
    _Alignas(64) _Atomic size_t next;
    size_t end;
} share;

typedef struct worker {
    ck_pool *pool;
    size_t index;
    pthread_t thread;
    ck_avoidance avoidance; // while it sleeps; the pool's mutex guards it
} worker;

struct ck_pool {
    _Alignas(64) _Atomic uint64_t gate;
    _Alignas(64) _Atomic int home; // the processor that the caller was seen on
    _Alignas(64) size_t sharing; // threads that have tasks of their own
    ck_region_task task;
    void *context;

    // Sleeping: both counters are read after the gate was written, and written before the gate is read again.
    _Alignas(64) _Atomic size_t sleepers;
    _Atomic int caller_sleeps;
    _Atomic uint64_t missed; // nanoseconds of calls that ran alone because workers slept
    _Atomic int stop;
    pthread_mutex_t mutex; // guards the two conditions, and the workers' avoidances
    pthread_cond_t opened, emptied;

    pthread_mutex_t caller; // held by the call that uses the pool
    pid_t process; // a forked child has the pool's memory but not its threads
    size_t threads;
    double least_task, worth_waking; // nanoseconds
    unsigned char *scratch;
    worker *workers; // threads - 1
    share shares[];  // one a thread, the caller's first
};

/// Set while this thread runs a task: a kernel called from there runs alone, so it cannot wait for itself.
static _Thread_local int inside_task;

static void pause_briefly(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static int64_t nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/// Spins until the gate, masked, is `value` (or is not, if `equal` is 0). Returns 0 if that takes longer than `limit`.
static int spin(ck_pool *pool, int64_t limit, uint64_t mask, uint64_t value, int equal) {
    int64_t start = nanoseconds();
    do {
        for (int turn = 0; turn < 32; turn++) {
            if (((atomic_load_explicit(&pool->gate, memory_order_acquire) & mask) == value) == equal) return 1;
            pause_briefly();
        }
    } while (nanoseconds() - start < limit);
    return 0;
}

static int is_beside_caller(ck_pool *pool) {
    const int here = ck_processor_current();
    return here >= 0 && here == atomic_load_explicit(&pool->home, memory_order_relaxed);
}

/// Where another program keeps a core busy, the scheduler may leave a worker and the caller on one core for good: two
/// threads against one is as even as it gets. The worker then moves, and gets its share of the other core.
static void leave_caller(ck_pool *pool) {
    if (!is_beside_caller(pool)) return;
    const ck_avoidance avoidance = ck_processor_avoid(ck_processor_current(), pool->threads);
    ck_processor_allow(&avoidance);
}

static void keep_apart(ck_pool *pool, size_t worker_index) {
    if (worker_index != 0) leave_caller(pool);
    else atomic_store_explicit(&pool->home, ck_processor_current(), memory_order_relaxed);
}

static void run_share(ck_pool *pool, share *share, size_t worker_index) {
    // Looking first leaves a finished share's cache line with everybody.
    while (atomic_load_explicit(&share->next, memory_order_relaxed) < share->end) {
        size_t index = atomic_fetch_add_explicit(&share->next, 1, memory_order_relaxed);
        if (index >= share->end) return;
        keep_apart(pool, worker_index);
        pool->task(pool->context, index, worker_index);
    }
}

static void run_tasks(ck_pool *pool, size_t worker_index) {
    for (size_t i = 0; i < pool->sharing; i++)
        run_share(pool, &pool->shares[(worker_index + i) % pool->sharing], worker_index);
}

static void deal(ck_pool *pool, size_t count) {
    pool->sharing = count < pool->threads ? count : pool->threads;
    const size_t each = count / pool->sharing, more = count % pool->sharing;
    for (size_t i = 0, first = 0; i < pool->sharing; i++) {
        atomic_store_explicit(&pool->shares[i].next, first, memory_order_relaxed);
        first += each + (i < more);
        pool->shares[i].end = first;
    }
}

// ---- Workers --------------------------------------------------------------------------------------------------

static const uint64_t region_bits = ~(GATE_REGION - 1);

/// Sleeps until there is a region other than `seen`. Meanwhile it avoids the caller's processor: the scheduler likes to put
/// who is woken where the waker runs, and there a worker would wait until the caller had done everything.
static void sleep_until_region(worker *self, uint64_t seen) {
    ck_pool *pool = self->pool;
    ck_avoidance avoidance = ck_processor_avoid(atomic_load_explicit(&pool->home, memory_order_relaxed), pool->threads);
    pthread_mutex_lock(&pool->mutex);
    self->avoidance = avoidance;
    atomic_fetch_add(&pool->sleepers, 1);
    while ((atomic_load(&pool->gate) & region_bits) == seen) pthread_cond_wait(&pool->opened, &pool->mutex);
    atomic_fetch_sub(&pool->sleepers, 1);
    avoidance = self->avoidance;
    self->avoidance.avoids = 0;
    pthread_mutex_unlock(&pool->mutex);
    ck_processor_allow(&avoidance);
}

/// Returns the number of a region other than `seen`.
static uint64_t wait_for_region(worker *self, uint64_t seen) {
    ck_pool *pool = self->pool;
    // Who was woken on the caller's own core may have come too late for any task, and so it would again.
    leave_caller(pool);
    // Whoever cannot leave sleeps: spinning would only keep the caller from going on.
    if (is_beside_caller(pool) || !spin(pool, worker_spin, region_bits, seen, 0)) sleep_until_region(self, seen);
    return atomic_load_explicit(&pool->gate, memory_order_acquire) & region_bits;
}

static int enter(ck_pool *pool, uint64_t region) {
    uint64_t gate = atomic_load(&pool->gate);
    while ((gate & ~GATE_INSIDE) == (region | GATE_OPEN))
        if (atomic_compare_exchange_weak(&pool->gate, &gate, gate + 1)) return 1;
    return 0;
}

static void leave(ck_pool *pool) {
    uint64_t before = atomic_fetch_sub(&pool->gate, 1);
    if ((before & GATE_INSIDE) != 1 || !atomic_load(&pool->caller_sleeps)) return;
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_signal(&pool->emptied);
    pthread_mutex_unlock(&pool->mutex);
}

static void *worker_main(void *argument) {
    worker *self = argument;
    ck_pool *pool = self->pool;
    uint64_t region = 0;
    inside_task = 1;
    for (;;) {
        region = wait_for_region(self, region);
        if (atomic_load(&pool->stop)) return NULL;
        if (!enter(pool, region)) continue;
        run_tasks(pool, self->index);
        leave(pool);
    }
}

// ---- The caller -----------------------------------------------------------------------------------------------

static void wake(ck_pool *pool, size_t wanted) {
    size_t sleepers = atomic_load(&pool->sleepers);
    if (sleepers == 0) return;
    const int here = ck_processor_current();
    // A worker that is about to sleep holds the mutex. Who is woken needs it, so the caller lets go of it first.
    pthread_mutex_lock(&pool->mutex);
    // The caller may have moved since they fell asleep: to the very processor that was left to them.
    for (size_t i = 0; i < pool->threads - 1; i++) ck_processor_avoid_instead(&pool->workers[i].avoidance, here);
    pthread_mutex_unlock(&pool->mutex);
    if (wanted >= sleepers) pthread_cond_broadcast(&pool->opened);
    else
        for (size_t i = 0; i < wanted; i++) pthread_cond_signal(&pool->opened);
}

/// Waits for the workers that are in the middle of a task. Those that never entered are not waited for.
static void close_region(ck_pool *pool) {
    uint64_t gate = atomic_fetch_and(&pool->gate, ~GATE_OPEN);
    if ((gate & GATE_INSIDE) == 0 || spin(pool, caller_spin, GATE_INSIDE, 0, 1)) return;
    pthread_mutex_lock(&pool->mutex);
    atomic_store(&pool->caller_sleeps, 1);
    while ((atomic_load(&pool->gate) & GATE_INSIDE) != 0) pthread_cond_wait(&pool->emptied, &pool->mutex);
    atomic_store(&pool->caller_sleeps, 0);
    pthread_mutex_unlock(&pool->mutex);
}

void ck_pool_region(ck_pool *pool, size_t count, ck_region_task task, void *context) {
    if (pool == NULL || pool->threads == 1 || count <= 1) {
        for (size_t i = 0; i < count; i++) task(context, i, 0);
        return;
    }
    deal(pool, count);
    pool->task = task;
    pool->context = context;
    // No worker is inside and the gate is shut, so this word is ours to write.
    uint64_t gate = atomic_load_explicit(&pool->gate, memory_order_relaxed);
    atomic_store(&pool->gate, (gate + GATE_REGION) | GATE_OPEN);
    wake(pool, count - 1);
    run_tasks(pool, 0);
    close_region(pool);
}

ck_pool *ck_pool_acquire(ck_pool *pool) {
    if (pool == NULL || inside_task || pool->process != getpid()) return NULL;
    pthread_mutex_lock(&pool->caller);
    inside_task = 1;
    return pool;
}

void ck_pool_release(ck_pool *pool) {
    if (pool == NULL) return;
    inside_task = 0;
    pthread_mutex_unlock(&pool->caller);
}

void *ck_pool_scratch(ck_pool *pool, size_t worker_index) { return pool->scratch + worker_index * CK_SCRATCH_BYTES; }

/// 1 if all workers sleep, and neither this call nor those that they have missed are worth waking them.
static int lets_workers_sleep(ck_pool *pool, double nanoseconds) {
    if (atomic_load_explicit(&pool->sleepers, memory_order_relaxed) < pool->threads - 1) return 0;
    if (nanoseconds < pool->worth_waking) {
        const uint64_t more = (uint64_t)nanoseconds;
        const uint64_t before = atomic_fetch_add_explicit(&pool->missed, more, memory_order_relaxed);
        if (before + more < (uint64_t)pool->worth_waking) return 1;
    }
    atomic_store_explicit(&pool->missed, 0, memory_order_relaxed);
    return 0;
}

size_t ck_pool_tasks(ck_pool *pool, double nanoseconds) {
    if (pool == NULL || pool->threads == 1 || nanoseconds < pool->least_task) return 1;
    const size_t most = 4 * pool->threads;
    const size_t tasks = nanoseconds >= (double)most * pool->least_task ? most : (size_t)(nanoseconds / pool->least_task);
    if (lets_workers_sleep(pool, nanoseconds)) return 1;
    if (tasks < 2) return 2; // to share the two halves of a task takes 0.2 us, if somebody is awake
    // Of three tasks one of two threads would have two.
    return tasks < pool->threads ? tasks : tasks - tasks % pool->threads;
}

void ck_pool_cut_finely(ck_pool *pool) { pool->least_task = pool->worth_waking = 0; }

size_t ck_pool_threads(const ck_pool *pool) { return pool == NULL ? 1 : pool->threads; }

typedef struct plain_task {
    void (*task)(void *context, size_t index);
    void *context;
} plain_task;

static void run_plain_task(void *context, size_t index, size_t worker_index) {
    (void)worker_index;
    const plain_task *plain = context;
    plain->task(plain->context, index);
}

ck_status ck_pool_run(ck_pool *pool, size_t count, void (*task)(void *context, size_t index), void *context) {
    if (task == NULL) return CK_INVALID_ARGUMENT;
    plain_task plain = {task, context};
    pool = ck_pool_acquire(pool);
    ck_pool_region(pool, count, run_plain_task, &plain);
    ck_pool_release(pool);
    return CK_OK;
}

// ---- Creation and end -----------------------------------------------------------------------------------------

static void free_pool(ck_pool *pool) {
    free(pool->scratch);
    free(pool);
}

static void stop_workers(ck_pool *pool, size_t started) {
    atomic_store(&pool->stop, 1);
    atomic_fetch_add(&pool->gate, GATE_REGION);
    pthread_mutex_lock(&pool->mutex);
    pthread_cond_broadcast(&pool->opened);
    pthread_mutex_unlock(&pool->mutex);
    for (size_t i = 0; i < started; i++) pthread_join(pool->workers[i].thread, NULL);
}

/// Returns how many workers were started. They block all signals: those belong to the program's own threads.
static size_t start_workers(ck_pool *pool) {
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    size_t started = 0;
    while (started < pool->threads - 1) {
        worker *next = &pool->workers[started];
        *next = (worker){.pool = pool, .index = started + 1};
        if (pthread_create(&next->thread, NULL, worker_main, next) != 0) break;
        started++;
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

ck_status ck_pool_create(size_t threads, ck_pool **out) {
    if (out == NULL || threads < 1 || threads > threads_limit) return CK_INVALID_ARGUMENT;
    size_t bytes = sizeof(ck_pool) + threads * sizeof(share) + (threads - 1) * sizeof(worker);
    ck_pool *pool = aligned_alloc(64, (bytes + 63) / 64 * 64);
    unsigned char *scratch = aligned_alloc(64, threads * CK_SCRATCH_BYTES);
    if (pool == NULL || scratch == NULL) {
        free(pool);
        free(scratch);
        return CK_OUT_OF_MEMORY;
    }
    *pool = (ck_pool){.process = getpid(), .home = -1, .threads = threads,
                      .least_task = usual_task, .worth_waking = usually_worth_waking, .scratch = scratch,
                      .workers = (worker *)(pool->shares + threads)};
    pthread_mutex_init(&pool->mutex, NULL);
    pthread_mutex_init(&pool->caller, NULL);
    pthread_cond_init(&pool->opened, NULL);
    pthread_cond_init(&pool->emptied, NULL);
    size_t started = start_workers(pool);
    if (started < threads - 1) {
        stop_workers(pool, started);
        free_pool(pool);
        return CK_OUT_OF_MEMORY;
    }
    *out = pool;
    return CK_OK;
}

void ck_pool_destroy(ck_pool *pool) {
    if (pool == NULL) return;
    if (pool->process == getpid()) {
        stop_workers(pool, pool->threads - 1);
        pthread_mutex_destroy(&pool->mutex);
        pthread_mutex_destroy(&pool->caller);
        pthread_cond_destroy(&pool->opened);
        pthread_cond_destroy(&pool->emptied);
    }
    free_pool(pool);
}
