/// The kernels of one instruction set that are written once, over 16-lane vectors (runtime/simd_*.h).
///
/// Each runs on the calling thread, on arguments that the public function has checked. What they compute is said at the
/// public function of the same name; the structures below carry what a public function worked out first.
#ifndef CK_VECTOR_KERNELS_H
#define CK_VECTOR_KERNELS_H

#include <stddef.h>
#include <stdint.h>

#include "../include/ck_activation.h"
#include "../include/ck_elementwise.h"
#include "../include/ck_embedding.h"
#include "../include/ck_loss.h"
#include "../include/ck_optimizer.h"
#include "../include/ck_random.h"

typedef struct ck_binary_operands {
    size_t columns;
    const float *a;
    size_t a_row, a_column;
    const float *b;
    size_t b_row, b_column;
    float *y;
    size_t ldy;
} ck_binary_operands;

/// Adam's step with everything that does not depend on the element worked out.
typedef struct ck_adam_constants {
    float gradient_scale;
    float added_decay; ///< decay added to the gradient
    float keep; ///< decoupled decay: what is kept of a parameter
    float beta1, rest1, beta2, rest2; ///< rest = 1 - beta
    float correction2; ///< 1 / (1 - beta2^step)
    float epsilon;
    float step_size; ///< learning rate / (1 - beta1^step)
} ck_adam_constants;

/// How a loss leaves: row r's gradient is multiplied by scale · cotangent[r · cotangent_step].
typedef struct ck_loss_output {
    const float *cotangent;
    size_t cotangent_step;
    float scale;
    float *row_loss; ///< one per row, or NULL
    float *gradient; ///< or NULL
    size_t ldg;
} ck_loss_output;

typedef struct ck_cross_entropy_batch {
    size_t classes;
    const float *logits;
    size_t ldl;
    const int32_t *targets; ///< hard targets, or NULL: then `probabilities`
    const float *probabilities;
    size_t ldp;
    const float *row_mask; ///< soft targets only; or NULL
    int32_t ignore_index;
    float keep; ///< 1 - label smoothing
    float share; ///< label smoothing / classes
    const float *class_weights; ///< or NULL
    double weight_sum; ///< of class_weights; `classes` without
    ck_loss_output output;
} ck_cross_entropy_batch;

typedef enum ck_element_loss {
    CK_ELEMENT_SQUARED,
    CK_ELEMENT_ABSOLUTE,
    CK_ELEMENT_HUBER,
    CK_ELEMENT_SIGMOID,
} ck_element_loss;

typedef struct ck_element_loss_batch {
    ck_element_loss kind;
    float delta;
    size_t columns;
    const float *x;
    size_t ldx;
    const float *target;
    size_t ldt;
    const float *mask; ///< or NULL
    size_t ldm;
    ck_loss_output output;
} ck_element_loss_batch;

/// Ids of table rows in bags: bag b holds ids offsets[b] ..< offsets[b+1], or without offsets the id b alone.
typedef struct ck_bag_batch {
    ck_bag mode;
    size_t width;
    const float *table; ///< not used backward
    size_t ldt;
    const int32_t *ids;
    const int32_t *offsets; ///< or NULL
    const float *weights; ///< or NULL
} ck_bag_batch;

/// A block of a matrix product on which the epilogue is carried out.
typedef struct ck_finish_block {
    size_t rows, columns;
    float *c;
    size_t ldc;
    const float *residual; ///< or NULL
    size_t ldr;
    const float *value; ///< what the derivative is made from, or NULL; gradients only, as what follows
    size_t ldv;
    float *sums; ///< to which the columns of the finished block are added, or NULL
} ck_finish_block;

/// A block of a product of rows, over a stretch of k.
typedef struct ck_dot_block {
    size_t rows, columns, k;
    const float *a; ///< rows of A
    size_t lda;
    int is_far; ///< A: in no cache, or in the last
    const float *b; ///< rows of op(B)ᵀ, one for each column
    size_t ldb;
    int is_first, is_last; ///< stretch
    float *lanes; ///< rows x columns x 16 partial sums between the stretches
    float *c; ///< after the last stretch: the sums
    size_t ldc;
} ck_dot_block;

/// c = alpha · sums + beta · c + bias, then ReLU if asked for.
typedef struct ck_dot_finish {
    size_t rows, columns;
    const float *sums; ///< rows x columns, without gaps
    float alpha, beta;
    float *c;
    size_t ldc;
    const float *bias; ///< of the first column, or NULL
    int relu;
} ck_dot_finish;

/// A block of C whose transpose has been computed: c[i, j] = turned[j, i] + bias[j], then ReLU if asked for.
typedef struct ck_turned_block {
    size_t rows, columns;
    const float *turned;
    size_t width; ///< leading dimension of `turned`
    float *c;
    size_t ldc;
    const float *bias; ///< of the first column, or NULL
    int relu;
} ck_turned_block;

typedef struct ck_vector_kernels {
    void (*gemm_dot)(const ck_dot_block *block);
    void (*gemm_dot_finish)(const ck_dot_finish *finish);
    void (*gemm_turn)(const ck_turned_block *block);
    /// c = activation(c) + residual.
    void (*gemm_activate)(ck_activation kind, const ck_finish_block *block);
    /// c = (c + residual) · activation'(value), and its column sums.
    void (*gemm_slope)(ck_activation kind, const ck_finish_block *block);

    void (*activation)(ck_activation kind, size_t count, const float *x, float *y);
    /// `v` is what the derivative is made from: x for GELU and SiLU, y for the others, anything for identity.
    void (*activation_backward)(ck_activation kind, size_t count, const float *v, const float *dy, float *dx);

    void (*binary)(ck_binary operation, const ck_binary_operands *operands, size_t first_row, size_t end_row);
    void (*unary)(ck_unary operation, size_t count, const float *x, float *y);
    void (*affine)(size_t count, float scale, float offset, const float *x, float *y);

    void (*column_sums)(size_t rows, size_t columns, const float *x, size_t ldx, float scale, float *y);
    void (*row_sums)(size_t rows, size_t columns, const float *x, size_t ldx, float scale, float *y);
    double (*squared_norm)(size_t count, const float *x);

    void (*softmax)(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy);
    void (*log_softmax)(size_t rows, size_t columns, const float *x, size_t ldx, float *y, size_t ldy);
    void (*softmax_backward)(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                             float *dx, size_t lddx);
    void (*log_softmax_backward)(size_t rows, size_t columns, const float *y, size_t ldy, const float *dy, size_t lddy,
                                 float *dx, size_t lddx);

    /// Both return the sum of the rows' losses, by a tree that depends on the number of rows and columns.
    double (*cross_entropy)(const ck_cross_entropy_batch *batch, size_t first_row, size_t end_row);
    double (*element_loss)(const ck_element_loss_batch *batch, size_t first_row, size_t end_row);

    /// y[c, r] = x[r, c] + offset[r]; offset may be NULL for none.
    void (*transpose)(size_t rows, size_t columns, const float *x, size_t ldx, const float *offset, float *y,
                      size_t ldy);

    void (*sgd)(size_t count, const ck_sgd_options *options, float *parameters, const float *gradients,
                float *velocity);
    void (*adam)(size_t count, const ck_adam_constants *constants, float *parameters, const float *gradients,
                 float *first_moment, float *second_moment);

    void (*embedding_bag)(const ck_bag_batch *batch, size_t first_bag, size_t end_bag, float *y, size_t ldy);
    /// Columns first_column ..< end_column of dtable, from all bags.
    void (*embedding_bag_backward)(const ck_bag_batch *batch, size_t bags, const float *dy, size_t lddy, float *dtable,
                                   size_t first_column, size_t end_column);

    void (*layer_normalization)(size_t rows, size_t columns, const float *x, size_t ldx, const float *gain,
                                const float *bias, float epsilon, float *y, size_t ldy);
    void (*layer_normalization_backward)(size_t rows, size_t columns, const float *x, size_t ldx, const float *gain,
                                         float epsilon, const float *dy, size_t lddy, float *dx, size_t lddx);
    /// Each row's mean and 1 / sqrt(variance + epsilon).
    void (*layer_statistics)(size_t rows, size_t columns, const float *x, size_t ldx, float epsilon, float *mean,
                             float *inverse);
    /// Adds Σ_r dy · x̂ to dgain.
    void (*layer_gain)(size_t rows, size_t columns, const float *x, size_t ldx, const float *mean,
                       const float *inverse, const float *dy, size_t lddy, float *dgain);

    void (*random_bits)(ck_random random, size_t count, uint32_t *y);
    /// `below_high` is the largest value below high; low if they are equal.
    void (*random_uniform)(ck_random random, size_t count, float low, float high, float below_high, float *y);
    void (*random_normal)(ck_random random, size_t count, float mean, float deviation, float *y);
    void (*dropout)(ck_random random, size_t count, float rate, const float *x, float *y);
} ck_vector_kernels;

#endif
