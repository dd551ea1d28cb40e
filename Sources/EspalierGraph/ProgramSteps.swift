import EspalierKernels

extension Program {
    /// What a program is a list of.
    enum Step {
        case call(KernelCall)
        /// Calls that run one after the other in each branch; the branches may run at the same time.
        case branches([[KernelCall]])

        /// All calls, in the order in which one thread would run them.
        var calls: [KernelCall] {
            switch self {
            case .call(let call): [call]
            case .branches(let branches): branches.flatMap { $0 }
            }
        }
    }

    /// Collects the steps of a stage.
    struct Steps {
        private var collected: [(calls: [KernelCall], branch: Int?)] = []

        mutating func append(_ calls: [KernelCall], branch: Int?) {
            if let branch, collected.last?.branch == branch {
                collected[collected.count - 1].calls += calls
            } else {
                collected.append((calls, branch))
            }
        }

        /// Branches that gain by it run at the same time.
        func steps(threads: Int) -> [Step] {
            var steps: [Step] = []
            var branches: [[KernelCall]] = []
            func finish() {
                let isGain = Self.isGain(branches, threads: threads)
                steps += isGain ? [.branches(branches)] : branches.joined().map { .call($0) }
                branches = []
            }
            for (calls, branch) in collected {
                if branch == nil {
                    finish()
                    steps += calls.map { .call($0) }
                } else {
                    branches.append(calls)
                }
            }
            finish()
            return steps
        }

        /// A call that takes long is shared by the threads as well as can be, so branches are for short ones; and the
        /// longest branch must leave something to do for others. In all they must be worth waking a thread.
        private static func isGain(_ branches: [[KernelCall]], threads: Int) -> Bool {
            let times = branches.map { $0.reduce(0) { $0 + seconds($1) } }
            let longestCall = branches.joined().reduce(0) { max($0, seconds($1)) }
            let (sum, longest) = (times.reduce(0, +), times.max() ?? 0)
            return branches.count > 1 && longestCall < 200e-6 && max(longest, sum / Double(threads)) < 0.75 * sum
                && sum > 20e-6
        }

        /// Roughly, on one thread.
        private static func seconds(_ call: KernelCall) -> Double {
            50e-9 + max(Double(call.flops) / 5e10, Double(call.bytes) / 2e10)
        }
    }
}
