/// A matrix product on one thread: checks, the choice of what computes it, and where packed panels live.
#include "../runtime/dispatch.h"
#include "../runtime/pool.h"
#include "gemm_ways.h"

/// Blocks in the pool's scratch. Every stretch of k but the first reads C once more, which costs more than panels that
/// outgrow the first cache: up to `pool_k` there is one stretch.
enum { pool_k = 1024, pool_rows = 336, pool_columns = 512, pool_a_floats = 144 << 10 };
/// Of A; beside the rounding of its last panel.
enum { most_a_block_floats = pool_a_floats - CK_PANEL_ROUNDING * pool_k };
/// The most of k of a strip: so many elements of a tile's rows of A stay in the first cache.
enum { strip_k = 512 };
/// Blocks for a caller without a pool, in 160 KiB of stack.
enum { stack_k = 192, stack_rows = 16, stack_columns = 128 };

#define PANEL_FLOATS(k, most) ((size_t)(k) * ((most) + CK_PANEL_ROUNDING))

_Static_assert(pool_k * (pool_columns + CK_PANEL_ROUNDING) <= CK_B_FLOATS, "a block of B does not fit its room");
_Static_assert((pool_a_floats + CK_B_FLOATS + CK_PART_FLOATS) * sizeof(float) <= CK_SCRATCH_BYTES,
               "the blocks do not fit the pool's scratch");

float *ck_gemm_b_room(float *scratch) { return scratch + pool_a_floats; }
float *ck_gemm_part_room(float *scratch) { return ck_gemm_b_room(scratch) + CK_B_FLOATS; }

/// Rows of a block of A that the second cache holds.
static size_t block_rows(const ck_gemm_call *call, size_t k) {
    const size_t height = call->kernels->tiles[call->kernels->main].rows;
    const size_t floats = ck_lesser(call->kernels->a_block_floats, most_a_block_floats);
    return ck_lesser(floats / k / height * height, pool_rows);
}

static ck_gemm_panels pool_panels(const ck_gemm_call *call, int packs_a, int packs_b, float *scratch) {
    const size_t k = ck_even_step(call->k, pool_k);
    return (ck_gemm_panels){k, block_rows(call, k), pool_columns, packs_a ? scratch : NULL,
                            packs_b ? ck_gemm_b_room(scratch) : NULL};
}

__attribute__((noinline)) static void multiply_on_stack(const ck_gemm_call *call, const ck_gemm_range *range,
                                                        int packs_a, int packs_b) {
    _Alignas(64) float a[PANEL_FLOATS(stack_k, stack_rows)], b[PANEL_FLOATS(stack_k, stack_columns)];
    const ck_gemm_panels panels = {stack_k, stack_rows, stack_columns, packs_a ? a : NULL, packs_b ? b : NULL};
    ck_gemm_multiply_packed(call, range, &panels);
}

/// Strips of B, which need no copy of A.
static ck_gemm_panels strip_panels(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    const size_t k = ck_even_step(call->k, strip_k), width = ck_gemm_range_columns(call);
    return (ck_gemm_panels){k, range->row_end - range->row, CK_STRIP_FLOATS / k / width * width, NULL, scratch};
}

void ck_gemm_chains(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    if (scratch != NULL && ck_gemm_goes_by_strips(call, range)) {
        const ck_gemm_panels panels = strip_panels(call, range, scratch);
        ck_gemm_multiply_packed(call, range, &panels);
        return;
    }
    const int packs_a = ck_gemm_packs_a(call, range), packs_b = ck_gemm_packs_b(call, range);
    if (!packs_a && !packs_b) {
        ck_gemm_multiply_in_place(call, range);
    } else if (scratch == NULL) {
        multiply_on_stack(call, range, packs_a, packs_b);
    } else {
        const ck_gemm_panels panels = pool_panels(call, packs_a, packs_b, scratch);
        ck_gemm_multiply_packed(call, range, &panels);
    }
}

void ck_gemm_compute_whole(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    if (ck_gemm_call_is_dot(call)) ck_gemm_dot_range(call, range);
    else if (ck_gemm_turns_b(call, range)) ck_gemm_turned_range(call, range);
    else if (ck_gemm_swaps(call, range)) ck_gemm_swapped_range(call, range, scratch);
    else ck_gemm_chains(call, range, scratch);
}

void ck_gemm_compute(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch) {
    if (ck_gemm_has_parts(call)) ck_gemm_compute_parts(call, range, scratch);
    else ck_gemm_compute_whole(call, range, scratch);
}

float *ck_gemm_shared_b(const ck_gemm_call *call, const ck_gemm_range *all, float *scratch) {
    const size_t width = ck_gemm_range_columns(call);
    if (ck_gemm_has_parts(call) || ck_gemm_call_is_dot(call) || ck_gemm_turns_b(call, all) || ck_gemm_swaps(call, all) ||
        !ck_gemm_packs_b(call, all) ||
        ck_divide_up(call->n, width) * width > CK_B_FLOATS / call->k)
        return NULL;
    return ck_gemm_b_room(scratch);
}

// ---- The call -------------------------------------------------------------------------------------------------

static int is_matrix(const float *matrix, size_t columns, size_t ld, int is_touched) {
    return ld >= columns && ld >= 1 && (matrix != NULL || !is_touched);
}

ck_status ck_gemm_begin(ck_gemm_call *call) {
    const int writes = call->m != 0 && call->n != 0, reads = writes && call->k != 0 && call->alpha != 0;
    if (!is_matrix(call->a, call->transpose_a ? call->m : call->k, call->lda, reads) ||
        !is_matrix(call->b, call->transpose_b ? call->k : call->n, call->ldb, reads) ||
        !is_matrix(call->c, call->n, call->ldc, writes))
        return CK_INVALID_ARGUMENT;
    const ck_dispatch *dispatch = ck_dispatch_current();
    call->kernels = dispatch->gemm;
    call->vector = dispatch->vector;
    if (!reads) call->k = 0;
    return CK_OK;
}
