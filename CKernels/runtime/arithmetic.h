/// Arithmetic as written: include it before any code whose bits matter. The compiler may not turn a product and a sum
/// into one fused operation: where a fused multiply-add is meant, the code says so.
#ifndef CK_ARITHMETIC_H
#define CK_ARITHMETIC_H

#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#elif defined(__GNUC__)
#pragma GCC optimize("fp-contract=off")
#endif

/// Functions of 16-lane vectors. They must be inlined where a vector is a few registers.
#ifndef CK_INLINE
#define CK_INLINE static inline __attribute__((always_inline, unused))
#endif

/// Before a loop over a few vectors in registers, of a length known when compiling: gcc at -O2 would not unroll it.
/// Where a vector is four registers there is nothing to gain, and gcc would take minutes.
#if defined(__aarch64__)
#define CK_UNROLL
#else
#define CK_UNROLL _Pragma("GCC unroll 16")
#endif

#endif
