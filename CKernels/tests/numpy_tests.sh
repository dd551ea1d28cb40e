#!/usr/bin/env bash
# NumPy's and SciPy's own tests of products and linear algebra with the drop-in library preloaded (Debian: python3-numpy
# and python3-scipy, which call the system's BLAS; python3-pytest, python3-hypothesis).
#
#     tests/numpy_tests.sh ../build/libckernels_blas.so ../build/libckernels.so
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
preload=$(realpath "$1") library=$(realpath "$2")
python=/usr/bin/python3 # Debian's: NumPy from PyPI brings a BLAS of its own inside
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

LD_PRELOAD=$preload "$python" "$here/numpy_bits.py" "$library"

# test_huge_vectordot takes a minute and gigabytes for double-precision dots, which are not ours.
run() {
    LD_PRELOAD=$preload "$python" -m pytest --quiet -p no:cacheprovider --disable-warnings --pyargs "$@"
}
run numpy.core.tests.test_multiarray numpy.core.tests.test_numeric numpy.core.tests.test_einsum \
    -k "(matmul or dot or einsum) and not huge_vectordot"
run numpy.linalg numpy.matrixlib scipy.linalg.tests.test_blas scipy.linalg.tests.test_fblas \
    scipy.linalg.tests.test_cython_blas scipy.linalg.tests.test_lapack scipy.linalg.tests.test_basic
