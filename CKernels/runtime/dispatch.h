/// The one global of the library: which instruction set's kernels are in use.
///
/// Every set fills two tables: `ck_gemm_kernels` (gemm/gemm_kernels.h) with its GEMM microkernels, and
/// `ck_vector_kernels` (isa/vector_kernels.h) with everything that is written once over 16-lane vectors.
#ifndef CK_DISPATCH_H
#define CK_DISPATCH_H

#include "../gemm/gemm_kernels.h"
#include "../include/ck_runtime.h"
#include "../isa/vector_kernels.h"

#if defined(__x86_64__)
#define CK_BUILD_X86 1
#elif defined(__aarch64__)
#define CK_BUILD_NEON 1
#endif

typedef struct ck_dispatch {
    ck_isa isa;
    const ck_gemm_kernels *gemm;
    const ck_vector_kernels *vector;
} ck_dispatch;

const ck_dispatch *ck_dispatch_current(void);

#endif
