import EspalierGraph
import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierTasks

@Suite struct DrawingTests {
    private func names(_ body: @escaping @Sendable (Drawing) -> Void) -> [String] {
        Model(inputs: [.dense("x", width: 6)], heads: [.regression("amount")], body: body).layout().entries.map(\.name)
    }

    @Test func oneNameSharesParametersAndTwoNamesDoNot() {
        let shared = names { drawing in
            let once = drawing("square", Dense(6), drawing.input("x"))
            drawing.head("amount", drawing("square", Dense(6), once))
        }
        #expect(shared == ["square.weight", "square.bias", "head.amount.weight", "head.amount.bias"])
        let apart = names { drawing in
            let once = drawing("first", Dense(6), drawing.input("x"))
            drawing.head("amount", drawing("second", Dense(6), once))
        }
        #expect(apart.count == 6)
    }

    @Test func aPenaltyAddsItsOwnGradient() throws {
        func gradient(penalty: Float) throws -> (weight: [Float], gradient: [Float]) {
            let model = Model(inputs: [.dense("x", width: 6)], heads: [.regression("amount")]) { drawing in
                drawing.head("amount", drawing("own", Dense(4, .tanh), drawing.input("x")))
                if penalty > 0 { drawing.penalty(penalty * drawing.parameter("own.weight").square().sum()) }
            }
            let step = try SmallProblem.step(model, SmallProblem.dataset(5), rows: 5)
            try step.measure(0..<5)
            return (step.parameters["own.weight"]!.scalars, step.gradients["own.weight"]!.scalars)
        }
        let plain = try gradient(penalty: 0)
        let expected = zip(plain.gradient, plain.weight).map { $0 + $1 }
        #expect(difference(try gradient(penalty: 0.5).gradient, expected, relative: 1e-5, absolute: 1e-6) == nil)
    }

    @Test(arguments: ["no head", "head twice", "head missing", "no input"])
    func mistakesInABodyAreTold(mistake: String) async {
        let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) { [mistake] in
            let model = Model(inputs: [.dense("x", width: 6)], heads: [.regression("amount")]) { drawing in
                let x = drawing("own", Dense(4), drawing.input(mistake == "no input" ? "y" : "x"))
                if mistake != "head missing" { drawing.head(mistake == "no head" ? "b" : "amount", x) }
                if mistake == "head twice" { drawing.head("amount", x) }
            }
            _ = model.layout()
        }
        let message = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
        #expect(message.contains("[Model]"), "\(message)")
    }
}
