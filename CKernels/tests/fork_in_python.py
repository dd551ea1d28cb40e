"""A pool made in Python before os.fork and multiprocessing: the parent goes on, children work alone or with their own.

    make test-python
"""

import ctypes
import multiprocessing
import os
import sys

import numpy as np

library = ctypes.CDLL(sys.argv[1])
size, real, pointer = ctypes.c_size_t, ctypes.c_float, ctypes.c_void_p
library.ck_gemm_f32.argtypes = [
    pointer, ctypes.c_int, ctypes.c_int, size, size, size,
    real, pointer, size, pointer, size, real, pointer, size, pointer,
]
library.ck_pool_create.argtypes = [size, ctypes.POINTER(pointer)]
library.ck_pool_destroy.argtypes = [pointer]
library.ck_pool_destroy.restype = None

N = 256
A, B = np.random.default_rng(0).standard_normal((2, N, N), dtype=np.float32)


def new_pool(threads):
    pool = pointer()
    assert library.ck_pool_create(threads, ctypes.byref(pool)) == 0
    return pool


def product(pool):
    c = np.empty_like(A)
    status = library.ck_gemm_f32(
        pool, 0, 0, N, N, N, 1, A.ctypes.data, N, B.ctypes.data, N, 0, c.ctypes.data, N, None)
    assert status == 0
    return c


POOL = new_pool(2)
EXPECTED = product(None)


def is_right(pool):
    return np.array_equal(product(pool), EXPECTED)


def work_in_child(_):
    """On the parent's pool, which here has no threads, and on one of the child's own."""
    own = new_pool(2)
    right = is_right(POOL) and is_right(own)
    library.ck_pool_destroy(own)
    return right


def main():
    assert is_right(POOL)
    child = os.fork()
    if child == 0:
        os._exit(0 if work_in_child(0) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, "os.fork"
    with multiprocessing.get_context("fork").Pool(2) as children:
        assert all(children.map(work_in_child, range(8))), "multiprocessing"
    assert is_right(POOL), "the parent afterwards"
    library.ck_pool_destroy(POOL)
    print("fork_in_python: passed")


main()
