import RealModule

/// The first place where two arrays differ by more than a relative tolerance, in words; nil if there is none.
///
/// Made for `#expect(difference(a, b, relative: 1e-6) == nil)`, which shows the place when it fails. Equal infinities
/// and two NaNs count as equal.
public func difference(
    _ a: [Float], _ b: [Float], relative: Float, absolute: Float = 0
) -> String? {
    firstDifference(a, b) { $0.isApproximatelyEqual(to: $1, absoluteTolerance: absolute, relativeTolerance: relative) }
}

/// The same with a tolerance in units in the last place: how many floats lie between the two.
public func difference(_ a: [Float], _ b: [Float], ulps: Int) -> String? {
    firstDifference(a, b) { ulpDistance($0, $1) <= ulps }
}

/// How many steps from one float to the next lead from one number to the other; 0 and -0 are the same number.
public func ulpDistance(_ a: Float, _ b: Float) -> Int {
    if a.isNaN || b.isNaN { return a.isNaN && b.isNaN ? 0 : Int.max }
    return abs(position(a) - position(b))
}

/// Floats in their order are integers in theirs.
private func position(_ x: Float) -> Int {
    let magnitude = Int(x.magnitude.bitPattern)
    return x.sign == .minus ? -magnitude : magnitude
}

private func firstDifference(_ a: [Float], _ b: [Float], areEqual: (Float, Float) -> Bool) -> String? {
    if a.count != b.count { return "\(a.count) elements against \(b.count)" }
    for (index, (x, y)) in zip(a, b).enumerated() where !(x == y || (x.isNaN && y.isNaN) || areEqual(x, y)) {
        return "element \(index): \(x) against \(y)"
    }
    return nil
}
