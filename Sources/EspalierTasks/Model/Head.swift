import EspalierGraph
import EspalierKernels
import EspalierTensor

/// One task on top of the trunk: its name, what it predicts, its own layers, its loss.
///
/// The last layer, to logits or a number, is drawn by the head itself.
public struct Head: Sendable {
    public let name: String
    public let kind: TaskKind
    public let loss: HeadLoss
    /// Layers between the trunk and the head's last one; commonly none.
    public let hidden: any Layer

    private init(_ name: String, _ kind: TaskKind, _ loss: HeadLoss, _ hidden: [any Layer]) {
        precondition(!name.isEmpty && !name.contains("."), "[Head] '\(name)': a name without dots is wanted")
        (self.name, self.kind, self.loss, self.hidden) = (name, kind, loss, Sequential(hidden))
    }

    /// One of several classes: softmax cross-entropy.
    ///
    /// - Parameters:
    ///   - classes: how many; labels are 0..<classes, -1 where a row has none.
    ///   - labelSmoothing: in 0...1.
    ///   - classWeights: a weight for every class, or nil.
    public static func classification(
        _ name: String, classes: Int, labelSmoothing: Float = 0, classWeights: [Float]? = nil,
        @LayerBuilder hidden: () -> [any Layer] = { [] }
    ) -> Head {
        precondition(classes > 0, "[Head] \(name): \(classes) classes")
        precondition(classWeights?.count ?? classes == classes, "[Head] \(name): a weight for every class is wanted")
        precondition((0...1).contains(labelSmoothing), "[Head] \(name): label smoothing \(labelSmoothing)")
        let loss = HeadLoss.crossEntropy(labelSmoothing: labelSmoothing, classWeights: classWeights)
        return Head(name, .classification(classes: classes), loss, hidden())
    }

    /// Any subset of several labels: sigmoid cross-entropy for each.
    public static func multiLabel(
        _ name: String, labels: Int, @LayerBuilder hidden: () -> [any Layer] = { [] }
    ) -> Head {
        precondition(labels > 0, "[Head] \(name): \(labels) labels")
        return Head(name, .multiLabel(labels: labels), .sigmoidCrossEntropy, hidden())
    }

    /// A number. It is learned on the scale of the training labels (mean 0, deviation 1) and predicted on theirs.
    public static func regression(
        _ name: String, loss: RegressionLossKind = .squared, delta: Float = 1,
        @LayerBuilder hidden: () -> [any Layer] = { [] }
    ) -> Head {
        Head(name, .regression, .regression(loss, delta: delta), hidden())
    }

    /// Numbers a row that the head's last layer gives.
    var width: Int {
        switch kind {
        case .classification(let classes): classes
        case .multiLabel(let labels): labels
        case .regression: 1
        }
    }

    /// Draws everything from the representation to logits `[batch, width]`.
    func draw(_ representation: Value, _ drawing: Drawing) -> Value {
        let input = drawing.scope("hidden") { hidden.draw(.value(representation), drawing) }
        return Dense(width).draw(.value(input), drawing)
    }

    /// Draws the loss, a mean over the rows that have a label, and the inputs its labels are set by.
    func drawLoss(_ logits: Value, _ drawing: Drawing) -> Value {
        let graph = drawing.graph
        switch loss {
        case .crossEntropy(let labelSmoothing, let classWeights):
            let targets = graph.input("label.\(name)", [logits.shape[0]], type: .int32)
            return logits.crossEntropy(
                targets, classWeights: classWeights.map { graph.constant(Tensor($0)) }, labelSmoothing: labelSmoothing)
        case .sigmoidCrossEntropy:
            return logits.sigmoidCrossEntropy(
                graph.input("label.\(name)", logits.shape), mask: graph.input("mask.\(name)", logits.shape))
        case .regression(let kind, let delta):
            return logits.regressionLoss(
                kind, graph.input("label.\(name)", logits.shape), delta: delta,
                mask: graph.input("mask.\(name)", logits.shape))
        }
    }

    /// Draws what is predicted from the logits: probabilities, or the number on the learned scale.
    func drawPrediction(_ logits: Value) -> Value {
        switch kind {
        case .classification: logits.softmax()
        case .multiLabel: logits.sigmoid()
        case .regression: logits
        }
    }
}

/// A head's loss.
public enum HeadLoss: Sendable, Equatable {
    case crossEntropy(labelSmoothing: Float, classWeights: [Float]?)
    case sigmoidCrossEntropy
    case regression(RegressionLossKind, delta: Float)
}
