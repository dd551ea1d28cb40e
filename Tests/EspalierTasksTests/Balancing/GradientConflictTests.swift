import EspalierTasks
import Foundation
import Testing

@Suite struct GradientConflictTests {
    @Test func figuresOfTwoGradients() {
        let conflict = GradientConflict(goldenGram)
        let cosine = -22 / (18.0 * 38).squareRoot()
        #expect(areClose(conflict.norms, [(18.0).squareRoot(), (38.0).squareRoot()], within: 1e-12))
        #expect(abs(conflict.cosine(0, 1) - cosine) < 1e-12)
        #expect(abs(conflict.magnitudeSimilarity(0, 1) - 2 * (18.0 * 38).squareRoot() / 56) < 1e-12)
        #expect(abs(conflict.curvatureBound(0, 1) - (1 - cosine * cosine) * 100 / 12) < 1e-12)
        #expect(conflict.conflicts == 1)
        // λ² - 56 λ + 200 = 0.
        let root = (584.0).squareRoot()
        let expected = ((28 + root) / (28 - root)).squareRoot()
        #expect(abs(conflict.conditionNumber - expected) < 1e-9)
    }

    @Test func dependentGradientsHaveNoFiniteCondition() {
        #expect(GradientConflict(GramMatrix(ofRows: [[1, 2], [2, 4]])).conditionNumber == .infinity)
        // Dependent, but for the rounding of the products to float32; and merely of unlike lengths.
        for scale in [1e-3, 1, 1e3] {
            let rows = [[1, 2, 3], [-2, 0.1, 0.7], [-1, 2.1, 3.7]].map { $0.map { $0 * scale } }
            let gram = GramMatrix(ofRows: rows)
            let rounded = GramMatrix(tasks: 3, elements: gram.elements.map { Double(Float($0)) })
            #expect(GradientConflict(rounded).conditionNumber == .infinity)
        }
        #expect(abs(GradientConflict(GramMatrix(ofRows: [[1e-4, 0], [0, 1e3]])).conditionNumber / 1e7 - 1) < 1e-6)
        #expect(GradientConflict(GramMatrix(tasks: 0, elements: [])).conditionNumber == 1)
        #expect(GradientConflict(GramMatrix(ofRows: [[0, 0], [1, 0]])).cosine(0, 1).isNaN)
    }

    /// Of one length it is (1 - cos)², up to opposite ones.
    @Test(arguments: [0, 0.5, 1, 2.5, 3, 3.14159, .pi] as [Double])
    func theCurvatureBoundOfGradientsOfOneLength(angle: Double) {
        let conflict = GradientConflict(GramMatrix(ofRows: [[3, 0], [3 * cos(angle), 3 * sin(angle)]]))
        let expected = (1 - cos(angle)) * (1 - cos(angle))
        #expect(abs(conflict.curvatureBound(0, 1) - expected) < 1e-6)
    }

    @Test func theCurvatureBoundOfOppositeGradients() {
        #expect(GradientConflict(GramMatrix(ofRows: [[3, 0], [-3, 0]])).curvatureBound(0, 1) == 4)
        #expect(GradientConflict(GramMatrix(ofRows: [[3, 0], [-6, 0]])).curvatureBound(0, 1) == 0)
        #expect(GradientConflict(GramMatrix(ofRows: [[0, 0], [1, 0]])).curvatureBound(0, 1).isNaN)
    }

    @Test(arguments: [3, 8, 40]) func aMultipleOfTheUnitMatrixHasConditionOne(tasks: Int) {
        let gram = GramMatrix(ofRows: randomRows(tasks: tasks, dimensions: 2 * tasks, seed: 1))
        #expect(GradientConflict(gram).conditionNumber > 1)
        let scaled = GramMatrix(tasks: tasks, elements: (0..<tasks * tasks).map { $0 % (tasks + 1) == 0 ? 4 : 0 })
        #expect(GradientConflict(scaled).conditionNumber == 1)
    }
}
