import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// A value that is set before each run.
    public struct Input: LeafRule {
        /// Unique among the graph's inputs.
        public let name: String
        /// The shape of what it is set to.
        public let shape: Shape
    }

    /// A learned value; its memory is a part of the parameter slab.
    public struct Parameter: LeafRule {
        /// The layer path and the name: `trunk.0.weight`.
        public let name: String
        /// The shape in the slab.
        public let shape: Shape
        /// How it starts.
        public let initializer: Initializer
    }

    /// A value that never changes.
    public struct Constant: LeafRule {
        /// Its numbers.
        public let tensor: Tensor
        /// With the number itself, if it is one.
        public var name: String {
            tensor.count == 1 ? "constant \(tensor.scalars[0])" : "constant"
        }
        /// The tensor's shape.
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
