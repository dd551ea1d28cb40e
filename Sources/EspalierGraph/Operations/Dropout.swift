import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// x / (1 - rate) or 0, by counter-based random numbers: the same call on the cotangent is the backward, so that
    /// nothing is kept. Each run of a program draws anew.
    public struct Dropout: ElementwiseRule {
        let rate: Float
        /// Numbers of this use; its backward has the same.
        let stream: UInt64

        var name: String { "dropout" }
        var attributes: String { "\(rate)" }
        func overwritable(of inputs: [Graph.Node]) -> Range<Int> { 0..<1 }

        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] {
            [site.graph.append(.dropout(self), [site.cotangent])]
        }

        func chainOperation(_ randomness: Randomness) -> KernelCall.Chain.Operation { .dropout(mask(randomness)) }

        func kernels(at site: KernelSite) -> [KernelCall] {
            [
                .dropout(
                    .init(
                        mask(site.randomness), count: site.output.count, x: site.inputs[0].floats,
                        y: site.output.floats))
            ]
        }

        private func mask(_ randomness: Randomness) -> KernelCall.DropoutMask {
            var mask = KernelCall.DropoutMask(
                seed: randomness.seed, stream: stream, step: randomness.step, rate: rate)
            mask.stretch = randomness.stretch
            return mask
        }
    }
}

extension Value {
    /// Sets elements to 0 with probability `rate` (0..<1) and scales the others by 1 / (1 - rate).
    ///
    /// - Parameter stream: which random numbers; two uses with one stream and count drop alike.
    public func dropout(_ rate: Float, stream: UInt64) -> Value {
        require(rate >= 0 && rate < 1, "[dropout] rate is \(rate); it must lie in 0..<1")
        return rate == 0 ? self : graph.append(.dropout(.init(rate: rate, stream: stream)), [self])
    }
}
