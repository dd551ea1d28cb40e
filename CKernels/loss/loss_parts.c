#include "loss_parts.h"

#include <math.h>

#include "../runtime/parallel.h"
#include "../runtime/pool.h"

/// A part has a multiple of 16 rows and, if there are so many, at least this many elements streamed.
enum { parts_limit = 64, granule = 16, least_part = 16384 };

typedef struct parts_call {
    ck_loss_rows kernel;
    const void *batch;
    size_t rows, parts;
    double partial[parts_limit];
} parts_call;

static void run_parts(void *context, size_t begin, size_t end) {
    parts_call *c = context;
    for (size_t part = begin; part < end; part++) {
        size_t first, last;
        ck_split(c->rows, granule, c->parts, part, &first, &last);
        c->partial[part] = c->kernel(c->batch, first, last);
    }
}

ck_loss_output ck_loss_output_make(ck_reduction reduction, double counted, const float *cotangent, float *loss,
                                   float *gradient, size_t ldg) {
    static const float one = 1.0f;
    const int each = reduction == CK_NONE;
    return (ck_loss_output){
        .cotangent = cotangent == NULL ? &one : cotangent,
        .cotangent_step = each && cotangent != NULL,
        .scale = !ck_is_mean(reduction) ? 1.0f : counted == 0 ? 0.0f : (float)(1 / counted),
        .row_loss = each ? loss : NULL,
        .gradient = gradient,
        .ldg = ldg,
    };
}

void ck_loss_run(ck_pool *pool, size_t rows, size_t work, ck_loss_rows kernel, const void *batch,
                 ck_reduction reduction, double counted, float *loss) {
    parts_call call = {.kernel = kernel, .batch = batch, .rows = rows};
    const size_t groups = rows / granule + (rows % granule != 0);
    const size_t worth = 1 + (size_t)((double)rows * (double)work / least_part);
    call.parts = groups < parts_limit ? groups : parts_limit;
    if (worth < call.parts) call.parts = worth;
    if (rows > 0) ck_parallel_ranges(pool, call.parts, 1, rows / call.parts * work, run_parts, &call);
    if (loss == NULL || reduction == CK_NONE) return;
    double sum = 0;
    for (size_t part = 0; part < call.parts; part++) sum += call.partial[part];
    *loss = ck_loss_reduced(reduction, counted, sum);
}

float ck_loss_reduced(ck_reduction reduction, double counted, double sum) {
    if (!ck_is_mean(reduction)) return (float)sum;
    if (counted == 0) return reduction == CK_MEAN_OR_NAN ? NAN : 0.0f;
    return (float)(sum / counted);
}
