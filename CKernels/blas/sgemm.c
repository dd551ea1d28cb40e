/// The drop-in face: cblas_sgemm and Fortran's sgemm_ over ck_gemm_f32, to be loaded before another BLAS.
///
/// Everything else, the reporting of errors included, is left to the next BLAS or to the program.
#include "../include/ck_gemm.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

// The program's or the next BLAS's. Weak: without one, our own message goes to stderr.
__attribute__((weak)) void cblas_xerbla(int parameter, const char *routine, const char *format, ...);
__attribute__((weak)) void xerbla_(const char *routine, const int *parameter, size_t routine_length);
/// Tells the reference cblas_xerbla that parameters are counted for swapped operands. Ours never are.
__attribute__((weak)) extern int RowMajorStrg;

enum { row_major = 101, column_major = 102, no_transpose = 111, transpose = 112, conjugate_transpose = 113 };

void cblas_sgemm(int layout, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
                 int lda, const float *b, int ldb, float beta, float *c, int ldc);
void sgemm_(const char *transpose_a, const char *transpose_b, const int *m, const int *n, const int *k,
            const float *alpha, const float *a, const int *lda, const float *b, const int *ldb, const float *beta,
            float *c, const int *ldc);

// ---- One pool for the process -----------------------------------------------------------------------------------

static ck_pool *pool;

static void create_pool(void) {
    const char *asked = getenv("CK_NUM_THREADS");
    long threads = asked != NULL ? strtol(asked, NULL, 10) : 0;
    if (threads < 1) threads = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads < 1) threads = 1;
    // If this fails there is no pool, and every call runs on its caller.
    ck_pool_create(threads > 256 ? 256 : (size_t)threads, &pool);
}

static ck_pool *process_pool(void) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, create_pool);
    return pool;
}

// ---- The product --------------------------------------------------------------------------------------------------

typedef struct product {
    int transpose_a, transpose_b, m, n, k;
    float alpha;
    const float *a;
    int lda;
    const float *b;
    int ldb;
    float beta;
    float *c;
    int ldc;
} product;

/// The position in Fortran's SGEMM of the first wrong argument, or 0. `is_rows`: the matrices are row-major.
static int wrong_argument(const product *x, int is_rows) {
    const int line_a = (x->transpose_a != 0) == is_rows ? x->m : x->k;
    const int line_b = (x->transpose_b != 0) == is_rows ? x->k : x->n;
    const int line_c = is_rows ? x->n : x->m;
    if (x->m < 0) return 3;
    if (x->n < 0) return 4;
    if (x->k < 0) return 5;
    if (x->lda < 1 || x->lda < line_a) return 8;
    if (x->ldb < 1 || x->ldb < line_b) return 10;
    if (x->ldc < 1 || x->ldc < line_c) return 13;
    return 0;
}

static void multiply(const product *x, int is_rows) {
    const size_t m = (size_t)x->m, n = (size_t)x->n, k = (size_t)x->k;
    const size_t lda = (size_t)x->lda, ldb = (size_t)x->ldb, ldc = (size_t)x->ldc;
    if (is_rows)
        ck_gemm_f32(process_pool(), x->transpose_a, x->transpose_b, m, n, k, x->alpha, x->a, lda, x->b, ldb, x->beta,
                    x->c, ldc, NULL);
    else // A column-major matrix is its transpose in row-major: Cᵀ = op(B)ᵀ op(A)ᵀ.
        ck_gemm_f32(process_pool(), x->transpose_b, x->transpose_a, n, m, k, x->alpha, x->b, ldb, x->a, lda, x->beta,
                    x->c, ldc, NULL);
}

static void report_to_c(int parameter) {
    if (cblas_xerbla == NULL) {
        fprintf(stderr, "cblas_sgemm: parameter %d is wrong\n", parameter);
        return;
    }
    int *swaps = &RowMajorStrg, before = swaps != NULL ? *swaps : 0;
    if (swaps != NULL) *swaps = 0;
    cblas_xerbla(parameter, "cblas_sgemm", "");
    if (swaps != NULL) *swaps = before;
}

static int is_transpose(int setting) {
    return setting == no_transpose || setting == transpose || setting == conjugate_transpose;
}

void cblas_sgemm(int layout, int transpose_a, int transpose_b, int m, int n, int k, float alpha, const float *a,
                 int lda, const float *b, int ldb, float beta, float *c, int ldc) {
    const product x = {transpose_a != no_transpose, transpose_b != no_transpose, m, n, k, alpha, a, lda, b, ldb, beta,
                       c, ldc};
    int wrong = layout != row_major && layout != column_major ? 1
                : !is_transpose(transpose_a)                  ? 2
                : !is_transpose(transpose_b)                  ? 3
                                                              : 0;
    if (wrong == 0) {
        wrong = wrong_argument(&x, layout == row_major);
        if (wrong != 0) wrong++; // the layout comes before Fortran's arguments
    }
    if (wrong != 0) report_to_c(wrong);
    else multiply(&x, layout == row_major);
}

/// 0 for N, 1 for T and C, -1 for anything else.
static int fortran_transpose(char letter) {
    switch (letter) {
    case 'N': case 'n': return 0;
    case 'T': case 't': case 'C': case 'c': return 1;
    default: return -1;
    }
}

void sgemm_(const char *transpose_a, const char *transpose_b, const int *m, const int *n, const int *k,
            const float *alpha, const float *a, const int *lda, const float *b, const int *ldb, const float *beta,
            float *c, const int *ldc) {
    const product x = {fortran_transpose(*transpose_a), fortran_transpose(*transpose_b), *m, *n, *k, *alpha, a, *lda,
                       b, *ldb, *beta, c, *ldc};
    int wrong = x.transpose_a < 0 ? 1 : x.transpose_b < 0 ? 2 : wrong_argument(&x, 0);
    if (wrong == 0) multiply(&x, 0);
    else if (xerbla_ != NULL) xerbla_("SGEMM ", &wrong, 6);
    else fprintf(stderr, "SGEMM: parameter %d is wrong\n", wrong);
}
