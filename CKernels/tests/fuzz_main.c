/// Random calls of all kernels until the time is over.
///
///     make fuzz SECONDS=600               (or: fuzz SECONDS [SEED [FIRST_CASE]], SECONDS 0 for one case)
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "fuzz_kernels.h"

static double seconds(void) {
    struct timespec now;
    timespec_get(&now, TIME_UTC);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int main(int argc, char **argv) {
    const double start = seconds(), limit = argc > 1 ? strtod(argv[1], NULL) : 10;
    const uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : (uint64_t)(start * 1000);
    const uint64_t first = argc > 3 ? strtoull(argv[3], NULL, 10) : 0;
    setvbuf(stdout, NULL, _IOLBF, 0);
    fuzz_catch_signals();
    uint64_t number = first;
    do {
        fuzz_run_case(&fuzz_kernels[number % fuzz_kernel_count], seed, number, FUZZ_SOME_RUNS);
        number++;
    } while (seconds() - start < limit && failures() < 20);
    printf("seed %llu, %llu cases of %zu kernels: ", (unsigned long long)seed, (unsigned long long)(number - first),
           fuzz_kernel_count);
    return finish_tests();
}
