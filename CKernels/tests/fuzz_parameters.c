/// Optimizer steps, and look-ups in tables with their way back.
#include <math.h>
#include <string.h>

#include "fuzz_kernels.h"

enum { most_elements = 20000 };

static void expect_near(const char *name, float got, double want, double magnitude) {
    EXPECT(fabs(got - want) <= ROUNDINGS(10, magnitude) + 1e-44, "%s %a, not %a", name, (double)got, want);
}

// ---- Optimizers -----------------------------------------------------------------------------------------------

void fuzz_sgd(void) {
    const size_t n = any_size(most_elements);
    const ck_sgd_options o = {0.1f, one_in(2) ? 0 : 0.9f, one_in(2) ? 0 : 0.01f, one_in(2) ? 1 : 0.3f, one_in(2)};
    const matrix p = any_input(1, n), g = any_input(1, n), v = any_input(1, n), new_p = an_update_of(p);
    const matrix new_v = o.momentum == 0 && one_in(2) ? (matrix){0} : an_update_of(v);
    RUN_EVERYWHERE(ck_sgd_f32(fuzz_pool(), n, &o, new_p.at, g.at, new_v.at));
    for (size_t i = 0; !is_wild() && i < n; i++) {
        const double decayed = (double)o.weight_decay * p.at[i], scaled = (double)o.gradient_scale * g.at[i];
        const double kept = (double)o.momentum * v.at[i], velocity = kept + scaled + decayed;
        const double magnitude = fabs(kept) + fabs(scaled) + fabs(decayed);
        const double step = o.nesterov ? scaled + decayed + (double)o.momentum * velocity : velocity;
        if (new_v.at != NULL) expect_near("velocity", new_v.at[i], velocity, magnitude);
        expect_near("sgd parameter", new_p.at[i], p.at[i] - (double)o.learning_rate * step,
                    fabs(p.at[i]) + 2 * (double)o.learning_rate * magnitude);
    }
}

void fuzz_adam(void) {
    const size_t n = any_size(most_elements);
    const ck_adam_options o = {.learning_rate = 1e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f,
                               .weight_decay = one_in(2) ? 0 : 0.1f, .gradient_scale = one_in(2) ? 1 : 0.3f,
                               .decoupled = one_in(2), .step = 1 + random_below(one_in(2) ? 5 : 100000)};
    const matrix p = any_input(1, n), g = any_input(1, n), m = any_input(1, n), new_p = an_update_of(p);
    const matrix v = one_in(4) ? any_input(1, n) : an_input_between(0, 1, 1, n);
    const matrix new_m = an_update_of(m), new_v = an_update_of(v);
    RUN_EVERYWHERE(ck_adam_f32(fuzz_pool(), n, &o, new_p.at, g.at, new_m.at, new_v.at));
    const double b1 = o.beta1, b2 = o.beta2, rate = o.learning_rate;
    const double correction1 = 1 - pow(b1, (double)o.step), correction2 = 1 - pow(b2, (double)o.step);
    for (size_t i = 0; !is_wild() && i < n; i++) {
        if (v.at[i] < 0) continue;
        const double scaled = (double)o.gradient_scale * g.at[i], decay = (double)o.weight_decay * p.at[i];
        const double gradient = scaled + (o.decoupled ? 0 : decay), size = fabs(scaled) + fabs(decay);
        const double first = b1 * m.at[i] + (1 - b1) * gradient, second = b2 * v.at[i] + (1 - b2) * gradient * gradient;
        const double root = sqrt(second / correction2) + (double)o.epsilon, slope = rate / correction1 / root;
        const double magnitude = b1 * fabs(m.at[i]) + (1 - b1) * size;
        expect_near("first moment", new_m.at[i], first, magnitude);
        expect_near("second moment", new_v.at[i], second, b2 * v.at[i] + (1 - b2) * size * size);
        // What rounding of the gradient does to the root: its derivative is sqrt(1 - beta2) at most.
        const double through_root = fabs(first) * (1 + sqrt((1 - b2) / correction2) * size / root);
        expect_near("adam parameter", new_p.at[i], p.at[i] - (o.decoupled ? rate * decay : 0) - slope * first,
                    fabs(p.at[i]) + slope * (magnitude + through_root));
    }
}

// ---- Tables ---------------------------------------------------------------------------------------------------

enum { vocabulary = 40, most_ids = 600, most_width = 200 };

/// Ids in bags; without offsets every id is a bag of its own. One time in sixteen an id may be out of range.
typedef struct bags {
    size_t count, ids_count, width, first_bad;
    ck_bag mode;
    const int32_t *ids, *offsets;
    matrix weights;
} bags;

static bags any_bags(int has_offsets) {
    bags b = {.count = any_size(most_ids), .width = any_size(most_width), .mode = (ck_bag)random_below(2)};
    int32_t offsets[most_ids + 1] = {0};
    if (!has_offsets) b.mode = CK_BAG_SUM;
    for (size_t i = 0; i < b.count; i++) offsets[i + 1] = offsets[i] + (int32_t)(has_offsets ? random_below(4) : 1);
    b.ids_count = (size_t)offsets[b.count];
    const int32_t bad = one_in(2) ? vocabulary : -1;
    b.ids = any_indices(b.ids_count, vocabulary, one_in(16) ? bad : 0);
    if (has_offsets) b.offsets = an_input_of(offsets, b.count + 1);
    if (has_offsets && one_in(2)) b.weights = any_input(1, b.ids_count);
    while (b.first_bad < b.ids_count && b.ids[b.first_bad] != bad) b.first_bad++;
    if (b.first_bad < b.ids_count) must_return(CK_INDEX_OUT_OF_RANGE);
    return b;
}

static void range_of(const bags *b, size_t bag, size_t *first, size_t *end) {
    *first = b->offsets == NULL ? bag : (size_t)b->offsets[bag];
    *end = b->offsets == NULL ? bag + 1 : (size_t)b->offsets[bag + 1];
}

static float weight_of(const bags *b, size_t i) { return b->weights.at == NULL ? 1 : b->weights.at[i]; }

/// Each element is one chain of fused multiply-adds in the order of the ids, divided by the bag's size. Without bags it
/// is a copy.
static void expect_bags(const bags *b, matrix table, matrix y) {
    float *want = a_row(b->width);
    for (size_t bag = 0; bag < b->count; bag++) {
        size_t first, end;
        range_of(b, bag, &first, &end);
        for (size_t c = 0; c < b->width; c++) {
            want[c] = b->offsets == NULL ? get(table, (size_t)b->ids[first], c) : 0;
            for (size_t i = first; b->offsets != NULL && i < end; i++)
                want[c] = fmaf(weight_of(b, i), get(table, (size_t)b->ids[i], c), want[c]);
            if (b->mode == CK_BAG_MEAN && end > first) want[c] /= (float)(end - first);
        }
        expect_same_row(y, bag, want);
    }
}

static matrix scattered(const bags *b, matrix dy, matrix before) {
    matrix want = {a_row(vocabulary * b->width), vocabulary, b->width, b->width};
    for (size_t r = 0; b->width > 0 && r < vocabulary; r++)
        memcpy(want.at + r * b->width, before.at + r * before.ld, b->width * sizeof *want.at);
    for (size_t bag = 0; bag < b->count; bag++) {
        size_t first, end;
        range_of(b, bag, &first, &end);
        for (size_t i = first; i < end; i++) {
            const float factor = weight_of(b, i) / (b->mode == CK_BAG_MEAN ? (float)(end - first) : 1);
            float *to = want.at + (size_t)b->ids[i] * b->width;
            for (size_t c = 0; c < b->width; c++) to[c] = fmaf(factor, get(dy, bag, c), to[c]);
        }
    }
    return want;
}

static void look_up(int has_offsets) {
    const bags b = any_bags(has_offsets);
    const matrix table = any_input(vocabulary, b.width), y = an_output(b.count, b.width);
    size_t bad = b.ids_count;
    if (has_offsets)
        RUN_EVERYWHERE(ck_embedding_bag_f32(fuzz_pool(), b.mode, b.count, vocabulary, b.width, table.at, table.ld,
                                            b.ids, b.offsets, b.weights.at, y.at, y.ld, &bad));
    else
        RUN_EVERYWHERE(ck_embedding_f32(fuzz_pool(), b.count, vocabulary, b.width, table.at, table.ld, b.ids, y.at,
                                        y.ld, &bad));
    EXPECT(bad == b.first_bad, "bad id %zu, not %zu", bad, b.first_bad);
    if (b.first_bad == b.ids_count) expect_bags(&b, table, y);
}

static void look_back(int has_offsets) {
    const bags b = any_bags(has_offsets);
    const matrix dy = any_input(b.count, b.width), before = any_input(vocabulary, b.width);
    const matrix dtable = an_update_of(before);
    size_t bad = b.ids_count;
    if (has_offsets)
        RUN_EVERYWHERE(ck_embedding_bag_backward_f32(fuzz_pool(), b.mode, b.count, vocabulary, b.width, b.ids,
                                                     b.offsets, b.weights.at, dy.at, dy.ld, dtable.at, dtable.ld, &bad));
    else
        RUN_EVERYWHERE(ck_embedding_backward_f32(fuzz_pool(), b.count, vocabulary, b.width, b.ids, dy.at, dy.ld,
                                                 dtable.at, dtable.ld, &bad));
    EXPECT(bad == b.first_bad, "bad id %zu, not %zu", bad, b.first_bad);
    if (b.first_bad < b.ids_count) return;
    const matrix want = scattered(&b, dy, before);
    for (size_t r = 0; r < vocabulary; r++) expect_same_row(dtable, r, want.at + r * b.width);
}

void fuzz_embedding(void) { look_up(0); }
void fuzz_embedding_bag(void) { look_up(1); }
void fuzz_embedding_backward(void) { look_back(0); }
void fuzz_embedding_bag_backward(void) { look_back(1); }
