// The linked BLAS and LAPACK, and nothing else. pkg-config's `openblas` gives the include path.
#include <cblas.h>
#include <lapacke.h>
