/// The same bits for every number of threads, on every instruction set, whichever rows share a batch; for every kernel.
///
/// The calls are the fuzzer's, drawn from one seed: short rows and long ones, and sizes that threads share.
/// `test_determinism hashes` prints a hash of each kernel's operands and results, to be compared with another machine's.
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "fuzz_kernels.h"

enum { cases_a_kernel = 60 };

int main(int argc, char **argv) {
    const int prints_hashes = argc > 1 && strcmp(argv[1], "hashes") == 0;
    uint64_t inputs, results;
    fuzz_take_hashes(&inputs, &results);
    for (size_t k = 0; k < fuzz_kernel_count; k++) {
        for (uint64_t number = 0; number < cases_a_kernel; number++)
            fuzz_run_case(&fuzz_kernels[k], 1, number, prints_hashes ? FUZZ_SOME_RUNS : FUZZ_ALL_RUNS);
        fuzz_take_hashes(&inputs, &results);
        if (prints_hashes)
            printf("hash of %-28s operands %016" PRIx64 "  results %016" PRIx64 "\n", fuzz_kernels[k].name, inputs, results);
    }
    return finish_tests();
}
