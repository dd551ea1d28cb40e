extension Safetensors {
    /// - Parameters:
    ///   - bytes: a whole file.
    ///   - path: for the errors.
    package init(bytes: [UInt8], path: String) throws(SafetensorsError) {
        let header = try Self.headerRange(of: bytes, path: path)
        let members = try Self.parseHeader(bytes[header], path: path)
        let data = bytes[header.upperBound...]

        self.init()
        var names: Set<String> = []
        var places: [Place] = []
        for (name, value) in members {
            guard names.insert(name).inserted else {
                throw SafetensorsError(path: path, tensor: name, problem: .duplicateName)
            }
            do throws(SafetensorsError.Problem) {
                if name == Self.metadataName {
                    metadata = try Self.metadata(from: value)
                } else {
                    let place = try Place(name: name, value, dataBytes: data.count)
                    places.append(place)
                }
            } catch { throw SafetensorsError(path: path, tensor: name, problem: error) }
        }
        try Self.checkCover(places, dataBytes: data.count, path: path)

        tensors = places.map { place in
            let begin = data.startIndex + place.begin
            return (place.name, Tensor(bytes: data[begin..<begin + place.shape.byteCount], shape: place.shape))
        }
    }

    /// One tensor's shape and place in the data.
    private struct Place {
        let name: String
        let shape: Shape
        let begin: Int

        init(name: String, _ value: JSONValue, dataBytes: Int) throws(SafetensorsError.Problem) {
            guard case .object(let members) = value else {
                throw .wrongField("a tensor", expected: "an object")
            }
            var fields: [String: JSONValue] = [:]
            for (field, value) in members {
                let known = ["dtype", "shape", "data_offsets"].contains(field)
                guard known, fields.updateValue(value, forKey: field) == nil else { throw .unexpectedField(field) }
            }
            guard let type = fields["dtype"] else { throw .missingField("dtype") }
            guard case .string(let type) = type else { throw .wrongField("dtype", expected: "a string") }
            guard type == "F32" else { throw .unsupportedType(type) }

            let dimensions = try Self.numbers("shape", of: fields)
            guard let shape = Shape(checking: dimensions) else { throw .impossibleShape(dimensions) }
            let offsets = try Self.numbers("data_offsets", of: fields)
            guard offsets.count == 2 else { throw .wrongField("data_offsets", expected: "two numbers") }
            let (begin, end) = (offsets[0], offsets[1])
            guard begin <= end, end <= dataBytes else {
                throw .outOfRange(begin: begin, end: end, dataBytes: dataBytes)
            }
            guard end - begin == shape.byteCount else { throw .wrongByteCount(bytes: end - begin, shape: shape) }

            self.name = name
            self.shape = shape
            self.begin = begin
        }

        private static func numbers(
            _ field: String, of fields: [String: JSONValue]
        ) throws(SafetensorsError.Problem) -> [Int] {
            guard let value = fields[field] else { throw .missingField(field) }
            let wrong = SafetensorsError.Problem.wrongField(field, expected: "a list of whole numbers")
            guard case .array(let elements) = value else { throw wrong }
            var numbers: [Int] = []
            for element in elements {
                guard case .number(let number) = element else { throw wrong }
                numbers.append(number)
            }
            return numbers
        }
    }

    private static func headerRange(of bytes: [UInt8], path: String) throws(SafetensorsError) -> Range<Int> {
        let length = bytes.prefix(8).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        guard bytes.count >= 8 else {
            throw SafetensorsError(path: path, problem: .truncatedHeader(fileBytes: bytes.count, headerBytes: length))
        }
        guard length <= longestHeader else { throw SafetensorsError(path: path, problem: .headerTooLong(length)) }
        guard length <= bytes.count - 8 else {
            throw SafetensorsError(path: path, problem: .truncatedHeader(fileBytes: bytes.count, headerBytes: length))
        }
        return 8..<8 + Int(length)
    }

    private static func parseHeader(
        _ bytes: ArraySlice<UInt8>, path: String
    ) throws(SafetensorsError) -> [(name: String, value: JSONValue)] {
        do throws(ByteScanner.Failure) {
            var scanner = ByteScanner(bytes)
            // An object of tensors, an object for each, a list in it.
            guard case .object(let members) = try scanner.jsonValue(depth: 3) else {
                throw ByteScanner.Failure(position: 0, expected: "'{'")
            }
            try scanner.expectEnd()
            return members
        } catch {
            throw SafetensorsError(
                path: path, problem: .invalidHeader(byte: error.position, expected: error.expected))
        }
    }

    private static func metadata(from value: JSONValue) throws(SafetensorsError.Problem) -> [String: String] {
        guard case .object(let members) = value else { throw .wrongField("metadata", expected: "an object") }
        var metadata: [String: String] = [:]
        for (key, value) in members {
            guard case .string(let text) = value else { throw .wrongField(key, expected: "a string") }
            guard metadata.updateValue(text, forKey: key) == nil else { throw .unexpectedField(key) }
        }
        return metadata
    }

    /// The format asks that the tensors lie end to end and fill the data.
    private static func checkCover(_ places: [Place], dataBytes: Int, path: String) throws(SafetensorsError) {
        var end = 0
        for place in places.sorted(by: { ($0.begin, $0.shape.byteCount) < ($1.begin, $1.shape.byteCount) }) {
            guard place.begin == end else {
                throw SafetensorsError(
                    path: path, tensor: place.name, problem: .misplaced(begin: place.begin, expected: end))
            }
            end += place.shape.byteCount
        }
        guard end == dataBytes else { throw SafetensorsError(path: path, problem: .unusedBytes(dataBytes - end)) }
    }
}
