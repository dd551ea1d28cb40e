/// Counts the calling thread's allocations: in a test executable that links this, malloc and its kin are ours.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

#include <stdint.h>

/// 1 where allocations are counted (glibc), else 0.
int allocation_counter_works(void);

/// How often this thread has allocated since it started.
uint64_t allocation_count(void);

#endif
