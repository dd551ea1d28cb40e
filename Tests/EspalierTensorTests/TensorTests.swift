import EspalierTensor
import Testing

@Suite struct TensorTests {
    @Test func countsElements() {
        #expect(Shape([]).count == 1)
        #expect(Shape([2, 3, 4]).count == 24)
        #expect(Shape([2, 0, 4]).count == 0)
        #expect(Shape([2, 3]).rank == 2)
        #expect(Shape([2, 3]).description == "[2, 3]")
    }

    /// Checked for files: no later product of the extents may overflow.
    @Test func checksExtents() {
        #expect(Shape(checking: [2, 0, 3]) == [2, 0, 3])
        #expect(Shape(checking: [1 << 60]) == [1 << 60])
        #expect(Shape(checking: [1 << 61]) == nil)
        #expect(Shape(checking: [0, 1 << 61]) == nil)
        #expect(Shape(checking: [1 << 31, 1 << 31]) == nil)
        #expect(Shape(checking: [0, -1]) == nil)
        #expect(Shape(checking: [Int](repeating: 1, count: 64)) != nil)
        #expect(Shape(checking: [Int](repeating: 1, count: 65)) == nil)
    }

    @Test func buffersAreAlignedAndZero() {
        for count in [0, 1, 15, 1000] {
            let buffer = AlignedBuffer(floats: count)
            #expect(UInt(bitPattern: buffer.pointer) % 64 == 0)
            #expect(buffer.floats.count == count)
            #expect(buffer.floats.allSatisfy { $0.bitPattern == 0 })
        }
    }

    @Test func indicesAreRowMajor() {
        var tensor = Tensor((0..<24).map(Float.init), shape: [2, 3, 4])
        #expect(tensor[1, 2, 3] == 23)
        #expect(tensor[1, 0, 2] == 14)
        tensor[0, 1, 0] = -1
        #expect(tensor.scalars[4] == -1)
        #expect(Tensor([5], shape: [])[] == 5)
    }

    @Test func trapsOutsideTheShape() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [1, 2])[0, 2] }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2], shape: [3]) }
    }
}
