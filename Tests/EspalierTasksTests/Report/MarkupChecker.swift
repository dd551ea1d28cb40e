/// Finds what is wrong with the nesting of HTML or SVG: nil if every element that opens also closes.
func nestingFault(in markup: String) -> String? {
    let void: Set<String> = ["meta", "!DOCTYPE"]
    var open: [String] = []
    var rest = markup[...]
    while let start = rest.firstIndex(of: "<") {
        guard let end = rest[start...].firstIndex(of: ">") else { return "a tag never ends" }
        let tag = rest[rest.index(after: start)..<end]
        rest = rest[rest.index(after: end)...]
        if tag.contains("<") { return "a < inside <\(tag)>" }
        let name = String(tag.drop { $0 == "/" }.prefix { !$0.isWhitespace && $0 != "/" })
        if tag.hasPrefix("/") {
            if open.popLast() != name { return "</\(name)> closes something else" }
        } else if !tag.hasSuffix("/") && !void.contains(name) {
            open.append(name)
        }
    }
    return open.last.map { "<\($0)> is never closed" }
}
