/// The two ceilings of a machine, as loops to be timed: arithmetic that touches no memory, memory without arithmetic.
#ifndef CMACHINEPEAK_H
#define CMACHINEPEAK_H

#include <stddef.h>

/// Runs independent fused multiply-adds on registers, with the widest vectors this machine has.
/// ensures: returns the operations carried out, a fused multiply-add counted as two.
double machine_peak_multiply_add(size_t rounds);

/// The instruction set that `machine_peak_multiply_add` uses: "AVX-512", "AVX2", "NEON", "portable".
const char *machine_peak_instruction_set(void);

/// a[i] = b[i] + 3 · c[i]: the triad of STREAM (McCalpin 1995). Reads 8 bytes and writes 4 for each i.
/// requires: the arrays do not overlap.
void machine_peak_triad(size_t count, float *a, const float *b, const float *c);

#endif
