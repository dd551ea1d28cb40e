"""Median microseconds of a whole training step (forward, backward, fused Adam) in PyTorch.

usage: pytorch_step.py torch|torch_compile [THREADS]

Run by `espalier-bench step --peer-script`, which names the cases in the environment variable CASES:
{"name": [batch, input width, [trunk widths], [classes of each head]]}. Prints a line of JSON a case.
"""
import json
import os
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn.functional import cross_entropy

SECONDS_A_CASE = 2.0


def step_of(batch, width, trunk_widths, head_widths, compiled):
    layers = []
    data = torch.randn(batch, width)
    for units in trunk_widths:
        layers += [nn.Linear(width, units), nn.ReLU()]
        width = units
    trunk = nn.Sequential(*layers)
    heads = nn.ModuleList(nn.Linear(width, classes) for classes in head_widths)
    targets = [torch.randint(0, classes, (batch,)) for classes in head_widths]
    optimizer = torch.optim.Adam([*trunk.parameters(), *heads.parameters()], lr=1e-3, fused=True)

    def total_loss():
        shared = trunk(data)
        return sum(cross_entropy(head(shared), target) for head, target in zip(heads, targets))

    loss_function = torch.compile(total_loss) if compiled else total_loss

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss = loss_function()
        loss.backward()
        optimizer.step()
        return loss.item()

    return step


def median_seconds(step):
    for _ in range(5):
        step()
    times = []
    end = time.perf_counter() + SECONDS_A_CASE
    while time.perf_counter() < end or len(times) < 20:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def main():
    peer = sys.argv[1] if len(sys.argv) > 1 else ""
    if peer not in ("torch", "torch_compile"):
        sys.exit("usage: CASES='{…}' pytorch_step.py torch|torch_compile [THREADS]")
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for name, (batch, width, trunk, heads) in json.loads(os.environ["CASES"]).items():
        seconds = median_seconds(step_of(batch, width, trunk, heads, compiled=peer == "torch_compile"))
        print(json.dumps({"case": name, "us": round(seconds * 1e6, 1)}), flush=True)


main()
