/// What the promises of the matrix product cost: calls that differ in one thing take turns on one thread. README.md,
/// "What each promise costs".
#define _POSIX_C_SOURCE 200809L
#include "../include/CKernels.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

typedef struct timed_case {
    const char *what;
    size_t m, n, k;
    float beta;
} timed_case;

static const timed_case cases[] = {
    {"nothing: checks and dispatch", 0, 1, 1, 0},
    {"one element", 1, 1, 1, 0},
    {"whole vectors", 64, 32, 64, 0},
    {"a masked end", 64, 31, 64, 0},
    {"whole tiles", 56, 32, 64, 0},
    {"a row more", 57, 32, 64, 0},
    {"C overwritten", 512, 512, 8, 0},
    {"C read and written", 512, 512, 8, 1},
};

enum { case_count = sizeof cases / sizeof *cases, turns = 41, most = 512 * 512 };

static float a[most], b[most], c[most];

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/// Nanoseconds a call, over about a tenth of a millisecond or more of them.
static double time_calls(const timed_case *x) {
    const size_t steps = x->m * x->n * x->k, calls = 20000 / (1 + steps / 100) + 4;
    const double start = seconds();
    for (size_t i = 0; i < calls; i++)
        ck_gemm_f32(NULL, 0, 0, x->m, x->n, x->k, 1, a, x->k, b, x->n, x->beta, c, x->n, NULL);
    return (seconds() - start) / (double)calls * 1e9;
}

static int compare(const void *x, const void *y) {
    const double difference = *(const double *)x - *(const double *)y;
    return (difference > 0) - (difference < 0);
}

int main(void) {
    static double times[case_count][turns];
    for (size_t i = 0; i < most; i++) a[i] = (float)(i % 7) - 3, b[i] = (float)(i % 5) - 2;
    for (size_t turn = 0; turn < turns; turn++)
        for (size_t i = 0; i < case_count; i++) times[i][turn] = time_calls(&cases[i]);
    printf("%s, one thread, medians of %d turns\n", ck_isa_name(ck_isa_current()), turns);
    for (size_t i = 0; i < case_count; i++) {
        qsort(times[i], turns, sizeof times[i][0], compare);
        printf("%-30s %4zu x %3zu x %2zu %12.1f ns\n", cases[i].what, cases[i].m, cases[i].n, cases[i].k,
               times[i][turns / 2]);
    }
    return 0;
}
