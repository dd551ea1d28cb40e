import Foundation

/// How many processors this process may use.
public enum ProcessorCount {
    /// Physical cores among the processors that the process's affinity allows; at least 1.
    ///
    /// Two hardware threads of one core share its arithmetic units, so a kernel gains nothing from the second.
    public static let usableCores: Int = {
        let processors = allowedProcessors()
        return processors.isEmpty
            ? ProcessInfo.processInfo.activeProcessorCount : Set(processors.map(coreIdentifier)).count
    }()

    /// From the kernel's account of this process; empty where there is none (only Linux writes one).
    private static func allowedProcessors() -> [Int] {
        guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return [] }
        let field = "Cpus_allowed_list:"
        let line = status.split(separator: "\n").first { $0.hasPrefix(field) } ?? ""
        return processors(inList: String(line.dropFirst(field.count)))
    }

    /// The numbers in a list as Linux writes it, "0-3,8,10-11"; whatever is no number or range is passed over.
    static func processors(inList list: String) -> [Int] {
        list.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0.filter { !$0.isWhitespace }) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }

    /// The list of a core's hardware threads names the core; a processor without one stands for itself.
    private static func coreIdentifier(ofProcessor processor: Int) -> String {
        let path = "/sys/devices/system/cpu/cpu\(processor)/topology/thread_siblings_list"
        return (try? String(contentsOfFile: path, encoding: .utf8)) ?? "\(processor)\n"
    }
}
