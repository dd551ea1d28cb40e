/// One dense layer on two threads: y = relu(x · w + bias).
///
///     make lib && cc examples/dense_layer.c -I ../build/include ../build/libckernels.a -lm -lpthread && ./a.out
#include <CKernels.h>
#include <stdio.h>

enum { batch = 2, inputs = 3, outputs = 4 };

int main(void) {
    const float x[batch * inputs] = {1, 2, 3, -1, 0, 1};
    const float w[inputs * outputs] = {1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1, 1};
    const float bias[outputs] = {0, 0, 0, -5};
    float y[batch * outputs];

    ck_pool *pool = NULL;
    ck_status status = ck_pool_create(2, &pool);
    if (status == CK_OK) {
        const ck_epilogue epilogue = {.bias = bias, .activation = CK_RELU};
        status = ck_gemm_f32(pool, 0, 0, batch, outputs, inputs, 1, x, inputs, w, outputs, 0, y, outputs, &epilogue);
    }
    ck_pool_destroy(pool);
    if (status != CK_OK) {
        fprintf(stderr, "%s\n", ck_status_text(status));
        return 1;
    }

    printf("CKernels %s on %s\n", ck_version(), ck_isa_name(ck_isa_current()));
    for (int row = 0; row < batch; row++)
        for (int column = 0; column < outputs; column++)
            printf("%g%c", (double)y[row * outputs + column], column + 1 < outputs ? ' ' : '\n');
    return 0;
}
