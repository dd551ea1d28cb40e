import EspalierTasks
import Foundation

/// How much an id counts in a row's bag. Rows are scaled to Euclidean length 1 in any case.
public struct TermWeighting: Codable, Equatable, Sendable {
    public enum Frequency: String, Codable, CaseIterable, Sendable {
        /// 1, however often it occurs.
        case binary
        /// How often it occurs.
        case count
        /// 1 + ln(count).
        case sublinear
    }

    public var frequency: Frequency
    /// Whether to multiply by ln((1 + rows) / (1 + rows with the id)) + 1, measured on the training rows.
    public var inverseDocumentFrequency: Bool

    public init(frequency: Frequency = .sublinear, inverseDocumentFrequency: Bool = false) {
        self.frequency = frequency
        self.inverseDocumentFrequency = inverseDocumentFrequency
    }
}

/// A weighting with what it has learned from the training rows.
struct FittedWeighting: Codable, Sendable {
    let weighting: TermWeighting
    let vocabulary: Int
    /// The number of training rows.
    let documents: Int
    /// For each id the number of training rows that have it; empty where the weighting does not ask for it.
    let documentFrequencies: [Int32]

    /// - Parameter rows: each row's ids, with repetitions.
    init(_ weighting: TermWeighting, vocabulary: Int, fitting rows: [[Int32]]) {
        self.weighting = weighting
        self.vocabulary = vocabulary
        documents = rows.count
        guard weighting.inverseDocumentFrequency else {
            documentFrequencies = []
            return
        }
        var frequencies = [Int32](repeating: 0, count: vocabulary)
        for row in rows {
            for id in Set(row) { frequencies[Int(id)] += 1 }
        }
        documentFrequencies = frequencies
    }

    func isConsistent(vocabulary: Int) -> Bool {
        vocabulary == self.vocabulary
            && (0..<Int(Int32.max)).contains(documents)
            && documentFrequencies.count == (weighting.inverseDocumentFrequency ? vocabulary : 0)
            && documentFrequencies.allSatisfy { $0 >= 0 && Int($0) <= documents }
    }

    func bags(_ rows: [[Int32]]) -> Bags {
        let inverse = documentFrequencies.map { log(Double(1 + documents) / Double(1 + $0)) + 1 }
        var bags = Bags(vocabulary: vocabulary, ids: [], offsets: [0], weights: [])
        for row in rows {
            let terms = counted(row)
            let weights = terms.map { term in
                frequencyWeight(term.count) * (inverse.isEmpty ? 1 : inverse[Int(term.id)])
            }
            let length = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
            bags.ids.append(contentsOf: terms.map(\.id))
            bags.weights.append(contentsOf: weights.map { Float($0 / length) })
            bags.offsets.append(Int32(bags.ids.count))
        }
        return bags
    }

    private func frequencyWeight(_ count: Int) -> Double {
        switch weighting.frequency {
        case .binary: 1
        case .count: Double(count)
        case .sublinear: 1 + log(Double(count))
        }
    }

    /// The different ids of a row, ascending, with how often they occur.
    private func counted(_ row: [Int32]) -> [(id: Int32, count: Int)] {
        var terms: [(id: Int32, count: Int)] = []
        for id in row.sorted() {
            if let last = terms.last, last.id == id {
                terms[terms.count - 1].count += 1
            } else {
                terms.append((id, 1))
            }
        }
        return terms
    }
}
