import EspalierTensor
import Testing

@Suite struct TextTableTests {
    @Test func columnsLineUp() {
        var table = TextTable(["task", "accuracy"])
        table.append(["sentiment", "0.7"])
        table.append(["t", "0.75"])
        #expect(
            table.rendered() == """
                task       accuracy
                ─────────  ────────
                sentiment       0.7
                t              0.75

                """)
    }

    @Test func wideCharactersTakeTwoColumnsAndAccentsNone() {
        var table = TextTable(["name", "n"], alignments: [.left, .left])
        table.append(["日本", "1"])
        table.append(["cafe\u{301}", "2"])
        #expect(table.rendered().split(separator: "\n")[2...] == ["日本  1", "cafe\u{301}  2"])
    }

    @Test func linesDoNotEndInSpaces() {
        var table = TextTable(["a", "b"], alignments: [.left, .left])
        table.append(["", ""])
        #expect(table.rendered() == "a  b\n─  ─\n\n")
    }
}
