extension KernelCall {
    /// y[i] = x[i] / (1 - rate) or 0, by counter-based random numbers: element i of step s is number s · ⌈count/4⌉·4 + i
    /// of the stream. The same call on dy is the backward; y may be x.
    public struct Dropout {
        public var seed, stream: UInt64
        /// Read at every run, so that a compiled program draws anew at every step.
        public var step: UnsafePointer<UInt64>
        public var count: Int
        public var rate: Float
        public var x, y: Floats

        public init(
            seed: UInt64, stream: UInt64, step: UnsafePointer<UInt64>, count: Int, rate: Float, x: Floats, y: Floats
        ) {
            (self.seed, self.stream, self.step) = (seed, stream, step)
            (self.count, self.rate, self.x, self.y) = (count, rate, x, y)
        }

        /// The number of this step's first element in the stream.
        public var offset: UInt64 { step.pointee &* UInt64((count + 3) / 4 * 4) }
    }
}
