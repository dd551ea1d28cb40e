/// All vector kernels of one instruction set: included once by each file that has defined the 16-lane operations.
/// CK_VECTOR_TABLE is the name of the table.
#include <math.h>
#include <string.h>

#include "../runtime/simd_math.h"

#include "../activation/activation_template.h"
#include "../gemm/dot_template.h"
#include "../gemm/epilogue_template.h"
#include "../gemm/turn_template.h"
#include "../elementwise/elementwise_template.h"
#include "../reduction/reduction_template.h"
#include "../softmax/softmax_template.h"
#include "../loss/cross_entropy_template.h"
#include "../loss/element_loss_template.h"
#include "../head/head_template.h"
#include "../optimizer/optimizer_template.h"
#include "../embedding/embedding_template.h"
#include "../normalization/normalization_template.h"
#include "../random/random_template.h"

extern const ck_vector_kernels CK_VECTOR_TABLE;
const ck_vector_kernels CK_VECTOR_TABLE = {
    .gemm_dot = gemm_dot,
    .gemm_dot_finish = gemm_dot_finish,
    .gemm_turn = gemm_turn,
    .gemm_activate = gemm_activate,
    .gemm_slope = gemm_slope,
    .activation = activation,
    .activation_backward = activation_backward,
    .binary = binary,
    .unary = unary,
    .affine = affine,
    .column_sums = column_sums,
    .row_sums = row_sums,
    .squared_norm = squared_norm,
    .softmax = softmax,
    .log_softmax = log_softmax,
    .softmax_backward = softmax_backward,
    .log_softmax_backward = log_softmax_backward,
    .cross_entropy = cross_entropy,
    .element_loss = element_loss,
    .transpose = transpose,
    .sgd = sgd,
    .adam = adam,
    .embedding_bag = embedding_bag,
    .embedding_bag_backward = embedding_bag_backward,
    .layer_normalization = layer_normalization,
    .layer_normalization_backward = layer_normalization_backward,
    .layer_statistics = layer_statistics,
    .layer_gain = layer_gain,
    .random_bits = random_bits,
    .random_uniform = random_uniform,
    .random_normal = random_normal,
    .dropout = dropout,
};
