import EspalierTasks
import Testing

/// Expected numbers come from scikit-learn 1.x: `f1_score`, `matthews_corrcoef`, `confusion_matrix`.
@Suite struct ConfusionMatrixTests {
    let labels: [Int32] = [0, 1, 2, 0, 1, 0, 1, 0, 2, 2, 1, 0]
    let predictions: [Int32] = [0, 1, 2, 0, 2, 0, 1, 1, 2, 0, 1, 1]

    @Test func countsLabelByPrediction() {
        let matrix = ConfusionMatrix(labels: labels, predictions: predictions, classNames: ["a", "b", "c"])
        #expect(matrix.counts == [[3, 2, 0], [0, 3, 1], [1, 0, 2]])
        #expect(matrix.total == 12 && matrix.correct == 8)
        #expect(matrix.labelled == [5, 4, 3] && matrix.predicted == [4, 5, 3])
    }

    @Test func metricsAgreeWithScikitLearn() {
        let matrix = ConfusionMatrix(labels: labels, predictions: predictions, classNames: ["a", "b", "c"])
        #expect(abs(matrix.accuracy - 0.6666666666666666) < 1e-15)
        #expect(abs(matrix.macroF1 - 0.6666666666666666) < 1e-15)
        #expect(abs(matrix.microF1 - 0.6666666666666666) < 1e-15)
        #expect(abs(matrix.matthews - 0.5) < 1e-15)
    }

    @Test func aClassThatNeitherOccursNorIsPredictedIsLeftOutOfTheMacroMean() {
        let matrix = ConfusionMatrix(
            labels: [0, 1, 0, 2], predictions: [0, 1, 1, 1], classNames: ["a", "b", "c", "unseen"])
        #expect(abs(matrix.macroF1 - 0.38888888888888884) < 1e-15)
        #expect(abs(matrix.matthews - 0.3872983346207417) < 1e-15)
    }

    @Test func missingLabelsAreSkipped() {
        let matrix = ConfusionMatrix(labels: [0, -1, 1, -1], predictions: [0, 1, 0, 0], classNames: ["a", "b"])
        #expect(matrix.counts == [[1, 0], [1, 0]])
    }

    @Test func constantPredictionsAreWorthNoCorrelation() {
        let constant = ConfusionMatrix(labels: [0, 1, 1], predictions: [1, 1, 1], classNames: ["a", "b"])
        #expect(constant.matthews == 0)
        #expect(abs(constant.macroF1 - 0.4) < 1e-15)
    }

    @Test func withoutRowsNothingIsDefined() {
        let empty = ConfusionMatrix(labels: [], predictions: [], classNames: ["a", "b"])
        #expect(empty.accuracy.isNaN && empty.macroF1.isNaN && empty.microF1.isNaN && empty.matthews.isNaN)
        let noClass = ConfusionMatrix(labels: [], predictions: [], classNames: [])
        #expect(noClass.matthews.isNaN && noClass.macroF1.isNaN)
    }
}
