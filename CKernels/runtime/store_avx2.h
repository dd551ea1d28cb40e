/// The first lanes of a ymm register. AVX2 has a masked store, but AMD's processors take dozens of operations for it;
/// these are at most three stores, and every tile or row takes the same ones.
#ifndef CK_STORE_AVX2_H
#define CK_STORE_AVX2_H

#include <immintrin.h>
#include <stddef.h>

/// Writes lanes 0 ..< n of v; all of them if n is more than 8.
static inline void store_first_of_eight(float *p, __m256 v, size_t n) {
    if (n >= 8) {
        _mm256_storeu_ps(p, v);
        return;
    }
    __m128 left = _mm256_castps256_ps128(v);
    if (n & 4) {
        _mm_storeu_ps(p, left);
        left = _mm256_extractf128_ps(v, 1);
        p += 4;
    }
    if (n & 2) {
        _mm_storel_pi((__m64 *)p, left);
        left = _mm_movehl_ps(left, left);
        p += 2;
    }
    if (n & 1) _mm_store_ss(p, left);
}

#endif
