#ifndef CK_VECTOR_KERNELS_H
#define CK_VECTOR_KERNELS_H
#include <stddef.h>
/// Kernels of one instruction set that are written once, over 16-lane vectors.
typedef struct ck_vector_kernels {
    size_t lanes;
} ck_vector_kernels;
#endif
