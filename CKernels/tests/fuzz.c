#define _DEFAULT_SOURCE
#include "fuzz.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

// ---- The case -------------------------------------------------------------------------------------------------

typedef enum role { ROLE_INPUT, ROLE_OUTPUT, ROLE_UPDATE } role;

typedef struct operand {
    role role;
    matrix matrix; // indices are a matrix of one row; their bits are compared like those of floats
    float *before, *first; // contents before the call and after the first run
} operand;

typedef enum style { STYLE_UNIFORM, STYLE_SCALED, STYLE_INTEGERS, STYLE_WILD } style;

enum { most_operands = 16, few_runs = 4 };

static struct {
    char name[160];
    operand operands[most_operands];
    size_t operand_count;
    style style;
    float scale;
    ck_status must_return;
    fuzz_scope scope;
    ck_isa first_isa;
    size_t run;
    ck_pool *pool;
} current;

int is_wild(void) { return current.style == STYLE_WILD; }

// ---- Sizes and numbers ----------------------------------------------------------------------------------------

int one_in(size_t count) { return random_below(count) == 0; }

int most_product_steps(void) { return one_in(24) ? 4000000 : 400000; }

size_t any_size(size_t most) {
    size_t size;
    switch (random_below(8)) {
    case 0: size = random_below(4); break;
    case 1:
    case 2:
    case 3: size = random_below(24); break;
    case 4: size = 16 * random_below(20) + random_below(3) - 1; break;
    case 5: size = random_below(200); break;
    case 6: size = random_below(1000); break;
    default: size = random_below(most + 1); break;
    }
    return size <= most ? size : most;
}

void any_shape(size_t *rows, size_t *columns, size_t most) {
    do *rows = any_size(most), *columns = any_size(most);
    while (*rows != 0 && *columns > most / *rows);
}

static const uint32_t specials[] = {
    0x7FC00000, 0xFFC00000, 0x7F800000, 0xFF800000, 0x00000000, 0x80000000, // NaN, infinity, zero
    0x00000001, 0x80000001, 0x007FFFFF, 0x00800000, 0x7F7FFFFF, 0xFF7FFFFF, // subnormal, smallest, largest
    0x42B17218, 0xC2B17218, 0xC2CE8ECF, 0x5F800000, 0x1F800000, 0xDF800000, // 88.7, -88.7, -103.3, 2^64, 2^-64
};

static float special(void) {
    float x;
    memcpy(&x, &specials[random_below(sizeof specials / sizeof *specials)], sizeof x);
    return x;
}

float any_factor(void) {
    static const float usual[] = {0, 1, 1, -1, 0.5f, -3, 0.1f};
    if (is_wild() && one_in(4)) return special();
    return usual[random_below(sizeof usual / sizeof *usual)];
}

static void fill(float *x, size_t count) {
    if (current.style == STYLE_INTEGERS) {
        fill_integers(x, count, 4);
        return;
    }
    fill_uniform(x, count);
    for (size_t i = 0; i < count; i++) {
        if (current.style == STYLE_SCALED) x[i] *= current.scale;
        if (current.style == STYLE_WILD && one_in(6)) x[i] = special();
    }
}

// ---- Operands -------------------------------------------------------------------------------------------------

static size_t elements(matrix x) { return x.rows == 0 || x.columns == 0 ? 0 : (x.rows - 1) * x.ld + x.columns; }

static matrix new_operand(role role, size_t rows, size_t columns, size_t ld) {
    matrix x = {NULL, rows, columns, ld};
    x.at = guarded_floats(elements(x), one_in(2) ? GUARD_FRONT : GUARD_BACK);
    if (current.operand_count == most_operands) abort();
    operand *new = &current.operands[current.operand_count++];
    *new = (operand){.role = role, .matrix = x};
    new->before = malloc(2 * elements(x) * sizeof(float) + 1);
    if (new->before == NULL) abort();
    new->first = new->before + elements(x);
    return x;
}

/// Keeps what the operand holds now as its contents before the call.
static matrix with_contents(matrix x) {
    if (elements(x) > 0) memcpy(current.operands[current.operand_count - 1].before, x.at, elements(x) * sizeof(float));
    return x;
}

static size_t any_ld(size_t columns) {
    // Gaps of half a page bring rows into the same few sets of the cache: other code runs.
    return one_in(2) ? columns : one_in(8) && columns < 512 ? 512 : columns + random_below(20);
}

static matrix filled_operand(role role, size_t rows, size_t columns) {
    const matrix x = new_operand(role, rows, columns, any_ld(columns));
    for (size_t r = 0; columns > 0 && r < rows; r++) fill(x.at + r * x.ld, columns);
    return with_contents(x);
}

matrix any_input(size_t rows, size_t columns) { return filled_operand(ROLE_INPUT, rows, columns); }
matrix an_update(size_t rows, size_t columns) { return filled_operand(ROLE_UPDATE, rows, columns); }

/// Uniform numbers, those below `least` raised to it.
static matrix input_between(float low, float high, float least, size_t rows, size_t columns) {
    const matrix x = new_operand(ROLE_INPUT, rows, columns, any_ld(columns));
    for (size_t r = 0; columns > 0 && r < rows; r++) {
        float *row = x.at + r * x.ld;
        fill_uniform(row, columns);
        for (size_t c = 0; c < columns; c++) row[c] = fmaxf(least, low + (high - low) * (row[c] + 1) / 2);
    }
    return with_contents(x);
}

matrix an_input_between(float low, float high, size_t rows, size_t columns) {
    return input_between(low, high, low, rows, columns);
}

matrix any_weights(size_t rows, size_t columns) { return input_between(-0.5f, 1.5f, 0, rows, columns); }

matrix an_output(size_t rows, size_t columns) {
    return with_contents(new_operand(ROLE_OUTPUT, rows, columns, any_ld(columns)));
}

matrix an_update_of(matrix from) {
    const matrix x = new_operand(ROLE_UPDATE, from.rows, from.columns, any_ld(from.columns));
    for (size_t r = 0; from.columns > 0 && r < from.rows; r++)
        memcpy(x.at + r * x.ld, from.at + r * from.ld, from.columns * sizeof *x.at);
    return with_contents(x);
}

const int32_t *an_input_of(const int32_t *values, size_t count) {
    const matrix x = new_operand(ROLE_INPUT, 1, count, count);
    if (count > 0) memcpy(x.at, values, count * sizeof *values);
    with_contents(x);
    return (const int32_t *)(const void *)x.at;
}

const int32_t *any_indices(size_t count, size_t limit, int32_t special_index) {
    int32_t *values = malloc(count * sizeof *values + 1);
    if (values == NULL) abort();
    for (size_t i = 0; i < count; i++)
        values[i] = limit == 0 || one_in(8) ? special_index : (int32_t)random_below(limit);
    const int32_t *indices = an_input_of(values, count);
    free(values);
    return indices;
}

float get(matrix x, size_t row, size_t column) { return x.at[row * x.ld + column]; }

float *a_row(size_t columns) { return guarded_floats(columns, one_in(2) ? GUARD_FRONT : GUARD_BACK); }

static int same(float x, float y) { return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y)); }

void expect_same_row(matrix y, size_t row, const float *alone) {
    for (size_t c = 0; c < y.columns; c++)
        if (!same(get(y, row, c), alone[c])) {
            EXPECT(0, "element %zu of row %zu is %a alone, %a in its batch", c, row, (double)alone[c],
                   (double)get(y, row, c));
            return;
        }
    EXPECT(1, "row");
}

// ---- Runs -----------------------------------------------------------------------------------------------------

ck_pool *fuzz_pool(void) { return current.pool; }
void must_return(ck_status status) { current.must_return = status; }

/// Finds the n-th instruction set of this machine. Returns 0 and leaves *isa if there are not so many.
static int nth_isa(size_t n, ck_isa *isa) {
    for (int candidate = CK_ISA_PORTABLE; candidate <= CK_ISA_AVX512; candidate++)
        if (ck_isa_available((ck_isa)candidate) && n-- == 0) {
            *isa = (ck_isa)candidate;
            return 1;
        }
    return 0;
}

int fuzz_begin_run(size_t run) {
    current.run = run;
    const int all = current.scope == FUZZ_ALL_RUNS;
    if (!all && run == few_runs) return 0;
    // The first run is the plainest one; the last of a few is on the machine's own choice.
    ck_isa isa = current.first_isa;
    if (all && !nth_isa(run / test_pool_count, &isa)) return 0;
    if (!all && run + 1 < few_runs) nth_isa(run == 0 ? 0 : random_below(4), &isa);
    ck_isa_select(isa);
    current.pool = test_pool(all ? run % test_pool_count : run == 0 ? 0 : random_below(test_pool_count));
    for (size_t i = 0; i < current.operand_count; i++) {
        const operand *o = &current.operands[i];
        if (o->role != ROLE_INPUT) memcpy(o->matrix.at, o->before, elements(o->matrix) * sizeof(float));
    }
    return 1;
}

/// The first element of the operand that is not what it should be, or `elements`. `want` holds them; between the rows
/// they must be as before.
static size_t first_wrong(const operand *o, const float *want) {
    const matrix x = o->matrix;
    for (size_t i = 0; i < elements(x); i++) {
        const int is_element = i % x.ld < x.columns;
        if (!same(x.at[i], is_element ? want[i] : o->before[i])) return i;
        if (is_element && o->role == ROLE_OUTPUT && want != o->before && is_poison(x.at[i])) return i;
    }
    return elements(x);
}

static void expect_operand(size_t number, operand *o) {
    const int fails = current.must_return != CK_OK;
    if (current.run == 0) memcpy(o->first, o->matrix.at, elements(o->matrix) * sizeof(float));
    const float *want = o->role == ROLE_INPUT || fails ? o->before : o->first;
    const size_t i = first_wrong(o, want);
    if (i == elements(o->matrix)) return;
    EXPECT(0, "%s, pool %zu: operand %zu (%zu x %zu, ld %zu) holds %a at %zu; %a before the call, %a after the first",
           ck_isa_name(ck_isa_current()), ck_pool_threads(current.pool), number, o->matrix.rows, o->matrix.columns,
           o->matrix.ld, (double)o->matrix.at[i], i, (double)o->before[i], (double)o->first[i]);
}

static uint64_t input_hash, result_hash;

/// FNV-1a over the bits of the elements, in words. A NaN is any NaN.
static uint64_t hash_elements(uint64_t hash, matrix x, const float *values) {
    for (size_t i = 0; i < elements(x); i++) {
        if (i % x.ld >= x.columns) continue;
        uint32_t bits = 0x7FC00000;
        if (!isnan(values[i])) memcpy(&bits, values + i, sizeof bits);
        hash = (hash ^ bits) * 0x100000001B3u;
    }
    return hash;
}

void fuzz_take_hashes(uint64_t *inputs, uint64_t *results) {
    *inputs = input_hash, *results = result_hash;
    input_hash = result_hash = 0xCBF29CE484222325u;
}

void fuzz_end_run(ck_status status) {
    EXPECT(status == current.must_return, "returned \"%s\"", ck_status_text(status));
    for (size_t i = 0; i < current.operand_count; i++) {
        operand *o = &current.operands[i];
        expect_operand(i, o);
        if (current.run > 0) continue; // the other runs' bits have just been compared with the first's
        if (o->role != ROLE_OUTPUT) input_hash = hash_elements(input_hash, o->matrix, o->before);
        if (o->role != ROLE_INPUT) result_hash = hash_elements(result_hash, o->matrix, o->first);
    }
}

// ---- Cases ----------------------------------------------------------------------------------------------------

void fuzz_run_case(const fuzz_kernel *kernel, uint64_t seed, uint64_t number, fuzz_scope scope) {
    static const float scales[] = {1e-6f, 1e-2f, 10, 1e4f};
    const size_t failures_before = failures();
    const ck_isa first_isa = ck_isa_current();
    alarm(60);
    seed_random((seed * 0x9E3779B97F4A7C15u) ^ (number * 0xD1B54A32D192ED03u));
    current.scope = scope, current.first_isa = first_isa, current.must_return = CK_OK;
    current.style = (style)random_below(4), current.scale = scales[random_below(4)];
    snprintf(current.name, sizeof current.name, "in %s, seed %llu, case %llu\n", kernel->name,
             (unsigned long long)seed, (unsigned long long)number);
    kernel->fuzz();
    release_guarded();
    for (size_t i = 0; i < current.operand_count; i++) free(current.operands[i].before);
    current.operand_count = 0;
    ck_isa_select(first_isa);
    alarm(0);
    if (failures() != failures_before) fputs(current.name, stdout);
}

static void report_signal(int number) {
    const char *what = number == SIGALRM ? "more than a minute " : "a crash ";
    ssize_t ignored = write(STDOUT_FILENO, what, strlen(what));
    ignored = write(STDOUT_FILENO, current.name, strlen(current.name));
    (void)ignored;
    signal(number, SIG_DFL);
    raise(number);
}

void fuzz_catch_signals(void) {
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGALRM};
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) signal(numbers[i], report_signal);
}
