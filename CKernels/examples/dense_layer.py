"""A dense layer by the C library from Python: ctypes and NumPy, nothing to compile.

    make lib && python3 examples/dense_layer.py ../build/libckernels.so
"""

import ctypes
import sys

import numpy as np

RELU = 1


class Epilogue(ctypes.Structure):
    _fields_ = [("bias", ctypes.c_void_p), ("activation", ctypes.c_int),
                ("residual", ctypes.c_void_p), ("ldr", ctypes.c_size_t)]


def load(path):
    library = ctypes.CDLL(path)
    size, real, pointer = ctypes.c_size_t, ctypes.c_float, ctypes.c_void_p
    library.ck_gemm_f32.argtypes = [
        pointer, ctypes.c_int, ctypes.c_int, size, size, size,
        real, pointer, size, pointer, size, real, pointer, size, ctypes.POINTER(Epilogue),
    ]
    library.ck_status_text.restype = ctypes.c_char_p
    return library


def dense(library, x, w, bias):
    """relu(x @ w + bias) for row-major float32 arrays."""
    y = np.empty((x.shape[0], w.shape[1]), dtype=np.float32)
    epilogue = Epilogue(bias.ctypes.data, RELU)
    status = library.ck_gemm_f32(
        None, 0, 0, x.shape[0], w.shape[1], x.shape[1],
        1, x.ctypes.data, x.shape[1], w.ctypes.data, w.shape[1], 0, y.ctypes.data, y.shape[1],
        ctypes.byref(epilogue))
    if status != 0:
        raise ValueError(library.ck_status_text(status).decode())
    return y


if __name__ == "__main__":
    library = load(sys.argv[1])
    random = np.random.default_rng(0)
    x, w, bias = (random.standard_normal(shape, dtype=np.float32) for shape in [(32, 64), (64, 10), (10,)])
    difference = np.abs(dense(library, x, w, bias) - np.maximum(x @ w + bias, 0)).max()
    print(f"largest difference from NumPy: {difference:.1e}")
    sys.exit(1 if difference > 1e-4 else 0)
