import EspalierKernels
import EspalierTensor

/// An operation of a user's own, added without touching the library. Everything is float32.
public protocol CustomOperation {
    /// As listings and errors call it.
    var name: String { get }

    /// The result's shape, or nil if the operands do not fit.
    func shape(of inputs: [Shape]) -> Shape?

    /// Computes the result. Operands and result are contiguous, row-major; the result is not initialised.
    func evaluate(_ inputs: [UnsafeBufferPointer<Float>], into output: UnsafeMutableBufferPointer<Float>)

    /// A cotangent for every operand, drawn with graph operations (or other custom ones); nil for zero.
    func gradient(inputs: [Value], output: Value, cotangent: Value) -> [Value?]
}

extension Graph.Operation {
    /// An operation of a user's own, by `CustomOperation`.
    public struct Custom: OperationRule {
        let operation: any CustomOperation

        var name: String { operation.name }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape {
            guard let shape = operation.shape(of: inputs) else { throw ShapeMistake("the operation refuses them") }
            return shape
        }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            let gradient = operation.gradient(inputs: site.inputs, output: site.output, cotangent: site.cotangent)
            require(
                gradient.count == site.inputs.count,
                "[\(name)] \(gradient.count) gradients for \(site.inputs.count) operands")
            return gradient
        }

        func kernels(at site: KernelSite) -> [KernelCall] {
            let inputs = site.inputs.map { UnsafeBufferPointer(start: $0.floats, count: $0.count) }
            let output = UnsafeMutableBufferPointer(start: site.output.floats, count: site.output.count)
            return [.custom(.init(name: name) { [operation] in operation.evaluate(inputs, into: output) })]
        }
    }
}

extension Graph {
    /// Draws a user's own operation.
    public func custom(_ operation: some CustomOperation, _ inputs: Value...) -> Value {
        append(.custom(.init(operation: operation)), inputs)
    }
}
