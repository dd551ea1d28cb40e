/// Where two results differ most, in units of what rounding explains.
struct Deviation {
    /// The difference over the tolerance: at most 1 if the results agree.
    private(set) var share = 0.0
    private(set) var description = "equal"

    /// - Parameter place: named only if this is the worst so far.
    mutating func add(_ a: Double, _ b: Double, tolerance: Double, place: @autoclosure () -> String) {
        let share = Self.share(a, b, tolerance: tolerance)
        guard share > self.share else { return }
        self.share = share
        description = "\(place()): \(a) and \(b), tolerance \(tolerance)"
    }

    private static func share(_ a: Double, _ b: Double, tolerance: Double) -> Double {
        if a == b || (a.isNaN && b.isNaN) { return 0 }
        let difference = abs(a - b)
        return difference.isFinite && tolerance > 0 ? difference / tolerance : .infinity
    }

    /// The outputs of a call that was run, against what they should hold.
    static func ofOutputs(_ outputs: [Operand], from expected: [[Bounded]]) -> Deviation {
        var deviation = Deviation()
        for (index, output) in outputs.enumerated() {
            for row in 0..<output.rows {
                for column in 0..<output.columns {
                    let value = output.value(row, column)
                    let exact = expected[index][row * output.columns + column]
                    // A finite number beyond the range of Float is rightly an infinity.
                    if value.isInfinite, value == Double(Float(exact.value)) { continue }
                    deviation.add(
                        value, exact.value, tolerance: exact.error,
                        place: "output \(index), row \(row), column \(column)")
                }
            }
        }
        return deviation
    }
}
