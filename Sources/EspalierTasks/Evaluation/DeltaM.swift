/// Δm: how much training together changes the metrics, in percent of training each task alone.
///
/// Two forms are in use and they have opposite signs. A single-task value of 0 has no percentage
/// and gives NaN or infinity.
public enum DeltaM {
    /// One metric of one task, trained alone and trained together.
    public struct Pair: Sendable, Equatable {
        public var singleTask: Double
        public var multiTask: Double
        public var higherIsBetter: Bool

        public init(singleTask: Double, multiTask: Double, higherIsBetter: Bool) {
            self.singleTask = singleTask
            self.multiTask = multiTask
            self.higherIsBetter = higherIsBetter
        }

        /// 100 (M - B) / B, its sign turned so that a gain is positive.
        var gain: Double {
            let change = 100 * (multiTask - singleTask) / singleTask
            return higherIsBetter ? change : -change
        }
    }

    /// The papers' form: 100/M Σₘ (-1)^δₘ (Mₘ - Bₘ)/Bₘ over the metrics of all tasks together, δ = 1
    /// where higher is better. **Lower is better**; negative: training together wins.
    /// K.-K. Maninis, I. Radosavovic, I. Kokkinos, Attentive Single-Tasking of Multiple Tasks, 2019,
    /// with the sign of later papers (CAGrad, Nash-MTL, FAMO).
    ///
    /// - Parameter tasks: the metrics of each task.
    public static func papers(_ tasks: [[Pair]]) -> Double {
        -RegressionMetrics.mean(of: tasks.joined().map(\.gain))
    }

    /// LibMTL's form: the mean over tasks of the mean over their metrics, gains positive.
    /// **Higher is better**; positive: training together wins. In percent here, a fraction in LibMTL.
    /// B. Lin, Y. Zhang, LibMTL: A Python Library for Multi-Task Learning, 2023.
    ///
    /// - Parameter tasks: the metrics of each task.
    public static func libMTL(_ tasks: [[Pair]]) -> Double {
        RegressionMetrics.mean(of: tasks.map { RegressionMetrics.mean(of: $0.map(\.gain)) })
    }
}
