"""Prints, per network, how far PyTorch's first gradient under CPU autocast in bfloat16 is from that in float32, relative to its norm.

Random weights and random images, 128 px, batch 32. `python first_gradient.py NETWORK...`, with names of torchvision.
"""
import json
import sys

import torch
import torchvision


def gradient(network, images, labels, bfloat16):
    network.zero_grad()
    with torch.autocast('cpu', dtype=torch.bfloat16, enabled=bfloat16):
        loss = torch.nn.functional.cross_entropy(network(images), labels)
    loss.backward()
    return torch.cat([parameter.grad.flatten() for parameter in network.parameters()])


for name in sys.argv[1:]:
    torch.manual_seed(0)
    network = getattr(torchvision.models, name)(weights=None).train()
    random = torch.Generator().manual_seed(1)
    images = (torch.randint(0, 256, (32, 3, 128, 128), generator=random) / 255 - 0.45) / 0.25
    labels = torch.randint(0, 1000, (32,), generator=random)
    full, half = (gradient(network, images, labels, bfloat16) for bfloat16 in (False, True))
    distance = (half - full).norm() / full.norm()
    print(json.dumps({'network': name, 'change': distance.item(), 'torch': torch.__version__}))
