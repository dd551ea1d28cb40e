/// A training report as one HTML page: no script, no file beside it, light and dark.
public struct HTMLReport: Sendable {
    private let report: TrainingReport

    public init(_ report: TrainingReport) { self.report = report }

    /// The whole page.
    public func html() -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>\(title.escaped)</title>
        <style>
        \(ReportStyle.sheet)
        \(SVG.styleSheet)</style>
        </head>
        <body>
        <main>
        <h1>\(title.escaped)</h1>
        <p>\(subtitle.escaped)</p>
        \(sections.joined(separator: "\n"))
        </main>
        </body>
        </html>

        """
    }

    private var title: String { "Training report: \(tasks.map(\.name).joined(separator: ", "))" }

    private var subtitle: String {
        let epochs = report.epochs.count == 1 ? "1 epoch" : "\(report.epochs.count) epochs"
        let best = report.bestEpoch.map { ", parameters kept from epoch \($0)" } ?? ""
        return "\(epochs) in \(NumberText.fixed(report.run.seconds, digits: 1)) s\(best). "
            + "\(report.run.parameters) parameters, seed \(report.run.seed), \(report.run.backend) backend."
    }

    private var sections: [String] {
        var sections = report.evaluations.isEmpty ? [] : [section("Results", card(summaryTable))]
        sections.append(section("Data", card(dataTable)))
        if !report.epochs.isEmpty {
            sections.append(section("Training", ReportCurves(report, tasks: tasks).html()))
        }
        if !report.gradients.isEmpty {
            sections.append(section("Gradients", GradientCurves(report.gradients).html()))
        }
        if !matrices.isEmpty {
            sections.append(section("Confusion", #"<div class="fit">\#(matrices.joined(separator: "\n"))</div>"#))
        }
        sections.append(section("Run", card(runList)))
        sections.append(section("Recipe", card("<pre>\(report.recipe.escaped)</pre>")))
        return sections
    }

    /// In the model's order where the report holds evaluations, else by name.
    private var tasks: [ReportTask] {
        let evaluated = report.evaluations.first?.tasks ?? []
        if !evaluated.isEmpty { return evaluated.map { ReportTask(name: $0.task, kind: $0.kind) } }
        return (report.epochs.first?.trainingLoss.keys.sorted() ?? []).map { ReportTask(name: $0, kind: nil) }
    }

    /// A row for each task and headline metric, a column for each split.
    private var summaryTable: String {
        let head =
            ["Task", "Metric"].map { #"<th class="left">\#($0)</th>"# }
            + report.evaluations.map { "<th>\($0.split.escaped)</th>" }
        let bodies = tasks.map { task in
            let metrics = task.kind?.metrics ?? []
            let name = #"<th class="left" scope="rowgroup" rowspan="\#(metrics.count)">\#(task.name.escaped)</th>"#
            return metrics.enumerated().map { index, metric in
                let cells = report.evaluations.map { evaluation in
                    "<td>\(NumberText.fixed(evaluation[task.name]?[metric] ?? .nan, digits: 3))</td>"
                }
                return """
                    <tr\(metric == task.kind?.primaryMetric ? #" class="main""# : "")>\(index == 0 ? name : "")\
                    <td class="left">\(metric.displayName.escaped)</td>\(cells.joined())</tr>
                    """
            }
        }
        return table(head: head, bodies: bodies)
    }

    /// Rows and labels of each split.
    private var dataTable: String {
        let head =
            [#"<th class="left">Split</th><th>Rows</th>"#]
            + tasks.map { "<th>\($0.name.escaped)</th>" }
        let rows = report.splits.map { split in
            let labels = tasks.map { "<td>\(split.labels[$0.name] ?? 0)</td>" }
            return """
                <tr><th class="left" scope="row">\(split.name.escaped)</th><td>\(split.rows)</td>\(labels.joined())</tr>
                """
        }
        return table(head: head, bodies: [rows])
    }

    private var matrices: [String] {
        tasks.flatMap { task in
            report.evaluations.compactMap { evaluation in
                evaluation[task.name]?.confusion.map { matrix in
                    card(confusionTable(matrix, caption: "\(task.name), \(evaluation.split)"))
                }
            }
        }
    }

    /// Counts, shaded by their share of the labelled class.
    private func confusionTable(_ matrix: ConfusionMatrix, caption: String) -> String {
        let names = matrix.classNames
        let rows = zip(names, zip(matrix.counts, matrix.labelled)).map { name, row in
            let cells = zip(row.0, names).map { count, predicted in
                let share = row.1 == 0 ? 0 : Double(count) / Double(row.1)
                let tip = "\(name) taken for \(predicted): \(NumberText.fixed(share * 100, digits: 1)) %"
                return """
                    <td style="--share:\(NumberText.fixed(share, digits: 3))" title="\(tip.escaped)">\(count)</td>
                    """
            }
            return #"<tr><th class="left" scope="row">\#(name.escaped)</th>\#(cells.joined())</tr>"#
        }
        return """
            <table class="matrix"><caption>\(caption.escaped)</caption>
            <thead><tr><th class="left axis">labelled ↓ predicted →</th>\
            \(names.map { #"<th scope="col">\#($0.escaped)</th>"# }.joined())</tr></thead>
            <tbody>
            \(rows.joined(separator: "\n"))
            </tbody></table>
            """
    }

    private var runList: String {
        let run = report.run
        let entries =
            [
                ("Espalier", run.toolVersion), ("Seed", String(run.seed)), ("Backend", run.backend),
                ("Threads", String(run.threads)), ("Parameters", String(run.parameters)),
                ("Seconds", NumberText.fixed(run.seconds, digits: 2)),
                ("Seconds an epoch", NumberText.fixed(Spread(report.epochs.map(\.seconds)).mean, digits: 3)),
            ] + run.kernels.sorted { $0.key < $1.key }.map { ("Kernel for \($0.key)", $0.value) }
        return "<dl>\(entries.map { "<dt>\($0.0.escaped)</dt><dd>\($0.1.escaped)</dd>" }.joined(separator: "\n"))</dl>"
    }

    private func section(_ heading: String, _ content: String) -> String {
        "<section>\n<h2>\(heading)</h2>\n\(content)\n</section>"
    }

    private func card(_ content: String) -> String { #"<div class="card">\#(content)</div>"# }

    private func table(head: [String], bodies: [[String]]) -> String {
        let bodies = bodies.map { "<tbody>\n\($0.joined(separator: "\n"))\n</tbody>" }
        return """
            <table class="wide"><thead><tr>\(head.joined())</tr></thead>
            \(bodies.joined(separator: "\n"))
            </table>
            """
    }
}

/// A task as the page needs it; the kind is not known where nothing was evaluated.
struct ReportTask {
    let name: String
    let kind: TaskKind?
}
