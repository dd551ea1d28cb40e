/// A matrix product on all threads: C is cut into a grid of cells, and a task computes one of them (or a part of long
/// sums: gemm_parts.c).
#include "../runtime/pool.h"
#include "gemm_ways.h"

/// What a multiply-add takes, roughly.
static const double nanoseconds_per_step = 0.02;

/// Packing an element takes about as long as so many multiply-adds.
enum { packing_steps = 12 };

/// Two threads that write into one page (of so many elements) take its lines from each other, those too that a core only
/// expects to need: that takes as long as so many multiply-adds (0.1 to 0.6 us a page on a Zen 4).
enum { page_elements = 1024, page_steps = 15000 };

/// A smaller B is packed by every cell that needs it: that takes no longer than to wait for each other once more.
enum { least_shared = 1 << 17 };

/// To fetch an element that another core has packed takes as long as so many multiply-adds; or none, where it comes while
/// it is used: with so many rows a thread.
enum { fetching_steps = 60, hiding_rows = 512 };

/// A cell has about so many rows at least, if C has: a lower one would read as much of op(B) for fewer products.
enum { least_rows = 16 };

typedef struct grid {
    const ck_gemm_call *call;
    ck_pool *pool;
    size_t row_granule, tile_columns; // what the sides of cells are multiples of
    size_t packed_a, packed_b; // rows of op(A) and columns of op(B), if they are packed; or 0
    size_t rows, columns; // cells
    float *shared; // op(B) packed once for all cells, or NULL
} grid;

static void multiply_cell(void *context, size_t index, size_t worker) {
    const grid *grid = context;
    ck_gemm_range range;
    ck_split(grid->call->m, grid->row_granule, grid->rows, index / grid->columns, &range.row, &range.row_end);
    ck_split(grid->call->n, grid->tile_columns, grid->columns, index % grid->columns, &range.column,
             &range.column_end);
    if (range.row == range.row_end || range.column == range.column_end) return;
    ck_gemm_compute(grid->call, &range, ck_pool_scratch(grid->pool, worker));
}

/// Pages of C that several threads write. Each thread begins with as many cells, row after row of them: so none if the rows
/// of cells can be dealt out evenly.
static size_t contested_pages(const grid *grid, size_t rows, size_t columns) {
    const size_t threads = ck_pool_threads(grid->pool);
    if (columns == 1 || rows % threads == 0) return 0;
    const size_t sharers = ck_lesser(columns, rows < threads ? ck_divide_up(threads, rows) : 2);
    const size_t contested = ck_divide_up(grid->call->m, rows) * ck_lesser(rows, threads - 1);
    return ck_lesser(contested * (sharers - 1), ck_divide_up(contested * grid->call->n, page_elements));
}

/// What a cell costs, longer in the measure that the thread with the most cells is behind the mean.
static size_t uneven_cost(const grid *grid, size_t cells, size_t cost) {
    const size_t threads = ck_pool_threads(grid->pool);
    return cells % threads == 0 ? cost : cost * ck_divide_up(cells, threads) * threads / cells;
}

/// What a grid costs in multiply-adds a step of k: the cell that is left when the others are done, what is packed (by each
/// cell anew, or op(B) once and then fetched), and the pages that threads contest.
static size_t grid_cost(const grid *grid, size_t rows, size_t columns, int shares) {
    const size_t m = grid->call->m, n = grid->call->n, k = grid->call->k;
    const size_t height = ck_divide_up(ck_divide_up(m, grid->row_granule), rows) * grid->row_granule;
    const size_t width = ck_divide_up(ck_divide_up(n, grid->tile_columns), columns) * grid->tile_columns;
    const size_t packed = grid->packed_a * columns + grid->packed_b * (shares ? 1 : rows);
    const size_t fetched = shares && m < hiding_rows * ck_pool_threads(grid->pool) ? n : 0;
    return uneven_cost(grid, rows * columns, height * width) + packing_steps * packed + fetching_steps * fetched +
           page_steps * contested_pages(grid, rows, columns) / (k == 0 ? 1 : k);
}

/// Chooses the grid that costs least, and whether its cells share op(B): `room` for that, or NULL. If some cost the same, the
/// one of the longest rows: a thread that has done its own cells takes others', and would write beside them into their pages.
static void choose_cells(grid *grid, size_t cells, float *room) {
    const size_t height = grid->row_granule < least_rows ? least_rows : grid->row_granule;
    const size_t most = ck_lesser(cells, ck_divide_up(grid->call->m, height));
    size_t least = SIZE_MAX;
    for (size_t rows = 1; rows <= most; rows++)
        for (int shares = 0; shares <= (room != NULL && rows > 1); shares++) {
            const size_t columns = cells / rows, cost = grid_cost(grid, rows, columns, shares);
            if (cost > least) continue;
            least = cost;
            grid->rows = rows, grid->columns = columns;
            grid->shared = shares ? room : NULL;
        }
}

static void pack_part(void *context, size_t index, size_t worker) {
    const grid *grid = context;
    size_t column, column_end;
    (void)worker;
    ck_split(grid->call->n, grid->tile_columns, grid->rows * grid->columns, index, &column, &column_end);
    if (column != column_end) ck_gemm_pack_b(grid->call, column, column_end, grid->shared + column * grid->call->k);
}

double ck_gemm_nanoseconds(const ck_gemm_call *call) {
    // In double: the product of three sizes may exceed size_t.
    return (double)call->m * (double)call->n * (double)(call->k + 1) * nanoseconds_per_step;
}

/// What a cell's rows are a multiple of: not a tile's, whose heights adapt, but a vector's lanes for products that may lie
/// along them; or whole blocks of column sums.
static size_t cell_rows(const ck_gemm_call *call) {
    if (call->finish != NULL && call->finish->block_sums != NULL) return CK_COLUMN_SUM_ROWS;
    return call->transpose_a || call->transpose_b ? 16 : 4;
}

static void multiply_cells(ck_pool *acquired, const ck_gemm_call *call, size_t cells) {
    if (cells > 1 && ck_gemm_shares_parts(call, ck_pool_threads(acquired))) {
        ck_gemm_multiply_parts(acquired, call);
        return;
    }
    const ck_gemm_range all = {0, call->m, 0, call->n};
    grid grid = {
        .call = call,
        .pool = acquired,
        .row_granule = cell_rows(call),
        .tile_columns = ck_gemm_range_columns(call),
        .packed_a = ck_gemm_packs_a(call, &all) ? call->m : 0,
        .packed_b = ck_gemm_packs_b(call, &all) ? call->n : 0,
    };
    float *room = NULL;
    if (cells > 1 && call->n * call->k >= least_shared) room = ck_gemm_shared_b(call, &all, ck_pool_scratch(acquired, 0));
    choose_cells(&grid, cells, room);
    ck_gemm_call packed;
    if (grid.shared != NULL) {
        ck_pool_region(acquired, grid.rows * grid.columns, pack_part, &grid);
        packed = *call;
        packed.packed_b = grid.shared;
        grid.call = &packed;
    }
    ck_pool_region(acquired, grid.rows * grid.columns, multiply_cell, &grid);
}

void ck_gemm_multiply(ck_pool *pool, const ck_gemm_call *call) {
    ck_pool *const acquired = ck_gemm_is_short(call) ? NULL : ck_pool_acquire(pool);
    const size_t cells = acquired == NULL ? 1 : ck_pool_tasks(acquired, ck_gemm_nanoseconds(call));
    if (cells > 1 || !ck_gemm_multiply_small(call)) {
        if (acquired == NULL) ck_gemm_compute(call, &(ck_gemm_range){0, call->m, 0, call->n}, NULL);
        else multiply_cells(acquired, call, cells);
    }
    if (acquired != NULL) ck_pool_release(acquired);
}
