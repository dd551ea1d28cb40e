#define _GNU_SOURCE
#include "test_support.h"

#include <sched.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>

#include "../runtime/pool.h"
#include "../runtime/processor.h"

enum { task_limit = 1000 };

static _Atomic int runs[task_limit];
static ck_pool *nested_pool;

static void count_run(void *context, size_t index) {
    (void)context;
    atomic_fetch_add(&runs[index], 1);
}

static void sleep_and_count(void *context, size_t index) {
    nanosleep(&(struct timespec){.tv_nsec = 200000}, NULL);
    count_run(context, index);
}

static void run_nested(void *context, size_t index) {
    (void)index;
    ck_pool_run(nested_pool, 10, count_run, context);
}

/// Every task below `count` ran `times` times, and no other did.
static int all_ran(size_t count, int times) {
    int right = 1;
    for (size_t i = 0; i < task_limit; i++) right &= atomic_exchange(&runs[i], 0) == (i < count ? times : 0);
    return right;
}

static void every_task_runs_once(void) {
    static const size_t counts[] = {0, 1, 2, 3, 7, 8, 100, task_limit};
    for (size_t p = 0; p < test_pool_count; p++)
        for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
            for (int repeat = 0; repeat < 20; repeat++) ck_pool_run(test_pool(p), counts[c], count_run, NULL);
            EXPECT(all_ran(counts[c], 20), "%zu tasks, pool %zu", counts[c], p);
        }
}

static void sleeping_workers_wake_and_slow_tasks_are_waited_for(void) {
    for (size_t p = 0; p < test_pool_count; p++)
        for (int repeat = 0; repeat < 5; repeat++) {
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
            ck_pool_run(test_pool(p), 9, sleep_and_count, NULL);
            EXPECT(all_ran(9, 1), "slow tasks, pool %zu", p);
        }
}

#ifdef __linux__
static cpu_set_t of_caller;
static _Atomic int narrowed;

static void compare_processors(void *context, size_t index) {
    cpu_set_t own;
    if (sched_getaffinity(0, sizeof own, &own) != 0 || memcmp(&own, &of_caller, sizeof own) != 0)
        atomic_fetch_add(&narrowed, 1);
    sleep_and_count(context, index);
}

/// Moves the calling thread to one of its processors after the other; where it goes then, the system may change.
static void move_on(int times) {
    cpu_set_t one;
    int left = times % CPU_COUNT(&of_caller), processor = -1;
    while (left >= 0) left -= CPU_ISSET(++processor, &of_caller) != 0;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    sched_setaffinity(0, sizeof one, &one);
    sched_setaffinity(0, sizeof of_caller, &of_caller);
}

/// Asleep, a worker keeps off the caller's processor. At work it may use what it always might, also if the caller has moved.
static void workers_may_use_all_processors(void) {
    sched_getaffinity(0, sizeof of_caller, &of_caller);
    for (size_t p = 0; p < test_pool_count; p++) {
        for (int repeat = 0; repeat < 5; repeat++) {
            move_on(repeat);
            ck_pool_run(test_pool(p), 9, compare_processors, NULL);
            nanosleep(&(struct timespec){.tv_nsec = 2000000}, NULL);
        }
        EXPECT(all_ran(9, 5) && narrowed == 0, "%d tasks on fewer processors, pool %zu", narrowed, p);
    }
}

static void others_may_place_a_thread(void) {
    cpu_set_t allowed, chosen;
    sched_getaffinity(0, sizeof allowed, &allowed);
    if (CPU_COUNT(&allowed) < 2) return;
    const int here = ck_processor_current();
    ck_avoidance avoidance = ck_processor_avoid(here, 2);
    EXPECT(avoidance.avoids && ck_processor_current() != here, "still on processor %d", here);
    ck_processor_allow(&avoidance);
    sched_getaffinity(0, sizeof chosen, &chosen);
    EXPECT(memcmp(&chosen, &allowed, sizeof chosen) == 0, "what is allowed again differs");
    avoidance = ck_processor_avoid(here, 2);
    const int there = ck_processor_current();
    ck_processor_avoid_instead(&avoidance, there);
    EXPECT(avoidance.avoids && ck_processor_current() != there, "still on processor %d", there);
    ck_processor_allow(&avoidance);
    sched_getaffinity(0, sizeof chosen, &chosen);
    EXPECT(memcmp(&chosen, &allowed, sizeof chosen) == 0, "what is allowed again differs");
    avoidance = ck_processor_avoid(here, 2);
    CPU_ZERO(&chosen);
    CPU_SET(here, &chosen);
    sched_setaffinity(0, sizeof chosen, &chosen);
    ck_processor_avoid_instead(&avoidance, there);
    ck_processor_allow(&avoidance);
    cpu_set_t now;
    sched_getaffinity(0, sizeof now, &now);
    EXPECT(memcmp(&now, &chosen, sizeof now) == 0, "somebody else's choice was undone");
    sched_setaffinity(0, sizeof allowed, &allowed);
    EXPECT(!ck_processor_avoid(-1, 1).avoids && !ck_processor_avoid(0, (size_t)CPU_COUNT(&allowed) + 1).avoids,
           "nothing to avoid");
}
#else
static void workers_may_use_all_processors(void) {}
static void others_may_place_a_thread(void) {}
#endif

/// Whether a call is cut is the pool's choice; but workers must not sleep for ever while calls that could use them come.
static void missed_calls_wake_workers(void) {
    ck_pool *pool = NULL;
    EXPECT(ck_pool_create(2, &pool) == CK_OK, "a pool of two");
    nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    size_t most = 0;
    for (int call = 0; call < 100; call++) {
        const size_t tasks = ck_pool_tasks(pool, call % 2 == 0 ? 45000 : 6000);
        if (tasks > most) most = tasks;
    }
    EXPECT(most > 1, "100 calls, none cut");
    ck_pool_destroy(pool);
}

static void nested_runs_finish(void) {
    for (size_t p = 0; p < test_pool_count; p++) {
        nested_pool = test_pool(p);
        ck_pool_run(test_pool(p), 40, run_nested, NULL);
        EXPECT(all_ran(10, 40), "nested, pool %zu", p);
        nested_pool = test_pool(test_pool_count - 1 - p);
        ck_pool_run(test_pool(p), 40, run_nested, NULL);
        EXPECT(all_ran(10, 40), "nested in another pool, pool %zu", p);
    }
}

/// Tasks that run at the same time have different workers: each worker's scratch has one user at a time.
static void use_scratch(void *pool, size_t index, size_t worker) {
    volatile size_t *own = ck_pool_scratch(pool, worker);
    *own = index;
    for (volatile int wait = 0; wait < 1000; wait++) {}
    if (*own == index) atomic_fetch_add(&runs[index], 1);
}

static void each_worker_has_its_own_scratch(void) {
    for (size_t p = 1; p < test_pool_count; p++) {
        ck_pool *pool = ck_pool_acquire(test_pool(p));
        ck_pool_region(pool, 500, use_scratch, pool);
        ck_pool_release(pool);
        EXPECT(all_ran(500, 1), "scratch, pool %zu", p);
    }
}

static void ranges_split_evenly(void) {
    for (size_t total = 0; total < 70; total++)
        for (size_t granule = 1; granule < 20; granule += 3)
            for (size_t parts = 1; parts < 9; parts++) {
                size_t at = 0, shortest = SIZE_MAX, longest = 0;
                for (size_t i = 0; i < parts; i++) {
                    size_t begin, end;
                    ck_split(total, granule, parts, i, &begin, &end);
                    EXPECT(begin == at && end >= begin && (begin % granule == 0 || begin == total),
                           "part %zu of %zu of %zu", i, parts, total);
                    size_t granules = (end - begin + granule - 1) / granule;
                    if (granules < shortest) shortest = granules;
                    if (granules > longest) longest = granules;
                    at = end;
                }
                EXPECT(at == total && longest - shortest <= 1, "%zu in %zu parts", total, parts);
            }
}

static void pools_know_their_threads(void) {
    static const size_t threads[test_pool_count] = {1, 1, 2, 3, 7};
    for (size_t p = 0; p < test_pool_count; p++)
        EXPECT(ck_pool_threads(test_pool(p)) == threads[p], "threads of pool %zu", p);
}

static void bad_arguments_are_refused(void) {
    ck_pool *pool = NULL;
    EXPECT(ck_pool_create(0, &pool) == CK_INVALID_ARGUMENT, "no threads");
    EXPECT(ck_pool_create(257, &pool) == CK_INVALID_ARGUMENT, "too many threads");
    EXPECT(ck_pool_create(1, NULL) == CK_INVALID_ARGUMENT, "no place for the pool");
    EXPECT(ck_pool_run(NULL, 1, NULL, NULL) == CK_INVALID_ARGUMENT, "no task");
    EXPECT(pool == NULL, "a refused call writes nothing");
    ck_pool_destroy(NULL);
}

int main(void) {
    pools_know_their_threads();
    every_task_runs_once();
    sleeping_workers_wake_and_slow_tasks_are_waited_for();
    workers_may_use_all_processors();
    others_may_place_a_thread();
    missed_calls_wake_workers();
    nested_runs_finish();
    each_worker_has_its_own_scratch();
    ranges_split_evenly();
    bad_arguments_are_refused();
    return finish_tests();
}
