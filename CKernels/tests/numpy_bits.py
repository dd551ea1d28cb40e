"""NumPy's and SciPy's float32 products, with the drop-in library preloaded, have the bits of ck_gemm_f32.

    LD_PRELOAD=../build/libckernels_blas.so python3 tests/numpy_bits.py ../build/libckernels.so

Another BLAS adds in another order: this passes only if the products are ours.
"""

import ctypes
import sys

import numpy as np
from scipy.linalg.blas import sgemm

passed = failed = 0


def expect_same(name, got, expected):
    global passed, failed
    if got.dtype == np.float32 and got.tobytes() == expected.tobytes():
        passed += 1
    else:
        failed += 1
        print(f"numpy_bits.py: {name}: other bits")


def load(path):
    gemm = ctypes.CDLL(path).ck_gemm_f32
    size, real, pointer = ctypes.c_size_t, ctypes.c_float, ctypes.c_void_p
    gemm.argtypes = [pointer, ctypes.c_int, ctypes.c_int, size, size, size, real, pointer, size, pointer, size, real,
                     pointer, size, pointer]
    return gemm


def product(gemm, transpose_a, transpose_b, a, b, alpha=1, beta=0, c=None):
    """alpha · op(a) · op(b) + beta · c, for row-major arrays."""
    m, k = a.shape[::-1] if transpose_a else a.shape
    n = b.shape[0] if transpose_b else b.shape[1]
    y = np.empty((m, n), np.float32) if c is None else c.copy()
    status = gemm(None, transpose_a, transpose_b, m, n, k, alpha, a.ctypes.data, a.strides[0] // 4, b.ctypes.data,
                  b.strides[0] // 4, beta, y.ctypes.data, n, None)
    assert status == 0
    return y


def operands(random, transpose_a, transpose_b, m, n, k):
    """Row-major arrays to be transposed or not, inside wider ones."""
    a = random.standard_normal((k, m + 3) if transpose_a else (m, k + 3), dtype=np.float32)
    b = random.standard_normal((n, k + 5) if transpose_b else (k, n + 5), dtype=np.float32)
    return a[:, :-3], b[:, :-5]


def main(path):
    gemm = load(path)
    random = np.random.default_rng(0)
    for m, n, k in [(2, 3, 100), (16, 16, 16), (33, 65, 129), (128, 10, 384), (256, 384, 384), (5, 700, 1000)]:
        for transpose_a in (0, 1):
            for transpose_b in (0, 1):
                a, b = operands(random, transpose_a, transpose_b, m, n, k)
                x, y = (a.T if transpose_a else a), (b.T if transpose_b else b)
                name = f"{'NT'[transpose_a]}{'NT'[transpose_b]} {m} x {n} x {k}"
                expect_same(f"matmul {name}", x @ y, product(gemm, transpose_a, transpose_b, a, b))
                # Fortran's view of a row-major array is its transpose: this is yᵀ xᵀ.
                c = random.standard_normal((m, n), dtype=np.float32)
                ours = product(gemm, transpose_a, transpose_b, a, b, 0.5, -2, c)
                theirs = sgemm(0.5, np.asfortranarray(b.T), np.asfortranarray(a.T), -2, c.T, transpose_b, transpose_a)
                expect_same(f"sgemm {name}", np.ascontiguousarray(theirs.T), ours)
        stack = random.standard_normal((4, m, k), dtype=np.float32), random.standard_normal((4, k, n), dtype=np.float32)
        ours = np.stack([product(gemm, 0, 0, a, b) for a, b in zip(*stack)])
        expect_same(f"matmul 4 x {m} x {n} x {k}", np.matmul(*stack), ours)
    print(f"numpy_bits: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
