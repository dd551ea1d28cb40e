/// How floats are written that stand in columns: as NumPy does, all fixed or all scientific, with the shortest digits
/// that tell each number from its neighbours, points below each other.
struct NumberLayout {
    private let isScientific: Bool
    /// The greatest number of characters before the point, sign included, and behind it.
    private var (before, behind) = (0, 0)
    private var width = 0

    init(_ values: [Float]) {
        let sizes = values.filter { $0.isFinite && $0 != 0 }.map(abs)
        if let least = sizes.min(), let greatest = sizes.max() {
            isScientific = greatest >= 1e8 || least < 1e-4 || greatest / least > 1000
        } else {
            isScientific = false
        }
        var exponent = 0
        for value in values where value.isFinite {
            let parts = parts(value)
            before = max(before, parts.whole.count)
            behind = max(behind, parts.fraction.count)
            exponent = max(exponent, parts.exponent.count)
        }
        width = before + 1 + behind + exponent
        for value in values where !value.isFinite { width = max(width, notFinite(value).count) }
    }

    func text(_ value: Float) -> String {
        guard value.isFinite else { return padded(notFinite(value), to: width) }
        let (whole, fraction, exponent) = parts(value)
        // Zeros keep the exponents below each other; fixed numbers just end.
        let fill = String(repeating: isScientific ? "0" : " ", count: behind - fraction.count)
        return padded(padded(whole, to: before) + "." + fraction + fill + exponent, to: width)
    }

    private func notFinite(_ value: Float) -> String { value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }

    private func padded(_ text: String, to width: Int) -> String {
        String(repeating: " ", count: width - text.count) + text
    }

    private func parts(_ value: Float) -> (whole: String, fraction: String, exponent: String) {
        var decimal = ShortestDecimal(value.magnitude)
        var exponent = ""
        if isScientific {
            let power = decimal.makeScientific()
            let digits = String(power.magnitude)
            exponent = "e" + (power < 0 ? "-" : "+") + (digits.count < 2 ? "0" : "") + digits
        }
        let (whole, fraction) = decimal.split(places: 8)
        return ((value.sign == .minus ? "-" : "") + whole, fraction, exponent)
    }
}

/// The shortest decimal number that reads back as a given float: number / 10^places.
private struct ShortestDecimal {
    /// At most 9 digits.
    private var number: Int
    private var places: Int

    init(_ value: Float) {
        // Swift prints the shortest digits: "0.1", "1.5e-07".
        let text = value.description.split(separator: "e")
        let mantissa = text[0].split(separator: ".")
        let exponent = text.count == 2 ? Int(text[1])! : 0
        number = Int(mantissa.joined())!
        places = (mantissa.count == 2 ? mantissa[1].count : 0) - exponent
        while number != 0, number % 10 == 0 {
            number /= 10
            places -= 1
        }
        if number == 0 { places = 0 }
    }

    /// Moves the point behind the first digit and returns the power of ten that the number lost.
    mutating func makeScientific() -> Int {
        let behind = String(number).count - 1
        defer { places = behind }
        return behind - places
    }

    /// The digits before and behind the point, rounded to so many behind.
    func split(places limit: Int) -> (whole: String, fraction: String) {
        var (number, places) = (number, places)
        if places > limit {
            let unit = Self.powerOfTen(places - limit)
            number = (number + unit / 2) / unit
            places = limit
        }
        if places <= 0 { return (String(number * Self.powerOfTen(-places)), "") }
        let unit = Self.powerOfTen(places)
        // The added unit keeps the leading zeros of the fraction.
        var fraction = String(number % unit + unit).dropFirst()
        while fraction.last == "0" { fraction.removeLast() }
        return (String(number / unit), String(fraction))
    }

    private static func powerOfTen(_ exponent: Int) -> Int { (0..<exponent).reduce(1) { power, _ in power * 10 } }
}
