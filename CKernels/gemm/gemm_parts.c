/// Long sums over the rows of a batch, dW = Xᵀ dY: k is cut into parts by its length alone (family.h), each a chain of
/// its own, which are added in their order. So threads can share a product that has too few elements to be cut, and it
/// has the same bits for any number of them.
#include "../runtime/arithmetic.h"
#include "../runtime/pool.h"
#include "gemm_blocks.h"

enum {
    stack_floats = 1 << 12, // of a part's sums, without scratch
    few_elements = 1 << 10, // of C: too few to be cut
};

static size_t part_count(const ck_gemm_call *call) { return ck_gemm_parts(call->transpose_a, call->n, call->k); }

int ck_gemm_has_parts(const ck_gemm_call *call) { return part_count(call) > 1; }

/// Part `index` of a range's product, into `sums`. The first part starts from beta · C; nothing follows the sums yet.
static void compute_part(const ck_gemm_call *call, const ck_gemm_range *range, size_t index, float *sums, size_t lds,
                         float *scratch) {
    const size_t parts = part_count(call), p = ck_gemm_part_begin(call->k, parts, index);
    ck_gemm_call part = *call;
    part.a += p * call->lda + range->row;
    part.b += call->transpose_b ? range->column * call->ldb + p : p * call->ldb + range->column;
    part.m = range->row_end - range->row, part.n = range->column_end - range->column;
    part.k = ck_gemm_part_begin(call->k, parts, index + 1) - p;
    part.beta = index == 0 ? call->beta : 0;
    part.c = sums, part.ldc = lds;
    part.bias = NULL, part.relu = 0, part.finish = NULL, part.is_large = 0;
    ck_gemm_compute_whole(&part, &(ck_gemm_range){0, part.m, 0, part.n}, scratch);
}

static float *first_element(const ck_gemm_call *call, const ck_gemm_range *range) {
    return call->c + range->row * call->ldc + range->column;
}

/// C += sums, which lie without gaps.
static void add(const ck_gemm_call *call, const ck_gemm_range *range, const float *sums) {
    float *const c = first_element(call, range);
    const size_t columns = range->column_end - range->column;
    const ck_binary_operands operands = {
        .columns = columns, .a = c, .a_row = call->ldc, .a_column = 1, .b = sums, .b_row = columns, .b_column = 1,
        .y = c, .ldy = call->ldc};
    call->vector->binary(CK_ADD, &operands, 0, range->row_end - range->row);
}

/// What comes after the sums: a product of nothing, started from them.
static void finish(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    if (call->bias == NULL && !call->relu && call->finish == NULL) return;
    ck_gemm_call end = *call;
    end.k = 0, end.beta = 1;
    ck_gemm_compute_whole(&end, range, scratch);
}

/// A block of rows after the other, whose sums fit the room.
static void compute_blocks(const ck_gemm_call *call, const ck_gemm_range *range, float *room, size_t floats,
                           float *scratch) {
    const size_t parts = part_count(call), columns = range->column_end - range->column;
    ck_gemm_range block = *range;
    for (; block.row < range->row_end; block.row = block.row_end) {
        block.row_end = ck_lesser(block.row + floats / columns, range->row_end);
        compute_part(call, &block, 0, first_element(call, &block), call->ldc, scratch);
        for (size_t index = 1; index < parts; index++) {
            compute_part(call, &block, index, room, columns, scratch);
            add(call, &block, room);
        }
    }
    finish(call, range, scratch);
}

__attribute__((noinline)) static void compute_on_stack(const ck_gemm_call *call, const ck_gemm_range *range) {
    float room[stack_floats];
    compute_blocks(call, range, room, stack_floats, NULL);
}

void ck_gemm_compute_parts(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    if (scratch == NULL) compute_on_stack(call, range);
    else compute_blocks(call, range, ck_gemm_part_room(scratch), CK_PART_FLOATS, scratch);
}

// ---- Parts that threads share -------------------------------------------------------------------------------------

/// Whole rows of X are faster to read than every thread's own columns of all of them.
int ck_gemm_shares_parts(const ck_gemm_call *call, size_t threads) {
    if (!ck_gemm_has_parts(call)) return 0;
    const size_t elements = call->m * call->n;
    return elements <= (part_count(call) >= threads ? CK_PART_FLOATS : few_elements);
}

typedef struct round {
    const ck_gemm_call *call;
    ck_gemm_range all;
    ck_pool *pool;
    size_t first; // part
} round;

/// A part's sums lie in the scratch of the worker of its number: whoever computes it, they are found there.
static float *sums_of(const round *round, size_t index) {
    return ck_gemm_part_room(ck_pool_scratch(round->pool, index));
}

static void compute_share(void *context, size_t index, size_t worker) {
    const round *round = context;
    const ck_gemm_call *call = round->call;
    const int is_first = round->first + index == 0;
    compute_part(call, &round->all, round->first + index, is_first ? call->c : sums_of(round, index),
                 is_first ? call->ldc : call->n, ck_pool_scratch(round->pool, worker));
}

void ck_gemm_multiply_parts(ck_pool *acquired, const ck_gemm_call *call) {
    const size_t parts = part_count(call), threads = ck_pool_threads(acquired);
    round round = {.call = call, .all = {0, call->m, 0, call->n}, .pool = acquired};
    for (size_t count; round.first < parts; round.first += count) {
        count = ck_lesser(threads, parts - round.first);
        ck_pool_region(acquired, count, compute_share, &round);
        for (size_t index = round.first == 0; index < count; index++) add(call, &round.all, sums_of(&round, index));
    }
    finish(call, &round.all, ck_pool_scratch(acquired, 0));
}
