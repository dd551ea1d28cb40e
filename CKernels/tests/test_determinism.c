/// The same bits for every number of threads, on every instruction set, whichever rows share a batch; for every kernel.
///
/// The calls are the fuzzer's, drawn from one seed: short rows and long ones, and sizes that threads share.
/// They have no more stack than the headers promise.
/// `test_determinism hashes` prints a hash of each kernel's operands and results, to be compared with another machine's.
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "fuzz_kernels.h"

enum { cases_a_kernel = 60 };

/// What CKernels.h promises, and 64 KiB for the tests. A sanitizer puts guards around every variable.
#if defined(__SANITIZE_ADDRESS__)
enum { stack_bytes = 8 << 20 };
#else
enum { stack_bytes = (384 + 64) << 10 };
#endif

static void *run_cases(void *prints_hashes) {
    uint64_t inputs, results;
    fuzz_take_hashes(&inputs, &results);
    for (size_t k = 0; k < fuzz_kernel_count; k++) {
        for (uint64_t number = 0; number < cases_a_kernel; number++)
            fuzz_run_case(&fuzz_kernels[k], 1, number, prints_hashes != NULL ? FUZZ_SOME_RUNS : FUZZ_ALL_RUNS);
        fuzz_take_hashes(&inputs, &results);
        if (prints_hashes != NULL)
            printf("hash of %-28s operands %016" PRIx64 "  results %016" PRIx64 "\n", fuzz_kernels[k].name, inputs, results);
    }
    return NULL;
}

int main(int argc, char **argv) {
    pthread_attr_t small;
    pthread_t thread;
    pthread_attr_init(&small);
    EXPECT(pthread_attr_setstacksize(&small, stack_bytes) == 0, "a stack of %d bytes", stack_bytes);
    int failure = pthread_create(&thread, &small, run_cases, argc > 1 && strcmp(argv[1], "hashes") == 0 ? argv : NULL);
    EXPECT(failure == 0 && pthread_join(thread, NULL) == 0, "a thread");
    pthread_attr_destroy(&small);
    return finish_tests();
}
