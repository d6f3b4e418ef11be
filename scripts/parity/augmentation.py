"""torchvision's side of scripts/audit/compare-augmentation.ts: augmentation.py FOLDER.

Reads jobs.json and images.raw from FOLDER, and writes results.raw and tables.json there.
"""
import json
import sys

import numpy as np
import PIL
import torchvision
from PIL import Image
from torchvision.transforms import AutoAugment, AutoAugmentPolicy, InterpolationMode, RandAugment, autoaugment
from torchvision.transforms import functional as F

folder = sys.argv[1]
with open(f"{folder}/jobs.json") as file:
    request = json.load(file)
width, height = request["width"], request["height"]
raw = np.fromfile(f"{folder}/images.raw", np.uint8).reshape(-1, height, width, 3)


def resize(image, job):
    size = [job["side"], job["side"]]
    box = [job["top"], job["left"], job["height"], job["width"]]
    return F.resized_crop(image, *box, size, InterpolationMode(job["interpolation"]))


def apply(image, job):
    kind, name = job["kind"], job["name"]
    if kind == "operation":
        return autoaugment._apply_op(image, name, job["magnitude"], InterpolationMode.NEAREST, None)
    if kind == "adjustment":
        return getattr(F, f"adjust_{name}")(image, job["magnitude"])
    return resize(image, job)


with open(f"{folder}/results.raw", "wb") as out:
    for image in raw:
        for job in request["jobs"]:
            out.write(np.asarray(apply(Image.fromarray(image), job)).tobytes())


def magnitudes(policy, levels):
    entries = policy._augmentation_space(levels, (height, width))
    return {name: [m.tolist() if m.ndim else [m.item()] * levels, signed] for name, (m, signed) in entries.items()}


tables = {
    "versions": f"torchvision {torchvision.__version__}, Pillow {PIL.__version__}",
    "randAugment": magnitudes(RandAugment(), 31),
    "autoAugment": magnitudes(AutoAugment(), 10),
    "policies": {
        "imagenet": AutoAugment(AutoAugmentPolicy.IMAGENET).policies,
        "cifar10": AutoAugment(AutoAugmentPolicy.CIFAR10).policies,
    },
}
with open(f"{folder}/tables.json", "w") as file:
    json.dump(tables, file)
