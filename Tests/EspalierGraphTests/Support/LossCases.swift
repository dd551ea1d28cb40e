import EspalierKernels
import EspalierTensor

@testable import EspalierGraph

extension OperationCase {
    static let losses: [OperationCase] = Reduction.allCases.flatMap { reduction in
        crossEntropies(reduction) + softCrossEntropies(reduction) + sigmoidCrossEntropies(reduction)
            + regressions(reduction)
    }

    private static func crossEntropies(_ reduction: Reduction) -> [OperationCase] {
        let targets: [[Int32]] =
            [[2], [0, 2, 1, 1, 2], [0, -1, 1, -1, 2]] + (reduction == .meanOrNaN ? [] : [[-1, -1, -1]])
        return targets.flatMap { targets in
            [(0, false), (0.1, false), (0, true), (0.25, true)].map { (smoothing: Float, isWeighted: Bool) in
                OperationCase(
                    name: "crossEntropy \(reduction) \(targets) smoothing \(smoothing)\(isWeighted ? " weighted" : "")",
                    arguments: [
                        .uniform([targets.count, 3]), .indices(targets), .fixed([3], [0.5, 2, 1.25]),
                    ],
                    firstDerivativeOnly: [0]
                ) {
                    $0[0].crossEntropy(
                        $0[1], classWeights: isWeighted ? $0[2] : nil, labelSmoothing: smoothing, reduction: reduction)
                }
            }
        } + [
            OperationCase(
                name: "crossEntropy \(reduction) of 17 classes",
                arguments: [.uniform([4, 17]), .indices([16, 0, 8, 3])], firstDerivativeOnly: [0]
            ) { $0[0].crossEntropy($0[1], reduction: reduction) }
        ]
    }

    private static func softCrossEntropies(_ reduction: Reduction) -> [OperationCase] {
        [(false, false, 0), (true, false, 0), (false, true, 0.1), (true, true, 0.2)].map {
            (isMasked: Bool, isWeighted: Bool, smoothing: Float) in
            OperationCase(
                name: "crossEntropy \(reduction) of distributions\(isMasked ? " masked" : "")"
                    + "\(isWeighted ? " weighted" : "") smoothing \(smoothing)",
                arguments: [
                    .uniform([4, 3]), .fixed([4, 3], [0.5, 0.25, 0.25, 0, 1, 0]), .fixed([4], [1, 0, 0.5]),
                    .fixed([3], [0.5, 2, 1.25]),
                ],
                firstDerivativeOnly: [0]
            ) {
                $0[0].crossEntropy(
                    distributions: $0[1], rowMask: isMasked ? $0[2] : nil, classWeights: isWeighted ? $0[3] : nil,
                    labelSmoothing: smoothing, reduction: reduction)
            }
        }
    }

    /// A mask of zeros has no derivative where a mean over nothing is NaN.
    private static func masks(_ reduction: Reduction) -> [[Float]?] {
        [nil, [1, 0, 0.5, 1]] + (reduction == .meanOrNaN ? [] : [[0]])
    }

    private static func sigmoidCrossEntropies(_ reduction: Reduction) -> [OperationCase] {
        ([[3, 5], [1, 1], [7]] as [Shape]).flatMap { shape in
            masks(reduction).map { mask in
                OperationCase(
                    name: "sigmoidCrossEntropy \(reduction) \(shape) mask \(mask ?? [])",
                    arguments: [.uniform(shape), .fixed(shape, [0, 1, 1, 0, 0]), .fixed(shape, mask ?? [1])],
                    firstDerivativeOnly: [0]
                ) { $0[0].sigmoidCrossEntropy($0[1], mask: mask == nil ? nil : $0[2], reduction: reduction) }
            }
        }
    }

    /// The error stays away from 0, where |d| has a kink, and from Huber's delta of 0.5.
    private static func regressions(_ reduction: Reduction) -> [OperationCase] {
        RegressionLossKind.allCases.flatMap { kind in
            [0.15...0.4, 0.7...1.5].flatMap { (magnitude: ClosedRange<Float>) in
                masks(reduction).map { mask in
                    OperationCase(
                        name: "\(kind) error \(reduction) of \(magnitude) mask \(mask ?? [])",
                        arguments: [
                            .awayFromZero([3, 5], magnitude: magnitude), .fixed([3, 5], [0.03, -0.02, 0]),
                            .fixed([3, 5], mask ?? [1]),
                        ],
                        firstDerivativeOnly: [0]
                    ) {
                        $0[0].regressionLoss(
                            kind, $0[1], delta: 0.5, mask: mask == nil ? nil : $0[2], reduction: reduction)
                    }
                }
            }
        }
    }
}
