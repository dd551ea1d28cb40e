/// The GEMM microkernels and packing of one instruction set.
#ifndef CK_GEMM_KERNELS_H
#define CK_GEMM_KERNELS_H

#include <stddef.h>

/// One tile of C, held in registers while k runs: C = beta · C + op(A) · op(B), then bias, ReLU and residual if asked for.
/// And `count` - 1 more below it, which share the columns of B, or beside it, which share the rows of A.
typedef struct ck_gemm_tile {
    size_t k;
    const float *a; ///< element (i, p) is a[i * lda + p] for CK_A_ROWS, a[p * lda + i] for CK_A_COLUMNS
    size_t lda;
    const float *b; ///< element (p, j) is b[p * ldb + j]
    size_t ldb;
    float *c;
    size_t ldc;
    size_t last; ///< columns of the tile's last vector; only the `partial` kernels look at it
    size_t count;
    size_t next_a, next_b, next_c, next_bias, next_residual; ///< from a tile to the next one
    size_t ahead; ///< floats from the rows of A to those that come next, if these are far: in no cache, or in the last; or 0
    float beta; ///< 0: C is not read
    int relu;
    int streams; ///< C is stored past the caches; whole vectors of it are aligned to 64 bytes
    const float *bias; ///< of the tile's first column, or NULL
    const float *residual; ///< of the tile's first element, or NULL
    size_t ldr;
} ck_gemm_tile;

typedef void (*ck_gemm_microkernel)(const ck_gemm_tile *tile);

enum { CK_A_ROWS = 0, CK_A_COLUMNS = 1 };

/// All microkernels of one width: [rows - 1][layout of A][last vector is partial].
typedef struct ck_gemm_tiles {
    size_t lanes; ///< columns of one vector
    size_t columns;
    size_t rows; ///< the most rows a tile of this width can have
    const ck_gemm_microkernel (*kernel)[2][2];
} ck_gemm_tiles;

/// The widths of an instruction set, from the narrowest; those behind `main` are for few rows.
enum { CK_GEMM_MAX_WIDTHS = 6 };

typedef struct ck_gemm_kernels {
    size_t widths; ///< how many there are
    size_t main; ///< index of the width that large products use
    ck_gemm_tiles tiles[CK_GEMM_MAX_WIDTHS];
    size_t a_block_floats; ///< of a block of A, which stays in such processors' second cache beside panels of B

    /// One panel: to[p * width + r] = scale · from[r * ld + p] for r < min(rows, width); nobody looks at the others.
    /// A panel narrower than a vector is written up to a vector beyond its end: there must be room, to be written later.
    void (*pack_transposed)(size_t rows, size_t k, const float *from, size_t ld, float scale, size_t width, float *to);
    /// Panels of k x width, width * step floats apart: column c of panel j is column j * width + c of `from`.
    void (*pack_straight)(size_t columns, size_t k, const float *from, size_t ld, float scale, size_t width, size_t step,
                          float *to);
    size_t turned_rows; ///< the most rows of A that the next one takes
    /// A tile of 1 to `turned_rows` rows and any number of columns, with A in rows and a transposed B: element (p, j) is
    /// b[j * ldb + p]. Of what comes after the sums, it does bias and ReLU.
    void (*multiply_turned)(const ck_gemm_tile *tile, size_t rows, size_t columns);
} ck_gemm_kernels;

#endif
