/// What the tests of the kernels share: expectations, operands between guard pages, loops over everything a kernel
/// must not depend on.
#ifndef TEST_SUPPORT_H
#define TEST_SUPPORT_H

#include "../include/CKernels.h"

/// Counts one expectation; prints the text, as printf does, if it fails.
#define EXPECT(condition, ...) expect((condition) ? 1 : 0, __FILE__, __LINE__, __VA_ARGS__)

__attribute__((format(printf, 4, 5))) void expect(int holds, const char *file, int line, const char *text, ...);

/// Expectations that did not hold so far.
size_t failures(void);

/// Prints "N passed, N failed" and returns the exit code.
int finish_tests(void);

// ---- Operands -------------------------------------------------------------------------------------------------

/// Where an operand touches an inaccessible page: a step outside it there ends the program.
/// At its other end lie bytes with a pattern, looked at when the memory is released.
typedef enum guard_side { GUARD_FRONT, GUARD_BACK } guard_side;

/// `bytes` bytes, poisoned. Lives until release_guarded.
void *guarded_bytes(size_t bytes, guard_side side);
float *guarded_floats(size_t count, guard_side side);

/// Frees everything allocated above; expects that no pattern was overwritten.
void release_guarded(void);

/// Fills with a signalling NaN that no kernel produces.
void poison(float *x, size_t count);
int is_poison(float x);

// ---- Numbers --------------------------------------------------------------------------------------------------

void seed_random(uint64_t seed);
size_t random_below(size_t limit);
void fill_uniform(float *x, size_t count); ///< in [-1, 1)
void fill_integers(float *x, size_t count, int limit); ///< whole numbers in -limit...limit

/// The first index at which the bits differ, or `count`.
size_t first_difference(const float *x, const float *y, size_t count);

// ---- What must not matter -------------------------------------------------------------------------------------

/// Runs `body` once for each instruction set of this machine, selected; then selects the first choice again.
void for_each_isa(void (*body)(ck_isa isa));

/// Pools of no thread (NULL), 1, 2, 3 and 7 threads, made at the first call; finish_tests destroys them. Those of 3 and
/// 7 cut even the smallest calls into tasks.
enum { test_pool_count = 5 };
ck_pool *test_pool(size_t index);

#endif
