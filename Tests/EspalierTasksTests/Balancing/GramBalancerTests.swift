import EspalierTasks
import Testing

@Suite struct GramBalancerTests {
    @Test func goldenVectorsOfTorchJD() {
        var surgery = PCGrad()
        let cases: [(String, [Double], [Double])] = [
            ("MGDA", MGDA().weights(for: goldenGram), [0.6, 0.4]),
            ("PCGrad", surgery.weights(for: goldenGram), [1 + 22.0 / 18, 1 + 22.0 / 38]),
            ("UPGrad", UPGrad().weights(for: goldenGram), [10.0 / 9, 15.0 / 19]),
        ]
        for (name, weights, expected) in cases {
            #expect(areClose(weights, expected, within: 1e-12), "\(name): \(weights)")
        }
        let averse = CAGrad(c: 0.5).weights(for: goldenGram)
        #expect(areClose(averse, [0.7041, 0.5], within: 1e-4), "\(averse)")
        #expect(areClose(combination(goldenRows, averse), [0.1835, 1.2041, 1.2041], within: 1e-4))
    }

    @Test func aSingleTaskKeepsItsGradient() {
        let gram = GramMatrix(tasks: 1, elements: [4])
        var surgery = PCGrad()
        #expect(MGDA().weights(for: gram) == [1])
        #expect(UPGrad().weights(for: gram) == [1])
        #expect(surgery.weights(for: gram) == [1])
        #expect(areClose(CAGrad(c: 0.5).weights(for: gram), [1.5], within: 1e-12))
    }

    /// Two tasks have closed forms (notes/multitask.md): a = |g₁|², b = <g₁, g₂>, c = |g₂|².
    @Test(arguments: [(1.0, -0.5, 4.0), (1, 0.5, 4), (1, 2, 9), (9, 2, 1), (2, 2, 2), (1, -1, 1)])
    func twoTasksHaveClosedForms(a: Double, b: Double, c: Double) {
        let gram = GramMatrix(tasks: 2, elements: [a, b, b, c])
        let share = b >= a ? 1 : b >= c ? 0 : (c - b) / (a + c - 2 * b)
        #expect(areClose(MGDA().weights(for: gram), [share, 1 - share], within: 1e-12))
        let surgery = b < 0 ? [1 - b / a, 1 - b / c] : [1, 1]
        var random = PCGrad()
        #expect(areClose(random.weights(for: gram), surgery, within: 1e-12))
        #expect(areClose(UPGrad().weights(for: gram), surgery.map { $0 / 2 }, within: 1e-12))
    }

    /// The optimality conditions of the least norm: <g_i, d> >= |d|² for all, = where w_i > 0.
    @Test(arguments: [(3, 20), (8, 100), (8, 3), (40, 200), (64, 10)])
    func mgdaFindsTheLeastNorm(tasks: Int, dimensions: Int) {
        for seed in 0..<20 as Range<UInt64> {
            let gram = GramMatrix(ofRows: randomRows(tasks: tasks, dimensions: dimensions, seed: seed))
            let weights = MGDA().weights(for: gram)
            #expect(abs(weights.reduce(0, +) - 1) < 1e-9)
            let (products, norm) = (gram.times(weights), gram.squaredNorm(weights))
            // Rounding in Double is relative to the longest gradient.
            let tolerance = 1e-12 * gram.norms.map { $0 * $0 }.max()!
            for i in 0..<tasks {
                #expect(weights[i] >= 0)
                #expect(products[i] >= norm - tolerance, "\(i): \(products[i]) < \(norm)")
                if weights[i] > 0 { #expect(abs(products[i] - norm) < tolerance) }
            }
        }
    }

    /// Each projection lies in the dual cone, so their sum raises no loss; scaling a gradient scales its share alone.
    @Test(arguments: [(3, 20), (8, 100), (8, 5), (40, 200)])
    func upgradRaisesNoLoss(tasks: Int, dimensions: Int) {
        for seed in 0..<10 as Range<UInt64> {
            let gram = GramMatrix(ofRows: randomRows(tasks: tasks, dimensions: dimensions, seed: seed))
            let weights = UPGrad().weights(for: gram)
            for (i, product) in gram.times(weights).enumerated() {
                #expect(product >= -1e-9 * gram.norm(i) * 30, "\(i): \(product)")
                #expect(weights[i] >= 1 / Double(tasks) - 1e-12)
            }
        }
    }

    @Test func gradientsWithoutConflictAreLeftAlone() {
        let gram = GramMatrix(ofRows: [[1, 0, 1], [0, 2, 1], [3, 3, 0]])
        var surgery = PCGrad()
        #expect(surgery.weights(for: gram) == [1, 1, 1])
        #expect(areClose(UPGrad().weights(for: gram), [1 / 3.0, 1 / 3.0, 1 / 3.0], within: 1e-15))
    }

    /// min_i <g_i, d> of CAGrad's direction is the best of the ball: no random point of it does better.
    @Test(arguments: [(2, 5), (5, 5), (8, 100)])
    func cagradHelpsTheWorstOffTaskMost(tasks: Int, dimensions: Int) {
        for seed in 0..<10 as Range<UInt64> {
            let rows = randomRows(tasks: tasks, dimensions: dimensions, seed: seed)
            let gram = GramMatrix(ofRows: rows)
            let mean = [Double](repeating: 1 / Double(tasks), count: tasks)
            let radius = 0.5 * gram.squaredNorm(mean).squareRoot()
            let best = gram.times(CAGrad(c: 0.5).weights(for: gram)).min()!
            // The dual bounds every direction of the ball, from each w of the simplex.
            let others = randomRows(tasks: 50, dimensions: tasks, seed: seed + 100).map { row -> [Double] in
                let positive = row.map { abs($0) + 1e-9 }
                return positive.map { $0 / positive.reduce(0, +) }
            }
            for w in others {
                let bound =
                    zip(w, gram.times(mean)).reduce(0) { $0 + $1.0 * $1.1 } + radius * gram.squaredNorm(w).squareRoot()
                #expect(best <= bound + 1e-9 * abs(bound))
            }
            #expect(best >= gram.times(mean).min()! - 1e-9)
        }
    }

    @Test func cagradWithoutRadiusIsTheMean() {
        #expect(areClose(CAGrad(c: 0).weights(for: goldenGram), [0.5, 0.5], within: 1e-15))
    }

    @Test func permutingTasksPermutesWeights() {
        let rows = randomRows(tasks: 6, dimensions: 30, seed: 3), order = [4, 2, 0, 5, 1, 3]
        let gram = GramMatrix(ofRows: rows), permuted = GramMatrix(ofRows: order.map { rows[$0] })
        for method in [MGDA().weights(for:), UPGrad().weights(for:), CAGrad(c: 0.4).weights(for:)] {
            let weights = method(gram)
            #expect(areClose(method(permuted), order.map { weights[$0] }, within: 1e-6))
        }
    }

    @Test func tasksWithoutAGradientAndOppositeOnesAreNoTrap() {
        for rows in [[[0.0, 0], [0, 0]], [[1, 0], [0, 0]], [[1, 0], [-1, 0]], [[1, 1], [1, 1], [2, 2]]] {
            let gram = GramMatrix(ofRows: rows)
            var surgery = PCGrad()
            let all = [
                MGDA().weights(for: gram), UPGrad().weights(for: gram), CAGrad().weights(for: gram),
                surgery.weights(for: gram),
            ]
            for weights in all { #expect(weights.allSatisfy { $0.isFinite && $0 >= 0 }, "\(rows): \(weights)") }
        }
    }

    @Test func notANumberEndsEverySolver() {
        let gram = GramMatrix(tasks: 3, elements: [1, .nan, 0, .nan, 1, 0, 0, 0, .infinity])
        var surgery = PCGrad()
        _ = (MGDA().weights(for: gram), UPGrad().weights(for: gram), CAGrad().weights(for: gram))
        _ = surgery.weights(for: gram)
        #expect(GradientConflict(gram).conditionNumber.isNaN)
    }
}
