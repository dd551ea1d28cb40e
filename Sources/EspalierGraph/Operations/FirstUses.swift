import EspalierKernels
import EspalierTensor

extension Graph.Operation {
    /// Ids renumbered: each becomes the place where it first stands among the ids. Rows of a large table that a batch
    /// names are then rows of a small one, with as many as there are ids.
    ///
    /// An id outside the vocabulary stays, and is outside the small one too: who reads it reports it.
    public struct FirstUses: OperationRule {
        let vocabulary: Int

        var name: String { "firstUses" }
        var indexOperands: Range<Int> { 0..<2 }

        /// Operands: ids; offsets of bags, if only the ids that they span count.
        func shape(of inputs: [Shape]) throws(ShapeMistake) -> Shape { inputs[0] }

        func gradient(at site: GradientSite) throws(GraphError) -> [Value?] { [nil, nil] }
        var passesGradient: Bool { false }

        func scratchCount(for inputs: [Graph.Node], inPlace: Bool) -> Int { vocabulary }

        func kernels(at site: KernelSite) -> [KernelCall] {
            guard let scratch = site.scratch else { return [] }
            let (ids, uses) = (site.inputs[0].indices, site.output.indices)
            let places = UnsafeMutableRawPointer(scratch).bindMemory(to: Int32.self, capacity: vocabulary)
            let end = site.inputs.count > 1 ? site.inputs[1].indices + (site.inputs[1].count - 1) : nil
            let (count, vocabulary) = (site.inputs[0].count, vocabulary)
            let body = {
                let count = end.map { min(count, Int($0.pointee)) } ?? count
                for place in 0..<max(0, count) {
                    let id = ids[place]
                    guard 0..<vocabulary ~= Int(id) else {
                        uses[place] = id
                        continue
                    }
                    // What earlier runs left in `places` is told by not being an earlier use of this id.
                    let known = places[Int(id)]
                    let isKnown = known >= 0 && known < place && ids[Int(known)] == id
                    if !isKnown { places[Int(id)] = Int32(place) }
                    uses[place] = isKnown ? known : Int32(place)
                }
            }
            return [.custom(.init(name: name, body: body))]
        }
    }
}

extension Value {
    /// These ids, each replaced by the place of its first use: int32.
    ///
    /// - Parameter offsets: of bags; only the ids that they span are read and replaced.
    func firstUses(vocabulary: Int, offsets: Value? = nil) -> Value {
        graph.append(.firstUses(.init(vocabulary: vocabulary)), [self] + [offsets].compactMap { $0 }, type: .int32)
    }
}
