import EspalierData
import Testing

@Suite struct TokenizerTests {
    @Test(arguments: [
        ("Don't STOP", ["don't", "stop"]),
        ("rock ’n’ roll, it’s", ["rock", "’", "n", "’", "roll", ",", "it's"]),
        ("'quoted'", ["'", "quoted", "'"]),
        ("so good!!!!! ... ok?!", ["so", "good", "!!!", "...", "ok", "?", "!"]),
        ("nice :-) :D <3 ;p", ["nice", ":)", ":d", "<3", ";p"]),
        ("see:page 3:45 :project", ["see", ":", "page", "3", ":", "45", ":", "project"]),
        ("ÉTÉ straße 東京2020 हिन्दी", ["été", "straße", "東京2020", "हिन्दी"]),
        ("cafe\u{301}s", ["cafe\u{301}s"]),
        ("❤️❤️ 👍🏽", ["\u{2764}\u{2764}", "👍", "🏽"]),
        (" \t\u{3000}\n", []),
        ("\u{301}a", ["\u{301}", "a"]),
    ])
    func tokens(text: String, expected: [String]) {
        #expect(Tokenizer.tokens(of: text) == expected)
    }
}
