import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// A value that is set before each run.
    public struct Input: LeafRule {
        public let name: String
        public let shape: Shape
    }

    /// A learned value; its memory is a part of the parameter slab.
    public struct Parameter: LeafRule {
        public let name: String
        public let shape: Shape
        public let initializer: Initializer
    }

    /// A value that never changes.
    public struct Constant: LeafRule {
        public let tensor: Tensor
        public var name: String {
            tensor.count == 1 ? "constant \(tensor.scalars[0])" : "constant"
        }
        public var shape: Shape { tensor.shape }
    }
}

/// A node without operands: its memory is given, nothing is computed.
protocol LeafRule: OperationRule {
    var shape: Shape { get }
}

extension LeafRule {
    func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { shape }
    func gradient(at site: GradientSite) throws(GraphError) -> [Value?] { [] }
    func kernels(at site: KernelSite) -> [KernelCall] { [] }
}
