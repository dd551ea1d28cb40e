/// ck_gemm_siblings_f32: narrow products with the same A become one, whose B is packed from theirs side by side. A block of
/// its rows is computed at a time, and handed out to them from the cache.
#include <string.h>

#include "../runtime/pool.h"
#include "gemm_blocks.h"

enum {
    narrow_columns = 64, // from which on a product of its own is as fast
    joint_columns = 512, // at most, of all together
    least_columns = 16,
    block_floats = 1 << 14, // of C; the bias lies behind them
    k_granule = 64, // of B that a thread packs
    near_elements = 1 << 17, // of an A that the second cache holds, for one product after the other
};

_Static_assert(block_floats + joint_columns <= CK_PART_FLOATS, "a block of C and the bias do not fit their room");

/// Products that are computed as one: op(A) · (B_0 B_1 ...).
typedef struct joint {
    ck_gemm_call call; ///< of all columns, with the packed B; C is a block of rows
    ck_pool *pool;
    const ck_gemm_sibling *const *members;
    size_t count;
    size_t block_rows, tasks;
} joint;

static ck_gemm_call alone(const ck_gemm_call *shared, const ck_gemm_sibling *sibling) {
    ck_gemm_call call = *shared;
    call.n = sibling->n;
    call.b = sibling->b, call.ldb = sibling->ldb;
    call.c = sibling->c, call.ldc = sibling->ldc;
    return call;
}

static void multiply_alone(ck_pool *pool, const ck_gemm_call *shared, const ck_gemm_sibling *sibling,
                           ck_activation activation) {
    ck_gemm_f32(pool, shared->transpose_a, 0, shared->m, sibling->n, shared->k, 1, shared->a, shared->lda,
                sibling->b, sibling->ldb, 0, sibling->c, sibling->ldc,
                &(ck_epilogue){.bias = sibling->bias, .activation = activation});
}

/// Only chains can share tiles: their bits do not depend on the columns beside them.
int ck_gemm_siblings_gain(int transpose_a, size_t m, size_t n, size_t k) {
    const int is_far = k != 0 && m > near_elements / k, is_narrow = n != 0 && n <= narrow_columns;
    return is_far && is_narrow && !ck_gemm_is_dot(transpose_a, 0, n, k) && ck_gemm_parts(transpose_a, n, k) == 1;
}

/// Packs a stretch of k of all members.
static void pack_stretch(void *context, size_t index, size_t worker) {
    const joint *joint = context;
    const ck_gemm_call *call = &joint->call;
    const size_t width = ck_gemm_range_columns(call);
    size_t p, end, column = 0;
    (void)worker;
    ck_split(call->k, k_granule, joint->tasks, index, &p, &end);
    for (size_t t = 0; t < joint->count; t++) {
        const ck_gemm_sibling *member = joint->members[t];
        for (size_t j = 0, columns; j < member->n; j += columns, column += columns) {
            columns = ck_lesser(member->n - j, width - column % width);
            float *const to = (float *)call->packed_b + column / width * width * call->k + p * width + column % width;
            call->kernels->pack_straight(columns, end - p, member->b + p * member->ldb + j, member->ldb, 1, width, 0, to);
        }
    }
}

/// Hands the rows of a block out to the members.
static void hand_out(const joint *joint, const ck_gemm_call *block, size_t row) {
    const float *from = block->c;
    for (size_t t = 0; t < joint->count; from += joint->members[t++]->n) {
        const ck_gemm_sibling *member = joint->members[t];
        float *to = member->c + row * member->ldc;
        for (size_t r = 0; r < block->m; r++, to += member->ldc)
            memcpy(to, from + r * block->ldc, member->n * sizeof *to);
    }
}

static void multiply_block(void *context, size_t index, size_t worker) {
    const joint *joint = context;
    const size_t row = index * joint->block_rows;
    float *const scratch = ck_pool_scratch(joint->pool, worker);
    ck_gemm_call block = joint->call;
    block.m = ck_lesser(joint->block_rows, block.m - row);
    block.a += block.transpose_a ? row : row * block.lda;
    block.c = ck_gemm_part_room(scratch);
    ck_gemm_chains(&block, &(ck_gemm_range){0, block.m, 0, block.n}, scratch);
    hand_out(joint, &block, row);
}

/// The members' biases one after the other, or NULL: they all have one, or none has.
static const float *join_bias(const joint *joint, float *to) {
    if (joint->members[0]->bias == NULL) return NULL;
    for (size_t t = 0, column = 0; t < joint->count; column += joint->members[t++]->n)
        memcpy(to + column, joint->members[t]->bias, joint->members[t]->n * sizeof *to);
    return to;
}

static void multiply_blocks(ck_pool *acquired, joint *joint, ck_activation activation) {
    ck_gemm_call *const call = &joint->call;
    float *const scratch = ck_pool_scratch(acquired, 0);
    ck_gemm_finish finish;
    const ck_epilogue epilogue = {.bias = join_bias(joint, ck_gemm_part_room(scratch) + block_floats),
                                  .activation = activation};
    call->c = ck_gemm_part_room(scratch), call->ldc = call->n;
    call->packed_b = ck_gemm_b_room(scratch);
    ck_gemm_set_epilogue(call, &epilogue, &finish);
    joint->pool = acquired;
    joint->block_rows = block_floats / call->n / ck_gemm_tile_rows(call) * ck_gemm_tile_rows(call);
    const size_t blocks = ck_divide_up(call->m, joint->block_rows);
    if (joint->tasks == 1) {
        pack_stretch(joint, 0, 0);
        for (size_t i = 0; i < blocks; i++) multiply_block(joint, i, 0);
    } else {
        ck_pool_region(acquired, joint->tasks, pack_stretch, joint);
        ck_pool_region(acquired, blocks, multiply_block, joint);
    }
}

/// Computes the members and forgets them.
static void multiply_joint(ck_pool *pool, joint *joint, ck_activation activation) {
    ck_pool *acquired = joint->count < 2 || joint->call.n < least_columns ? NULL : ck_pool_acquire(pool);
    if (acquired != NULL) {
        joint->tasks = ck_pool_tasks(pool, ck_gemm_nanoseconds(&joint->call));
        multiply_blocks(acquired, joint, activation);
        ck_pool_release(acquired);
    } else {
        for (size_t t = 0; t < joint->count; t++) multiply_alone(pool, &joint->call, joint->members[t], activation);
    }
    joint->count = joint->call.n = 0;
}

/// Whether there is room for one more.
static int fits(const joint *joint, const ck_gemm_sibling *sibling) {
    const size_t width = ck_gemm_range_columns(&joint->call), columns = joint->call.n + sibling->n;
    return columns <= joint_columns && ck_divide_up(columns, width) * width <= CK_B_FLOATS / joint->call.k &&
           (joint->count == 0 || (joint->members[0]->bias == NULL) == (sibling->bias == NULL));
}

static void multiply(ck_pool *pool, const ck_gemm_call *shared, size_t count, const ck_gemm_sibling *siblings,
                     ck_activation activation) {
    const ck_gemm_sibling *members[joint_columns];
    joint joint = {.call = *shared, .members = members};
    for (size_t t = 0; t < count; t++) {
        const ck_gemm_sibling *sibling = &siblings[t];
        if (!ck_gemm_siblings_gain(shared->transpose_a, shared->m, sibling->n, shared->k)) {
            multiply_alone(pool, shared, sibling, activation);
            continue;
        }
        if (!fits(&joint, sibling)) multiply_joint(pool, &joint, activation);
        members[joint.count++] = sibling;
        joint.call.n += sibling->n;
    }
    multiply_joint(pool, &joint, activation);
}

ck_status ck_gemm_siblings_f32(ck_pool *pool, int transpose_a, size_t m, size_t k, const float *a, size_t lda,
                               size_t count, const ck_gemm_sibling *siblings, ck_activation activation) {
    ck_gemm_call shared = {.transpose_a = transpose_a, .m = m, .k = k, .alpha = 1, .a = a, .lda = lda};
    if ((unsigned)activation > CK_SIGMOID || (siblings == NULL && count != 0)) return CK_INVALID_ARGUMENT;
    for (size_t t = 0; t < count; t++) {
        ck_gemm_call call = alone(&shared, &siblings[t]);
        if (ck_gemm_begin(&call) != CK_OK) return CK_INVALID_ARGUMENT;
        shared.kernels = call.kernels, shared.vector = call.vector;
    }
    if (m != 0) multiply(pool, &shared, count, siblings, activation);
    return CK_OK;
}
