/// One thread's share of a matrix product.
#ifndef CK_GEMM_BLOCKS_H
#define CK_GEMM_BLOCKS_H

#include "../include/ck_gemm.h"
#include "../runtime/sizes.h"
#include "family.h"
#include "gemm_epilogue.h"
#include "gemm_kernels.h"

/// Compilers like to load two neighbouring members or arguments at once. Where they have just been stored one at a time such
/// a load waits until the stores have left the processor, with all that came before: longer than a tiny product takes.
#define CK_ALONE(x) __asm__("" : "+r"(x))

/// One product. ck_gemm_begin checks it and fills in the kernels.
typedef struct ck_gemm_call {
    const ck_gemm_kernels *kernels;
    const ck_vector_kernels *vector;
    int transpose_a, transpose_b;
    size_t m, n, k;
    float alpha;
    const float *a;
    size_t lda;
    const float *b;
    size_t ldb;
    const float *packed_b; ///< all of op(B) in panels (ck_gemm_pack_b), to be read instead of B; or NULL
    float beta;
    float *c;
    size_t ldc;
    const float *bias; ///< n elements, or NULL; the tiles add it
    int relu; ///< the tiles do ReLU after the bias
    const ck_gemm_finish *finish; ///< what comes after that, or NULL
    int lower; ///< tiles above the diagonal of C need not be computed
    int is_large; ///< C is a part of a result of more than CK_STREAMED_FLOATS
} ck_gemm_call;

typedef struct ck_gemm_range {
    size_t row, row_end, column, column_end;
} ck_gemm_range;

/// Checks the operands, sets the kernels, and sets k to 0 if nothing of A and B counts.
ck_status ck_gemm_begin(ck_gemm_call *call);

/// Checks the epilogue and puts it into the call; `finish` must live as long. NULL leaves the call as it is.
ck_status ck_gemm_set_epilogue(ck_gemm_call *call, const ck_epilogue *epilogue, ck_gemm_finish *finish);

/// Computes all of C on the pool's threads. requires: ck_gemm_begin; m != 0 and n != 0.
void ck_gemm_multiply(ck_pool *pool, const ck_gemm_call *call);

/// The same with a gradient's epilogue, which is checked first.
ck_status ck_gemm_multiply_gradient(ck_pool *pool, const ck_gemm_call *call, const ck_gradient_epilogue *epilogue);

/// About how long one thread computes one product of this shape.
double ck_gemm_nanoseconds(const ck_gemm_call *call);

/// Computes a range of C on this thread. requires: ck_gemm_begin; the range is not empty; its columns start at a multiple
/// of ck_gemm_range_columns, and its rows at one of CK_COLUMN_SUM_ROWS if there are sums of blocks.
/// `scratch` is the worker's (ck_pool_scratch); NULL takes smaller blocks, in up to 250 KiB of stack.
void ck_gemm_compute(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch);

/// Long sums in parts (gemm_parts.c): whether the call has such; the range with them; and as one chain nevertheless.
int ck_gemm_has_parts(const ck_gemm_call *call);
void ck_gemm_compute_parts(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch);
void ck_gemm_compute_whole(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch);

/// Whether threads should share the parts of the sums rather than the elements; and doing so.
int ck_gemm_shares_parts(const ck_gemm_call *call, size_t threads);
void ck_gemm_multiply_parts(ck_pool *acquired, const ck_gemm_call *call);

/// Room in a worker's scratch: for panels of B, and behind all panels for a block of C or the sums of a part.
enum { CK_B_FLOATS = 1056 << 10, CK_PART_FLOATS = 1 << 15 };
float *ck_gemm_b_room(float *scratch);
float *ck_gemm_part_room(float *scratch);

/// Computes all of C at once if it is so small that any other preparation would take as long; or returns 0.
/// requires: all of C is wanted, not the lower triangle alone.
int ck_gemm_multiply_small(const ck_gemm_call *call);

/// Where the pool's scratch has room for all of op(B), packed once for all ranges; or NULL, if that would not pay or fit.
float *ck_gemm_shared_b(const ck_gemm_call *call, const ck_gemm_range *all, float *scratch);

/// Rows of the tiles that large products use; and what the columns of ranges must be multiples of, but for the last ones.
static inline size_t ck_gemm_tile_rows(const ck_gemm_call *call) { return call->kernels->tiles[call->kernels->main].rows; }
static inline size_t ck_gemm_range_columns(const ck_gemm_call *call) {
    return call->kernels->tiles[call->kernels->main].columns;
}

/// The largest blocks of A (rows x k) and B (k x columns) that are packed, and where they go; NULL for an operand that
/// is read where it is. The room is larger than the block: the last panel is as high, or as wide, as the others.
typedef struct ck_gemm_panels {
    size_t k, rows, columns;
    float *a; ///< (rows + CK_PANEL_ROUNDING) x k, with gaps between panels: at least so for the largest k
    float *b; ///< k x (columns + CK_PANEL_ROUNDING)
} ck_gemm_panels;

/// No tile that reads panels is larger than this on either side.
enum { CK_PANEL_ROUNDING = 32 };

/// Floats of a strip of B, which stays in the second cache while all rows of A pass.
enum { CK_STRIP_FLOATS = 48 << 10 };

/// Whether the product goes by strips of columns: B is packed a strip at a time, and A is read in place, once for each.
int ck_gemm_goes_by_strips(const ck_gemm_call *call, const ck_gemm_range *range);

/// Whether a copy into panels pays. alpha != 1 needs one of A, a transposed B one of B.
int ck_gemm_packs_a(const ck_gemm_call *call, const ck_gemm_range *range);
int ck_gemm_packs_b(const ck_gemm_call *call, const ck_gemm_range *range);

/// Packs columns of op(B) for `packed_b`: panels of ck_gemm_range_columns columns one after the other, each over all of k,
/// however the product will cut k. The last one has room for as many columns as the others.
/// requires: `column` is a multiple of a panel's columns; the panels before would end at `to`.
void ck_gemm_pack_b(const ck_gemm_call *call, size_t column, size_t column_end, float *to);

/// A block of C, and a stretch of k, for which everything is in its place.
typedef struct ck_gemm_tiling {
    ck_gemm_tile tile; ///< the first one; what follows from its width and place is set on the way
    size_t rows, columns;
    size_t height; ///< rows of every tile but the last ones
    size_t step_a; ///< from a row of A to the next
    size_t panel_step; ///< panels of B are this far apart, divided by their columns; or 0: B is no panels
    int layout; ///< of A
    int is_far; ///< A: in no cache, or in the last
    int is_strip; ///< B is near as a whole: the rows of A pass but once
    int is_lower; ///< tiles above the diagonal of C are left out
    size_t row, column; ///< of C, if is_lower
} ck_gemm_tiling;

/// Up to this k the elements of C take more time than their sums.
enum { CK_SHORT_K = 64 };

/// Elements of a result that goes past the caches if it can: they would not hold it for the next kernel.
enum { CK_STREAMED_FLOATS = 1 << 21 };

/// Rows of C beside which B is read but once.
enum { CK_FEW_ROWS = 2 };

/// Floats of an operand that the second cache holds beside the rest.
enum { CK_NEAR_FLOATS = 1 << 16 };

/// Computes all tiles: a panel of B stays near while the rows of A pass.
void ck_gemm_multiply_tiles(const ck_gemm_kernels *kernels, ck_gemm_tiling *tiling);

/// A few rows of C beside a large B that is read where it lies, `step` whole rows of it at a time: tiles would read short
/// pieces of all of its rows. Returns how far in k it came: the last rows, and what comes after the sums, are left.
/// requires: k > step.
size_t ck_gemm_multiply_long_rows(const ck_gemm_call *call, const ck_gemm_range *range, size_t step);

/// Elements of a small product.
enum { CK_SMALL_ELEMENTS = 4096 };

/// Computes a small product by chains where it lies; or by way of Cᵀ.
/// requires: no transposed B; for Cᵀ beta 0, nothing to finish, and up to CK_SHORT_K columns.
void ck_gemm_multiply_few_tiles(const ck_gemm_call *call);
void ck_gemm_multiply_few_swapped(const ck_gemm_call *call);

/// Computes a range of C by chains, with a copy of A, of B or of both, or without one.
/// requires: `panels` has what the two questions above ask for.
void ck_gemm_multiply_packed(const ck_gemm_call *call, const ck_gemm_range *range, const ck_gemm_panels *panels);
void ck_gemm_multiply_in_place(const ck_gemm_call *call, const ck_gemm_range *range);

/// The same, with blocks that suit the scratch (NULL: the stack).
void ck_gemm_chains(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch);

/// The product of the swapped operands, with C still in its place; and computing a range of C as a part of Cᵀ that is then
/// transposed.
ck_gemm_call ck_gemm_swapped_call(const ck_gemm_call *call, const ck_gemm_range *range);
void ck_gemm_swapped_range(const ck_gemm_call *call, const ck_gemm_range *range, float *scratch);

/// Computes a range of a few rows by turning a transposed B on its way into their sums.
void ck_gemm_turned_range(const ck_gemm_call *call, const ck_gemm_range *range);

/// The most of a block of dots: columns of a panel; k, beyond which the 16 partial sums of each element wait; and rows, a
/// multiple of the rows of every tile.
enum { CK_DOT_COLUMNS = 8, CK_DOT_K = 1024, CK_DOT_ROWS = 48 };

/// Computes a range of C by dots (family.h), in about 50 KiB of stack. requires: k != 0.
void ck_gemm_dot_range(const ck_gemm_call *call, const ck_gemm_range *range);

#endif
