/// What a region of a pool costs: from the call to its return, with tasks of no work, after the pool has been idle for
/// a while. Workers spin for a moment and then sleep, so short gaps cost a cache line or two and long ones a wake-up.
///
///     make region-cost                    (or: region_cost [threads])
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../include/CKernels.h"

enum { repeats = 500 };

static double microseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec * 1e-3;
}

static void wait_for(double time) {
    const double end = microseconds() + time;
    while (microseconds() < end) {}
}

/// A task that lasts `*context` microseconds.
static void task(void *context, size_t index) {
    (void)index;
    if (*(const double *)context > 0) wait_for(*(const double *)context);
}

static int by_value(const void *x, const void *y) {
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static double median_cost(ck_pool *pool, size_t tasks, double length, double gap) {
    static double times[repeats];
    for (int i = 0; i < repeats; i++) {
        wait_for(gap);
        const double start = microseconds();
        ck_pool_run(pool, tasks, task, &length);
        times[i] = microseconds() - start;
    }
    qsort(times, repeats, sizeof(double), by_value);
    return times[repeats / 2];
}

int main(int argc, char **argv) {
    static const double gaps[] = {0, 2, 5, 20, 50, 100, 1000}, lengths[] = {0, 2, 5, 10, 20, 50, 100};
    enum { gap_count = sizeof gaps / sizeof *gaps, length_count = sizeof lengths / sizeof *lengths };
    const size_t threads = argc > 1 ? strtoul(argv[1], NULL, 10) : 2;
    ck_pool *pool = NULL;
    if (ck_pool_create(threads, &pool) != CK_OK) return 2;
    printf("microseconds (median of %d) of a region with 4 tasks a thread on %zu threads, after a gap of\n", repeats, threads);
    printf("%16s", "task");
    for (int g = 0; g < gap_count; g++) printf("%9g", gaps[g]);
    printf("     ideal\n");
    for (int l = 0; l < length_count; l++) {
        printf("%16g", lengths[l]);
        for (int g = 0; g < gap_count; g++) printf("%9.2f", median_cost(pool, 4 * threads, lengths[l], gaps[g]));
        printf("%10.2f\n", 4 * lengths[l]);
    }
    ck_pool_destroy(pool);
    return 0;
}
