/// How much a training step slows down while other programs want the same cores.
///
///     make company          (or: good_company [seed|mid|wide [threads [rounds]]])
///
/// A step runs alone, then beside one and two processes that only count. The three take turns, so that a machine that
/// changes its pace changes all. With two cores and one competitor, a fair scheduler leaves a step on two threads one
/// core and a half, or 4/3: 1.33 to 1.5 times its time alone.
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "step.h"

enum { most_competitors = 2 };
static const double seconds_a_turn = 0.5;

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

// ---- The company ----------------------------------------------------------------------------------------------

static pid_t competitors[most_competitors];

static void start_competitors(void) {
    for (int i = 0; i < most_competitors; i++) {
        competitors[i] = fork();
        if (competitors[i] < 0) exit(2);
        if (competitors[i] > 0) continue;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        raise(SIGSTOP);
        for (volatile unsigned count = 0;; count++) {}
    }
    for (int i = 0; i < most_competitors; i++) waitpid(competitors[i], NULL, WUNTRACED);
}

static void signal_competitors(int count, int number) {
    for (int i = 0; i < count; i++) kill(competitors[i], number);
}

// ---- Times ----------------------------------------------------------------------------------------------------

enum { most_times = 1 << 20 };

typedef struct times {
    double *values, sum;
    size_t count;
} times;

static void run_turn(step *s, times *t) {
    for (double start = seconds(), now = start; now - start < seconds_a_turn && t->count < most_times;) {
        step_run(s);
        const double end = seconds();
        t->values[t->count++] = end - now;
        t->sum += end - now;
        now = end;
    }
}

static int by_value(const void *x, const void *y) {
    const double a = *(const double *)x, b = *(const double *)y;
    return (a > b) - (a < b);
}

static void print_times(times *all) {
    printf("competitors   median ms   mean ms   slowest tenth ms   median / alone   mean / alone\n");
    for (int c = 0; c <= most_competitors; c++) {
        times *t = &all[c];
        qsort(t->values, t->count, sizeof(double), by_value);
        const double median = t->values[t->count / 2], mean = t->sum / (double)t->count;
        printf("%11d   %9.3f   %7.3f   %16.3f   %14.2f   %12.2f\n", c, median * 1e3, mean * 1e3,
               t->values[t->count * 9 / 10] * 1e3, median / all[0].values[all[0].count / 2],
               mean / (all[0].sum / (double)all[0].count));
    }
}

int main(int argc, char **argv) {
    const step_shape *shape = &step_shapes[step_shape_count - 1];
    for (int i = 0; i < step_shape_count; i++)
        if (argc > 1 && strcmp(argv[1], step_shapes[i].name) == 0) shape = &step_shapes[i];
    const size_t threads = argc > 2 ? strtoul(argv[2], NULL, 10) : 2, rounds = argc > 3 ? strtoul(argv[3], NULL, 10) : 6;
    start_competitors();
    ck_pool *pool = NULL;
    if (rounds == 0 || ck_pool_create(threads, &pool) != CK_OK) return 2;
    step s;
    step_prepare(&s, shape, pool);
    for (int i = 0; i < 5; i++) step_run(&s);

    times all[most_competitors + 1] = {0};
    for (int c = 0; c <= most_competitors; c++)
        if ((all[c].values = malloc(most_times * sizeof(double))) == NULL) return 2;
    for (size_t round = 0; round < rounds; round++)
        for (int c = 0; c <= most_competitors; c++) {
            signal_competitors(c, SIGCONT);
            nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
            run_turn(&s, &all[c]);
            signal_competitors(c, SIGSTOP);
        }
    printf("the %s step on %zu threads, %zu turns of %g s\n", shape->name, threads, rounds, seconds_a_turn);
    print_times(all);

    signal_competitors(most_competitors, SIGKILL);
    while (wait(NULL) > 0) {}
    for (int c = 0; c <= most_competitors; c++) free(all[c].values);
    step_free(&s);
    ck_pool_destroy(pool);
    return 0;
}
