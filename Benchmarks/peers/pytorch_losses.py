"""Median microseconds of softmax, log-softmax, softmax cross-entropy and a whole head with their gradients in PyTorch.

usage: pytorch_losses.py [THREADS]

Run by `espalier-bench kernels --peer-script`, whose cases these are. Prints a line of JSON a case.
"""
import statistics
import sys
import time

import torch
from torch.nn.functional import cross_entropy, linear, log_softmax, softmax

from report import report

SECONDS_A_CASE = 0.3
SHAPES = [
    (32, 10), (256, 10), (4096, 2), (4096, 8), (4096, 16), (4096, 32), (4096, 64), (4096, 128), (1024, 1000),
    (256, 30522), (64, 50257),
]
# Rows, width, classes of a linear layer with softmax cross-entropy.
HEADS = [(512, 1024, 16), (4096, 256, 1000), (512, 384, 30522), (1024, 512, 50257)]


def median_seconds(work):
    work()
    times = []
    end = time.perf_counter() + SECONDS_A_CASE
    while time.perf_counter() < end or len(times) < 3:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def measure(name, work):
    report(name, median_seconds(work))


def main():
    torch.set_num_threads(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    for rows, columns in SHAPES:
        logits = torch.randn(rows, columns)
        targets = torch.randint(0, columns, (rows,))
        trained = logits.clone().requires_grad_()

        def loss_and_gradient():
            trained.grad = None
            cross_entropy(trained, targets).backward()

        measure(f"softmax {rows}x{columns}", lambda: softmax(logits, 1))
        measure(f"log-softmax {rows}x{columns}", lambda: log_softmax(logits, 1))
        measure(f"softmax cross-entropy {rows}x{columns}", loss_and_gradient)

    for rows, width, classes in HEADS:
        features = torch.randn(rows, width, requires_grad=True)
        weight = (torch.randn(classes, width) / width**0.5).requires_grad_()
        labels = torch.randint(0, classes, (rows,))

        def head_loss_and_gradients():
            features.grad = weight.grad = None
            cross_entropy(linear(features, weight), labels).backward()

        measure(f"head cross-entropy {rows}x{width}x{classes}", head_loss_and_gradients)


main()
