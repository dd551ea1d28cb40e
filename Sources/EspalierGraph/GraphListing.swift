import EspalierTensor

extension Graph: CustomStringConvertible {
    /// A listing, a node a line: `%4 = matmul(%0, %1) {AB} : [32, 64]  // trunk.0`.
    public var description: String {
        nodes.indices.map { id in
            let node = nodes[id]
            let operands = node.inputs.map { "%\($0)" }.joined(separator: ", ")
            let attributes = node.operation.rule.attributes
            return "%\(id) = \(label(of: id))" + (node.inputs.isEmpty ? "" : "(\(operands))")
                + (attributes.isEmpty ? "" : " {\(attributes)}") + " : \(node.shapeText)"
                + (node.type == .int32 ? " int32" : "") + (node.path.isEmpty ? "" : "  // \(node.path)")
        }.joined(separator: "\n")
    }

    /// The graph in Graphviz' language: `dot -Tsvg`.
    public var dot: String {
        var lines = ["digraph {", "  rankdir = TB;", "  node [shape = box, fontname = \"sans-serif\"];"]
        for id in nodes.indices {
            let node = nodes[id]
            let text = [label(of: id), node.operation.rule.attributes, node.shapeText, node.path]
                .filter { !$0.isEmpty }.joined(separator: "\\n")
            let escaped = text.replacing("\"", with: "\\\"")
            lines.append("  n\(id) [label = \"\(escaped)\"\(node.inputs.isEmpty ? ", style = rounded" : "")];")
            lines += node.inputs.map { "  n\($0) -> n\(id);" }
        }
        return (lines + ["}"]).joined(separator: "\n")
    }

    private func label(of id: Int) -> String {
        switch nodes[id].operation {
        case .input(let input): "input \(input.name)"
        case .parameter(let parameter): "parameter \(parameter.name)"
        case let operation: operation.rule.name
        }
    }
}

extension Graph.Node {
    /// `[32, 64]`, or `8 lanes of [32, 64]`.
    var shapeText: String { lanes == 1 ? shape.description : "\(lanes) lanes of \(shape)" }
}
