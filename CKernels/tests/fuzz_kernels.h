/// The fuzzers of all kernels, by file. Adding one: a line here, a line in fuzz_kernels.c, a function.
#ifndef FUZZ_KERNELS_H
#define FUZZ_KERNELS_H

#include "fuzz.h"

// fuzz_products.c
void fuzz_gemm(void);
void fuzz_gemm_packed(void);
void fuzz_gemm_batched(void);
void fuzz_gemm_gradient(void);
void fuzz_gemm_siblings(void);
void fuzz_syrk(void);

// fuzz_elements.c
void fuzz_activation(void);
void fuzz_activation_backward(void);
void fuzz_binary(void);
void fuzz_unary(void);
void fuzz_affine(void);
void fuzz_copy(void);

// fuzz_chain.c
void fuzz_chain(void);

// fuzz_rows.c
void fuzz_column_sums(void);
void fuzz_row_sums(void);
void fuzz_squared_norm(void);
void fuzz_softmax(void);
void fuzz_softmax_backward(void);
void fuzz_layer_normalization(void);
void fuzz_layer_normalization_backward(void);
void fuzz_layer_normalization_gain(void);

// fuzz_losses.c
void fuzz_cross_entropy(void);
void fuzz_soft_cross_entropy(void);
void fuzz_sigmoid_cross_entropy(void);
void fuzz_regression_loss(void);

// fuzz_head.c
void fuzz_head(void);

// fuzz_parameters.c
void fuzz_sgd(void);
void fuzz_adam(void);
void fuzz_embedding(void);
void fuzz_embedding_backward(void);
void fuzz_embedding_bag(void);
void fuzz_embedding_bag_backward(void);

// fuzz_random.c
void fuzz_random(void);
void fuzz_dropout(void);

#endif
