import EspalierTasks
import EspalierTensor
import Testing

@Suite struct DatasetTests {
    private let dataset = Dataset(
        count: 3,
        inputs: [
            "dense": .dense(Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])),
            "bags": .bags(Bags(vocabulary: 9, ids: [7, 1, 2, 8], offsets: [0, 1, 1, 4], weights: [1, 2, 3, 4])),
            "tokens": .tokens(Tokens(vocabulary: 9, length: 2, ids: [1, 2, 3, 4, 5, 6])),
        ],
        labels: [
            "class": .classes([0, -1, 1], names: ["a", "b"]),
            "number": .numbers([1, 2, .nan]),
            "set": .sets(Tensor([.nan, 1, .nan, .nan, 0, 0], shape: [3, 2]), names: ["a", "b"]),
        ])

    @Test func subsetTakesRowsInTheirOrder() throws {
        let subset = dataset.subset([2, 0, 2])
        guard case .dense(let dense) = try #require(subset.inputs["dense"]),
            case .bags(let bags) = try #require(subset.inputs["bags"]),
            case .tokens(let tokens) = try #require(subset.inputs["tokens"]),
            case .classes(let classes, ["a", "b"]) = try #require(subset.labels["class"]),
            case .numbers(let numbers) = try #require(subset.labels["number"]),
            case .sets(let sets, ["a", "b"]) = try #require(subset.labels["set"])
        else {
            Issue.record("a column changed its kind")
            return
        }
        #expect(subset.count == 3)
        #expect(dense.shape == [3, 2] && dense.scalars == [5, 6, 1, 2, 5, 6])
        #expect(bags.ids == [1, 2, 8, 7, 1, 2, 8] && bags.offsets == [0, 3, 4, 7])
        #expect(bags.weights == [2, 3, 4, 1, 2, 3, 4] && bags.vocabulary == 9)
        #expect(tokens.ids == [5, 6, 1, 2, 5, 6] && tokens.length == 2)
        #expect(classes == [1, 0, 1])
        #expect(numbers[0].isNaN && numbers[1] == 1 && numbers[2].isNaN)
        #expect(sets.hasSameBits(as: Tensor([0, 0, .nan, 1, 0, 0], shape: [3, 2])))
    }

    @Test func labelledRows() {
        #expect(dataset.labels.mapValues(\.labelledRows) == ["class": [0, 2], "number": [0, 1], "set": [0, 2]])
    }

    @Test func emptySubset() throws {
        let subset = dataset.subset([])
        #expect(subset.count == 0 && subset.labels.values.allSatisfy { $0.labelledRows.isEmpty })
    }

    @Test(arguments: ["class", "number", "set"]) func limitingLabelsKeepsThatMany(task: String) {
        #expect(dataset.limitingLabels(of: task, keep: 1, seed: 3).labels[task]?.labelledRows.count == 1)
        #expect(dataset.limitingLabels(of: task, keep: 0, seed: 3).labels[task]?.labelledRows == [])
        let untouched = dataset.limitingLabels(of: task, keep: 9, seed: 3)
        #expect(untouched.labels.mapValues(\.labelledRows) == dataset.labels.mapValues(\.labelledRows))
    }

    @Test func limitingLabelsIsDrawnBySeedAndGrows() {
        let many = Dataset(count: 500, inputs: [:], labels: ["y": .numbers((0..<500).map { Float($0) })])
        func kept(_ keep: Int, seed: UInt64) -> Set<Int> {
            Set(many.limitingLabels(of: "y", keep: keep, seed: seed).labels["y"]?.labelledRows ?? [])
        }
        #expect(kept(100, seed: 1).count == 100)
        #expect(kept(100, seed: 1) == kept(100, seed: 1))
        #expect(kept(100, seed: 1) != kept(100, seed: 2))
        #expect(kept(100, seed: 1).isSubset(of: kept(300, seed: 1)))
    }
}
