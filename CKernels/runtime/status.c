#include "../include/ck_runtime.h"

const char *ck_status_text(ck_status status) {
    switch (status) {
    case CK_OK: return "no error";
    case CK_INVALID_ARGUMENT: return "invalid argument";
    case CK_INDEX_OUT_OF_RANGE: return "index out of range";
    case CK_OUT_OF_MEMORY: return "out of memory";
    case CK_UNSUPPORTED: return "not supported on this machine";
    }
    return "unknown status";
}

const char *ck_version(void) { return "0.1.0"; }
