extension KernelCall {
    /// Which elements a dropout drops, by counter-based random numbers: element i of step s is number s · ⌈count/4⌉·4 + i
    /// of the stream.
    public struct DropoutMask {
        public var seed, stream: UInt64
        /// Read at every run, so that a compiled program draws anew at every step.
        public var step: UnsafePointer<UInt64>
        public var rate: Float
        /// Where the call's elements are some of a whole's only: they are dropped as they would be there.
        public var stretch: (first: Int, of: Int)?

        public init(seed: UInt64, stream: UInt64, step: UnsafePointer<UInt64>, rate: Float) {
            (self.seed, self.stream, self.step, self.rate) = (seed, stream, step, rate)
        }

        /// The number of this step's first element in the stream.
        func offset(count: Int) -> UInt64 {
            let (first, whole) = stretch ?? (0, count)
            return step.pointee &* UInt64((whole + 3) / 4 * 4) &+ UInt64(first)
        }
    }

    /// y[i] = x[i] / (1 - rate) or 0. The same call on dy is the backward; y may be x.
    public struct Dropout {
        public var mask: DropoutMask
        public var count: Int
        public var x, y: Floats

        public init(
            seed: UInt64, stream: UInt64, step: UnsafePointer<UInt64>, count: Int, rate: Float, x: Floats, y: Floats
        ) {
            self.init(DropoutMask(seed: seed, stream: stream, step: step, rate: rate), count: count, x: x, y: y)
        }

        public init(_ mask: DropoutMask, count: Int, x: Floats, y: Floats) {
            (self.mask, self.count, self.x, self.y) = (mask, count, x, y)
        }
    }
}
