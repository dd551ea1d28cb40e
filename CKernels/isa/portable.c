#include "vector_kernels.h"

#include "../runtime/arithmetic.h"
#include "../runtime/simd_portable.h"
#define CK_VECTOR_TABLE ck_vector_portable
#include "vector_template.h"
