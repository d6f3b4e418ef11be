"""The PyTorch networks of bench-step: torchvision's, and plain versions of the two networks that torchvision does not have."""
import torch
import torchvision
from torch import nn


def norm_convolution(inputs, outputs, kernel, stride=1, groups=1):
    padding = (kernel - 1) // 2
    return [nn.Conv2d(inputs, outputs, kernel, stride, padding, groups=groups, bias=False), nn.BatchNorm2d(outputs)]


def mobilenet_v1():
    """Howard et al. 2017, table 1."""
    rows = [(64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), *[(512, 1)] * 5, (1024, 2), (1024, 1)]
    layers = [*norm_convolution(3, 32, 3, 2), nn.ReLU6(inplace=True)]
    channels = 32
    for filters, stride in rows:
        layers += [*norm_convolution(channels, channels, 3, stride, channels), nn.ReLU6(inplace=True)]
        layers += [*norm_convolution(channels, filters, 1), nn.ReLU6(inplace=True)]
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))


class ShuffleUnit(nn.Module):
    """Zhang et al. 2017, figure 2 b and c."""

    def __init__(self, inputs, outputs, stride, groups, first_groups):
        super().__init__()
        inner, self.groups, self.stride = outputs // 4, groups, stride
        filters = outputs - inputs if stride == 2 else outputs
        self.first = nn.Sequential(*norm_convolution(inputs, inner, 1, groups=first_groups), nn.ReLU(inplace=True))
        self.second = nn.Sequential(
            *norm_convolution(inner, inner, 3, stride, inner), *norm_convolution(inner, filters, 1, groups=groups)
        )
        self.pool = nn.AvgPool2d(3, 2, 1)

    def forward(self, x):
        y = self.first(x)
        n, c, h, w = y.shape
        y = y.view(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)
        y = self.second(y)
        return torch.relu(torch.cat([self.pool(x), y], 1) if self.stride == 2 else x + y)


def shufflenet_v1(groups=3):
    """Zhang et al. 2017, table 1, 1x with three groups."""
    layers = [*norm_convolution(3, 24, 3, 2), nn.ReLU(inplace=True), nn.MaxPool2d(3, 2, 1)]
    channels = 24
    for stage, (outputs, repeat) in enumerate([(240, 4), (480, 8), (960, 4)]):
        for i in range(repeat):
            first_groups = 1 if stage == 0 and i == 0 else groups
            layers.append(ShuffleUnit(channels, outputs, 2 if i == 0 else 1, groups, first_groups))
            channels = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, 1000))


PLAIN = {"mobilenet_v1": mobilenet_v1, "shufflenet_v1_x1_0_g3": shufflenet_v1}


def build(name, size):
    """A network by doubletime's name, for images of `size` x `size` pixels, with random weights."""
    if name in PLAIN:
        return PLAIN[name]()
    if name == "googlenet":
        return torchvision.models.googlenet(aux_logits=True, init_weights=False)
    if not hasattr(torchvision.models, name):
        raise ValueError(f"torchvision has no network {name}")
    options = {"image_size": size} if name.startswith("vit_") else {}
    return getattr(torchvision.models, name)(**options)


def loss_of(output, labels):
    """Cross-entropy; GoogLeNet's auxiliary heads count 0.3 each (Szegedy et al. 2015, section 5)."""
    if torch.is_tensor(output):
        return nn.functional.cross_entropy(output, labels)
    main, *auxiliary = (nn.functional.cross_entropy(logits, labels) for logits in output)
    return main + 0.3 * sum(auxiliary)
