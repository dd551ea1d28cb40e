@testable import EspalierKernels
import Foundation
import Testing

/// In processes of their own, where nobody else computes.
@Suite struct BLASThreadsTests {
    /// Backends of one library that differ in their number of threads, in turn.
    @Test func aProductRunsOnItsBackendsThreads() async {
        await #expect(processExitsWith: .success) {
            for name in blasNames {
                let backends = try [1, 2, 1].map { try makeBackend(named: name, threads: $0) }
                guard let library = (backends[0] as? BLASBackend)?.library, library.threadControl != nil else {
                    continue
                }
                for backend in backends {
                    let expected = min(backend.threads, ProcessorCount.usableCores)
                    let busy = try busyThreads { try multiply(on: backend) }
                    precondition(busy == expected, "\(name): \(busy) threads at work, not \(expected)")
                }
            }
        }
    }
}

/// Long enough that both threads get their turns on a machine with other work.
private func multiply(on backend: any Backend) throws {
    let size = 512
    let memory = CaseOperands()
    let call = KernelCall.GEMM(
        m: size, n: size, k: size, a: memory.matrix(size, size), b: memory.matrix(size, size),
        c: memory.matrix(size, size))
    for _ in 0..<40 { try backend.run(.gemm(call)) }
}

/// Threads of this process that did at least a tenth of what it computed during the work, by the system's account.
private func busyThreads(during work: () throws -> Void) throws -> Int {
    // A library's threads may look for work for a while after a product: 26 ms in OpenBLAS, more in others.
    Thread.sleep(forTimeInterval: 0.2)
    let before = try processorTimes()
    try work()
    let times = try processorTimes().map { $0.value - (before[$0.key] ?? 0) }
    let total = times.reduce(0, +)
    return times.count { $0 * 10 >= total }
}

/// Nanoseconds on a processor of every thread, by its number.
private func processorTimes() throws -> [String: Int] {
    let folder = "/proc/self/task"
    let threads = try FileManager.default.contentsOfDirectory(atPath: folder)
    return Dictionary(
        uniqueKeysWithValues: try threads.map { thread in
            let account = try String(contentsOfFile: "\(folder)/\(thread)/schedstat", encoding: .utf8)
            return (thread, account.split(separator: " ").first.flatMap { Int($0) } ?? 0)
        })
}
