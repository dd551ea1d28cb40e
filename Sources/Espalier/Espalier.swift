@_exported import EspalierData
@_exported import EspalierGraph
@_exported import EspalierKernels
@_exported import EspalierTasks
@_exported import EspalierTensor
