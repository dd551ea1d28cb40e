import Foundation

/// One axis of a chart: round ticks that enclose the data, and where a value lies in pixels.
struct Axis {
    let ticks: [Double]
    let step: Double
    /// Pixels of the first and the last tick.
    private let pixels: (first: Double, last: Double)

    /// - Parameters:
    ///   - values: all drawable; without any, the axis is 0...1.
    ///   - intervals: about how many.
    ///   - wholeNumbers: whether ticks between whole numbers make no sense (epochs).
    init(
        values: some Sequence<Double>, intervals: Int = 5, wholeNumbers: Bool = false,
        pixels: (first: Double, last: Double)
    ) {
        var low = values.min() ?? 0
        var high = values.max() ?? 1
        let size = max(abs(low), abs(high))
        // A span lost in the values' rounding would make ticks that are all alike.
        if high - low <= 1e-9 * size || size < 1e-200 {
            let room = size < 1e-200 ? 1 : size * 0.1
            low -= room
            high += room
        }
        var step = Self.roundStep(atLeast: (high - low) / Double(intervals))
        if wholeNumbers { step = max(1, step) }
        let first = (low / step).rounded(.down)
        let last = (high / step).rounded(.up)
        ticks = stride(from: first, through: last, by: 1).map { $0 * step }
        self.step = step
        self.pixels = pixels
    }

    /// The pixel of a value.
    func position(_ value: Double) -> Double {
        let low = ticks[0]
        let high = ticks[ticks.count - 1]
        return pixels.first + (value - low) / (high - low) * (pixels.last - pixels.first)
    }

    func label(_ tick: Double) -> String { NumberText.tick(tick, step: step) }

    /// The smallest of 1, 2, 5 times a power of ten that is not below `size`.
    private static func roundStep(atLeast size: Double) -> Double {
        let power = pow(10, log10(size).rounded(.down))
        // A hair of room, so that 0.2 is found for 0.2 however it was rounded.
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= size * (1 - 1e-9) } ?? size
    }
}

extension Double {
    /// Whether a chart can show it: finite, and far enough from overflow for the axis to be computed.
    var isDrawable: Bool { isFinite && abs(self) <= 1e200 }
}
