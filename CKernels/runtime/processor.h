/// Where a thread runs. Only Linux says; elsewhere nobody knows and nobody moves.
#ifndef CK_PROCESSOR_H
#define CK_PROCESSOR_H

#include <stddef.h>

/// The processor that runs the calling thread just now, or -1.
int ck_processor_current(void);

/// Moves the calling thread to another of the processors that it may use, if there are `least` of them. Which ones it
/// may use is the same afterwards.
void ck_processor_leave(int processor, size_t least);

#endif
