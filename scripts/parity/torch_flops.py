"""Prints torch FlopCounterMode's MACs of one image, forward and step, to compare with the table in docs/counting.md.

    python scripts/parity/torch_flops.py

Needs torch, torchvision and timm. It uses meta tensors, so it computes and allocates nothing. The counter counts two FLOPs per
MAC. A step is the sum of the logits and its gradients.
"""

import timm
import torch
import torchvision
from torch.utils.flop_counter import FlopCounterMode

NAMES = """alexnet vgg11 googlenet resnet18 resnet34 resnet50 wide_resnet50_2 resnext50_32x4d densenet121 squeezenet1_1
mobilenet_v1 mobilenet_v2 shufflenet_v2_x1_0 shufflenet_v2_x1_5 efficientnet_b0""".split()


def make(name):
    if name == "mobilenet_v1":
        return timm.create_model("mobilenetv1_100")
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    return getattr(torchvision.models, name)(**options)


def macs(name):
    with torch.device("meta"):
        network = make(name)
        images = torch.empty(2, 3, 224, 224)
    network.train()
    with FlopCounterMode(display=False) as counter:
        logits = network(images)
        forward = counter.get_total_flops()
        logits.sum().backward()
    return forward / 4, counter.get_total_flops() / 4


print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, timm {timm.__version__}")
for name in NAMES:
    forward, step = macs(name)
    print(f"{name:20} {forward / 1e6:10.1f} {step / 1e6:12.1f} {step / forward:6.2f}")
