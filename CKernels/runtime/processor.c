#define _GNU_SOURCE
#include "processor.h"

#ifdef __linux__
#include <sched.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

_Static_assert(sizeof(cpu_set_t) <= sizeof(ck_processors), "all processors that the C library knows");

int ck_processor_current(void) { return sched_getcpu(); }

/// Whether the thread may use just these.
static int may_use(int thread, const ck_processors *these) {
    cpu_set_t now;
    return sched_getaffinity(thread, sizeof now, &now) == 0 && memcmp(&now, these->bits, sizeof now) == 0;
}

/// All that are allowed but a processor; returns 0 if that cannot be, and changes nothing.
static int narrow(ck_avoidance *a, int processor) {
    cpu_set_t others;
    memcpy(&others, a->allowed.bits, sizeof others);
    CPU_CLR(processor, &others);
    if (sched_setaffinity(a->thread, sizeof others, &others) != 0) return 0;
    a->processor = processor;
    memcpy(a->others.bits, &others, sizeof others);
    return 1;
}

ck_avoidance ck_processor_avoid(int processor, size_t least) {
    ck_avoidance a = {.avoids = 0};
    cpu_set_t allowed;
    // Fails where the system counts more processors than the set holds: then the thread stays.
    if (processor < 0 || sched_getaffinity(0, sizeof allowed, &allowed) != 0 || (size_t)CPU_COUNT(&allowed) < least)
        return a;
    memcpy(a.allowed.bits, &allowed, sizeof allowed);
    a.thread = (int)syscall(SYS_gettid);
    a.avoids = narrow(&a, processor);
    return a;
}

void ck_processor_avoid_instead(ck_avoidance *a, int processor) {
    if (!a->avoids || processor < 0 || processor == a->processor || !may_use(a->thread, &a->others)) return;
    narrow(a, processor);
}

void ck_processor_allow(const ck_avoidance *a) {
    if (!a->avoids || !may_use(a->thread, &a->others)) return;
    cpu_set_t allowed;
    memcpy(&allowed, a->allowed.bits, sizeof allowed);
    sched_setaffinity(a->thread, sizeof allowed, &allowed);
}

#else

int ck_processor_current(void) { return -1; }

ck_avoidance ck_processor_avoid(int processor, size_t least) {
    (void)processor, (void)least;
    return (ck_avoidance){.avoids = 0};
}

void ck_processor_avoid_instead(ck_avoidance *avoidance, int processor) { (void)avoidance, (void)processor; }

void ck_processor_allow(const ck_avoidance *avoidance) { (void)avoidance; }

#endif
