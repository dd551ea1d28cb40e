/// Who may use pools: several threads at once, and programs with signal handlers. (Forked children: test_pool_fork.c.)
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "known_work.h"

// ---- Threads --------------------------------------------------------------------------------------------------

enum { callers = 4 };

static _Atomic int wrong;

static void *work_often(void *pool) {
    for (int repeat = 0; repeat < 30; repeat++) wrong += !work_is_right(pool);
    return NULL;
}

static void *make_pools_and_work(void *ignored) {
    for (size_t threads = 1; threads <= 4; threads++) {
        ck_pool *pool;
        if (ck_pool_create(threads, &pool) != CK_OK) {
            wrong++;
            continue;
        }
        wrong += !work_is_right(pool);
        ck_pool_destroy(pool);
    }
    return ignored;
}

static void run_callers(const char *name, void *(*caller)(void *), void *argument) {
    pthread_t threads[callers];
    wrong = 0;
    for (int i = 0; i < callers; i++)
        if (pthread_create(&threads[i], NULL, caller, argument) != 0) abort();
    for (int i = 0; i < callers; i++) pthread_join(threads[i], NULL);
    EXPECT(wrong == 0, "%s: %d wrong results", name, wrong);
}

static void many_threads_share_one_pool(void) {
    for (size_t p = 0; p < test_pool_count; p++) run_callers("one pool", work_often, test_pool(p));
}

static void many_threads_have_pools_of_their_own(void) {
    run_callers("pools of their own", make_pools_and_work, NULL);
}

static void idle_pools_can_be_destroyed(void) {
    for (int repeat = 0; repeat < 20; repeat++) {
        ck_pool *pool;
        EXPECT(ck_pool_create(4, &pool) == CK_OK, "create");
        if (repeat % 4 != 0) EXPECT(work_is_right(pool), "work");
        if (repeat % 2 != 0) nanosleep(&(struct timespec){.tv_nsec = 500000}, NULL); // now its workers sleep
        ck_pool_destroy(pool);
    }
}

// ---- Signals --------------------------------------------------------------------------------------------------

static pthread_t main_thread;
static volatile sig_atomic_t signals, signals_elsewhere;

static void count_signal(int number) {
    (void)number;
    signals++;
    if (!pthread_equal(pthread_self(), main_thread)) signals_elsewhere++;
}

static void signals_go_to_the_program_and_disturb_nothing(void) {
    struct sigaction action = {.sa_handler = count_signal}, before;
    const struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
    main_thread = pthread_self();
    sigaction(SIGALRM, &action, &before); // without SA_RESTART: calls are interrupted
    setitimer(ITIMER_REAL, &often, NULL);
    while (signals < 50)
        for (size_t p = 0; p < test_pool_count; p++) EXPECT(work_is_right(test_pool(p)), "work between signals, pool %zu", p);
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    EXPECT(signals_elsewhere == 0, "%d signals reached a worker", (int)signals_elsewhere);
}

int main(void) {
    seed_random(11);
    prepare_work();
    many_threads_share_one_pool();
    many_threads_have_pools_of_their_own();
    idle_pools_can_be_destroyed();
    signals_go_to_the_program_and_disturb_nothing();
    return finish_tests();
}
