"""Compares gradients under CPU autocast with those in float32 in PyTorch, for gradient-error.ts.

    PYTHON scripts/bench/precision/gradient_error.py JOB.json

JOB.json is a job of study_torch.py, with `steps`, `batches` and `learningRate`. The script writes the sums of products and squares
of the gradients as JSON to `out`: at initialization, and after `steps` steps in float32.
"""

import json
import os
import sys

import torch
from torch import nn

sys.dont_write_bytecode = True  # the import leaves no __pycache__ in the checkout
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "parity"))
from study_torch import NETWORKS, Batches, autocast, groups, normalizer, read_images, read_job


def compare(network, loss_function, batches, normalize, count):
    """Sums over all parameters and batches. Statistics of the batch norms are left as they were."""
    buffers = {name: buffer.clone() for name, buffer in network.named_buffers()}
    sums = {"products": 0.0, "full": 0.0, "half": 0.0, "difference": 0.0}
    for _ in range(count):
        images, labels = batches.next()
        gradients = []
        for precision in ("float32", "bfloat16"):
            network.zero_grad()
            with autocast({"precision": precision}):
                loss = loss_function(network(normalize(images)), labels)
            loss.backward()
            gradients.append([parameter.grad.double().clone() for parameter in network.parameters()])
        for full, half in zip(*gradients):
            sums["products"] += (full * half).sum().item()
            sums["full"] += (full * full).sum().item()
            sums["half"] += (half * half).sum().item()
            sums["difference"] += ((half - full) ** 2).sum().item()
    for name, buffer in network.named_buffers():
        buffer.copy_(buffers[name])
    return sums


def main():
    job, generator = read_job()
    batches = Batches(*read_images(job["train"], job["side"]), job, generator)
    normalize = normalizer(job)
    network = NETWORKS[job["network"]](job["width"], job["classes"]).to(memory_format=torch.channels_last).train()
    optimizer = torch.optim.SGD(
        groups(network, job["weightDecay"]), job["learningRate"], job["momentum"], nesterov=job["nesterov"]
    )
    loss_function = nn.CrossEntropyLoss(label_smoothing=job["labelSmoothing"])
    results, step = [], 0
    for until in (0, job["steps"]):
        for step in range(step, until):
            images, labels = batches.next()
            optimizer.zero_grad()
            loss_function(network(normalize(images)), labels).backward()
            optimizer.step()
        results.append({"steps": until, **compare(network, loss_function, batches, normalize, job["batches"])})
    with open(job["out"], "w", encoding="utf8") as file:
        json.dump(results, file)


main()
