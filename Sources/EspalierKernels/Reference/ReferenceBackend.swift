/// Every kernel in plain Swift: Double inside, one straightforward loop after another, slow and obviously right.
///
/// It is the specification that the other backends are compared with. Results are rounded to Float once, at the end.
public struct ReferenceBackend: Backend {
    public let name = "reference"
    public let threads = 1

    public init() {}

    public func run(_ call: KernelCall) throws(KernelError) {
        if case .custom(let custom) = call { return custom.body() }
        // All is read before anything is written: outputs may be inputs.
        for (output, values) in zip(call.outputs, try Self.evaluate(call)) { output.store(values) }
    }

    /// What every output of a call should hold, row by row, with the error that Float arithmetic explains.
    ///
    /// - Returns: the values of each of `call.outputs`; nothing for `.custom`.
    public static func evaluate(_ call: KernelCall) throws(KernelError) -> [[Bounded]] {
        switch call {
        case .gemm(let call): [call.evaluate()]
        case .gemmGradient(let call): call.evaluate()
        case .gemmSiblings(let call): call.products.map { $0.evaluate() }
        case .gemmBatch(let call): call.products.map { $0.evaluate() }
        case .syrk(let call): [call.evaluate()]
        case .activation(let call): [call.evaluate()]
        case .activationBackward(let call): [call.evaluate()]
        case .softmax(let call): [call.evaluate()]
        case .softmaxBackward(let call): [call.evaluate()]
        case .crossEntropy(let loss): try loss.evaluate(kernel: call.name)
        case .headCrossEntropy(let head): try head.evaluate(kernel: call.name)
        case .sigmoidCrossEntropy(let call): call.evaluate()
        case .regressionLoss(let call): call.evaluate()
        case .binary(let call): [call.evaluate()]
        case .unary(let call): [call.evaluate()]
        case .affine(let call): [call.evaluate()]
        case .chain(let call): call.evaluate()
        case .copy(let call): [call.x.values(call.rows, call.columns)]
        case .fill(let call): [Array(repeating: Bounded(call.value), count: call.count)]
        case .columnSums(let call): [call.evaluate()]
        case .rowSums(let call): [call.evaluate()]
        case .squaredNorm(let call): [call.evaluate()]
        case .embedding(let table): [try table.evaluate(kernel: call.name)]
        case .embeddingBackward(let table): [try table.evaluate(kernel: call.name)]
        case .embeddingBag(let bags): [try bags.evaluate(kernel: call.name)]
        case .embeddingBagBackward(let bags): [try bags.evaluate(kernel: call.name)]
        case .layerNormalization(let call): [call.evaluate()]
        case .layerNormalizationBackward(let call): [call.evaluate()]
        case .layerNormalizationGain(let call): [call.evaluate()]
        case .dropout(let call): [call.evaluate()]
        case .sgd(let call): call.evaluate()
        case .adam(let call): call.evaluate()
        case .custom: []
        }
    }
}

extension Matrix {
    subscript(row: Int, column: Int) -> Bounded { Bounded(pointer[row * leadingDimension + column]) }

    func row(_ row: Int, _ columns: Int) -> [Bounded] { (0..<columns).map { self[row, $0] } }

    /// All elements, row by row.
    func values(_ rows: Int, _ columns: Int) -> [Bounded] { (0..<rows).flatMap { row($0, columns) } }
}

extension Floats {
    func values(_ count: Int) -> [Bounded] { (0..<count).map { Bounded(self[$0]) } }
}

extension Operand {
    /// Writes values given row by row.
    fileprivate func store(_ values: [Bounded]) {
        for row in 0..<rows {
            for column in 0..<columns {
                let value = values[row * columns + column].value
                if element == .double {
                    self.row(row).assumingMemoryBound(to: Double.self)[column] = value
                } else {
                    self.row(row).assumingMemoryBound(to: Float.self)[column] = Float(value)
                }
            }
        }
    }
}
