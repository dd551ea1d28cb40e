#define _DEFAULT_SOURCE
#include "test_support.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../runtime/pool.h"

// ---- Expectations ---------------------------------------------------------------------------------------------

static size_t passed, failed;

void expect(int holds, const char *file, int line, const char *text, ...) {
    if (holds) {
        passed++;
        return;
    }
    // One broken kernel fails thousands of times: the first lines say enough.
    if (failed++ >= 20) return;
    va_list arguments;
    va_start(arguments, text);
    printf("%s:%d: ", file, line);
    vprintf(text, arguments);
    printf("\n");
    va_end(arguments);
}

// ---- Operands -------------------------------------------------------------------------------------------------

enum { pattern = 0xA5 };

typedef struct guarded {
    unsigned char *map, *operand;
    size_t map_bytes, page, bytes;
    struct guarded *next;
} guarded;

static guarded *all_guarded;

static void *checked(void *memory) {
    if (memory == NULL || memory == MAP_FAILED) {
        perror("test memory");
        exit(2);
    }
    return memory;
}

void *guarded_bytes(size_t bytes, guard_side side) {
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    size_t inside = (bytes + page - 1) / page * page;
    guarded *new = checked(malloc(sizeof *new));
    *new = (guarded){.map_bytes = inside + 2 * page, .page = page, .bytes = bytes, .next = all_guarded};
    new->map = checked(mmap(NULL, new->map_bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    new->operand = new->map + page + (side == GUARD_BACK ? inside - bytes : 0);
    if (inside != 0) {
        if (mprotect(new->map + page, inside, PROT_READ | PROT_WRITE) != 0) checked(NULL);
        memset(new->map + page, pattern, inside);
    }
    all_guarded = new;
    if (bytes % sizeof(float) == 0) poison((float *)(void *)new->operand, bytes / sizeof(float));
    return new->operand;
}

float *guarded_floats(size_t count, guard_side side) { return guarded_bytes(count * sizeof(float), side); }

void release_guarded(void) {
    while (all_guarded != NULL) {
        guarded *old = all_guarded;
        unsigned char *end = old->map + old->map_bytes - old->page;
        size_t overwritten = 0;
        for (unsigned char *p = old->map + old->page; p < old->operand; p++) overwritten += *p != pattern;
        for (unsigned char *p = old->operand + old->bytes; p < end; p++) overwritten += *p != pattern;
        EXPECT(overwritten == 0, "%zu bytes outside an operand of %zu bytes overwritten", overwritten, old->bytes);
        munmap(old->map, old->map_bytes);
        all_guarded = old->next;
        free(old);
    }
}

static const uint32_t poison_bits = 0x7FBADBAD;

void poison(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) memcpy(x + i, &poison_bits, sizeof poison_bits);
}

int is_poison(float x) { return memcmp(&x, &poison_bits, sizeof x) == 0; }

// ---- Numbers --------------------------------------------------------------------------------------------------

static uint64_t random_state;

void seed_random(uint64_t seed) { random_state = seed * 2 + 1; }

static uint64_t next_random(void) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return random_state >> 33; // 31 bits: the upper ones are the good ones
}

size_t random_below(size_t limit) { return next_random() % limit; }

void fill_uniform(float *x, size_t count) {
    for (size_t i = 0; i < count; i++) x[i] = (float)(next_random() >> 7) * 0x1p-23f - 1;
}

void fill_integers(float *x, size_t count, int limit) {
    for (size_t i = 0; i < count; i++) x[i] = (float)((int)random_below(2 * (size_t)limit + 1) - limit);
}

size_t first_difference(const float *x, const float *y, size_t count) {
    size_t i = 0;
    while (i < count && memcmp(x + i, y + i, sizeof *x) == 0) i++;
    return i;
}

// ---- What must not matter -------------------------------------------------------------------------------------

void for_each_isa(void (*body)(ck_isa isa)) {
    ck_isa first_choice = ck_isa_current();
    for (int isa = CK_ISA_PORTABLE; isa <= CK_ISA_AVX512; isa++)
        if (ck_isa_select((ck_isa)isa) == CK_OK) body((ck_isa)isa);
    ck_isa_select(first_choice);
}

static ck_pool *pools[test_pool_count];

ck_pool *test_pool(size_t index) {
    static const size_t threads[test_pool_count] = {0, 1, 2, 3, 7};
    if (pools[index] == NULL && threads[index] != 0) {
        if (ck_pool_create(threads[index], &pools[index]) != CK_OK) checked(NULL);
        // So that small operands, too, are cut everywhere they can be. The pool of two decides as every pool does.
        if (threads[index] > 2) ck_pool_cut_finely(pools[index]);
    }
    return pools[index];
}

size_t failures(void) { return failed; }

int finish_tests(void) {
    release_guarded();
    for (size_t i = 0; i < test_pool_count; i++) ck_pool_destroy(pools[i]);
    printf("%zu passed, %zu failed\n", passed, failed);
    return failed == 0 ? 0 : 1;
}
