/// Forked children have a pool's memory but not its threads.
#define _DEFAULT_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "known_work.h"

static int child_succeeds(pid_t child) {
    int status = 1;
    return child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

/// A child's calls on its parent's pool run alone, it may destroy that pool, and make one of its own.
static _Noreturn void be_child(ck_pool *pool) {
    int right = work_is_right(pool);
    ck_pool_destroy(pool);
    ck_pool *own = NULL;
    right &= ck_pool_create(2, &own) == CK_OK && work_is_right(own);
    ck_pool_destroy(own);
    _exit(right ? 0 : 1);
}

static void a_forked_child_works(void) {
    for (size_t p = 1; p < test_pool_count; p++) {
        const pid_t child = fork();
        if (child == 0) be_child(test_pool(p));
        EXPECT(child_succeeds(child), "child of pool %zu", p);
        EXPECT(work_is_right(test_pool(p)), "parent after the fork, pool %zu", p);
    }
}

static _Atomic int stop, wrong;

static void *work_until_stopped(void *pool) {
    while (!stop) wrong += !work_is_right(pool);
    return NULL;
}

/// The child inherits locks that a thread holds which it does not have.
static void a_child_forked_while_others_work_works(void) {
    for (size_t p = 2; p < test_pool_count; p++) {
        pthread_t other;
        stop = wrong = 0;
        if (pthread_create(&other, NULL, work_until_stopped, test_pool(p)) != 0) abort();
        for (int repeat = 0; repeat < 8; repeat++) {
            const pid_t child = fork();
            if (child == 0) be_child(test_pool(p));
            EXPECT(child_succeeds(child), "child %d of the busy pool %zu", repeat, p);
        }
        stop = 1;
        pthread_join(other, NULL);
        EXPECT(wrong == 0, "the parent's other thread, pool %zu", p);
    }
}

int main(void) {
    seed_random(12);
    prepare_work();
    a_forked_child_works();
    a_child_forked_while_others_work_works();
    return finish_tests();
}
