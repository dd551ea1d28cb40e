#define _GNU_SOURCE
#include "processor.h"

#ifdef __linux__
#include <sched.h>
#include <string.h>

_Static_assert(sizeof(cpu_set_t) <= sizeof(ck_processors), "all processors that the C library knows");

int ck_processor_current(void) { return sched_getcpu(); }

ck_avoidance ck_processor_avoid(int processor, size_t least) {
    ck_avoidance a = {.avoids = 0};
    cpu_set_t allowed, others;
    // Fails where the system counts more processors than the set holds: then the thread stays.
    if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0 || (size_t)CPU_COUNT(&allowed) < least)
        return a;
    others = allowed;
    CPU_CLR(processor, &others);
    if (sched_setaffinity(0, sizeof others, &others) != 0) return a;
    memcpy(&a.allowed, &allowed, sizeof allowed);
    memcpy(&a.others, &others, sizeof others);
    a.avoids = 1;
    return a;
}

void ck_processor_allow(const ck_avoidance *a) {
    cpu_set_t now;
    if (!a->avoids || sched_getaffinity(0, sizeof now, &now) != 0 || memcmp(&now, &a->others, sizeof now) != 0) return;
    memcpy(&now, &a->allowed, sizeof now);
    sched_setaffinity(0, sizeof now, &now);
}

#else

int ck_processor_current(void) { return -1; }

ck_avoidance ck_processor_avoid(int processor, size_t least) {
    (void)processor, (void)least;
    return (ck_avoidance){.avoids = 0};
}

void ck_processor_allow(const ck_avoidance *avoidance) { (void)avoidance; }

#endif
