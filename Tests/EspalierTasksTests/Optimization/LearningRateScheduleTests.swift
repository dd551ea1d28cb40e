import EspalierTasks
import Foundation
import Testing

@Suite struct LearningRateScheduleTests {
    func rates(_ schedule: LearningRateSchedule, steps: Int) -> [Double] {
        (0..<steps).map { schedule.rate(base: 0.5, step: $0, totalSteps: steps) }
    }

    @Test func constantStays() {
        #expect(rates(.constant, steps: 3) == [0.5, 0.5, 0.5])
    }

    @Test func cosineFallsFromTheBaseRateToItsFinalFraction() {
        let rates = rates(.cosine(finalFraction: 0.1), steps: 101)
        #expect(rates[0] == 0.5)
        #expect(abs(rates[100] - 0.05) < 1e-15)
        #expect(abs(rates[50] - 0.275) < 1e-15)
        #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
    }

    @Test func cosineIsTheCosine() {
        let rates = rates(.cosine(finalFraction: 0), steps: 1001)
        for (step, rate) in rates.enumerated() {
            #expect(abs(rate - 0.25 * (1 + cos(Double.pi * Double(step) / 1000))) < 2e-16)
            #expect(rate >= 0)
        }
    }

    @Test func stepDecayDropsAtEachMultiple() {
        #expect(rates(.stepDecay(factor: 0.5, every: 2), steps: 7) == [0.5, 0.5, 0.25, 0.25, 0.125, 0.125, 0.0625])
    }

    @Test func warmUpClimbsToTheBaseRateThenHandsOver() {
        let rates = rates(.warmUp(steps: 4, then: .cosine(finalFraction: 0)), steps: 24)
        #expect(Array(rates[..<5]) == [0.125, 0.25, 0.375, 0.5, 0.5])
        #expect(zip(rates[4...], rates[5...]).allSatisfy { $0 > $1 })
        #expect(abs(rates[23]) < 1e-15)
    }

    @Test func outsideTheRunCountsAsItsNearestStep() {
        let schedule = LearningRateSchedule.cosine(finalFraction: 0.2)
        #expect(schedule.rate(base: 1, step: 99, totalSteps: 10) == schedule.rate(base: 1, step: 9, totalSteps: 10))
        #expect(schedule.rate(base: 1, step: -1, totalSteps: 10) == 1)
    }

    @Test(arguments: [
        LearningRateSchedule.constant, .cosine(finalFraction: 0), .stepDecay(factor: 0.1, every: 0),
        .warmUp(steps: 0, then: .constant), .warmUp(steps: -3, then: .cosine(finalFraction: 0)),
    ])
    func shortRunsAndOddSettingsStartAtTheBaseRate(schedule: LearningRateSchedule) {
        #expect(schedule.rate(base: 1, step: 0, totalSteps: 0) == 1)
        #expect(schedule.rate(base: 1, step: 0, totalSteps: 1) == 1)
    }

    @Test func aWarmUpLongerThanTheRunKeepsClimbing() {
        #expect(rates(.warmUp(steps: 10, then: .constant), steps: 3) == [0.05, 0.1, 0.15])
    }

    @Test func survivesJSON() throws {
        let schedule = LearningRateSchedule.warmUp(steps: 10, then: .stepDecay(factor: 0.5, every: 7))
        let decoded = try JSONDecoder().decode(LearningRateSchedule.self, from: JSONEncoder().encode(schedule))
        #expect(decoded == schedule)
    }
}
