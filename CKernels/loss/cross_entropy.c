#include "../runtime/dispatch.h"
#include "loss_parts.h"

/// An element with its exponential costs about as much as four that only stream.
enum { work_per_element = 4 };

static double cross_entropy_rows(const void *batch, size_t first_row, size_t end_row) {
    return ck_dispatch_current()->vector->cross_entropy(batch, first_row, end_row);
}

int ck_cross_entropy_is_valid(const ck_cross_entropy_options *o) {
    return o != NULL && (unsigned)o->reduction <= CK_MEAN_OR_NAN && o->label_smoothing >= 0 && o->label_smoothing <= 1;
}

ck_cross_entropy_batch ck_cross_entropy_batch_make(size_t classes, const float *logits, size_t ldl,
                                                   const ck_cross_entropy_options *o) {
    ck_cross_entropy_batch batch = {.classes = classes, .logits = logits, .ldl = ldl,
                                    .ignore_index = o->ignore_index, .class_weights = o->class_weights};
    batch.keep = 1.0f - o->label_smoothing;
    batch.share = o->label_smoothing / (float)classes;
    if (o->class_weights == NULL)
        batch.weight_sum = (double)classes;
    else
        for (size_t j = 0; j < classes; j++) batch.weight_sum += o->class_weights[j];
    return batch;
}

size_t ck_cross_entropy_count(size_t rows, size_t classes, const int32_t *targets, const ck_cross_entropy_options *o,
                              double *counted) {
    // Without a branch for each row, as hardly ever a target is bad; in numbers of 32 bits, as compilers make vectors of
    // these.
    const uint32_t ignored = (uint32_t)o->ignore_index, limit = classes < 0x80000000u ? (uint32_t)classes : 0x80000000u;
    size_t kept = 0;
    uint32_t bad = 0;
    for (size_t first = 0; first < rows; first += 65536) {
        const size_t n = rows - first < 65536 ? rows - first : 65536;
        uint32_t counting = 0;
        for (size_t i = first; i < first + n; i++) {
            const uint32_t target = (uint32_t)targets[i], counts = target != ignored;
            counting += counts;
            bad |= counts & (target >= limit);
        }
        kept += counting;
    }
    size_t r = 0;
    if (bad)
        while (targets[r] == o->ignore_index || (size_t)(ptrdiff_t)targets[r] < classes) r++;
    if (bad) return r;
    *counted = (double)kept;
    if (o->class_weights == NULL) return rows;
    *counted = 0;
    for (; r < rows; r++)
        if (targets[r] != o->ignore_index) *counted += o->class_weights[targets[r]];
    return rows;
}

ck_status ck_softmax_cross_entropy_f32(ck_pool *pool, size_t rows, size_t classes, const float *logits, size_t ldl,
                                       const int32_t *targets, const ck_cross_entropy_options *options,
                                       const float *cotangent, float *loss, float *gradient, size_t ldg,
                                       size_t *bad_row) {
    if (!ck_cross_entropy_is_valid(options) || ldl < classes || (gradient != NULL && ldg < classes))
        return CK_INVALID_ARGUMENT;
    if (rows > 0 && (targets == NULL || (logits == NULL && classes > 0))) return CK_INVALID_ARGUMENT;
    double counted;
    const size_t bad = ck_cross_entropy_count(rows, classes, targets, options, &counted);
    if (bad < rows) {
        if (bad_row != NULL) *bad_row = bad;
        return CK_INDEX_OUT_OF_RANGE;
    }
    ck_cross_entropy_batch batch = ck_cross_entropy_batch_make(classes, logits, ldl, options);
    batch.targets = targets;
    batch.output = ck_loss_output_make(options->reduction, counted, cotangent, loss, gradient, ldg);
    ck_loss_run(pool, rows, classes * work_per_element, cross_entropy_rows, &batch, options->reduction, counted, loss);
    return CK_OK;
}

ck_status ck_softmax_cross_entropy_soft_f32(ck_pool *pool, size_t rows, size_t classes, const float *logits,
                                            size_t ldl, const float *probabilities, size_t ldp, const float *row_mask,
                                            const ck_cross_entropy_options *options, const float *cotangent,
                                            float *loss, float *gradient, size_t ldg) {
    if (!ck_cross_entropy_is_valid(options) || ldl < classes || ldp < classes || (gradient != NULL && ldg < classes))
        return CK_INVALID_ARGUMENT;
    if (rows > 0 && classes > 0 && (logits == NULL || probabilities == NULL)) return CK_INVALID_ARGUMENT;
    double counted = (double)rows;
    if (row_mask != NULL) {
        counted = 0;
        for (size_t r = 0; r < rows; r++) counted += row_mask[r];
    }
    ck_cross_entropy_batch batch = ck_cross_entropy_batch_make(classes, logits, ldl, options);
    batch.probabilities = probabilities;
    batch.ldp = ldp;
    batch.row_mask = row_mask;
    batch.output = ck_loss_output_make(options->reduction, counted, cotangent, loss, gradient, ldg);
    ck_loss_run(pool, rows, classes * work_per_element, cross_entropy_rows, &batch, options->reduction, counted, loss);
    return CK_OK;
}
