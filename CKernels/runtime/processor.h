/// Where a thread runs. Only Linux says; elsewhere nobody knows and nobody moves.
#ifndef CK_PROCESSOR_H
#define CK_PROCESSOR_H

#include <stddef.h>

/// The processor that runs the calling thread just now, or -1.
int ck_processor_current(void);

/// The processors that a thread may use, as the system has them.
typedef struct ck_processors {
    _Alignas(8) unsigned char bits[128];
} ck_processors;

/// Of a thread that avoids a processor.
typedef struct ck_avoidance {
    int avoids; ///< whether it does: it may be unable to
    int processor;
    int thread; ///< the system's number
    ck_processors allowed, others;
} ck_avoidance;

/// Keeps the calling thread off a processor until it says otherwise, if there are `least` that it may use. If it runs there
/// it moves.
ck_avoidance ck_processor_avoid(int processor, size_t least);

/// Keeps a thread that avoids a processor off another one instead, if it can. Any thread may call this, while no other
/// does.
void ck_processor_avoid_instead(ck_avoidance *avoidance, int processor);

/// Lets the calling thread use what it might use before, unless somebody else has given it other processors meanwhile.
/// (The same ones cannot be told from its own choice.)
void ck_processor_allow(const ck_avoidance *avoidance);

#endif
