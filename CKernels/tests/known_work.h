/// Work for a pool whose answer is known.
#ifndef KNOWN_WORK_H
#define KNOWN_WORK_H

#include "test_support.h"

/// Draws the work; before the first of the others.
void prepare_work(void);

/// A matrix product and its softmax, by several regions. Returns 1 if the bits are right.
int work_is_right(ck_pool *pool);

#endif
