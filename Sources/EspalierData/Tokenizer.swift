/// Cuts text into lower-case words, punctuation and emoticons.
///
/// - A word is a run of letters and digits of any script; an apostrophe between two of them belongs to it (`don't`).
/// - An emoticon is one token, without its nose: `:-)` becomes `:)`. So is the heart `<3`.
/// - Any other character is a token together with its immediate repetitions, at most three: `!!!!` becomes `!!!`.
///   What modifies its looks (a variation selector, a joiner) is dropped.
///
/// White space separates and is dropped. A text with anything but white space has at least one token.
public enum Tokenizer {
    public static func tokens(of text: String) -> [String] {
        let scalars = Array(text.lowercased().unicodeScalars)
        var tokens: [String] = []
        var position = 0
        while position < scalars.count {
            let scalar = scalars[position]
            if scalar.properties.isWhitespace {
                position += 1
            } else if isWordPart(scalar) {
                let end = wordEnd(scalars, from: position)
                tokens.append(string(scalars[position..<end].map { $0 == typographicApostrophe ? "'" : $0 }))
                position = end
            } else if let (emoticon, end) = emoticon(scalars, at: position) {
                tokens.append(emoticon)
                position = end
            } else {
                let end = repetitionEnd(scalars, from: position)
                let repetitions = scalars[position..<end].count { $0 == scalar }
                tokens.append(string(Array(repeating: scalar, count: min(repetitions, 3))))
                position = end
            }
        }
        return tokens
    }

    /// Whether a token is a word rather than punctuation or an emoticon.
    static func isWord(_ token: String) -> Bool { token.unicodeScalars.first.map(isWordPart) ?? false }

    private static let typographicApostrophe: Unicode.Scalar = "\u{2019}"
    private static let eyes: Set<Unicode.Scalar> = [":", ";", "="]
    private static let noses: Set<Unicode.Scalar> = ["-", "^", "'"]
    private static let mouths: Set<Unicode.Scalar> = [
        ")", "(", "]", "[", "d", "p", "o", "/", "\\", "|", "*", "3", "@", "$",
    ]

    private static func wordEnd(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
        var end = start + 1
        while end < scalars.count {
            let scalar = scalars[end]
            let isInnerApostrophe =
                (scalar == "'" || scalar == typographicApostrophe)
                && end + 1 < scalars.count && isWordPart(scalars[end + 1])
            guard isWordPart(scalar) || extendsPrevious(scalar) || isInnerApostrophe else { break }
            end += 1
        }
        return end
    }

    private static func repetitionEnd(_ scalars: [Unicode.Scalar], from start: Int) -> Int {
        var end = start + 1
        while end < scalars.count, scalars[end] == scalars[start] || extendsPrevious(scalars[end]) { end += 1 }
        return end
    }

    /// The emoticon that starts here, and where it ends. Its mouth must not be the start of a word (`:project`).
    private static func emoticon(_ scalars: [Unicode.Scalar], at start: Int) -> (String, end: Int)? {
        func scalar(_ index: Int) -> Unicode.Scalar? { index < scalars.count ? scalars[index] : nil }
        if scalars[start] == "<", scalar(start + 1) == "3" { return ("<3", start + 2) }
        guard eyes.contains(scalars[start]) else { return nil }
        var position = start + 1
        if let nose = scalar(position), noses.contains(nose) { position += 1 }
        guard let mouth = scalar(position), mouths.contains(mouth) else { return nil }
        if let following = scalar(position + 1), isWordPart(following) { return nil }
        return (string([scalars[start], mouth]), position + 1)
    }

    private static func isWordPart(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII {
            return ("a"..."z").contains(scalar) || ("0"..."9").contains(scalar) || ("A"..."Z").contains(scalar)
        }
        return scalar.properties.isAlphabetic || scalar.properties.numericType != nil
    }

    /// Accents, variation selectors, joiners: part of whatever they follow.
    private static func extendsPrevious(_ scalar: Unicode.Scalar) -> Bool {
        guard !scalar.isASCII else { return false }
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: return true
        default: return false
        }
    }

    private static func string(_ scalars: [Unicode.Scalar]) -> String {
        var view = String.UnicodeScalarView()
        view.append(contentsOf: scalars)
        return String(view)
    }
}
