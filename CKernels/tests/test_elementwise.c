#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "everywhere.h"
#include "reference.h"

typedef struct binary_arguments {
    ck_binary operation;
    size_t rows, columns;
    const float *a, *b;
    size_t a_row, a_column, b_row, b_column, ldy;
} binary_arguments;

static ck_status binary(ck_pool *pool, const void *context, float *y) {
    const binary_arguments *o = context;
    return ck_binary_f32(pool, o->operation, o->rows, o->columns, o->a, o->a_row, o->a_column, o->b, o->b_row,
                         o->b_column, y, o->ldy);
}

/// kinds: 0 a matrix without gaps, 1 with gaps, 2 a row, 3 a column, 4 one element
static const float *operand(int kind, size_t rows, size_t columns, guard_side side, size_t *row, size_t *column) {
    *row = kind == 0 ? columns : kind == 1 ? columns + 3 : kind == 3;
    *column = kind <= 2;
    const size_t last = rows == 0 || columns == 0 ? 0 : (rows - 1) * *row + (columns - 1) * *column + 1;
    float *x = guarded_floats(last, side);
    fill_scaled(x, last, 3);
    if (last > 5) x[3] = NAN, x[5] = INFINITY;
    return x;
}

static void check_binary(size_t rows, size_t columns, int a_kind, int b_kind, guard_side side) {
    const size_t ldy = a_kind == 1 ? columns + 2 : columns, size = rows == 0 ? 0 : (rows - 1) * ldy + columns;
    binary_arguments o = {.rows = rows, .columns = columns, .ldy = ldy};
    o.a = operand(a_kind, rows, columns, side, &o.a_row, &o.a_column);
    o.b = operand(b_kind, rows, columns, side, &o.b_row, &o.b_column);
    float *y = malloc((size + 1) * sizeof *y);
    for (int operation = CK_ADD; operation <= CK_MINIMUM; operation++) {
        o.operation = (ck_binary)operation;
        run_everywhere("binary", binary, &o, size, y);
        for (size_t r = 0; r < rows; r++)
            for (size_t c = 0; c < ldy && r * ldy + c < size; c++) {
                const float got = y[r * ldy + c];
                if (c >= columns) {
                    EXPECT(is_poison(got), "binary wrote between rows");
                    continue;
                }
                const float left = o.a[r * o.a_row + c * o.a_column], right = o.b[r * o.b_row + c * o.b_column];
                const float want = reference_binary(o.operation, left, right);
                EXPECT(got == want || (isnan(got) && isnan(want)), "binary %d kinds %d %d at %zu,%zu: %a, not %a",
                       operation, a_kind, b_kind, r, c, (double)got, (double)want);
            }
    }
    free(y);
    release_guarded();
}

static void binary_in_place(void) {
    float a[20], b[20], y[20];
    fill_uniform(a, 20), fill_uniform(b, 20);
    ck_binary_f32(NULL, CK_SUBTRACT, 4, 5, a, 5, 1, b, 5, 1, y, 5);
    float left[20], right[20];
    memcpy(left, a, sizeof a), memcpy(right, b, sizeof b);
    ck_binary_f32(NULL, CK_SUBTRACT, 4, 5, left, 5, 1, b, 5, 1, left, 5);
    ck_binary_f32(NULL, CK_SUBTRACT, 4, 5, a, 5, 1, right, 5, 1, right, 5);
    EXPECT(first_difference(left, y, 20) == 20 && first_difference(right, y, 20) == 20, "binary in place");
}

typedef struct unary_arguments {
    ck_unary operation;
    size_t count;
    const float *x;
} unary_arguments;

static ck_status unary(ck_pool *pool, const void *context, float *y) {
    const unary_arguments *a = context;
    return ck_unary_f32(pool, a->operation, a->count, a->x, y);
}

static ck_status affine(ck_pool *pool, const void *context, float *y) {
    const unary_arguments *a = context;
    return ck_affine_f32(pool, a->count, 1.7f, -0.3f, a->x, y);
}

static void check_unary(size_t count, guard_side side) {
    static const float special[] = {0.0f, -0.0f, INFINITY, -INFINITY, NAN, 1e-40f, -1e-40f, 3e38f, 88.72f, 88.73f,
                                    89.5f, -87.3f, -103.9f, -104.1f, 1e-45f, 1.0f, 0x1.fffffep-1f, 0x1.000002p0f};
    static const double bound[] = {0, 1, 1, 0.5, 0.5, 0.5, 0, 0, 0};
    float *x = guarded_floats(count, side), *y = malloc((count + 1) * sizeof *y);
    for (int kind = 0; kind < 2; kind++) {
        fill_scaled(x, count, kind == 0 ? 110 : 2);
        if (count > 1000) memcpy(x + 17, special, sizeof special);
        unary_arguments a = {CK_NEGATE, count, x};
        for (int operation = CK_NEGATE; operation <= CK_GREATER_THAN_ZERO; operation++) {
            a.operation = (ck_unary)operation;
            run_everywhere("unary", unary, &a, count, y);
            for (size_t i = 0; i < count; i++) {
                const double want = reference_unary(a.operation, x[i]);
                EXPECT(ulp_distance(y[i], want) <= bound[operation], "unary %d of %a is %a, not %a", operation,
                       (double)x[i], (double)y[i], want);
            }
        }
        run_everywhere("affine", affine, &a, count, y);
        for (size_t i = 0; i < count; i++) {
            const float want = fmaf(1.7f, x[i], -0.3f);
            EXPECT(y[i] == want || isnan(want), "affine of %a", (double)x[i]);
        }
    }
    free(y);
    release_guarded();
}

typedef struct copy_arguments {
    size_t rows, columns, ldx, ldy;
    const float *x;
} copy_arguments;

static ck_status copy(ck_pool *pool, const void *context, float *y) {
    const copy_arguments *a = context;
    return ck_copy_f32(pool, a->rows, a->columns, a->x, a->ldx, y, a->ldy);
}

static void check_copy(size_t rows, size_t columns) {
    const copy_arguments shape = {rows, columns, columns + 1, columns + 4, NULL};
    const size_t from = (rows - 1) * shape.ldx + columns, to = (rows - 1) * shape.ldy + columns;
    float *x = guarded_floats(from, GUARD_BACK), *y = malloc(to * sizeof *y);
    fill_uniform(x, from);
    copy_arguments a = shape;
    a.x = x;
    run_everywhere("copy", copy, &a, to, y);
    for (size_t i = 0; i < to; i++) {
        const size_t r = i / a.ldy, c = i % a.ldy;
        EXPECT(c < columns ? y[i] == x[r * a.ldx + c] : is_poison(y[i]), "copy of %zu x %zu at %zu", rows, columns, i);
    }
    free(y);
    release_guarded();
}

int main(void) {
    static const size_t shapes[][2] = {{0, 5}, {5, 0}, {1, 1}, {3, 1}, {1, 17}, {4, 16}, {5, 33}, {64, 10}, {300, 131}};
    seed_random(2);
    for (size_t s = 0; s < sizeof shapes / sizeof *shapes; s++)
        for (int a = 0; a < 5; a++)
            for (int b = 0; b < 5; b++)
                if (shapes[s][0] < 300 || a + b < 4)
                    check_binary(shapes[s][0], shapes[s][1], a, b, (guard_side)((a + b) % 2));
    binary_in_place();
    static const size_t counts[] = {0, 1, 5, 15, 16, 17, 50, 64, 40003};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        check_unary(counts[i], GUARD_BACK);
        if (counts[i] < 1000) check_unary(counts[i], GUARD_FRONT);
    }
    check_copy(1, 1), check_copy(3, 17), check_copy(400, 130);
    float x = 0;
    EXPECT(ck_binary_f32(NULL, CK_ADD, 1, 1, &x, 1, 2, &x, 1, 1, &x, 1) == CK_INVALID_ARGUMENT, "column stride 2");
    EXPECT(ck_binary_f32(NULL, CK_ADD, 2, 3, &x, 0, 0, &x, 0, 0, &x, 2) == CK_INVALID_ARGUMENT, "small ldy");
    EXPECT(ck_unary_f32(NULL, (ck_unary)-1, 1, &x, &x) == CK_INVALID_ARGUMENT, "unknown operation");
    EXPECT(ck_copy_f32(NULL, 2, 3, &x, 2, &x, 3) == CK_INVALID_ARGUMENT, "small ldx");
    return finish_tests();
}
