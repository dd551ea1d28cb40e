/// CKernels: compute kernels for training small and middle-sized networks on CPUs.
///
/// Rules that hold for every function here, so that the comments below need not repeat them:
///  - Matrices are row-major float32. A leading dimension (`ld…`) counts elements and is at least the row length.
///  - `pool` may be NULL: the call then runs on the caller alone. A pool never changes a result's bits.
///  - Bits: the same on every instruction set and for every number of threads; a row's result does not depend on
///    which rows share its batch. Excepted are the sign and payload of a NaN.
///  - No call allocates, starts a thread, aborts, or touches memory outside its operands.
///  - Zero sizes are legal and do nothing, unless a comment says what they give.
///  - Operands may be unaligned. Outputs may not overlap inputs unless a comment allows it ("may be x").
///  - On an error status nothing has been written, unless a comment says otherwise. CK_INVALID_ARGUMENT comes for a NULL
///    operand that would be touched, a leading dimension too small, an option that is none, and what `requires` names;
///    overlapping operands, and sizes beyond what the pointers hold, nobody can see.
///  - Scratch: at most 20 KiB of stack, unless a comment says more. No call takes more than 384 KiB of it.
///  - Errors: u = 2^-24. A bound such as 3 u |x| is componentwise, and holds where nothing overflows or underflows. What
///    has no bound is one operation, correctly rounded.
#ifndef CKERNELS_H
#define CKERNELS_H

#include "ck_activation.h"
#include "ck_chain.h"
#include "ck_embedding.h"
#include "ck_elementwise.h"
#include "ck_gemm.h"
#include "ck_head.h"
#include "ck_loss.h"
#include "ck_normalization.h"
#include "ck_optimizer.h"
#include "ck_random.h"
#include "ck_reduction.h"
#include "ck_runtime.h"
#include "ck_softmax.h"

#endif
