import EspalierTasks
import Testing

@Suite struct NumberTextTests {
    @Test func numbersHaveAFixedNumberOfDigits() {
        #expect(NumberText.fixed(0.70449, digits: 3) == "0.704")
        #expect(NumberText.signed(0.0125, digits: 2) == "+0.01")
        #expect(NumberText.signed(-3, digits: 1) == "-3.0")
    }

    @Test func whatIsNoNumberIsADash() {
        #expect(NumberText.fixed(.nan, digits: 3) == "–")
        #expect(NumberText.signed(-.infinity, digits: 3) == "–")
    }
}
