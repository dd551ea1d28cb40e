import EspalierData
import EspalierKernels
import EspalierTensor
import Testing

@testable import EspalierTasks

@Suite struct SnippetsTrainingTests {
    /// A whole run on packaged data: bags of n-grams, four tasks, Adam. In a process of its own, because the
    /// instruction set holds for all kernels of a process.
    @Test func aRunGivesTheSameBitsOnAnyThreadsAndInstructionSets() async {
        await #expect(processExitsWith: .success) {
            let encoding = InputEncoding.nGrams(NGrams(bucketBits: 12))
            let schema = DatasetSchema.text(encoding: encoding, tasks: Snippets.schema.tasks)
            let table = try Snippets.table().part("dev", of: "split")
            let dataset = try DatasetEncoder(schema, fitting: table).encode(table)
            let model = Model(
                input: try dataset.modelInput("text"),
                trunk: Sequential {
                    EmbeddingBag(128, .relu); Dense(64, .gelu)
                },
                heads: [
                    .classification("sentiment", classes: 3), .classification("topic", classes: 5),
                    .regression("intensity"), .regression("disagreement"),
                ])
            let options = TrainingOptions(epochs: 2, batchSize: 128)
            var first: [UInt32]?
            for set in InstructionSet.available {
                try InstructionSet.select(set)
                for threads in [1, 2, 3, 7] {
                    let trainer = Trainer(model, options: options, backend: try NativeBackend(threads: threads))
                    let parameters = try trainer.train(on: dataset).model.parameters
                    let bits = parameters.layout.entries.flatMap { parameters[$0.name]!.scalars.map(\.bitPattern) }
                    precondition(first == nil || first == bits, "other bits with \(set) and \(threads) threads")
                    first = bits
                }
            }
        }
    }
}
