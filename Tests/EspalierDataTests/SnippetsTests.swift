import EspalierData
import EspalierTasks
import Testing

@Suite struct SnippetsTests {
    @Test func rowsAndColumns() throws {
        let table = try Snippets.table()
        #expect(table.count == Snippets.count)
        #expect(table.columnNames == ["id", "split", "topic", "sentiment", "intensity", "disagreement", "text"])
        let texts = try table.column("text").cells
        let quoted = texts.count { if case .text(let text) = $0 { text.contains("\"") } else { false } }
        #expect(quoted == 286)
        #expect(try ["train", "dev", "test"].map { try table.part($0, of: "split").count } == [5_334, 1_121, 1_126])
    }

    @Test func noReviewStraddlesThePackagedSplit() throws {
        let table = try Snippets.table()
        var splits: [String: Set<String>] = [:]
        for (group, cell) in zip(try Snippets.groups(of: table), try table.column("split").cells) {
            if case .text(let split) = cell { splits[group, default: []].insert(split) }
        }
        #expect(splits.count > 1_000 && splits.count < Snippets.count)
        #expect(splits.values.allSatisfy { $0.count == 1 })
    }

    @Test func encodes() throws {
        let table = try Snippets.table()
        let encoder = try DatasetEncoder(Snippets.schema, fitting: try table.part("train", of: "split"))
        let dev = try encoder.encode(try table.part("dev", of: "split"))
        #expect(dev.count == 1_121)
        guard case .bags(let bags) = try #require(dev.inputs["text"]),
            case .classes(let topics, let names) = try #require(dev.labels["topic"])
        else { throw UnexpectedColumn() }
        #expect(bags.rows == 1_121 && bags.ids.count == bags.weights.count)
        #expect(bags.ids.allSatisfy { $0 >= 0 && Int($0) < bags.vocabulary })
        #expect(names == ["camera", "dvd_player", "mp3_player", "phone", "tweet"])
        #expect(topics.allSatisfy { (0..<5).contains($0) })
        #expect(dev.summary.contains("task  intensity: 1121 labelled; mean"))
    }

    @Test func noticeNamesSourcesAndLicences() throws {
        let notice = try Snippets.notice()
        for part in ["C.J. Hutto", "Hu and", "CC BY 4.0", "Permission is hereby granted", "changed"] {
            #expect(notice.contains(part), "\(part)")
        }
    }
}

struct UnexpectedColumn: Error {}
