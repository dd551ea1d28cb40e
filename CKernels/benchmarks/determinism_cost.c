/// What it costs to give the same bits everywhere: our kernels beside ones that may choose an order of arithmetic by the
/// number of rows, the number of threads, or the compiler's liking.
///
///     make determinism-cost
///
/// Given up are: (1) free order within a sum; (2) cutting a product's k, or a sum over rows, by the number of threads;
/// (3) choosing a product's family by m, so that a row's bits would depend on the rows beside it. Each line shows one of
/// them where it bites most. Both sides run in turn; the cost is the median of the ratios of their times.
#define _POSIX_C_SOURCE 200809L
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../include/CKernels.h"
#include "free_order.h"

enum { rounds = 41, most_floats = 1 << 22 };

static ck_pool *pool;
static float *x, *w, *y, *parts;
static void *packed; ///< w as 1024 x 1024

static double seconds(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// ---- The contests ---------------------------------------------------------------------------------------------

typedef struct shape {
    size_t m, n, k;
} shape;

typedef struct contest {
    const char *name;
    shape shape;
    int threads; ///< of both sides
    void (*ours)(const shape *), (*free)(const shape *);
} contest;

static void our_row_sums(const shape *s) { ck_row_sums_f32(NULL, s->m, s->n, x, s->n, 1, y); }
static void any_row_sums(const shape *s) { free_row_sums(s->m, s->n, x, y); }
static void our_column_sums(const shape *s) { ck_column_sums_f32(NULL, s->m, s->n, x, s->n, 1, y); }
static void any_column_sums(const shape *s) { free_column_sums(s->m, s->n, x, y); }
static void our_dots(const shape *s) { ck_gemm_f32(NULL, 0, 1, s->m, 1, s->k, 1, x, s->k, w, s->k, 0, y, 1, NULL); }
static void any_dots(const shape *s) { free_dots(s->m, s->k, x, w, y); }

/// x · wᵀ as it is, and as the transpose of w · xᵀ: the family then follows from m.
static void our_product(const shape *s) {
    ck_gemm_f32(NULL, 0, 1, s->m, s->n, s->k, 1, x, s->k, w, s->k, 0, y, s->n, NULL);
}
static void packed_product(const shape *s) {
    ck_gemm_packed_f32(NULL, s->m, s->n, s->k, 1, x, s->k, packed, 0, y, s->n, NULL);
}
static void swapped_product(const shape *s) {
    ck_gemm_f32(NULL, 0, 1, s->n, s->m, s->k, 1, w, s->k, x, s->k, 0, y, s->m, NULL);
}

/// dW = xᵀ · dy by all threads; and each thread its share of k, the results added up.
static void our_gradient(const shape *s) {
    ck_gemm_f32(pool, 1, 0, s->m, s->n, s->k, 1, x, s->m, w, s->n, 0, y, s->n, NULL);
}
static void one_share(void *context, size_t thread) {
    const shape *s = context;
    const size_t share = s->k / ck_pool_threads(pool), first = thread * share;
    ck_gemm_f32(NULL, 1, 0, s->m, s->n, share, 1, x + first * s->m, s->m, w + first * s->n, s->n, 0,
                parts + thread * s->m * s->n, s->n, NULL);
}
static void split_gradient(const shape *s) {
    ck_pool_run(pool, ck_pool_threads(pool), one_share, (void *)(size_t)s);
    ck_binary_f32(NULL, CK_ADD, 1, s->m * s->n, parts, 0, 1, parts + s->m * s->n, 0, 1, y, s->m * s->n);
}

/// Column sums by all threads; and each thread its share of the rows.
static void our_bias_gradient(const shape *s) { ck_column_sums_f32(pool, s->m, s->n, x, s->n, 1, y); }
static void one_sum(void *context, size_t thread) {
    const shape *s = context;
    const size_t share = s->m / ck_pool_threads(pool);
    free_column_sums(share, s->n, x + thread * share * s->n, parts + thread * s->n);
}
static void split_bias_gradient(const shape *s) {
    ck_pool_run(pool, ck_pool_threads(pool), one_sum, (void *)(size_t)s);
    ck_binary_f32(NULL, CK_ADD, 1, s->n, parts, 0, 1, parts + s->n, 0, 1, y, s->n);
}

static const contest contests[] = {
    {"(1) row sums 512 x 1000", {512, 1000, 0}, 1, our_row_sums, any_row_sums},
    {"(1) row sums 4096 x 64", {4096, 64, 0}, 1, our_row_sums, any_row_sums},
    {"(1) column sums 512 x 1024", {512, 1024, 0}, 1, our_column_sums, any_column_sums},
    {"(1) column sums 4096 x 16", {4096, 16, 0}, 1, our_column_sums, any_column_sums},
    {"(1) dots 512 x 384", {512, 1, 384}, 1, our_dots, any_dots},
    {"(2) dW 1024 x 16, k 512", {1024, 16, 512}, 2, our_gradient, split_gradient},
    {"(2) dW 256 x 256, k 4096", {256, 256, 4096}, 2, our_gradient, split_gradient},
    {"(2) dW 32 x 10, k 16384", {32, 10, 16384}, 2, our_gradient, split_gradient},
    {"(2) column sums 65536 x 16", {65536, 16, 0}, 2, our_bias_gradient, split_bias_gradient},
    {"(2) column sums 512 x 1024", {512, 1024, 0}, 2, our_bias_gradient, split_bias_gradient},
    {"(3) x wT, 1 x 1024 x 1024", {1, 1024, 1024}, 1, our_product, swapped_product},
    {"    the same, w packed before", {1, 1024, 1024}, 1, packed_product, swapped_product},
    {"(3) x wT, 4 x 1024 x 1024", {4, 1024, 1024}, 1, our_product, swapped_product},
    {"    the same, w packed before", {4, 1024, 1024}, 1, packed_product, swapped_product},
    {"(3) x wT, 32 x 1024 x 1024", {32, 1024, 1024}, 1, our_product, swapped_product},
    {"(3) x wT, 512 x 1024 x 1024", {512, 1024, 1024}, 1, our_product, swapped_product},
    {"(3) x wT, 512 x 10 x 1024", {512, 10, 1024}, 1, our_product, swapped_product},
};

// ---- Times ----------------------------------------------------------------------------------------------------

/// Seconds of one call, over at least a millisecond of them. One thread is timed by its own clock.
static double time_of(void (*call)(const shape *), const contest *c) {
    const clockid_t clock = c->threads == 1 ? CLOCK_THREAD_CPUTIME_ID : CLOCK_MONOTONIC;
    const double start = seconds(clock);
    double now = start;
    size_t count = 0;
    for (; now - start < 1e-3; now = seconds(clock)) call(&c->shape), count++;
    return (now - start) / (double)count;
}

static int by_value(const void *a, const void *b) {
    const double p = *(const double *)a, q = *(const double *)b;
    return (p > q) - (p < q);
}

static void run(const contest *c) {
    double ours[rounds], theirs[rounds], ratios[rounds];
    for (int i = 0; i < rounds; i++) {
        ours[i] = time_of(c->ours, c), theirs[i] = time_of(c->free, c);
        ratios[i] = ours[i] / theirs[i];
    }
    qsort(ours, rounds, sizeof *ours, by_value), qsort(theirs, rounds, sizeof *theirs, by_value);
    qsort(ratios, rounds, sizeof *ratios, by_value);
    printf("%-30s %7d %10.2f %10.2f %+9.1f %%\n", c->name, c->threads, ours[rounds / 2] * 1e6,
           theirs[rounds / 2] * 1e6, (ratios[rounds / 2] - 1) * 100);
}

int main(void) {
    if (ck_pool_create(2, &pool) != CK_OK) return 2;
    float **buffers[] = {&x, &w, &y, &parts};
    for (int i = 0; i < 4; i++) {
        *buffers[i] = aligned_alloc(64, most_floats * sizeof(float));
        if (*buffers[i] == NULL) return 2;
        ck_random_normal_f32(NULL, (ck_random){.seed = (uint64_t)i}, most_floats, 0, 1, *buffers[i]);
    }
    const size_t bytes = (ck_gemm_packed_bytes(1, 1024, 1024) + 63) / 64 * 64;
    packed = aligned_alloc(64, bytes);
    if (packed == NULL || ck_gemm_pack_f32(1, 1024, 1024, w, 1024, packed, bytes) != CK_OK) return 2;
    printf("%-30s %7s %10s %10s %11s\n", "", "threads", "ours us", "free us", "cost");
    for (size_t i = 0; i < sizeof contests / sizeof *contests; i++) run(&contests[i]);
    for (int i = 0; i < 4; i++) free(*buffers[i]);
    free(packed);
    ck_pool_destroy(pool);
    return 0;
}
