#include "../runtime/dispatch.h"
#include "loss_parts.h"

static double element_loss_rows(const void *batch, size_t first_row, size_t end_row) {
    return ck_dispatch_current()->vector->element_loss(batch, first_row, end_row);
}

/// Σ of the mask: what a mean divides by.
static double counted_elements(size_t rows, const ck_element_loss_batch *b) {
    if (b->mask == NULL || b->columns == 0) return (double)rows * (double)b->columns;
    const ck_vector_kernels *kernels = ck_dispatch_current()->vector;
    double sum = 0;
    for (size_t r = 0; r < rows; r++) {
        float row;
        kernels->row_sums(1, b->columns, b->mask + r * b->ldm, b->ldm, 1.0f, &row);
        sum += row;
    }
    return sum;
}

static ck_status run(ck_pool *pool, size_t rows, ck_element_loss_batch batch, ck_reduction reduction,
                     const float *cotangent, float *loss, float *gradient, size_t ldg) {
    const size_t columns = batch.columns;
    if ((unsigned)reduction > CK_MEAN_OR_NAN || batch.ldx < columns || batch.ldt < columns) return CK_INVALID_ARGUMENT;
    if ((batch.mask != NULL && batch.ldm < columns) || (gradient != NULL && ldg < columns)) return CK_INVALID_ARGUMENT;
    if (rows > 0 && columns > 0 && (batch.x == NULL || batch.target == NULL)) return CK_INVALID_ARGUMENT;
    const double counted = ck_is_mean(reduction) ? counted_elements(rows, &batch) : 0;
    batch.output = ck_loss_output_make(reduction, counted, cotangent, loss, gradient, ldg);
    const size_t work_per_element = batch.kind == CK_ELEMENT_SIGMOID ? 4 : 1;
    ck_loss_run(pool, rows, columns * work_per_element, element_loss_rows, &batch, reduction, counted, loss);
    return CK_OK;
}

ck_status ck_sigmoid_cross_entropy_f32(ck_pool *pool, size_t rows, size_t columns, const float *logits, size_t ldl,
                                       const float *targets, size_t ldt, const float *mask, size_t ldm,
                                       ck_reduction reduction, const float *cotangent, float *loss, float *gradient,
                                       size_t ldg) {
    const ck_element_loss_batch batch = {.kind = CK_ELEMENT_SIGMOID, .columns = columns, .x = logits, .ldx = ldl,
                                         .target = targets, .ldt = ldt, .mask = mask, .ldm = ldm};
    return run(pool, rows, batch, reduction, cotangent, loss, gradient, ldg);
}

ck_status ck_regression_loss_f32(ck_pool *pool, ck_regression kind, float delta, size_t rows, size_t columns,
                                 const float *prediction, size_t ldp, const float *target, size_t ldt,
                                 const float *mask, size_t ldm, ck_reduction reduction, const float *cotangent,
                                 float *loss, float *gradient, size_t ldg) {
    if ((unsigned)kind > CK_HUBER || (kind == CK_HUBER && !(delta > 0))) return CK_INVALID_ARGUMENT;
    static const ck_element_loss kinds[] = {
        [CK_SQUARED] = CK_ELEMENT_SQUARED, [CK_ABSOLUTE] = CK_ELEMENT_ABSOLUTE, [CK_HUBER] = CK_ELEMENT_HUBER};
    const ck_element_loss_batch batch = {.kind = kinds[kind], .delta = delta, .columns = columns, .x = prediction,
                                         .ldx = ldp, .target = target, .ldt = ldt, .mask = mask, .ldm = ldm};
    return run(pool, rows, batch, reduction, cotangent, loss, gradient, ldg);
}
