#include "dispatch.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

extern const ck_gemm_kernels ck_gemm_portable, ck_gemm_neon, ck_gemm_avx2, ck_gemm_avx512;
extern const ck_vector_kernels ck_vector_portable, ck_vector_neon, ck_vector_avx2, ck_vector_avx512;

/// Indexed by ck_isa; a set that this build lacks has no tables.
static const ck_dispatch all_sets[] = {
    [CK_ISA_PORTABLE] = {CK_ISA_PORTABLE, &ck_gemm_portable, &ck_vector_portable},
#ifdef CK_BUILD_NEON
    [CK_ISA_NEON] = {CK_ISA_NEON, &ck_gemm_neon, &ck_vector_neon},
#endif
#ifdef CK_BUILD_X86
    [CK_ISA_AVX2] = {CK_ISA_AVX2, &ck_gemm_avx2, &ck_vector_avx2},
    [CK_ISA_AVX512] = {CK_ISA_AVX512, &ck_gemm_avx512, &ck_vector_avx512},
#else
    [CK_ISA_AVX512] = {0},
#endif
};

static const char *const names[] = {
    [CK_ISA_PORTABLE] = "portable", [CK_ISA_NEON] = "neon", [CK_ISA_AVX2] = "avx2", [CK_ISA_AVX512] = "avx512"};

enum { set_count = sizeof names / sizeof *names };

static _Atomic(const ck_dispatch *) current;

const char *ck_isa_name(ck_isa isa) { return (unsigned)isa < set_count ? names[isa] : "unknown"; }

int ck_isa_available(ck_isa isa) {
    if ((unsigned)isa >= set_count || all_sets[isa].gemm == NULL) return 0;
#ifdef CK_BUILD_X86
    __builtin_cpu_init();
    if (isa == CK_ISA_AVX2) return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    if (isa == CK_ISA_AVX512)
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
#endif
    return 1;
}

static const ck_dispatch *initial_set(void) {
    const char *asked = getenv("CK_ISA");
    ck_isa best = CK_ISA_PORTABLE;
    for (int isa = 0; isa < set_count; isa++) {
        if (!ck_isa_available((ck_isa)isa)) continue;
        best = (ck_isa)isa;
        if (asked != NULL && strcmp(asked, names[isa]) == 0) break;
    }
    return &all_sets[best];
}

const ck_dispatch *ck_dispatch_current(void) {
    const ck_dispatch *set = atomic_load_explicit(&current, memory_order_acquire);
    if (set == NULL) {
        // Two threads may both get here: they find the same answer.
        set = initial_set();
        atomic_store_explicit(&current, set, memory_order_release);
    }
    return set;
}

ck_isa ck_isa_current(void) { return ck_dispatch_current()->isa; }

ck_status ck_isa_select(ck_isa isa) {
    if (!ck_isa_available(isa)) return CK_UNSUPPORTED;
    atomic_store_explicit(&current, &all_sets[isa], memory_order_release);
    return CK_OK;
}
