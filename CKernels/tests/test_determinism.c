/// The same bits for every number of threads, on every instruction set, whichever rows share a batch; for every kernel.
///
/// The calls are the fuzzer's, drawn from one seed: short rows and long ones, and sizes that threads share.
#include "fuzz_kernels.h"

enum { cases_a_kernel = 60 };

int main(void) {
    for (size_t k = 0; k < fuzz_kernel_count; k++)
        for (uint64_t number = 0; number < cases_a_kernel; number++)
            fuzz_run_case(&fuzz_kernels[k], 1, number, FUZZ_ALL_RUNS);
    return finish_tests();
}
