/// Random calls of every public kernel, each on several instruction sets and pools.
///
/// A kernel's fuzzer is one function that draws a call, runs it everywhere and looks at the result:
///
///     void fuzz_affine(void) {
///         const size_t n = any_size(5000);
///         const matrix x = any_input(1, n), y = an_output(1, n);
///         RUN_EVERYWHERE(ck_affine_f32(fuzz_pool(), n, 2, 1, x.at, y.at));
///         for (size_t i = 0; i < n; i++) EXPECT(...);
///     }
///
/// and one line in fuzz_kernels.c. RUN_EVERYWHERE expects of every run: the status; the bits of the first run; every
/// element of an output written; inputs, and what lies between rows and around operands, unchanged.
#ifndef FUZZ_H
#define FUZZ_H

#include "test_support.h"

// ---- Drawing a call -------------------------------------------------------------------------------------------

/// Rows of `columns` numbers, `ld` apart. Between guard pages; `at` is aligned to 4 bytes only.
typedef struct matrix {
    float *at;
    size_t rows, columns, ld;
} matrix;

/// 0...most; mostly small, often beside a multiple of 16.
size_t any_size(size_t most);
/// Sizes whose product is at most `most`.
void any_shape(size_t *rows, size_t *columns, size_t most);
int one_in(size_t count);
/// How many multiply-adds a product may take: few enough for many cases, but once in a while so many that it packs its
/// operands and goes to all threads.
int most_product_steps(void);
/// A factor such as alpha: 0, 1, or another; in a wild case also NaN, infinite or tiny.
float any_factor(void);

/// 1 if this case's numbers hold NaN, infinities, subnormals and the largest floats; 0 if they are in [-1, 1) or, with
/// equal chances, scaled by a power of ten or whole numbers. A result is compared with a formula in tame cases, and in
/// wild ones only where the formula is exact or the contract says what comes out.
int is_wild(void);

matrix any_input(size_t rows, size_t columns);
/// Numbers in [low, high), also in a wild case.
matrix an_input_between(float low, float high, size_t rows, size_t columns);
/// Masks and weights, also in a wild case: a quarter of them 0, the others below 1.5.
matrix any_weights(size_t rows, size_t columns);
/// Poison, which the call must overwrite.
matrix an_output(size_t rows, size_t columns);
/// Any numbers, which the call reads and writes.
matrix an_update(size_t rows, size_t columns);
/// A copy of x with a leading dimension of its own, to be overwritten by the call that reads it.
matrix an_update_of(matrix x);
/// Whole numbers to read: in 0..<limit, one in eight `special`; or a copy of these.
const int32_t *any_indices(size_t count, size_t limit, int32_t special);
const int32_t *an_input_of(const int32_t *values, size_t count);

float get(matrix x, size_t row, size_t column);

// ---- Running it -----------------------------------------------------------------------------------------------

/// The pool of this run. The instruction set has been selected.
ck_pool *fuzz_pool(void);

/// What every run must return; CK_OK unless said. On any other nothing may be written.
void must_return(ck_status status);

/// 0 after the last run; otherwise gives the operands their first values and selects instruction set and pool.
int fuzz_begin_run(size_t run);
void fuzz_end_run(ck_status status);

#define RUN_EVERYWHERE(call) \
    for (size_t run_ = 0; fuzz_begin_run(run_); run_++) fuzz_end_run(call)

/// Space for one row that is computed alone; and the expectation that it has the bits of the batch's row.
float *a_row(size_t columns);
void expect_same_row(matrix y, size_t row, const float *alone);

/// How large a sum's error may be: `terms` roundings of the magnitude.
#define ROUNDINGS(terms, magnitude) (0x1p-24 * (double)(terms) * (magnitude))

// ---- The table ------------------------------------------------------------------------------------------------

typedef struct fuzz_kernel {
    const char *name;
    void (*fuzz)(void);
} fuzz_kernel;

extern const fuzz_kernel fuzz_kernels[];
extern const size_t fuzz_kernel_count;

typedef enum fuzz_scope { FUZZ_SOME_RUNS, FUZZ_ALL_RUNS } fuzz_scope;

/// Runs one case; prints how to repeat it if an expectation fails or a signal comes. FUZZ_ALL_RUNS runs it on every
/// instruction set with every pool, FUZZ_SOME_RUNS on a few of them.
void fuzz_run_case(const fuzz_kernel *kernel, uint64_t seed, uint64_t number, fuzz_scope scope);

/// Hashes of all inputs and of all results since this was last called: equal on two machines if the bits are.
void fuzz_take_hashes(uint64_t *inputs, uint64_t *results);

/// Makes a crash, or a call of more than a minute, end with the case's number.
void fuzz_catch_signals(void);

#endif
