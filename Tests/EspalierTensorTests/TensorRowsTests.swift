import EspalierTensor
import Testing

@Suite struct TensorRowsTests {
    let matrix = Tensor([1, 2, 3, 4, 5, 6], shape: [3, 2])

    @Test func takesRows() {
        #expect(matrix.rows(1..<3) == Tensor([3, 4, 5, 6], shape: [2, 2]))
        #expect(matrix.rows(3..<3) == Tensor([], shape: [0, 2]))
        #expect(Tensor([1, 2, 3]).rows(0..<1) == Tensor([1]))
    }

    @Test func stacksRows() {
        #expect(Tensor(stacking: [Tensor([1, 2]), Tensor([3, 4]), Tensor([5, 6])]) == matrix)
        #expect(Tensor(stacking: [Tensor([1], shape: []), Tensor([2], shape: [])]) == Tensor([1, 2]))
        #expect(Tensor(stacking: [Tensor([])]).shape == [1, 0])
    }

    @Test func reshapesWithoutCopyingUntilChanged() {
        var flat = matrix.reshaped(to: [6])
        let before = matrix.withUnsafeBuffer { UInt(bitPattern: $0.baseAddress) }
        #expect(flat.withUnsafeBuffer { UInt(bitPattern: $0.baseAddress) } == before)
        flat[5] = 0
        #expect(flat == Tensor([1, 2, 3, 4, 5, 0]))
        #expect(matrix[2, 1] == 6)
    }

    @Test func equalityIsThatOfIEEE() {
        #expect(Tensor([0]) == Tensor([-0.0]))
        #expect(Tensor([.nan]) != Tensor([.nan]))
        #expect(Tensor([1, 2]) != Tensor([1, 2], shape: [2, 1]))
        #expect(Tensor([1, 2]) != Tensor([1, 3]))
        #expect(!Tensor([0]).hasSameBits(as: Tensor([-0.0])))
        #expect(Tensor([.nan]).hasSameBits(as: Tensor([.nan])))
        #expect(!Tensor([1]).hasSameBits(as: Tensor([1], shape: [])))
    }

    @Test func copiesOnWrite() {
        var copy = matrix
        copy.withUnsafeMutableBuffer { $0[0] = 9 }
        #expect(copy[0, 0] == 9)
        #expect(matrix[0, 0] == 1)
    }

    @Test func trapsOnWrongShapes() async {
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).reshaped(to: [3]) }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2]).rows(1..<3) }
        await #expect(processExitsWith: .failure) { _ = Tensor(stacking: [Tensor([1]), Tensor([1, 2])]) }
    }
}
