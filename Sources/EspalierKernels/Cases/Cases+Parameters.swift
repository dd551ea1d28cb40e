extension KernelCase {
    static let embeddingCases: [KernelCase] =
        [(0, 5, 4), (1, 1, 1), (7, 5, 3), (100, 30, 17), (600, 10, 64)].flatMap { count, vocabulary, width in
            [
                KernelCase("embedding \(count) of \(vocabulary)x\(width)") { memory in
                    .embedding(
                        .init(
                            count: count, vocabulary: vocabulary, width: width,
                            table: memory.matrix(vocabulary, width, padding: 1),
                            ids: memory.randomIndices(count, below: vocabulary),
                            y: memory.output(count, width, padding: 2)))
                },
                KernelCase("embedding backward \(count) of \(vocabulary)x\(width)") { memory in
                    .embeddingBackward(
                        .init(
                            count: count, vocabulary: vocabulary, width: width,
                            ids: memory.randomIndices(count, below: vocabulary),
                            dy: memory.matrix(count, width, padding: 2),
                            dtable: memory.matrix(vocabulary, width, padding: 1)))
                },
            ]
        } + bagCases

    private static let bagCases: [KernelCase] = BagMode.allCases.flatMap { mode in
        [(0, 3, 2), (1, 1, 1), (6, 9, 5), (50, 40, 33), (200, 16, 64)].flatMap { bags, vocabulary, width in
            [false, true].flatMap { weighted in
                let shape = "\(mode) \(bags) of \(vocabulary)x\(width)" + (weighted ? ", weighted" : "")
                let indices = { @Sendable (memory: CaseMemory) in
                    bagIndices(memory, bags, vocabulary, width, mode, weighted: weighted)
                }
                return [
                    KernelCase("embedding bag \(shape)") { memory in
                        .embeddingBag(
                            .init(
                                indices(memory), table: memory.matrix(vocabulary, width, padding: 1),
                                y: memory.output(bags, width, padding: 2)))
                    },
                    KernelCase("embedding bag backward \(shape)") { memory in
                        .embeddingBagBackward(
                            .init(
                                indices(memory), dy: memory.matrix(bags, width, padding: 2),
                                dtable: memory.matrix(vocabulary, width, padding: 1)))
                    },
                ]
            }
        }
    }

    /// Bags of 0 to 4 ids.
    private static func bagIndices(
        _ memory: CaseMemory, _ bags: Int, _ vocabulary: Int, _ width: Int, _ mode: BagMode, weighted: Bool
    ) -> KernelCall.BagIndices {
        var offsets = [0]
        for bag in 0..<bags { offsets.append(offsets[bag] + (bag == 2 ? 0 : memory.integer(below: 5))) }
        let count = offsets[bags]
        return .init(
            bags: bags, vocabulary: vocabulary, width: width, mode: mode,
            ids: memory.randomIndices(count, below: vocabulary), offsets: memory.indices(offsets),
            weights: weighted ? memory.vector(count) : nil)
    }

    static let optimizerCases: [KernelCase] = [0, 1, 16, 37, 17_000].flatMap { count in
        [(Float(0), false), (0.9, false), (0.9, true)].map { momentum, nesterov in
            KernelCase("sgd \(count), momentum \(momentum)" + (nesterov ? ", nesterov" : "")) { memory in
                var call = KernelCall.SGD(
                    count: count, learningRate: 0.1, parameters: memory.vector(count), gradients: memory.vector(count),
                    velocity: momentum == 0 && count != 16 ? nil : memory.vector(count))
                (call.momentum, call.nesterov) = (momentum, nesterov)
                (call.weightDecay, call.gradientScale) = (0.01, 0.5)
                return .sgd(call)
            }
        }
            + [false, true].flatMap { decoupled in
                [UInt64(1), 1000].map { step in
                    KernelCase("\(decoupled ? "adamw" : "adam") \(count), step \(step)") { memory in
                        var call = KernelCall.Adam(
                            count: count, learningRate: 0.01, step: step, parameters: memory.vector(count),
                            gradients: memory.vector(count), firstMoment: memory.vector(count, in: -0.5...0.5),
                            secondMoment: memory.vector(count, in: 0...1))
                        (call.weightDecay, call.gradientScale, call.decoupled) = (0.1, 0.5, decoupled)
                        return .adam(call)
                    }
                }
            }
    }
}
