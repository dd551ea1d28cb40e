import EspalierGraph
import EspalierKernels

/// A balancer that measures more than once before it chooses: on further batches, whose gradients are independent of the
/// first's (MoDo, SDMGrad), or at other parameters, to look ahead (Auto-Lambda, MOML, FORUM).
///
/// All parameters that several tasks share are one group then, whatever `Balancing.grouping` says. Each measurement costs
/// what measuring a step's batch costs, and the step follows the gradients that were measured last.
public protocol MeasuringBalancer: Balancer {
    /// The tasks' weights.
    ///
    /// - Parameters:
    ///   - batch: the step's, as measured. Its rows are overwritten by the next measurement.
    ///   - measurements: for more of them; until the call returns.
    /// - Returns: one for each of `tasks` of what was measured last.
    mutating func weights(
        for batch: BalancedBatch, measurements: StepMeasurements
    ) throws(KernelError) -> [Double]
}

/// What a `MeasuringBalancer` may ask for in a step.
public struct StepMeasurements {
    /// Measures the batch that the closure draws, or the last one again if it is nil.
    typealias Measure = ((() -> ArraySlice<Int>)?) throws(KernelError) -> BalancedBatch

    private let measure: Measure
    private let draw: () -> ArraySlice<Int>
    private let parameters: ParameterSlab

    init(of parameters: ParameterSlab, draw: @escaping () -> ArraySlice<Int>, measure: @escaping Measure) {
        (self.parameters, self.draw, self.measure) = (parameters, draw, measure)
    }

    /// Draws the training data's next batch, and measures it.
    public func next() throws(KernelError) -> BalancedBatch { try measure(draw) }

    /// Measures the last batch once more, by the parameters as they are now.
    public func again() throws(KernelError) -> BalancedBatch { try measure(nil) }

    /// Gives some of the model's parameters to `body`, to read and to change. Who changes them to look ahead puts them back.
    ///
    /// - Parameter range: as `BalancedRows.ranges` and rows count.
    public func withParameters<Result, Failure: Error>(
        in range: Range<Int>, _ body: (inout MutableSpan<Float>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try parameters.withElements(range, body)
    }
}
