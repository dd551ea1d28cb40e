/// Status codes, the thread pool, and the choice of instruction set.
#ifndef CK_RUNTIME_H
#define CK_RUNTIME_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum ck_status {
    CK_OK = 0,
    CK_INVALID_ARGUMENT = 1, ///< a pointer is NULL, a leading dimension too small, an option out of its range
    CK_INDEX_OUT_OF_RANGE = 2, ///< a class target or an embedding id is out of range
    CK_OUT_OF_MEMORY = 3, ///< only from `ck_pool_create`
    CK_UNSUPPORTED = 4, ///< the machine lacks the instruction set asked for, or a B was packed for another
} ck_status;

/// A short English text for a status; never NULL.
const char *ck_status_text(ck_status status);

/// The library's version, "major.minor.patch".
const char *ck_version(void);

// ---- Thread pool ----------------------------------------------------------------------------------------------

/// Worker threads and their packing buffers. The caller is worker 0: a pool of `threads` starts `threads - 1`.
/// One pool serves one call at a time; a second caller waits for the first.
/// Idle workers spin briefly, then sleep. The caller takes over the share of a worker that has not started yet.
typedef struct ck_pool ck_pool;

/// requires: out != NULL, 1 <= threads <= 256.   ensures: *out owns everything the pool will ever need.
ck_status ck_pool_create(size_t threads, ck_pool **out);

/// Joins the workers and frees. NULL does nothing. No call may be running on the pool.
void ck_pool_destroy(ck_pool *pool);

/// Number of threads, the caller included; 1 for NULL.
size_t ck_pool_threads(const ck_pool *pool);

/// Runs task(context, i) for every i in 0..<count, in any order, on any of the pool's threads; returns when all are
/// done. Which thread runs which task is not fixed: a task's result may depend on i alone.
ck_status ck_pool_run(ck_pool *pool, size_t count, void (*task)(void *context, size_t index), void *context);

// ---- Instruction sets -----------------------------------------------------------------------------------------

typedef enum ck_isa {
    CK_ISA_PORTABLE = 0,
    CK_ISA_NEON = 1,
    CK_ISA_AVX2 = 2, ///< AVX2 and FMA
    CK_ISA_AVX512 = 3, ///< AVX-512 F, BW, DQ, VL
} ck_isa;

/// The set in use. At the first call it is the widest the machine has, or the one that the environment variable
/// CK_ISA names (portable, neon, avx2, avx512); a name that is unknown or not available here is ignored.
ck_isa ck_isa_current(void);

/// 1 if this machine and this build have the set.
int ck_isa_available(ck_isa isa);

/// ensures: later calls use `isa`, or CK_UNSUPPORTED and no change. Not while a kernel runs in another thread.
ck_status ck_isa_select(ck_isa isa);

/// "portable", "neon", "avx2", "avx512".
const char *ck_isa_name(ck_isa isa);

#ifdef __cplusplus
}
#endif
#endif
