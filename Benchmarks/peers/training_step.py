"""What the scripts that time training steps share: the network of a case, and the loop over the cases.

`espalier-bench` names the cases in the environment variable CASES:
{"name": [batch, input width, [trunk widths], [classes of each head]]}.
"""
import json
import os
import statistics
import sys
import time

import torch
from torch import nn

from report import report

SECONDS_A_CASE = 2.0


class Network:
    """A trunk with heads, and a batch for it."""

    def __init__(self, batch, width, trunk_widths, head_widths):
        layers = []
        self.data = torch.randn(batch, width)
        for units in trunk_widths:
            layers += [nn.Linear(width, units), nn.ReLU()]
            width = units
        self.trunk = nn.Sequential(*layers)
        self.heads = nn.ModuleList(nn.Linear(width, classes) for classes in head_widths)
        self.targets = [torch.randint(0, classes, (batch,)) for classes in head_widths]
        self.parameters = [*self.trunk.parameters(), *self.heads.parameters()]
        self.optimizer = torch.optim.Adam(self.parameters, lr=1e-3, fused=True)

    def losses(self, shared):
        """Of each head, from the trunk's result."""
        return [
            nn.functional.cross_entropy(head(shared), target) for head, target in zip(self.heads, self.targets)
        ]


def median_seconds(step, least_count):
    for _ in range(5):
        step()
    times = []
    end = time.perf_counter() + SECONDS_A_CASE
    while time.perf_counter() < end or len(times) < least_count:
        start = time.perf_counter()
        step()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def print_medians(step_of, least_count):
    """A line of JSON a case: the median of a step's microseconds. The number of threads is the second argument."""
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 1)
    for name, case in json.loads(os.environ["CASES"]).items():
        seconds = median_seconds(step_of(Network(*case)), least_count)
        report(name, seconds)
