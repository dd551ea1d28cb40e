import EspalierKernels
import Testing

/// All tests of kernels: one after another, because some change the instruction set for the whole process.
@Suite(.serialized) enum KernelTests {}
