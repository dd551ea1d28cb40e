import Testing

@testable import espalier_bench

@Suite struct GEMMCasesTests {
    @Test func familiesHaveTheirCases() {
        #expect(GEMMFamily.squares.cases(sampled: true).count == 15)
        #expect(GEMMFamily.small.cases(sampled: true).count == 56)
        #expect(GEMMFamily.heads.cases(sampled: true).count == 720)
        #expect(GEMMFamily.heads.cases(sampled: false).count == 2376)
    }

    @Test(arguments: GEMMFamily.allCases)
    func noCaseStandsTwice(family: GEMMFamily) {
        let cases = family.cases(sampled: false)
        #expect(Set(cases).count == cases.count)
        #expect(Set(cases.map(\.name)).count == cases.count)
        #expect(Set(family.cases(sampled: true)).isSubset(of: cases))
    }

    @Test func smallCasesHaveASmallSize() {
        for example in GEMMFamily.small.cases(sampled: false) {
            #expect(min(example.m, example.n, example.k) <= 16, "\(example.name)")
        }
    }

    /// A head of 10 classes on 64 features, batch 128.
    @Test func headsAreTheProductsOfALayer() {
        let names = GEMMFamily.heads.cases(sampled: false).map(\.name)
        for name in ["X Wᵀ NT 128x10x64", "X W NN 128x10x64", "dX NN 128x64x10", "dW TN 64x10x128"] {
            #expect(names.contains(name))
        }
    }
}
