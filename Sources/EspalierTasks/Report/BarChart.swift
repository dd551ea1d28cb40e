/// Horizontal bars in groups, as SVG.
public struct BarChart: Sendable {
    /// One bar in every group.
    public struct Series: Sendable {
        public var name: String
        /// One a group, 0 or more; what is not finite, below 0 or beyond 1e200 has no bar.
        public var values: [Double]

        public init(name: String, values: [Double]) {
            self.name = name
            self.values = values
        }
    }

    public var title: String
    /// What the bars' length means, with its unit.
    public var valueLabel: String
    public var groups: [String]
    public var series: [Series]
    /// Pixels.
    public var width = 640.0

    public init(title: String, valueLabel: String, groups: [String], series: [Series]) {
        precondition(
            series.allSatisfy { $0.values.count == groups.count },
            "[bar chart] \(title): every series needs \(groups.count) values")
        self.title = title
        self.valueLabel = valueLabel
        self.groups = groups
        self.series = series
    }

    /// An `<svg>` element. It needs `SVG.styleSheet` on its page, or `SVG.standalone` around it.
    public func svg() -> String {
        let thickness = 14.0
        let legend = series.count > 1 ? SVG.legend(series.map(\.name), width: width) : (elements: [], bottom: 20)
        let top = legend.bottom + 14
        let groupHeight = Double(series.count) * (thickness + 2) + 12
        let bottom = top + groupHeight * Double(groups.count)
        let names = groups.map { $0.shortened(to: 32) }
        let left = 12 + (names.map(SVG.width(of:)).max() ?? 0)
        let values = series.flatMap(\.values).filter { $0.isDrawable && $0 >= 0 }
        let axis = Axis(values: values + [0], pixels: (left, width - 60))

        var elements = [SVG.text(title, x: 0, y: 14, style: "name")]
        elements += legend.elements
        for tick in axis.ticks {
            let x = axis.position(tick)
            elements.append(SVG.line("grid", from: (x, top), to: (x, bottom)))
            elements.append(SVG.text(axis.label(tick), x: x, y: bottom + 16, anchor: "middle"))
        }
        for (group, name) in names.enumerated() {
            let groupTop = top + Double(group) * groupHeight + 6
            elements.append(SVG.text(name, x: left - 8, y: groupTop + groupHeight / 2 - 2, anchor: "end"))
            for (index, line) in series.enumerated() where line.values[group].isDrawable && line.values[group] >= 0 {
                let y = groupTop + Double(index) * (thickness + 2)
                let end = axis.position(line.values[group])
                elements.append(
                    SVG.rectangle("f\(SVG.colour(index))", x: left, y: y, width: end - left, height: thickness))
                elements.append(
                    SVG.text(
                        NumberText.significant(line.values[group]), x: end + 5, y: y + 11, style: "value halo"))
            }
        }
        elements.append(SVG.line("base", from: (left, top), to: (left, bottom)))
        elements.append(SVG.text(valueLabel, x: (left + width - 60) / 2, y: bottom + 34, anchor: "middle"))
        return SVG.document(width: width, height: bottom + 42, title: title, elements)
    }
}
