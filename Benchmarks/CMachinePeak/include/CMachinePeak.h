/// A machine's ceilings as loops to be timed: arithmetic that touches no memory, memory with next to no arithmetic.
/// All use the widest vectors this machine has.
#ifndef CMACHINEPEAK_H
#define CMACHINEPEAK_H

#include <stddef.h>

/// "AVX-512", "AVX2", "NEON", "portable".
const char *machine_peak_instruction_set(void);

/// Runs independent fused multiply-adds on registers.
/// ensures: returns the operations carried out, a fused multiply-add counted as two.
double machine_peak_multiply_add(size_t rounds);

/// Reads a block of memory so many times over; not const, so that it has the type of the triad.
/// requires: the pointer lies on a 64-byte boundary.
/// ensures:  returns the bytes moved: of what does not fill whole rounds of the loop, nothing is read.
double machine_peak_read(size_t bytes, void *memory, size_t passes);

/// a[i] = b[i] + 3 · c[i], the triad of STREAM (McCalpin 1995), over three arrays that a block of memory is cut into.
/// requires: the pointer lies on a 64-byte boundary.
/// ensures:  returns the bytes moved: two thirds of them read, one third written.
double machine_peak_triad(size_t bytes, void *memory, size_t passes);

#endif
