/// ck_gemm_batched_f32: threads take whole products, as long as there is one for each.
#include "../runtime/pool.h"
#include "gemm_blocks.h"

typedef struct batch {
    ck_gemm_call first;
    size_t stride_a, stride_b, stride_c;
    ck_pool *pool; // NULL: alone
    size_t count, tasks;
} batch;

static ck_gemm_call product(const batch *batch, size_t index) {
    ck_gemm_call call = batch->first;
    if (call.k != 0) {
        call.a += index * batch->stride_a;
        call.b += index * batch->stride_b;
    }
    call.c += index * batch->stride_c;
    return call;
}

static void multiply_some(void *context, size_t index, size_t worker) {
    const batch *batch = context;
    const ck_gemm_range all = {0, batch->first.m, 0, batch->first.n};
    float *scratch = batch->pool == NULL ? NULL : ck_pool_scratch(batch->pool, worker);
    size_t begin, end;
    ck_split(batch->count, 1, batch->tasks, index, &begin, &end);
    for (size_t i = begin; i < end; i++) {
        const ck_gemm_call call = product(batch, i);
        if (!ck_gemm_multiply_small(&call)) ck_gemm_compute(&call, &all, scratch);
    }
}

/// The first `count` products, each on one thread.
static void multiply_side_by_side(ck_pool *pool, batch *batch, size_t count, size_t tasks) {
    batch->pool = ck_pool_acquire(pool);
    batch->count = count;
    batch->tasks = tasks < count ? tasks : count;
    ck_pool_region(batch->pool, batch->tasks, multiply_some, batch);
    ck_pool_release(batch->pool);
}

static int results_overlap(size_t batch, size_t m, size_t n, size_t ldc, size_t stride_c) {
    if (batch < 2 || m == 0 || n == 0) return 0;
    const int in_a_row = stride_c >= (m - 1) * ldc + n;
    const int side_by_side = stride_c >= n && (batch - 1) * stride_c + n <= ldc;
    return !in_a_row && !side_by_side;
}

ck_status ck_gemm_batched_f32(ck_pool *pool, int transpose_a, int transpose_b, size_t batch_count, size_t m, size_t n,
                              size_t k, float alpha, const float *a, size_t lda, size_t stride_a, const float *b,
                              size_t ldb, size_t stride_b, float beta, float *c, size_t ldc, size_t stride_c) {
    // Without a product, the sizes of one are still checked, but nothing is touched.
    const size_t rows = batch_count == 0 ? 0 : m;
    batch batch = {
        .first = {.transpose_a = transpose_a, .transpose_b = transpose_b, .m = rows, .n = n, .k = k, .alpha = alpha,
                  .a = a, .lda = lda, .b = b, .ldb = ldb, .beta = beta, .c = c, .ldc = ldc},
        .stride_a = stride_a, .stride_b = stride_b, .stride_c = stride_c};
    if (ck_gemm_begin(&batch.first) != CK_OK || results_overlap(batch_count, m, n, ldc, stride_c))
        return CK_INVALID_ARGUMENT;
    if (rows == 0 || n == 0) return CK_OK;
    const size_t threads = ck_pool_threads(pool);
    const size_t tasks = ck_pool_tasks(pool, (double)batch_count * ck_gemm_nanoseconds(&batch.first));
    // What is left when every thread has had as many products as the others is computed one by one, with all threads.
    const size_t one_by_one = tasks > 1 ? batch_count % threads : batch_count;
    if (batch_count > one_by_one) multiply_side_by_side(pool, &batch, batch_count - one_by_one, tasks);
    for (size_t i = batch_count - one_by_one; i < batch_count; i++) {
        const ck_gemm_call call = product(&batch, i);
        ck_gemm_multiply(pool, &call);
    }
    return CK_OK;
}
