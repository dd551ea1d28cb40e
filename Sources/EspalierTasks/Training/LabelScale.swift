/// The mean and deviation of a regression head's training labels: the head learns (y - mean) / deviation.
public struct LabelScale: Sendable, Equatable, Codable {
    /// In the unit of the labels.
    public let mean: Float
    /// In the unit of the labels; positive.
    public let deviation: Float

    static let identity = LabelScale(mean: 0, deviation: 1)

    init(mean: Float, deviation: Float) { (self.mean, self.deviation) = (mean, deviation) }

    /// Of the numbers that are not NaN. Labels that are all alike have deviation 1.
    init(of labels: [Float]) {
        let known = labels.filter { !$0.isNaN }.map(Double.init)
        guard !known.isEmpty else {
            self = .identity
            return
        }
        let mean = known.reduce(0, +) / Double(known.count)
        let variance = known.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(known.count)
        let deviation = Float(variance.squareRoot())
        self.init(mean: Float(mean), deviation: deviation > 0 ? deviation : 1)
    }
}
