"""Median microseconds of a whole training step (forward, backward, fused Adam) in PyTorch.

usage: pytorch_step.py torch|torch_compile [THREADS]

Run by `espalier-bench step --peer-script`; training_step.py says how it is told the cases.
"""
import sys

import torch

from training_step import print_medians


def step_of(network, compiled):
    def total_loss():
        return sum(network.losses(network.trunk(network.data)))

    loss_function = torch.compile(total_loss) if compiled else total_loss

    def step():
        network.optimizer.zero_grad(set_to_none=True)
        loss = loss_function()
        loss.backward()
        network.optimizer.step()
        return loss.item()

    return step


def main():
    peer = sys.argv[1] if len(sys.argv) > 1 else ""
    if peer not in ("torch", "torch_compile"):
        sys.exit("usage: CASES='{…}' pytorch_step.py torch|torch_compile [THREADS]")
    print_medians(lambda network: step_of(network, compiled=peer == "torch_compile"), least_count=20)


main()
