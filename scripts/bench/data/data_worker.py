"""torchvision's process of scripts/bench/data/bench-data.ts: prints "ready" and then, for each line "N", the images per second of N batches."""
import json
import sys
import time

import PIL
import torch
import torchvision
from PIL import features
from torchvision import datasets, transforms

folder, crop, pixels, batch, workers, output = sys.argv[1:]
crop, pixels, batch, workers = json.loads(crop), int(pixels), int(batch), int(workers)
torch.set_num_threads(1)
first = (
    transforms.RandomResizedCrop(pixels)
    if crop["name"] == "randomResizedCrop"
    else transforms.RandomCrop(pixels, padding=crop["padding"])
)
# "float" is the usual input of PyTorch. "uint8" is what doubletime feeds to its graph; only the flip is then part of the graph.
last = (
    [transforms.ToTensor(), transforms.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])]
    if output == "float"
    else [transforms.PILToTensor()]
)
data = datasets.ImageFolder(
    f"{folder}/train", transforms.Compose([first, transforms.RandomHorizontalFlip(), *last])
)
loader = torch.utils.data.DataLoader(
    data, batch_size=batch, shuffle=True, num_workers=workers, drop_last=True, persistent_workers=workers > 0
)


def endless():
    while True:
        yield from loader


batches = endless()
WARM_UP = max(8, 4 * workers)
for _ in range(WARM_UP):
    next(batches)
print(
    f"ready torch {torch.__version__}, torchvision {torchvision.__version__}, Pillow {PIL.__version__},"
    f" libjpeg-turbo {features.version('libjpeg_turbo')}",
    flush=True,
)
for line in sys.stdin:
    for _ in range(WARM_UP):
        next(batches)
    start = time.perf_counter()
    for _ in range(int(line)):
        next(batches)
    print(int(line) * batch / (time.perf_counter() - start), flush=True)
