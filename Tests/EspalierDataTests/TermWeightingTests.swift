import EspalierTasks
import Foundation
import Testing

@testable import EspalierData

@Suite struct TermWeightingTests {
    private let rows: [[Int32]] = [[2, 0, 2, 2], [2], [1, 2]]

    private func bags(_ frequency: TermWeighting.Frequency, idf: Bool) -> Bags {
        let weighting = TermWeighting(frequency: frequency, inverseDocumentFrequency: idf)
        return FittedWeighting(weighting, vocabulary: 3, fitting: rows).bags(rows)
    }

    private func normalized(_ weights: [Double]) -> [Float] {
        let length = weights.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return weights.map { Float($0 / length) }
    }

    @Test func mergesRepetitions() {
        let bags = bags(.count, idf: false)
        #expect(bags.ids == [0, 2, 2, 1, 2])
        #expect(bags.offsets == [0, 2, 3, 5])
        #expect(bags.vocabulary == 3 && bags.rows == 3)
    }

    @Test func frequencies() {
        #expect(bags(.binary, idf: false).weights == normalized([1, 1]) + [1] + normalized([1, 1]))
        #expect(bags(.count, idf: false).weights == normalized([1, 3]) + [1] + normalized([1, 1]))
        #expect(bags(.sublinear, idf: false).weights == normalized([1, 1 + log(3)]) + [1] + normalized([1, 1]))
    }

    @Test func inverseDocumentFrequency() {
        // Three rows: ids 0 and 1 are in one of them, id 2 is in all.
        let rare = log(4.0 / 2) + 1
        #expect(bags(.binary, idf: true).weights == normalized([rare, 1]) + [1] + normalized([rare, 1]))
    }

    @Test func emptyRowsStayEmpty() {
        let weighting = FittedWeighting(TermWeighting(), vocabulary: 3, fitting: [])
        #expect(weighting.bags([[], [1]]).offsets == [0, 0, 1])
    }
}
