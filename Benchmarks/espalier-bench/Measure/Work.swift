import Espalier

/// What a case has to do at least, whoever does it.
struct Work {
    /// Additions and multiplications.
    let flops: Int
    /// Every operand read once, every result written once.
    let bytes: Int
    /// Different bytes among these: what a cache must hold for the case to find all of it there the next time.
    let footprint: Int
    /// Whether less than a tenth of the bytes are written.
    let mostlyReads: Bool

    init(flops: Int, bytes: Int, footprint: Int, written: Int) {
        (self.flops, self.bytes, self.footprint) = (flops, bytes, footprint)
        mostlyReads = written * 10 < bytes
    }

    init(_ call: KernelCall) {
        let written = call.outputs.reduce(0) { $0 + $1.bytes }
        let distinct = call.inputs.reduce(written) { $0 + $1.bytes }
        self.init(flops: call.flops, bytes: call.bytes, footprint: min(distinct, call.bytes), written: written)
    }
}
