/// Sums in whatever order the compiler likes: what determinism forbids. Compiled with -O3 -ffast-math -march=native.
#ifndef FREE_ORDER_H
#define FREE_ORDER_H

#include <stddef.h>

void free_row_sums(size_t rows, size_t columns, const float *x, float *y);
void free_column_sums(size_t rows, size_t columns, const float *x, float *y);
void free_dots(size_t rows, size_t columns, const float *x, const float *w, float *y); ///< y[r] = x[r] · w

#endif
