import EspalierKernels
import EspalierTensor
import EspalierTestSupport
import Testing

@testable import EspalierGraph

@Suite struct GradientsTests {
    @Test func gradientOfASumIsTheSumOfGradients() throws {
        let net = SmallNet()
        let (graph, weight) = (net.graph, net.weight)
        let whole = try graph.gradients(of: net.losses[0] + net.losses[1], withRespectTo: [weight])[0]!
        let first = try graph.gradients(of: net.losses[0], withRespectTo: [weight])[0]!
        let second = try graph.gradients(of: net.losses[1], withRespectTo: [weight])[0]!
        let values = try graph.evaluate([whole, first, second], net.feed)
        let sum = zip(values[1], values[2]).map { $0 + $1 }
        #expect(difference(values[0], sum, relative: 1e-5, absolute: 1e-7) == nil)
    }

    @Test func usesOfASharedParameterAccumulate() throws {
        let graph = Graph()
        let w = graph.parameter("w", [3], .uniform(limit: 1))
        let a = graph.constant(Tensor([1, 2, 3]))
        let b = graph.constant(Tensor([10, 20, 30]))
        let total = (w * a).sum() + (graph.parameter("w", [3], .zeros) * b).sum()
        let gradient = try graph.gradients(of: total, withRespectTo: [w])[0]!
        #expect(try graph.evaluate([gradient]) == [[11, 22, 33]])
    }

    @Test func independentTargetsHaveNoGradient() throws {
        let graph = Graph()
        let (x, y) = (graph.input("x", [2]), graph.input("y", [2]))
        let total = x.sum() + y.stoppingGradient().sum()
        let later = graph.input("later", [])
        let gradients = try graph.gradients(of: total, withRespectTo: [x, y, later, total])
        #expect(gradients.map { $0 == nil } == [false, true, true, false])
        #expect(gradients[3]?.shape == [])
    }

    @Test func aStoppedValueMayBeATarget() throws {
        let graph = Graph()
        let x = graph.constant(Tensor([1, 2]))
        let loss = x.regressionLoss(.squared, (2 * x).stoppingGradient(), reduction: .sum)
        let gradient = try graph.gradients(of: loss, withRespectTo: [x])[0]!
        #expect(try graph.evaluate([gradient]) == [[-2, -4]])
    }

    @Test func aTargetBetweenGetsItsGradientAndPassesItOn() throws {
        let graph = Graph()
        let x = graph.constant(Tensor([2, 3]))
        let y = x.square()
        let gradients = try graph.gradients(of: y.square().sum(), withRespectTo: [x, y])
        // d(x⁴) = 4x³ and d(y²) = 2y.
        #expect(try graph.evaluate(gradients.map { $0! }) == [[32, 108], [8, 18]])
    }

    @Test func gradientsCanBeDerivedAgain() throws {
        let graph = Graph()
        let x = graph.constant(Tensor([0.5, 2]))
        let first = try graph.gradients(of: x.exp().sum(), withRespectTo: [x])[0]!
        let third = try graph.gradients(
            of: graph.gradients(of: first.sum(), withRespectTo: [x])[0]!.sum(), withRespectTo: [x])[0]!
        let values = try graph.evaluate([x.exp(), third])
        #expect(difference(values[0], values[1], relative: 1e-6) == nil)
    }

    @Test func whatHasNoGradientIsNamedWithItsLayer() throws {
        let graph = Graph()
        let logits = graph.input("logits", [2, 3])
        let targets = graph.input("targets", [2], type: .int32)
        let distributions = graph.input("distributions", [2, 3])
        let loss = graph.scope("topic") { logits.crossEntropy(targets) }
        let gradient = try graph.gradients(of: loss, withRespectTo: [logits])[0]!
        #expect(
            message { try graph.gradients(of: gradient.sum(), withRespectTo: [logits]) }
                == "[crossEntropyGradient] topic: not differentiable here; losses have first derivatives only; "
                + "for second ones write the loss with logSoftmax, log and sums")
        let soft = logits.crossEntropy(distributions: distributions)
        #expect(
            message { try graph.gradients(of: soft, withRespectTo: [distributions]) }
                == "[crossEntropy] not differentiable here; "
                + "a loss has a gradient for predictions, not for targets, masks or weights")

        let x = graph.input("x", [4])
        let gelu = try graph.gradients(of: x.activation(.gelu).sum(), withRespectTo: [x])[0]!
        #expect(
            message { try graph.gradients(of: gelu.sum(), withRespectTo: [x]) }
                == "[geluGradient] not differentiable here; a second derivative exists for identity, relu, tanh and sigmoid"
        )

        let gain = graph.parameter("gain", [3], .ones)
        let normalized = logits.layerNormalized(gain: gain, bias: graph.parameter("bias", [3], .zeros))
        let dx = try graph.gradients(of: normalized.square().sum(), withRespectTo: [logits])[0]!
        #expect(
            message { try graph.gradients(of: dx.sum(), withRespectTo: [logits]) }
                == "[layerNormalizationGradient] not differentiable here; "
                + "layer normalization has first derivatives by its operand only")

        let weights = graph.input("weights", [2])
        let bags = graph.parameter("table", [5, 2], .ones).embeddingBag(
            .sum, ids: targets, offsets: targets, weights: weights)
        #expect(
            message { try graph.gradients(of: bags.sum(), withRespectTo: [weights]) }
                == "[embeddingBag] not differentiable here; bags have a gradient for the table, not for weights")
    }

    private func message(_ body: () throws -> [Value?]) -> String? {
        do {
            _ = try body()
            return nil
        } catch {
            return (error as? GraphError)?.description
        }
    }
}

/// One trunk layer, two heads on it with a loss each.
struct SmallNet {
    let graph = Graph()
    var feed = Feed()
    let weight, bias: Value
    let losses: [Value]

    init(rows: Int = 6, inputs: Int = 5, hidden: Int = 4) {
        let x = feed.draw(
            graph, "x", [rows, inputs], .floats(randomArray(rows * inputs, seed: 1)))
        let graph = graph
        (weight, bias) = graph.scope("trunk") {
            (graph.parameter("weight", [inputs, hidden], .glorotUniform), graph.parameter("bias", [hidden], .zeros))
        }
        let (weight, bias) = (weight, bias)
        let features = graph.scope("trunk") { (x.matmul(weight) + bias).relu() }
        var losses: [Value] = []
        for (task, classes) in [("topic", 3), ("sentiment", 2)] {
            let targets = feed.draw(
                graph, task, [rows], .indices((0..<rows).map { Int32($0 % (classes + 1)) - 1 }))
            losses.append(
                graph.scope(task) {
                    let head = graph.parameter("weight", [hidden, classes], .glorotUniform)
                    return (features.matmul(head) + graph.parameter("bias", [classes], .zeros)).crossEntropy(targets)
                })
        }
        self.losses = losses
    }
}
