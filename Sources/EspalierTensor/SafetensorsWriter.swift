extension Safetensors {
    /// The bytes of the file, header padded so that the elements begin at a multiple of 8.
    /// - Parameter path: for the errors.
    package func bytes(path: String) throws(SafetensorsError) -> [UInt8] {
        let header = try header(path: path)
        let dataBytes = tensors.reduce(0) { $0 + $1.tensor.shape.byteCount }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + header.count + dataBytes)
        for shift in stride(from: 0, to: 64, by: 8) { bytes.append(UInt8(truncatingIfNeeded: header.count >> shift)) }
        bytes += header
        for (_, tensor) in tensors { tensor.appendBytes(to: &bytes) }
        return bytes
    }

    private func header(path: String) throws(SafetensorsError) -> [UInt8] {
        var members: [String] = []
        if !metadata.isEmpty {
            let entries = metadata.sorted { $0.key < $1.key }.map { "\(jsonQuoted($0.key)):\(jsonQuoted($0.value))" }
            members.append("\"\(Self.metadataName)\":{\(entries.joined(separator: ","))}")
        }
        var names: Set<String> = [Self.metadataName]
        var begin = 0
        for (name, tensor) in tensors {
            guard names.insert(name).inserted else {
                let problem: SafetensorsError.Problem = name == Self.metadataName ? .reservedName : .duplicateName
                throw SafetensorsError(path: path, tensor: name, problem: problem)
            }
            guard Shape(checking: tensor.shape.dimensions) != nil else {
                throw SafetensorsError(path: path, tensor: name, problem: .impossibleShape(tensor.shape.dimensions))
            }
            let end = begin + tensor.shape.byteCount
            let extents = tensor.shape.dimensions.map(String.init).joined(separator: ",")
            let place = "\"shape\":[\(extents)],\"data_offsets\":[\(begin),\(end)]"
            members.append("\(jsonQuoted(name)):{\"dtype\":\"F32\",\(place)}")
            begin = end
        }
        var header = Array("{\(members.joined(separator: ","))}".utf8)
        header += repeatElement(UInt8(ascii: " "), count: -header.count & 7)
        guard header.count <= Self.longestHeader else {
            throw SafetensorsError(path: path, problem: .headerTooLong(UInt64(header.count)))
        }
        return header
    }
}
