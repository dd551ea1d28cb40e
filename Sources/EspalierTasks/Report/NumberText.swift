import Foundation

/// Numbers as people read them: a point, no thousands marks, and a dash where there is none.
public enum NumberText {
    /// `0.704`; `–` for NaN and the infinities.
    public static func fixed(_ value: Double, digits: Int) -> String {
        value.isFinite ? String(format: "%.\(digits)f", value) : "–"
    }

    /// `+0.012`, `-0.003`; `–` for NaN and the infinities.
    public static func signed(_ value: Double, digits: Int) -> String {
        value.isFinite ? String(format: "%+.\(digits)f", value) : "–"
    }

    /// Three significant digits, more where whole numbers need them: `0.704`, `12.3`, `5334`.
    static func significant(_ value: Double) -> String {
        if !value.isFinite { return "–" }
        return abs(value) >= 1000 && abs(value) < 1e7 ? fixed(value, digits: 0) : String(format: "%.3g", value)
    }

    /// As few digits as tell it from its neighbours at a distance of `step`: for the ticks of an axis.
    static func tick(_ value: Double, step: Double) -> String {
        let digits = max(0, -Int(log10(step).rounded(.down)))
        return step < 1e-4 || abs(value) >= 1e6 ? String(format: "%g", value) : fixed(value, digits: digits)
    }
}
