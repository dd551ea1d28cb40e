#include "vector_kernels.h"

// Here a vector is an array and every operation a loop: inlining all of them would only swell the code.
#define CK_INLINE static inline __attribute__((unused))
#include "../runtime/arithmetic.h"
#include "../runtime/simd_portable.h"
#define CK_VECTOR_TABLE ck_vector_portable
#include "vector_template.h"
