import EspalierGraph
import EspalierTensor

/// A network with several heads: its inputs, its tasks, and how they are drawn.
public struct Model: Sendable {
    public let inputs: [ModelInput]
    public let heads: [Head]
    let body: @Sendable (Drawing) -> Void

    /// A model of any shape. The body draws every head once; see `Drawing`.
    public init(inputs: [ModelInput], heads: [Head], body: @escaping @Sendable (Drawing) -> Void) {
        precondition(!inputs.isEmpty, "[Model] no inputs")
        precondition(!heads.isEmpty, "[Model] no heads")
        precondition(Set(heads.map(\.name)).count == heads.count, "[Model] two heads share a name")
        precondition(Set(inputs.map(\.name)).count == inputs.count, "[Model] two inputs share a name")
        (self.inputs, self.heads, self.body) = (inputs, heads, body)
    }

    /// Hard parameter sharing (Caruana 1993): every head on one trunk.
    public init(input: ModelInput, trunk: some Layer, heads: [Head]) {
        self.init(inputs: [input], heads: heads) { drawing in
            let representation = drawing("trunk", trunk, drawing.input(input.name))
            for head in heads { drawing.head(head.name, representation) }
        }
    }

    /// The layout of the model's parameters.
    func layout() -> ParameterLayout {
        let shape = BatchShape(rows: 1, bagCapacity: [:])
        return ParameterLayout(of: Drawing(self, shape: shape, isTraining: true).graph)
    }
}

/// An input of a model.
public struct ModelInput: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        /// Numbers, `[batch, width]`.
        case dense(width: Int)
        /// Bags of weighted ids in `0..<vocabulary`.
        case bags(vocabulary: Int)
        /// `length` ids a row in `0..<vocabulary`.
        case tokens(vocabulary: Int, length: Int)
    }

    public let name: String
    public let kind: Kind

    /// - Parameter name: of the data set's column.
    public init(_ name: String, _ kind: Kind) { (self.name, self.kind) = (name, kind) }

    /// Numbers, `[batch, width]`.
    public static func dense(_ name: String, width: Int) -> ModelInput { .init(name, .dense(width: width)) }

    /// Bags of weighted ids in `0..<vocabulary`.
    public static func bags(_ name: String, vocabulary: Int) -> ModelInput {
        .init(name, .bags(vocabulary: vocabulary))
    }

    /// `length` ids a row in `0..<vocabulary`.
    public static func tokens(_ name: String, vocabulary: Int, length: Int) -> ModelInput {
        .init(name, .tokens(vocabulary: vocabulary, length: length))
    }
}
