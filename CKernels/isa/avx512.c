#include "vector_kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "../runtime/arithmetic.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#else
#pragma GCC push_options
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")
#endif

#include "../runtime/simd_avx512.h"
#define CK_VECTOR_TABLE ck_vector_avx512
#include "vector_template.h"

#if defined(__clang__)
#pragma clang attribute pop
#else
#pragma GCC pop_options
#endif
#endif
