import EspalierTensor

/// What the charts share: their style sheet, colours and elements.
///
/// Charts are coloured by classes, so that one style sheet serves a page of them and follows the
/// reader's light or dark setting.
public enum SVG {
    /// The rules a page with charts needs once. Also holds for a chart in a file of its own.
    ///
    /// Colours stand in every rule: programs that draw SVG without being a browser know no CSS variables.
    public static let styleSheet = """
        .chart { font: 12px system-ui, sans-serif }
        .chart .name { font-weight: 600; font-size: 13px }
        .chart .grid, .chart .base { stroke-width: 1 } .chart .mark { stroke-width: 1; stroke-dasharray: 3 3 }
        .chart .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round }
        .chart .dot { stroke-width: 1.5 } .chart .halo { stroke-width: 3px; paint-order: stroke }
        \(Palette.light.rules)@media (prefers-color-scheme: dark) {
        \(Palette.dark.rules)}

        """

    private struct Palette {
        let ink, soft, rule, paper: String
        /// Distinct for the common kinds of colour blindness (after Okabe and Ito); darkened or lightened to stand out
        /// from the paper.
        let series: [String]

        static let light = Palette(
            ink: "#1c2430", soft: "#5d6878", rule: "#dfe3e8", paper: "#ffffff",
            series: ["#0072b2", "#d55e00", "#00916a", "#b8568f", "#a87400", "#4f9bd0"])
        static let dark = Palette(
            ink: "#e8ebef", soft: "#9aa5b4", rule: "#323a45", paper: "#171c23",
            series: ["#56ace6", "#f0904f", "#35c79c", "#e3a0c8", "#e8bd4f", "#a5d4f5"])

        var rules: String {
            """
            .chart text { fill: \(soft) } .chart .name, .chart .value { fill: \(ink) }
            .chart .grid { stroke: \(rule) } .chart .base, .chart .mark { stroke: \(soft) }
            .chart .paper { fill: \(paper) } .chart .dot, .chart .halo { stroke: \(paper) }

            """
                + series.enumerated().map { ".chart .s\($0) { stroke: \($1) } .chart .f\($0) { fill: \($1) }\n" }
                .joined()
        }
    }

    /// A chart as a file of its own: with its style sheet inside.
    public static func standalone(_ chart: String) -> String {
        guard let end = chart.firstIndex(of: ">") else { return chart }
        return chart[...end] + "<style>\(styleSheet)</style><rect class=\"paper\" width=\"100%\" height=\"100%\"/>"
            + chart[chart.index(after: end)...] + "\n"
    }

    /// The number of a series' colour; more series than colours start over.
    package static func colour(_ series: Int) -> Int { series % Palette.light.series.count }

    package static func document(width: Double, height: Double, title: String, _ elements: [String]) -> String {
        """
        <svg class="chart" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(pixel(width)) \(pixel(height))" \
        width="\(pixel(width))" height="\(pixel(height))" role="img" aria-label="\(title.escaped)">
        \(elements.joined(separator: "\n"))
        </svg>
        """
    }

    package static func line(_ style: String, from start: (x: Double, y: Double), to end: (x: Double, y: Double))
        -> String
    {
        """
        <line class="\(style)" x1="\(pixel(start.x))" y1="\(pixel(start.y))" \
        x2="\(pixel(end.x))" y2="\(pixel(end.y))"/>
        """
    }

    package static func rectangle(_ style: String, x: Double, y: Double, width: Double, height: Double) -> String {
        """
        <rect class="\(style)" x="\(pixel(x))" y="\(pixel(y))" width="\(pixel(width))" \
        height="\(pixel(height))" rx="2"/>
        """
    }

    /// A dot with a rim that sets it off from what lies under it.
    package static func dot(_ style: String, x: Double, y: Double, radius: Double) -> String {
        """
        <circle class="\(style) dot" cx="\(pixel(x))" cy="\(pixel(y))" r="\(pixel(radius))"/>
        """
    }

    /// - Parameter anchor: which end of the text lies at `x`: start, middle or end.
    package static func text(_ content: String, x: Double, y: Double, anchor: String = "start", style: String = "")
        -> String
    {
        """
        <text class="\(style)" x="\(pixel(x))" y="\(pixel(y))" text-anchor="\(anchor)">\(content.escaped)</text>
        """
    }

    /// A coloured square and a name for each series, under the title, in as many rows as it takes.
    ///
    /// - Returns: the elements and the pixel where they end.
    package static func legend(_ names: [String], width: Double) -> (elements: [String], bottom: Double) {
        var left = 0.0
        var y = 36.0
        var elements: [String] = []
        for (index, name) in names.enumerated() {
            let shown = name.shortened(to: 24)
            let entry = 26 + self.width(of: shown)
            if left > 0 && left + entry > width {
                left = 0
                y += 18
            }
            elements.append(rectangle("f\(colour(index))", x: left, y: y - 9, width: 10, height: 10))
            elements.append(text(shown, x: left + 14, y: y))
            left += entry
        }
        return (elements, y)
    }

    /// About how wide 12-pixel text is; rather too wide, since fonts differ.
    package static func width(of text: String) -> Double { Double(text.terminalWidth) * 7 }

    /// To a tenth of a pixel.
    static func pixel(_ value: Double) -> String {
        let tenths = (value * 10).rounded() / 10
        return tenths == tenths.rounded() ? NumberText.fixed(tenths, digits: 0) : NumberText.fixed(tenths, digits: 1)
    }
}
