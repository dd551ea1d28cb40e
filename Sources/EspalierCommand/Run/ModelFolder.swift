import Espalier
import Foundation

/// A trained model with its recipe and what its encoder has learned: what `train` writes and the other commands read.
struct ModelFolder {
    static let modelFile = "model.safetensors"
    static let recipeFile = "recipe.yaml"
    static let reportFile = "report.json"
    static let pageFile = "report.html"
    /// The metadata's key of the encoder, as JSON.
    private static let encoderKey = "espalier.encoder"

    let recipe: Recipe
    let encoder: DatasetEncoder
    private let file: Safetensors
    private let path: String

    /// - Throws: for a folder that is none, lacks a file, or whose files do not belong together.
    init(path: String) throws {
        let folder = URL(fileURLWithPath: path)
        guard folder.isExistingFolder == true else {
            throw CommandError("\(path): no such model folder")
        }
        let recipePath = folder.appendingPathComponent(Self.recipeFile).relativePath
        guard FileManager.default.fileExists(atPath: recipePath) else {
            throw CommandError("\(path): no \(Self.recipeFile) in the folder, so it is no model's")
        }
        recipe = try Recipe(path: recipePath)
        self.path = folder.appendingPathComponent(Self.modelFile).relativePath
        file = try Safetensors(readingFrom: self.path)
        guard let json = file.metadata[Self.encoderKey] else {
            throw CommandError("\(self.path): the metadata have no \(Self.encoderKey): not a model of espalier train")
        }
        do {
            encoder = try JSONDecoder().decode(DatasetEncoder.self, from: Data(json.utf8))
        } catch {
            throw CommandError("\(self.path): the encoder in the metadata cannot be read: \(error.brief)")
        }
        let schema = DatasetSchema(inputs: recipe.inputs.fields, tasks: recipe.tasks.map(\.field))
        guard encoder.schema == schema else {
            throw CommandError(
                "\(self.path): the encoder's inputs and tasks are not those of \(Self.recipeFile): the files do not "
                    + "belong together")
        }
    }

    /// The model, for rows that the folder's encoder has encoded.
    func model(for rows: Dataset) throws -> TrainedModel {
        try TrainedModel(recipe.model(encoder: encoder, rows: rows), from: file, path: path)
    }

    /// Writes the four files.
    static func write(
        _ model: TrainedModel, recipe: String, encoder: DatasetEncoder, report: TrainingReport, to output: OutputFolder
    ) throws {
        let metadata = [encoderKey: try jsonText(encoder)]
        try output.write { folder in
            try model.save(to: folder.appendingPathComponent(modelFile).path, metadata: metadata)
            try writeAtomically(Array(recipe.utf8), to: folder.appendingPathComponent(recipeFile).path)
            try writeAtomically(Array(report.json()), to: folder.appendingPathComponent(reportFile).path)
            try writeAtomically(Array(HTMLReport(report).html().utf8), to: folder.appendingPathComponent(pageFile).path)
        }
    }
}

extension Error {
    /// A decoding error's own words without the code around them.
    fileprivate var brief: String {
        switch self as? DecodingError {
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
            .dataCorrupted(let context):
            context.debugDescription
        default: "\(self)"
        }
    }
}
