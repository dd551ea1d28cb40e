/// Arithmetic with sizes.
#ifndef CK_SIZES_H
#define CK_SIZES_H

#include <stddef.h>

static inline size_t ck_lesser(size_t x, size_t y) { return x < y ? x : y; }
static inline size_t ck_divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

#endif
