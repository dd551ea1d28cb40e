#include "free_order.h"

#include <string.h>

void free_row_sums(size_t rows, size_t columns, const float *x, float *y) {
    for (size_t r = 0; r < rows; r++) {
        float sum = 0;
        for (size_t c = 0; c < columns; c++) sum += x[r * columns + c];
        y[r] = sum;
    }
}

void free_column_sums(size_t rows, size_t columns, const float *x, float *y) {
    memset(y, 0, columns * sizeof *y);
    for (size_t r = 0; r < rows; r++)
        for (size_t c = 0; c < columns; c++) y[c] += x[r * columns + c];
}

void free_dots(size_t rows, size_t columns, const float *x, const float *w, float *y) {
    for (size_t r = 0; r < rows; r++) {
        float sum = 0;
        for (size_t c = 0; c < columns; c++) sum += x[r * columns + c] * w[c];
        y[r] = sum;
    }
}
