#include "vector_kernels.h"

#if defined(__aarch64__)
#include "../runtime/arithmetic.h"
#include "../runtime/simd_neon.h"
#define CK_VECTOR_TABLE ck_vector_neon
#include "vector_template.h"
#endif
