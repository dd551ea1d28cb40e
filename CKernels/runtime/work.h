/// What elements cost, in elements that only stream: the `work` of ck_parallel_ranges.
#ifndef CK_WORK_H
#define CK_WORK_H

#include "../include/ck_activation.h"
#include "../include/ck_elementwise.h"

/// An exponential costs three or four.
static inline size_t ck_work_of_unary(ck_unary operation) { return operation == CK_EXP || operation == CK_LOG ? 3 : 1; }
static inline size_t ck_work_of_activation(ck_activation kind) { return kind <= CK_RELU ? 1 : 4; }

/// Ten rounds of multiplications for a random word; a normal number takes a logarithm and a sine besides.
enum { ck_work_of_random_bits = 6, ck_work_of_normal = 10 };

#endif
