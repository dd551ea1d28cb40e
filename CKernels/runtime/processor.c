#define _GNU_SOURCE
#include "processor.h"

#ifdef __linux__
#include <sched.h>

int ck_processor_current(void) { return sched_getcpu(); }

void ck_processor_leave(int processor, size_t least) {
    cpu_set_t allowed, others;
    // Fails where the system counts more processors than the set holds: then the thread stays.
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0 || (size_t)CPU_COUNT(&allowed) < least) return;
    others = allowed;
    CPU_CLR(processor, &others);
    if (sched_setaffinity(0, sizeof others, &others) == 0) sched_setaffinity(0, sizeof allowed, &allowed);
}

#else

int ck_processor_current(void) { return -1; }

void ck_processor_leave(int processor, size_t least) { (void)processor, (void)least; }

#endif
