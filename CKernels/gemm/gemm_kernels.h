#ifndef CK_GEMM_KERNELS_H
#define CK_GEMM_KERNELS_H
#include <stddef.h>
/// GEMM microkernels of one instruction set.
typedef struct ck_gemm_kernels {
    size_t tile_rows, tile_columns;
} ck_gemm_kernels;
#endif
