#include "reference.h"

#include <math.h>

#include "../gemm/family.h"

#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

static size_t span(size_t rows, size_t columns, size_t ld) {
    return rows == 0 || columns == 0 ? 0 : (rows - 1) * ld + columns;
}

size_t gemm_elements_a(const gemm_case *x) {
    return x->transpose_a ? span(x->k, x->m, x->lda) : span(x->m, x->k, x->lda);
}

size_t gemm_elements_b(const gemm_case *x) {
    return x->transpose_b ? span(x->n, x->k, x->ldb) : span(x->k, x->n, x->ldb);
}

size_t gemm_elements_c(const gemm_case *x) { return span(x->m, x->n, x->ldc); }

static float element_a(const gemm_case *x, const float *a, size_t i, size_t p) {
    return x->transpose_a ? a[p * x->lda + i] : a[i * x->lda + p];
}

static float element_b(const gemm_case *x, const float *b, size_t p, size_t j) {
    return x->transpose_b ? b[j * x->ldb + p] : b[p * x->ldb + j];
}

double reference_gemm(const gemm_case *x, const float *a, const float *b, const float *c, size_t i, size_t j,
                      double *magnitude) {
    double sum = x->beta == 0 ? 0 : (double)x->beta * c[i * x->ldc + j];
    *magnitude = fabs(sum);
    for (size_t p = 0; p < (x->alpha == 0 ? 0 : x->k); p++) {
        double term = (double)x->alpha * element_a(x, a, i, p) * element_b(x, b, p, j);
        sum += term;
        *magnitude += fabs(term);
    }
    if (x->epilogue.bias == NULL) return sum;
    *magnitude += fabs((double)x->epilogue.bias[j]);
    return sum + x->epilogue.bias[j];
}

static float extend_chain(const gemm_case *x, const float *a, const float *b, size_t i, size_t j, size_t p, size_t end,
                          float sum) {
    for (; p < end; p++) sum = fmaf(x->alpha * element_a(x, a, i, p), element_b(x, b, p, j), sum);
    return sum;
}

static float exact_chain(const gemm_case *x, const float *a, const float *b, const float *c, size_t i, size_t j) {
    const size_t k = x->alpha == 0 ? 0 : x->k, parts = ck_gemm_parts(x->transpose_a, x->n, k);
    float sum = x->beta == 0 ? 0 : x->beta * c[i * x->ldc + j];
    for (size_t part = 0; part < parts; part++) {
        const size_t p = ck_gemm_part_begin(k, parts, part), end = ck_gemm_part_begin(k, parts, part + 1);
        if (part == 0) sum = extend_chain(x, a, b, i, j, p, end, sum);
        else sum += extend_chain(x, a, b, i, j, p, end, 0);
    }
    return sum;
}

static float exact_dot(const gemm_case *x, const float *a, const float *b, const float *c, size_t i, size_t j) {
    float lane[16] = {0};
    for (size_t p = 0; p < (x->k + 15) / 16 * 16; p++) // zeros fill up the last 16
        lane[p % 16] = p < x->k ? fmaf(element_a(x, a, i, p), element_b(x, b, p, j), lane[p % 16]) : lane[p % 16] + 0;
    for (size_t half = 8; half > 0; half /= 2)
        for (size_t l = 0; l < half; l++) lane[l] += lane[l + half];
    return x->beta == 0 ? x->alpha * lane[0] : fmaf(x->alpha, lane[0], x->beta * c[i * x->ldc + j]);
}

float exact_gemm(const gemm_case *x, const float *a, const float *b, const float *c, size_t i, size_t j) {
    const int is_dot = x->alpha != 0 && ck_gemm_is_dot(x->transpose_a, x->transpose_b, x->n, x->k);
    const float sum = (is_dot ? exact_dot : exact_chain)(x, a, b, c, i, j);
    return x->epilogue.bias == NULL ? sum : sum + x->epilogue.bias[j];
}

double reference_activation(ck_activation kind, double x) {
    switch (kind) {
    case CK_IDENTITY: return x;
    case CK_RELU: return x < 0 ? 0 : x;
    case CK_GELU: return x * 0.5 * erfc(-x * 0.70710678118654752440);
    case CK_SILU: return x / (1 + exp(-x));
    case CK_TANH: return tanh(x);
    case CK_SIGMOID: return 1 / (1 + exp(-x));
    }
    return NAN;
}

double reference_unary(ck_unary operation, double x) {
    switch (operation) {
    case CK_NEGATE: return -x;
    case CK_EXP: return exp(x);
    case CK_LOG: return log(x);
    case CK_SQUARE: return x * x;
    case CK_SQUARE_ROOT: return sqrt(x);
    case CK_RECIPROCAL: return 1 / x;
    case CK_ABSOLUTE_VALUE: return fabs(x);
    case CK_SIGN: return isnan(x) ? x : (x > 0) - (x < 0);
    case CK_GREATER_THAN_ZERO: return x > 0;
    }
    return NAN;
}

float reference_binary(ck_binary operation, float a, float b) {
    switch (operation) {
    case CK_ADD: return a + b;
    case CK_SUBTRACT: return a - b;
    case CK_MULTIPLY: return a * b;
    case CK_DIVIDE: return a / b;
    case CK_MAXIMUM: return isnan(a) || isnan(b) ? NAN : a > b ? a : b;
    default: return isnan(a) || isnan(b) ? NAN : a < b ? a : b;
    }
}
