"""Median microseconds of softmax, log-softmax and softmax cross-entropy with its gradient in PyTorch.

usage: pytorch_losses.py [THREADS]

Run by `espalier-bench kernels --peer-script`, whose cases these are. Prints a line of JSON a case.
"""
import json
import statistics
import sys
import time

import torch
from torch.nn.functional import cross_entropy, log_softmax, softmax

SECONDS_A_CASE = 0.3
SHAPES = [(32, 10), (256, 10), (4096, 16), (1024, 1000), (4096, 128), (256, 30522), (64, 50257)]


def median_seconds(work):
    for _ in range(3):
        work()
    times = []
    end = time.perf_counter() + SECONDS_A_CASE
    while time.perf_counter() < end or len(times) < 7:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def report(name, work):
    print(json.dumps({"case": name, "us": round(median_seconds(work) * 1e6, 2)}), flush=True)


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for rows, columns in SHAPES:
        logits = torch.randn(rows, columns)
        targets = torch.randint(0, columns, (rows,))
        trained = logits.clone().requires_grad_()

        def loss_and_gradient():
            trained.grad = None
            cross_entropy(trained, targets).backward()

        report(f"softmax {rows}x{columns}", lambda: softmax(logits, 1))
        report(f"log-softmax {rows}x{columns}", lambda: log_softmax(logits, 1))
        report(f"softmax cross-entropy {rows}x{columns}", loss_and_gradient)


main()
