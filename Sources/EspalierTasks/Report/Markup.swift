/// Text made safe for HTML and SVG, between tags and inside attributes.
extension String {
    /// `&`, `<`, `>` and both quotes become entities; control characters, which neither format may
    /// hold, become U+FFFD.
    var escaped: String {
        var result = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t", "\r": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}"..."\u{FFFF}": result += "\u{FFFD}"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    /// At most `length` characters, the last one an ellipsis if some were cut.
    func shortened(to length: Int) -> String { count <= length ? self : prefix(length - 1) + "…" }
}
