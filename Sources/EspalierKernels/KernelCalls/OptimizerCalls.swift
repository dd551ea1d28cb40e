extension KernelCall {
    /// v = momentum · v + g;  p -= learningRate · v (with Nesterov: · (g + momentum · v)).
    public struct SGD {
        public var count: Int
        public var learningRate: Float
        public var momentum: Float = 0
        public var nesterov = false
        public var weightDecay: Float = 0
        public var gradientScale: Float = 1
        public var parameters, gradients: Floats
        public var velocity: Floats?

        public init(count: Int, learningRate: Float, parameters: Floats, gradients: Floats, velocity: Floats?) {
            (self.count, self.learningRate) = (count, learningRate)
            (self.parameters, self.gradients, self.velocity) = (parameters, gradients, velocity)
        }
    }

    /// Adam, or AdamW with `decoupled` weight decay. `step` is 1 at the first.
    public struct Adam {
        public var count: Int
        public var learningRate: Float
        public var beta1: Float = 0.9
        public var beta2: Float = 0.999
        public var epsilon: Float = 1e-8
        public var weightDecay: Float = 0
        public var gradientScale: Float = 1
        public var decoupled = false
        public var step: UInt64
        public var parameters, gradients, firstMoment, secondMoment: Floats

        public init(
            count: Int, learningRate: Float, step: UInt64, parameters: Floats, gradients: Floats, firstMoment: Floats,
            secondMoment: Floats
        ) {
            (self.count, self.learningRate, self.step) = (count, learningRate, step)
            (self.parameters, self.gradients) = (parameters, gradients)
            (self.firstMoment, self.secondMoment) = (firstMoment, secondMoment)
        }
    }
}
