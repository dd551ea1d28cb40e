"""Median microseconds of a training step whose tasks TorchJD balances: forward, each task's gradients, aggregation, Adam.

usage: torchjd_step.py MGDA|UPGrad|PCGrad|… [THREADS]      (an aggregator without arguments)

Run by `espalier-bench balance --peer-script`; training_step.py says how it is told the cases.
"""
import sys

import torchjd.aggregation
from torchjd.autojac import jac_to_grad, mtl_backward

from training_step import print_medians


def step_of(network, aggregator):
    def step():
        network.optimizer.zero_grad(set_to_none=True)
        for parameter in network.parameters:
            if hasattr(parameter, "jac"):
                parameter.jac = None
        shared = network.trunk(network.data)
        mtl_backward(network.losses(shared), features=shared)
        jac_to_grad(network.trunk.parameters(), aggregator)
        network.optimizer.step()

    return step


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if not hasattr(torchjd.aggregation, name):
        sys.exit("usage: CASES='{…}' torchjd_step.py AGGREGATOR [THREADS]")
    aggregator = getattr(torchjd.aggregation, name)()
    print_medians(lambda network: step_of(network, aggregator), least_count=7)


main()
