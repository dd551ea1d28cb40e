/// Arithmetic with sizes.
#ifndef CK_SIZES_H
#define CK_SIZES_H

#include <stddef.h>

static inline size_t ck_lesser(size_t x, size_t y) { return x < y ? x : y; }
static inline size_t ck_divide_up(size_t x, size_t y) { return (x + y - 1) / y; }

/// The size of as few parts as can be, none larger than `most`, all of about the same size. What fits one is not divided: a
/// division takes as long as a tiny product.
static inline size_t ck_even_step(size_t total, size_t most) {
    return total <= most ? total : ck_divide_up(total, ck_divide_up(total, most));
}

#endif
