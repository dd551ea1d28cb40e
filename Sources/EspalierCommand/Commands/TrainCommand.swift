import ArgumentParser
import Espalier
import Foundation

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a model as a recipe says and writes it to a folder.",
        discussion: """
            The folder gets model.safetensors, recipe.yaml (complete: training it again gives the same model), \
            report.json and report.html. The same recipe and data give the same model.safetensors byte for byte, \
            whatever the number of threads and the instruction set (native backend).

            Examples:
              espalier train Examples/snippets.yaml --out model
              espalier train --data reviews.csv --text review --classes sentiment --number stars --out model
            """)

    @OptionGroup var options: RecipeOptions
    @Option(name: [.short, .long], help: ArgumentHelp("The folder to write.", valueName: "folder"))
    var out = "model"
    @Flag(help: "Write into a folder that holds other things than a model; they stay.")
    var force = false
    @Flag(name: [.short, .long], help: "No progress and no table.")
    var quiet = false

    func run() throws {
        let start = ContinuousClock().now
        let recipe = try options.read()
        let backend = try makeBackend(named: recipe.backend, threads: recipe.threads)
        let output = try OutputFolder(out, force: force)
        let data = try RecipeData(recipe)
        let model = try recipe.model(encoder: data.encoder, rows: data.train)
        let display = quiet ? nil : ProgressDisplay(recipe, heads: model.heads)
        let interrupt = Interrupt { Terminal.clearLine() }
        defer { interrupt.cancel() }
        if !quiet { Terminal.write("\(data.summary)\n") }

        let trainer = Trainer(model, options: recipe.trainingOptions(hasDev: data.dev != nil), backend: backend)
        let result = try trainer.train(on: data.train, dev: data.dev) { display?.show($0) }
        Terminal.clearLine()
        let report = try TrainingReport(
            recipe, data, result, backend: backend, seconds: (ContinuousClock().now - start) / .seconds(1))
        try ModelFolder.write(
            result.model, recipe: report.recipe, encoder: data.encoder, report: report, to: output)
        if quiet { return }
        Terminal.print(report.evaluations.metricsTable())
        let seconds = NumberText.fixed(report.run.seconds, digits: 1)
        Terminal.print(
            "\nepochs: \(result.epochs.count)\(result.bestEpoch.map { ", the best one \($0)" } ?? ""), \(seconds) s; "
                + "written to \(out)\n")
    }
}

extension Recipe {
    /// - Parameter hasDev: without dev rows there is nothing to stop by.
    func trainingOptions(hasDev: Bool) -> TrainingOptions {
        var options = TrainingOptions()
        options.epochs = epochs
        options.batchSize = batchSize
        options.optimizer = optimizer.optimizer
        options.weighting = weights
        options.balancing = balance?.balancing(seed: seed)
        options.earlyStopping = hasDev ? earlyStopping?.earlyStopping : nil
        options.seed = seed
        return options
    }
}

extension TrainingReport {
    /// Everything about a run, with the kept parameters measured on the dev and test rows.
    init(
        _ recipe: Recipe, _ data: RecipeData, _ result: TrainingResult, backend: any Backend, seconds: Double
    ) throws {
        let evaluations = try data.parts.filter { $0.part != .train }.map { part, rows in
            SplitEvaluation(split: part.rawValue, tasks: try result.model.evaluate(rows, backend: backend))
        }
        let kernels = KernelReport().choices.map { ($0.family.rawValue, "\($0.instructionSet): \($0.form)") }
        self.init(
            run: Run(
                toolVersion: EspalierCommand.version, seed: recipe.seed, backend: backend.name,
                threads: backend.threads,
                kernels: backend.name == "native" ? Dictionary(uniqueKeysWithValues: kernels) : [:],
                parameters: result.model.parameters.layout.parameterCount, seconds: seconds),
            splits: data.parts.map { part, rows in
                Split(name: part.rawValue, rows: rows.count, labels: rows.labels.mapValues(\.labelledRows.count))
            },
            epochs: result.epochs, gradients: result.gradients, bestEpoch: result.bestEpoch, evaluations: evaluations,
            recipe: try recipe.yaml())
    }
}
