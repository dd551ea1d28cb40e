/// The guards of the other tests: a step beside an operand is noticed, here and under an emulator.
#define _POSIX_C_SOURCE 200809L
#include "test_support.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

/// 1 if reading, or writing, ends the process. The byte must not be the compiler's to drop.
static int is_inaccessible(volatile unsigned char *byte, int writes) {
    const pid_t child = fork();
    if (child == 0) {
        signal(SIGSEGV, SIG_DFL); // a sanitizer's handler would print a page,
        close(STDERR_FILENO); // an emulator a line
        if (writes) *byte = 1;
        else (void)*byte;
        _exit(0);
    }
    int status = 0;
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV;
}

static void pages_beside_operands_are_inaccessible(void) {
    static const size_t sizes[] = {0, 1, 4, 60, 4096, 20000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++)
        for (int writes = 0; writes <= 1; writes++) {
            unsigned char *front = guarded_bytes(sizes[s], GUARD_FRONT), *back = guarded_bytes(sizes[s], GUARD_BACK);
            EXPECT(is_inaccessible(front - 1, writes), "the byte before %zu bytes", sizes[s]);
            EXPECT(is_inaccessible(back + sizes[s], writes), "the byte after %zu bytes", sizes[s]);
            EXPECT(sizes[s] == 0 || !is_inaccessible(front, writes), "the first of %zu bytes", sizes[s]);
            EXPECT(sizes[s] == 0 || !is_inaccessible(back + sizes[s] - 1, writes), "the last of %zu bytes", sizes[s]);
        }
    release_guarded();
}

int main(void) {
    pages_beside_operands_are_inaccessible();
    return finish_tests();
}
