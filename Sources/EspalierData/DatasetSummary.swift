import EspalierTasks

extension Dataset {
    /// Rows, inputs and labels in a few lines of text, for people to read.
    public var summary: String {
        var lines = ["rows  \(count)"]
        for (name, input) in inputs.sorted(by: { $0.key < $1.key }) { lines.append("input \(name): \(input.summary)") }
        for (name, labels) in labels.sorted(by: { $0.key < $1.key }) {
            lines.append("task  \(name): \(labels.labelledRows.count) labelled; \(labels.summary)")
        }
        return lines.joined(separator: "\n")
    }
}

extension InputColumn {
    fileprivate var summary: String {
        switch self {
        case .dense(let tensor): "\(tensor.shape[1]) numbers"
        case .tokens(let tokens): "\(tokens.length) tokens of \(tokens.vocabulary)"
        case .bags(let bags):
            "bags over \(bags.vocabulary) ids, "
                + "\(rounded(Double(bags.ids.count) / Double(max(bags.rows, 1)), digits: 1)) a row"
        }
    }
}

extension LabelColumn {
    fileprivate var summary: String {
        switch self {
        case .classes(let classes, let names):
            return counted(names) { index in classes.count { $0 == Int32(index) } }
        case .numbers(let numbers):
            let spread = Standardization(of: numbers)
            return "mean \(rounded(Double(spread.mean), digits: 3)), "
                + "standard deviation \(rounded(Double(spread.standardDeviation), digits: 3))"
        case .sets(let tensor, let names):
            return counted(names) { index in (0..<tensor.shape[0]).count { tensor[$0, index] == 1 } }
        }
    }

    private func counted(_ names: [String], _ count: (Int) -> Int) -> String {
        names.enumerated().map { "\($1) \(count($0))" }.joined(separator: ", ")
    }
}

private func rounded(_ number: Double, digits: Int) -> Double {
    let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
    return (number * scale).rounded() / scale
}
