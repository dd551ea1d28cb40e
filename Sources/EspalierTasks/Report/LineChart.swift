/// Lines over a common axis, as SVG.
public struct LineChart: Sendable {
    /// One line. A point that is not finite, or beyond 1e200, leaves a gap.
    public struct Series: Sendable {
        public var name: String
        public var points: [(x: Double, y: Double)]

        public init(name: String, points: [(x: Double, y: Double)]) {
            self.name = name
            self.points = points
        }

        fileprivate var drawable: [(x: Double, y: Double)] {
            points.filter { $0.x.isDrawable && $0.y.isDrawable }
        }
    }

    public var title: String
    public var xLabel: String
    public var series: [Series]
    /// A dashed vertical line with a word above it.
    public var marker: (x: Double, label: String)?
    /// Pixels.
    public var width = 340.0
    public var height = 220.0

    public init(title: String, xLabel: String, series: [Series], marker: (x: Double, label: String)? = nil) {
        self.title = title
        self.xLabel = xLabel
        self.series = series
        self.marker = marker
    }

    /// An `<svg>` element. It needs `SVG.styleSheet` on its page, or `SVG.standalone` around it.
    public func svg() -> String {
        let legend = series.count > 1 ? SVG.legend(series.map(\.name), width: width) : (elements: [], bottom: 16)
        let top = legend.bottom + (series.count > 1 ? 30 : 22)
        let bottom = height - 40
        let right = width - 12 - (endLabels.map(SVG.width(of:)).max() ?? 0)
        let points = series.flatMap(\.drawable)
        let vertical = Axis(values: points.map(\.y), pixels: (bottom, top))
        let left = 14 + (vertical.ticks.map { SVG.width(of: vertical.label($0)) }.max() ?? 0)
        let horizontal = HorizontalRange(values: points.map(\.x), pixels: (left + 8, right - 8))

        var elements = [SVG.text(title, x: 0, y: 14, style: "name")]
        elements += legend.elements
        for tick in vertical.ticks {
            let y = vertical.position(tick)
            elements.append(SVG.line("grid", from: (left, y), to: (right, y)))
            elements.append(SVG.text(vertical.label(tick), x: left - 6, y: y + 4, anchor: "end"))
        }
        elements.append(SVG.line("base", from: (left, bottom), to: (right, bottom)))
        for tick in horizontal.ticks {
            let x = horizontal.position(tick)
            elements.append(SVG.line("base", from: (x, bottom), to: (x, bottom + 4)))
            elements.append(SVG.text(horizontal.label(tick), x: x, y: bottom + 17, anchor: "middle"))
        }
        elements.append(SVG.text(xLabel, x: (left + right) / 2, y: height - 6, anchor: "middle"))
        if let marker {
            let x = horizontal.position(marker.x)
            elements.append(SVG.line("mark", from: (x, top - 4), to: (x, bottom)))
            elements.append(SVG.text(marker.label, x: x, y: top - 8, anchor: "middle"))
        }
        for (index, line) in series.enumerated() {
            elements += draw(line, colour: SVG.colour(index), horizontal, vertical)
        }
        elements += labelEnds(x: right + 4, vertical, top: top, bottom: bottom)
        return SVG.document(width: width, height: height, title: title, elements)
    }

    /// The name of each line where there are several, else the last value.
    private var endLabels: [String] {
        if series.count > 1 { return series.map { $0.name.shortened(to: 14) } }
        return series.map { line in
            line.drawable.last.map { NumberText.significant($0.y) } ?? ""
        }
    }

    private func draw(_ line: Series, colour: Int, _ horizontal: HorizontalRange, _ vertical: Axis) -> [String] {
        var elements: [String] = []
        for run in line.points.split(whereSeparator: { !$0.x.isDrawable || !$0.y.isDrawable }) where run.count > 1 {
            let path = run.map { point in
                SVG.pixel(horizontal.position(point.x)) + "," + SVG.pixel(vertical.position(point.y))
            }
            elements.append(#"<polyline class="line s\#(colour)" points="\#(path.joined(separator: " "))"/>"#)
        }
        // Dots show where the values are and tell them on hovering; in a long run they would be a smear.
        let points = line.drawable
        for point in points.count <= 40 ? points[...] : points.suffix(1) {
            elements.append(
                """
                <circle class="f\(colour)" cx="\(SVG.pixel(horizontal.position(point.x)))" \
                cy="\(SVG.pixel(vertical.position(point.y)))" r="3"><title>\
                \("\(line.name), \(xLabel) \(NumberText.significant(point.x)): \(NumberText.significant(point.y))".escaped)\
                </title></circle>
                """)
        }
        return elements
    }

    /// Labels beside the lines' last points, moved apart where they would overlap.
    private func labelEnds(x: Double, _ vertical: Axis, top: Double, bottom: Double) -> [String] {
        let spacing = 14.0
        var labels = zip(series, endLabels).compactMap { line, label in
            line.drawable.last.map { (y: vertical.position($0.y), label: label) }
        }.sorted { $0.y < $1.y }
        for index in labels.indices.dropFirst() {
            labels[index].y = max(labels[index].y, labels[index - 1].y + spacing)
        }
        var ceiling = bottom
        for index in labels.indices.reversed() {
            labels[index].y = min(labels[index].y, ceiling)
            ceiling = labels[index].y - spacing
        }
        return labels.map { SVG.text($0.label, x: x, y: $0.y + 4, style: "value") }
    }
}

/// A horizontal axis that begins and ends with the data, not with a tick.
private struct HorizontalRange {
    let ticks: [Double]
    private let axis: Axis
    private let low: Double
    private let high: Double
    private let pixels: (first: Double, last: Double)

    init(values: [Double], pixels: (first: Double, last: Double)) {
        low = values.min() ?? 0
        high = values.max() ?? 1
        let whole = values.allSatisfy { $0 == $0.rounded() }
        axis = Axis(values: values, intervals: 8, wholeNumbers: whole, pixels: pixels)
        ticks = low == high ? [low] : axis.ticks.filter { [low, high] in $0 >= low && $0 <= high }
        self.pixels = pixels
    }

    func position(_ value: Double) -> Double {
        if low == high { return (pixels.first + pixels.last) / 2 }
        return pixels.first + (value - low) / (high - low) * (pixels.last - pixels.first)
    }

    func label(_ tick: Double) -> String { axis.label(tick) }
}
