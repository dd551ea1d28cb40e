/// As NumPy prints: aligned columns, nested brackets, lines of at most 75 characters, the shortest digits that tell
/// each number from its neighbours (at most 8 behind the point). Of more than 1000 elements only the first and last
/// three along each axis are shown.
extension Tensor: CustomStringConvertible {
    public var description: String {
        // Beside an extent of 0 another may be too long to list.
        if count == 0 { return "[]" }
        let shown = shape.dimensions.map { extent in
            count > 1000 && extent > 6 ? Array(0..<3) + Array(extent - 3..<extent) : Array(0..<extent)
        }
        return withUnsafeBuffer { floats in
            TensorPrinter(floats: floats, shape: shape, shown: shown).print()
        }
    }
}

private struct TensorPrinter {
    let floats: UnsafeBufferPointer<Float>
    let shape: Shape
    /// For each axis the indices that are printed.
    let shown: [[Int]]

    private static let lineLength = 75

    func print() -> String {
        let layout = NumberLayout(visible(axis: 0, offset: 0))
        return text(axis: 0, offset: 0, layout: layout)
    }

    private func visible(axis: Int, offset: Int) -> [Float] {
        if axis == shape.rank { return [floats[offset]] }
        return shown[axis].flatMap { visible(axis: axis + 1, offset: offset * shape[axis] + $0) }
    }

    private func text(axis: Int, offset: Int, layout: NumberLayout) -> String {
        if axis == shape.rank { return layout.text(floats[offset]) }
        var items = shown[axis].map { text(axis: axis + 1, offset: offset * shape[axis] + $0, layout: layout) }
        if items.count < shape[axis] { items.insert("...", at: 3) }
        let indent = String(repeating: " ", count: axis + 1)
        if axis == shape.rank - 1 { return "[" + wrapped(items, indent: indent) + "]" }
        // Rows on lines of their own, matrices with an empty line between, and so on.
        let separator = String(repeating: "\n", count: shape.rank - 1 - axis) + indent
        return "[" + items.joined(separator: separator) + "]"
    }

    private func wrapped(_ items: [String], indent: String) -> String {
        var text = items[0]
        var column = indent.count + items[0].count
        // The closing brackets must fit too.
        for item in items.dropFirst() {
            if column + 1 + item.count + shape.rank > Self.lineLength {
                while text.last == " " { text.removeLast() }
                text += "\n" + indent + item
                column = indent.count + item.count
            } else {
                text += " " + item
                column += 1 + item.count
            }
        }
        return text
    }
}
