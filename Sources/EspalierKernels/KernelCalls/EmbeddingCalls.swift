public enum BagMode: Int, Sendable, CaseIterable, Codable { case sum = 0, mean }

extension KernelCall {
    /// y[i,:] = table[ids[i],:].
    public struct Embedding {
        public var count, vocabulary, width: Int
        public var table: Matrix
        public var ids: Indices
        public var y: Matrix

        public init(count: Int, vocabulary: Int, width: Int, table: Matrix, ids: Indices, y: Matrix) {
            (self.count, self.vocabulary, self.width) = (count, vocabulary, width)
            (self.table, self.ids, self.y) = (table, ids, y)
        }
    }

    /// dtable[ids[i],:] += dy[i,:].
    public struct EmbeddingBackward {
        public var count, vocabulary, width: Int
        public var ids: Indices
        public var dy, dtable: Matrix

        public init(count: Int, vocabulary: Int, width: Int, ids: Indices, dy: Matrix, dtable: Matrix) {
            (self.count, self.vocabulary, self.width) = (count, vocabulary, width)
            (self.ids, self.dy, self.dtable) = (ids, dy, dtable)
        }
    }

    /// Ragged ids: bag b holds ids[offsets[b] ..< offsets[b + 1]], with as many weights.
    public struct BagIndices {
        public var bags, vocabulary, width: Int
        public var mode: BagMode
        public var ids, offsets: Indices
        public var weights: Floats?

        public init(
            bags: Int, vocabulary: Int, width: Int, mode: BagMode, ids: Indices, offsets: Indices, weights: Floats?
        ) {
            (self.bags, self.vocabulary, self.width, self.mode) = (bags, vocabulary, width, mode)
            (self.ids, self.offsets, self.weights) = (ids, offsets, weights)
        }
    }

    /// y[b,:] = Σ_i weights[i] · table[ids[i],:], divided by the bag's size for `.mean`.
    public struct EmbeddingBag {
        public var indices: BagIndices
        public var table, y: Matrix

        public init(_ indices: BagIndices, table: Matrix, y: Matrix) {
            (self.indices, self.table, self.y) = (indices, table, y)
        }
    }

    /// dtable[ids[i],:] += weights[i] · dy[b,:], divided by the bag's size for `.mean`.
    public struct EmbeddingBagBackward {
        public var indices: BagIndices
        public var dy, dtable: Matrix

        public init(_ indices: BagIndices, dy: Matrix, dtable: Matrix) {
            (self.indices, self.dy, self.dtable) = (indices, dy, dtable)
        }
    }
}
