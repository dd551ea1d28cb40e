import EspalierKernels
import Foundation

/// Memory that lies flush against a page that may not be touched: one element too far ends the test with a fault.
public enum GuardedMemory {
    /// The operand's last byte is the last before the forbidden page.
    public static let beforeForbiddenPage = allocator(flushToEnd: true)
    /// The operand's first byte is the first after the forbidden page.
    public static let afterForbiddenPage = allocator(flushToEnd: false)

    private static let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))

    private static func allocator(flushToEnd: Bool) -> CaseAllocator {
        CaseAllocator(
            allocate: { bytes in
                let pages = roundedUp(bytes)
                let start = map(pages + pageSize)
                let forbidden = flushToEnd ? start + pages : start
                precondition(mprotect(forbidden, pageSize, PROT_NONE) == 0, "mprotect failed")
                return flushToEnd ? start + (pages - bytes) : start + pageSize
            },
            deallocate: { pointer, bytes in
                let pages = roundedUp(bytes)
                munmap(flushToEnd ? pointer - (pages - bytes) : pointer - pageSize, pages + pageSize)
            })
    }

    private static func map(_ bytes: Int) -> UnsafeMutableRawPointer {
        let start = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | Int32(MAP_ANONYMOUS), -1, 0)
        guard let start, start != MAP_FAILED else { preconditionFailure("mmap failed") }
        return start
    }

    private static func roundedUp(_ bytes: Int) -> Int { (bytes + pageSize - 1) / pageSize * pageSize }
}
