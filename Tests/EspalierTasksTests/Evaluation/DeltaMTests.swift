import EspalierTasks
import Testing

@Suite struct DeltaMTests {
    /// NYUv2, equal weights ("LS") beside single-task training, as printed in the Nash-MTL paper
    /// (A. Navon and others, 2022, Table 2), which gives Δm = 5.59.
    static let nyu: [[DeltaM.Pair]] = [
        [
            .init(singleTask: 38.30, multiTask: 39.29, higherIsBetter: true),
            .init(singleTask: 63.76, multiTask: 65.33, higherIsBetter: true),
        ],
        [
            .init(singleTask: 0.6754, multiTask: 0.5493, higherIsBetter: false),
            .init(singleTask: 0.2780, multiTask: 0.2263, higherIsBetter: false),
        ],
        [
            .init(singleTask: 25.01, multiTask: 28.15, higherIsBetter: false),
            .init(singleTask: 19.21, multiTask: 23.96, higherIsBetter: false),
            .init(singleTask: 30.14, multiTask: 22.09, higherIsBetter: true),
            .init(singleTask: 57.20, multiTask: 47.50, higherIsBetter: true),
            .init(singleTask: 69.15, multiTask: 61.08, higherIsBetter: true),
        ],
    ]

    @Test func thePapersFormGivesThePublishedNumber() {
        #expect(abs(DeltaM.papers(Self.nyu) - 5.59) < 0.005)
    }

    @Test func libMTLsFormWeighsTasksNotMetrics() {
        // Worked by hand: gains of 2.5236, 18.6339 and -18.5236 percent for the three tasks.
        #expect(abs(DeltaM.libMTL(Self.nyu) - 0.8780) < 0.0005)
    }

    @Test func withOneMetricATaskTheFormsDifferInSignOnly() {
        let tasks = Self.nyu.map { [$0[0]] }
        #expect(DeltaM.papers(tasks) == -DeltaM.libMTL(tasks))
    }

    @Test func anErrorThatHalvesIsAGainOfFiftyPercent() {
        let halved = [[DeltaM.Pair(singleTask: 2, multiTask: 1, higherIsBetter: false)]]
        #expect(DeltaM.papers(halved) == -50)
        #expect(DeltaM.libMTL(halved) == 50)
    }
}
