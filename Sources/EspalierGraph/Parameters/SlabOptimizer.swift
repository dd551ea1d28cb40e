import EspalierKernels
import EspalierTensor

/// A first-order method that steps over a whole parameter slab in one kernel call.
public enum OptimizerRule: Sendable, Equatable, Codable {
    /// v = momentum · v + g; p -= rate · v, or with Nesterov's look-ahead rate · (g + momentum · v).
    case sgd(momentum: Float = 0, nesterov: Bool = false, weightDecay: Float = 0)
    /// Adam (Kingma and Ba 2015), weight decay added to the gradient.
    case adam(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0)
    /// AdamW (Loshchilov and Hutter 2019): p -= rate · decay · p beside Adam's step.
    case adamW(beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-8, weightDecay: Float = 0.01)
}

/// An optimizer with its moments, for one parameter slab. A step allocates nothing.
public final class SlabOptimizer {
    public let rule: OptimizerRule
    /// Steps taken.
    public private(set) var stepCount: UInt64 = 0

    private let parameters: ParameterSlab
    private let gradients: ParameterSlab
    private let firstMoment: ParameterSlab
    private let secondMoment: ParameterSlab
    private let squaredNorm = AlignedBuffer(byteCount: MemoryLayout<Double>.stride)

    public init(_ rule: OptimizerRule, parameters: ParameterSlab, gradients: ParameterSlab) {
        (self.rule, self.parameters, self.gradients) = (rule, parameters, gradients)
        firstMoment = ParameterSlab(zeros: parameters.layout)
        secondMoment = ParameterSlab(zeros: parameters.layout)
    }

    /// One step on the present gradients.
    ///
    /// - Parameter clippingNorm: a larger Euclidean norm of all gradients together is scaled down to it.
    public func step(
        learningRate: Float, clippingNorm: Float? = nil, backend: any Backend
    ) throws(KernelError) {
        let scale = try clippingNorm.map { limit throws(KernelError) in
            let norm = try gradientNorm(backend: backend)
            return norm > Double(limit) ? Float(Double(limit) / norm) : 1
        }
        stepCount += 1
        try backend.run(call(learningRate: learningRate, gradientScale: scale ?? 1))
    }

    /// The Euclidean norm of all gradients together.
    public func gradientNorm(backend: any Backend) throws(KernelError) -> Double {
        let result = squaredNorm.pointer.assumingMemoryBound(to: Double.self)
        try backend.run(.squaredNorm(.init(count: gradients.layout.count, x: start(of: gradients), y: result)))
        return result.pointee.squareRoot()
    }

    private func call(learningRate: Float, gradientScale: Float) -> KernelCall {
        switch rule {
        case .sgd(let momentum, let nesterov, let weightDecay):
            var call = KernelCall.SGD(
                count: parameters.layout.count, learningRate: learningRate, parameters: start(of: parameters),
                gradients: start(of: gradients), velocity: start(of: firstMoment))
            call.momentum = momentum
            call.nesterov = nesterov
            call.weightDecay = weightDecay
            call.gradientScale = gradientScale
            return .sgd(call)
        case .adam(let beta1, let beta2, let epsilon, let weightDecay),
            .adamW(let beta1, let beta2, let epsilon, let weightDecay):
            var call = KernelCall.Adam(
                count: parameters.layout.count, learningRate: learningRate, step: stepCount,
                parameters: start(of: parameters), gradients: start(of: gradients),
                firstMoment: start(of: firstMoment), secondMoment: start(of: secondMoment))
            call.beta1 = beta1
            call.beta2 = beta2
            call.epsilon = epsilon
            call.weightDecay = weightDecay
            call.gradientScale = gradientScale
            if case .adamW = rule { call.decoupled = true }
            return .adam(call)
        }
    }

    private func start(of slab: ParameterSlab) -> Floats { slab.floats.baseAddress! }
}
