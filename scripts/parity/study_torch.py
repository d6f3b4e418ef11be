"""Trains torchvision's ResNet-18 or MobileNet v2, adapted to small images, for scripts/parity/study-torch.ts.

    PYTHON scripts/parity/study_torch.py JOB.json

JOB.json has the network, the recipe, the learning rate of every step, the steps after which to evaluate, and the files of the
images. With the key `precision: bfloat16`, training and evaluation run under CPU autocast. At the end the script writes the
learning curve as JSON to `out`.
"""

import json
import os
import sys
import time

import numpy
import torch
import torchvision
from torch import nn
from torchvision.models._utils import _make_divisible
from torchvision.models.mobilenetv2 import MobileNetV2
from torchvision.models.resnet import BasicBlock, ResNet


def narrow_resnet18(width, classes):
    """ResNet-18 with a stem of 3x3 with stride 1, no max pool, and `width` times the channels."""
    network = ResNet(BasicBlock, [2, 2, 2, 2], num_classes=classes)
    planes = [size if width == 1 else _make_divisible(size * width, 8) for size in (64, 128, 256, 512)]
    network.inplanes = planes[0]
    network.conv1 = nn.Conv2d(3, planes[0], 3, 1, 1, bias=False)
    network.bn1 = nn.BatchNorm2d(planes[0])
    network.maxpool = nn.Identity()
    for index, (size, stride) in enumerate(zip(planes, (1, 2, 2, 2)), start=1):
        setattr(network, f"layer{index}", network._make_layer(BasicBlock, size, 2, stride=stride))
    network.fc = nn.Linear(planes[-1], classes)
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
    return network


def narrow_mobilenet_v2(width, classes):
    """MobileNet v2 in which the first convolution and the first block with stride 2 keep the size."""
    rows = [[1, 16, 1, 1], [6, 24, 2, 1], [6, 32, 3, 2], [6, 64, 4, 2], [6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]]
    network = MobileNetV2(num_classes=classes, width_mult=width, inverted_residual_setting=rows)
    network.features[0][0].stride = (1, 1)
    return network


NETWORKS = {"resnet18": narrow_resnet18, "mobilenet_v2": narrow_mobilenet_v2}


def read_images(files, side):
    images = numpy.fromfile(files["images"], dtype=numpy.uint8).reshape(-1, side, side, 3)
    labels = numpy.fromfile(files["labels"], dtype=numpy.int32)
    return torch.from_numpy(images).permute(0, 3, 1, 2).contiguous(), torch.from_numpy(labels).long()


class Batches:
    """Endless batches over shuffled epochs. A batch may hold the end of one epoch and the start of the next."""

    def __init__(self, images, labels, job, generator):
        padding = job["padding"]
        self.images = nn.functional.pad(images, (padding,) * 4)
        self.labels, self.job, self.generator = labels, job, generator
        self.order = torch.empty(0, dtype=torch.long)

    def next(self):
        batch, side, padding = self.job["batch"], self.job["side"], self.job["padding"]
        while len(self.order) < batch:
            more = torch.randperm(len(self.labels), generator=self.generator)
            self.order = torch.cat([self.order, more])
        chosen, self.order = self.order[:batch], self.order[batch:]
        draw = lambda below: torch.randint(below, (batch,), generator=self.generator).tolist()
        tops, lefts, flips = draw(2 * padding + 1), draw(2 * padding + 1), draw(2 if self.job["flip"] else 1)
        windows = []
        for index, top, left, flip in zip(chosen.tolist(), tops, lefts, flips):
            window = self.images[index, :, top : top + side, left : left + side]
            windows.append(window.flip(-1) if flip else window)
        return torch.stack(windows), self.labels[chosen]


def normalizer(job):
    mean = torch.tensor(job["mean"]).view(3, 1, 1)
    deviation = torch.tensor(job["standardDeviation"]).view(3, 1, 1)
    return lambda images: ((images.float() / 255 - mean) / deviation).to(memory_format=torch.channels_last)


def groups(network, decay):
    """Two parameter groups: with and without weight decay, by the recipe's `biases` and `norms`."""
    decayed, undecayed = [], []
    for module in network.modules():
        norm = isinstance(module, nn.BatchNorm2d)
        for name, parameter in module.named_parameters(recurse=False):
            decays = decay["norms"] if norm else (decay["biases"] if name == "bias" else True)
            (decayed if decays else undecayed).append(parameter)
    return [{"params": decayed, "weight_decay": decay["value"]}, {"params": undecayed, "weight_decay": 0}]


def autocast(job):
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=job.get("precision") == "bfloat16")


def evaluate(network, images, labels, normalize, job):
    network.eval()
    hits = 0
    with torch.no_grad(), autocast(job):
        for part, truth in zip(images.split(500), labels.split(500)):
            hits += (network(normalize(part)).argmax(1) == truth).sum().item()
    network.train()
    return hits / len(labels)


def read_job():
    """The job of the command line, and a generator with its seed. Sets the threads and the seed of PyTorch."""
    with open(sys.argv[1], encoding="utf8") as file:
        job = json.load(file)
    torch.set_num_threads(job["threads"])
    torch.manual_seed(job["seed"])
    return job, torch.Generator().manual_seed(job["seed"])


def main():
    job, generator = read_job()
    normalize = normalizer(job)
    train = read_images(job["train"], job["side"])
    validation = read_images(job["validation"], job["side"])
    network = NETWORKS[job["network"]](job["width"], job["classes"]).to(memory_format=torch.channels_last)
    parameters = sum(parameter.numel() for parameter in network.parameters())
    if parameters != job["parameters"]:
        sys.exit(f"study_torch.py: {job['network']} has {parameters} parameters here, expected {job['parameters']}")
    optimizer = torch.optim.SGD(
        groups(network, job["weightDecay"]), lr=0.1, momentum=job["momentum"], nesterov=job["nesterov"]
    )
    loss_function = nn.CrossEntropyLoss(label_smoothing=job["labelSmoothing"])
    batches = Batches(*train, job, generator)
    network.train()
    points, losses, begin = [], [], time.monotonic()
    for step, rate in enumerate(job["rates"], start=1):
        images, labels = batches.next()
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        with autocast(job):
            loss = loss_function(network(normalize(images)), labels)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if step in job["evaluateAt"]:
            top1 = evaluate(network, *validation, normalize, job)
            epochs = step * job["batch"] / len(train[1])
            points.append({"steps": step, "epochs": epochs, "trainingLoss": sum(losses) / len(losses), "top1": top1})
            losses = []
            print(f"{job['network']} seed {job['seed']}: epoch {epochs:.2f}, top-1 {top1:.4f}", flush=True)
    result = {
        "seed": job["seed"],
        "points": points,
        "seconds": time.monotonic() - begin,
        "versions": {"torch": torch.__version__, "torchvision": torchvision.__version__},
    }
    with open(job["out"] + ".part", "w", encoding="utf8") as file:
        json.dump(result, file)
    os.replace(job["out"] + ".part", job["out"])


if __name__ == "__main__":
    main()
