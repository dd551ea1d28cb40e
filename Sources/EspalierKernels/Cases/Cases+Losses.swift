extension KernelCase {
    static let lossCases: [KernelCase] = crossEntropyCases + maskedLossCases

    private static let crossEntropyCases: [KernelCase] = Reduction.allCases.flatMap { reduction in
        [(0, 3), (1, 1), (7, 3), (5, 16), (33, 10), (3, 129), (300, 4)].flatMap { rows, classes in
            (0..<4).map { variant in crossEntropy(rows, classes, reduction, variant: variant) }
        } + [nothingCounts(reduction)]
    }

    /// Variants: 0 plain, 1 with class weights and smoothing, 2 distributions, 3 weighted distributions, in place.
    private static func crossEntropy(_ rows: Int, _ classes: Int, _ reduction: Reduction, variant: Int) -> KernelCase {
        KernelCase("softmax cross-entropy \(rows)x\(classes) \(reduction), variant \(variant)") { memory in
            let logits = memory.matrix(rows, classes, padding: variant, in: -10...10)
            let targets: KernelCall.CrossEntropy.Targets
            if variant < 2 {
                targets = .classes(
                    memory.indices((0..<rows).map { $0 % 4 == 1 ? -1 : memory.integer(below: classes) }), ignore: -1)
            } else {
                let mask = variant == 3 ? memory.vector((0..<rows).map { Float($0 % 3) / 2 }) : nil
                targets = .distributions(memory.matrix(rows, classes, in: 0...1), rowMask: mask)
            }
            poison(logits, classes, rowsThatDoNotCountIn: targets, rows: rows)
            var call = KernelCall.CrossEntropy(rows: rows, classes: classes, logits: logits, targets: targets)
            call.reduction = reduction
            call.classWeights = variant % 2 == 1 ? memory.vector(classes, in: 0.25...3) : nil
            call.labelSmoothing = variant == 1 ? 0.1 : 0
            call.cotangent = variant == 0 ? nil : memory.vector(reduction == .none ? rows : 1)
            call.loss = variant == 2 ? nil : memory.output(reduction == .none ? rows : 1)
            call.gradient = variant == 3 ? logits : memory.output(rows, classes, padding: 1)
            return .crossEntropy(call)
        }
    }

    private static func poison(
        _ logits: Matrix, _ classes: Int, rowsThatDoNotCountIn targets: KernelCall.CrossEntropy.Targets, rows: Int
    ) {
        for row in 0..<rows {
            let counts =
                switch targets {
                case .classes(let classes, let ignore): classes[row] != ignore
                case .distributions(_, let mask): mask.map { $0[row] != 0 } ?? true
                }
            if !counts { logits.pointer[row * logits.leadingDimension] = row % 2 == 0 ? .nan : .infinity }
        }
    }

    private static func nothingCounts(_ reduction: Reduction) -> KernelCase {
        KernelCase("softmax cross-entropy where no row counts, \(reduction)") { memory in
            var call = KernelCall.CrossEntropy(
                rows: 3, classes: 4, logits: memory.matrix(3, 4),
                targets: .classes(memory.indices([9, 9, 9]), ignore: 9))
            call.reduction = reduction
            call.loss = memory.output(reduction == .none ? 3 : 1)
            call.gradient = memory.output(3, 4)
            return .crossEntropy(call)
        }
    }

    private static let maskedLossCases: [KernelCase] = Reduction.allCases.flatMap { reduction in
        [(0, 3), (1, 1), (7, 3), (33, 17), (150, 1)].flatMap { rows, columns in
            [false, true].flatMap { masked in
                [sigmoidCrossEntropy(rows, columns, reduction, masked: masked)]
                    + RegressionLossKind.allCases.map { regression($0, rows, columns, reduction, masked: masked) }
            }
        } + [sigmoidCrossEntropy(700, 20, reduction, masked: true)]
    }

    private static func sigmoidCrossEntropy(
        _ rows: Int, _ columns: Int, _ reduction: Reduction, masked: Bool
    ) -> KernelCase {
        KernelCase("sigmoid cross-entropy \(rows)x\(columns) \(reduction)" + (masked ? ", masked" : "")) { memory in
            let logits = memory.matrix(rows, columns, padding: 1, in: -30...30)
            var call = KernelCall.SigmoidCrossEntropy(
                rows: rows, columns: columns, logits: logits,
                targets: memory.matrix(rows, columns, padding: 2, in: 0...1))
            call.reduction = reduction
            call.mask = masked ? mask(memory, over: logits, rows, columns) : nil
            call.cotangent = masked ? memory.vector(reduction == .none ? rows : 1) : nil
            call.loss = memory.output(reduction == .none ? rows : 1)
            call.gradient = masked ? logits : memory.output(rows, columns, padding: 3)
            return .sigmoidCrossEntropy(call)
        }
    }

    private static func regression(
        _ kind: RegressionLossKind, _ rows: Int, _ columns: Int, _ reduction: Reduction, masked: Bool
    ) -> KernelCase {
        KernelCase("\(kind) loss \(rows)x\(columns) \(reduction)" + (masked ? ", masked" : "")) { memory in
            let prediction = memory.matrix(rows, columns, padding: 2)
            var call = KernelCall.RegressionLoss(
                kind, rows: rows, columns: columns, prediction: prediction, target: memory.matrix(rows, columns))
            call.delta = 0.75
            call.reduction = reduction
            call.mask = masked ? mask(memory, over: prediction, rows, columns) : nil
            call.cotangent = masked ? memory.vector(reduction == .none ? rows : 1) : nil
            call.loss = memory.output(reduction == .none ? rows : 1)
            call.gradient = masked ? memory.output(rows, columns, padding: 3) : prediction
            return .regressionLoss(call)
        }
    }

    /// 0, 1/2 or 1; where it is 0 the input holds NaN.
    private static func mask(_ memory: CaseMemory, over input: Matrix, _ rows: Int, _ columns: Int) -> Matrix {
        let mask = memory.matrix(rows, columns, padding: 1)
        for row in 0..<rows {
            for column in 0..<columns {
                let value = memory.integer(below: 3)
                mask.pointer[row * mask.leadingDimension + column] = Float(value) / 2
                if value == 0 { input.pointer[row * input.leadingDimension + column] = .nan }
            }
        }
        return mask
    }
}
