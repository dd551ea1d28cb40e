"""Median microseconds of a training step whose tasks TorchJD balances: forward, each task's gradients, aggregation, Adam.

usage: torchjd_step.py MGDA|UPGrad|PCGrad|… [THREADS]      (an aggregator without arguments)

Run by `espalier-bench balance --peer-script`, which names the cases in the environment variable CASES:
{"name": [batch, input width, [trunk widths], [classes of each head]]}. Prints a line of JSON a case.
"""
import json
import os
import statistics
import sys
import time

import torch
import torchjd.aggregation
from torch import nn
from torch.nn.functional import cross_entropy
from torchjd.autojac import jac_to_grad, mtl_backward

SECONDS_A_CASE = 2.0


def step_of(batch, width, trunk_widths, head_widths, aggregator):
    layers = []
    data = torch.randn(batch, width)
    for units in trunk_widths:
        layers += [nn.Linear(width, units), nn.ReLU()]
        width = units
    trunk = nn.Sequential(*layers)
    heads = nn.ModuleList(nn.Linear(width, classes) for classes in head_widths)
    targets = [torch.randint(0, classes, (batch,)) for classes in head_widths]
    parameters = [*trunk.parameters(), *heads.parameters()]
    optimizer = torch.optim.Adam(parameters, lr=1e-3, fused=True)

    def step():
        optimizer.zero_grad(set_to_none=True)
        for parameter in parameters:
            if hasattr(parameter, "jac"):
                parameter.jac = None
        shared = trunk(data)
        losses = [cross_entropy(head(shared), target) for head, target in zip(heads, targets)]
        mtl_backward(losses, features=shared)
        jac_to_grad(trunk.parameters(), aggregator)
        optimizer.step()

    return step


def median_seconds(step):
    for _ in range(3):
        step()
    times = []
    end = time.perf_counter() + SECONDS_A_CASE
    while time.perf_counter() < end or len(times) < 7:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    name = sys.argv[1] if len(sys.argv) > 1 else ""
    if not hasattr(torchjd.aggregation, name):
        sys.exit("usage: CASES='{…}' torchjd_step.py AGGREGATOR [THREADS]")
    aggregator = getattr(torchjd.aggregation, name)()
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for case, (batch, width, trunk, heads) in json.loads(os.environ["CASES"]).items():
        seconds = median_seconds(step_of(batch, width, trunk, heads, aggregator))
        print(json.dumps({"case": case, "us": round(seconds * 1e6, 1)}), flush=True)


main()
