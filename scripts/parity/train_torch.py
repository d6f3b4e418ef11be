"""Trains torchvision's network of the same name with the recipe of a doubletime run, to compare the accuracies.

    doubletime train RUN.yaml --dir DIR
    PYTHON scripts/parity/train_torch.py DIR --out FILE.jsonl

The script reads DIR/config.json and prints a line of JSON per evaluation, as in the curve of the run. PYTHON has torch and
torchvision. The script saves its state next to FILE after every epoch: run the same command again to resume. It refuses
settings that it does not know.
"""

import argparse
import json
import os
import sys
import time

import torch
import torchvision
from torch.utils.data import DataLoader
from torchvision import transforms
from torchvision.datasets import ImageFolder

KNOWN_RECIPE = {
    "batch", "epochs", "learningRate", "warmupEpochs", "warmupStart", "scheduleAfterWarmup", "schedulePer", "schedule",
    "optimizer", "weightDecay", "labelSmoothing", "gradientAccumulation", "auxiliaryWeight", "augmentation",
}
KNOWN_AUGMENTATION = {"crop", "flip", "interpolation", "evaluationShorterSide", "mean", "standardDeviation"}


def refuse(what):
    sys.exit(f"train_torch.py: {what}, which this script does not support")


def check(config):
    recipe, augmentation = config["recipe"], config["recipe"]["augmentation"]
    for key in set(recipe) - KNOWN_RECIPE:
        refuse(f"the recipe has {key}")
    for key in set(augmentation) - KNOWN_AUGMENTATION:
        refuse(f"the augmentation has {key}")
    if set(config["network"]) - {"name", "stem"} or config["network"].get("stem", "imagenet") != "imagenet":
        refuse(f"the network is {config['network']}, expected one of torchvision's without options")
    if config["data"]["source"] != "folder":
        refuse(f"data.source is {config['data']['source']}, expected folder")
    if recipe["optimizer"]["name"] != "sgd" or recipe["weightDecay"]["kind"] != "coupled":
        refuse("the optimizer is not SGD with coupled weight decay")
    if recipe["gradientAccumulation"] != 1 or augmentation["interpolation"] != "linear":
        refuse("gradients are accumulated or images not resized linearly")
    if not recipe["scheduleAfterWarmup"] or recipe["warmupStart"] != 0:
        refuse("the schedule begins before the end of the warm-up")


def training_transform(augmentation, size):
    crop = augmentation["crop"]
    parts = {
        "paddedCrop": lambda: [transforms.Resize((size, size)), transforms.RandomCrop(size, padding=crop["padding"])],
        "randomResizedCrop": lambda: [
            transforms.RandomResizedCrop(size, tuple(crop["scale"]), tuple(crop["ratio"]))
        ],
        "none": lambda: [transforms.Resize((size, size))],
    }
    if crop["name"] not in parts:
        refuse(f"the crop is {crop['name']}")
    flip = [transforms.RandomHorizontalFlip()] if augmentation["flip"] else []
    return transforms.Compose(parts[crop["name"]]() + flip + normalized(augmentation))


def evaluation_transform(augmentation, size):
    side = augmentation.get("evaluationShorterSide", size)
    return transforms.Compose(
        [transforms.Resize(side), transforms.CenterCrop(size)] + normalized(augmentation)
    )


def normalized(augmentation):
    return [
        transforms.ToTensor(),
        transforms.Normalize(augmentation["mean"], augmentation["standardDeviation"]),
    ]


def rate_at(recipe, time_):
    """The learning rate after `time_` epochs, as `learningRateAt` of src/train/schedule.ts computes it."""
    if recipe["schedulePer"] == "epoch":
        time_ = int(time_)
    warm, schedule = recipe["warmupEpochs"], recipe["schedule"]
    if time_ < warm:
        return recipe["learningRate"] * time_ / warm
    since, total = time_ - warm, recipe["epochs"] - warm
    if schedule["name"] == "exponential":
        factor = schedule["totalReduction"] ** -min(1, since / total)
    elif schedule["name"] == "step":
        factor = schedule["factor"] ** int(since / schedule["everyEpochs"] + 1e-9)
    elif schedule["name"] == "constant":
        factor = 1
    else:
        refuse(f"the schedule is {schedule['name']}")
    return recipe["learningRate"] * factor


def groups(network, decay):
    """Two parameter groups: with and without weight decay, by the recipe's `biases` and `norms`."""
    decayed, undecayed = [], []
    for module in network.modules():
        norm = isinstance(module, torch.nn.BatchNorm2d)
        for name, parameter in module.named_parameters(recurse=False):
            decays = decay["norms"] if norm else (decay["biases"] if name == "bias" else True)
            (decayed if decays else undecayed).append(parameter)
    return [{"params": decayed, "weight_decay": decay["value"]}, {"params": undecayed, "weight_decay": 0}]


def evaluate(network, loader):
    network.eval()
    top1 = top5 = seen = 0
    with torch.no_grad():
        for images, labels in loader:
            best = network(images.to(memory_format=torch.channels_last)).topk(5).indices
            hits = best == labels[:, None]
            top1 += hits[:, 0].sum().item()
            top5 += hits.any(1).sum().item()
            seen += len(labels)
    return {"top1": top1 / seen, "top5": top5 / seen, "examples": seen}


def train_epoch(network, optimizer, loader, recipe, epoch, examples):
    network.train()
    loss_function = torch.nn.CrossEntropyLoss(label_smoothing=recipe["labelSmoothing"])
    total = 0.0
    for index, (images, labels) in enumerate(loader):
        for group in optimizer.param_groups:
            group["lr"] = rate_at(recipe, epoch + index * recipe["batch"] / examples)
        optimizer.zero_grad()
        loss = loss_function(network(images.to(memory_format=torch.channels_last)), labels)
        loss.backward()
        optimizer.step()
        total += loss.item()
    return total / len(loader)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("run")
    parser.add_argument("--out", required=True)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with open(os.path.join(options.run, "config.json"), encoding="utf8") as file:
        config = json.load(file)
    check(config)
    torch.set_num_threads(options.threads)
    torch.manual_seed(config["seed"])
    recipe, data = config["recipe"], config["data"]
    augmentation, size = recipe["augmentation"], data["input"]
    train = ImageFolder(os.path.join(data["path"], "train"), training_transform(augmentation, size))
    validation = ImageFolder(os.path.join(data["path"], "val"), evaluation_transform(augmentation, size))
    network = getattr(torchvision.models, config["network"]["name"])(num_classes=len(train.classes))
    network = network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(
        groups(network, recipe["weightDecay"]),
        lr=recipe["learningRate"],
        momentum=recipe["optimizer"]["momentum"],
        nesterov=recipe["optimizer"]["nesterov"],
    )
    load = lambda images, **kind: DataLoader(
        images, batch_size=recipe["batch"], num_workers=options.workers, **kind
    )
    first, state_file = 0, options.out + ".state"
    if os.path.exists(state_file):
        state = torch.load(state_file, weights_only=False)
        first = state["epoch"] + 1
        network.load_state_dict(state["network"])
        optimizer.load_state_dict(state["optimizer"])
        torch.set_rng_state(state["random"])
    for epoch in range(first, int(recipe["epochs"])):
        begin = time.monotonic()
        loss = train_epoch(
            network, optimizer, load(train, shuffle=True, drop_last=True), recipe, epoch, len(train)
        )
        line = {
            "epoch": epoch + 1,
            "loss": loss,
            **evaluate(network, load(validation)),
            "seconds": time.monotonic() - begin,
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
        }
        with open(options.out, "a", encoding="utf8") as file:
            file.write(json.dumps(line) + "\n")
        print(json.dumps(line), flush=True)
        state = {
            "epoch": epoch,
            "network": network.state_dict(),
            "optimizer": optimizer.state_dict(),
            "random": torch.get_rng_state(),
        }
        torch.save(state, state_file + ".part")
        os.replace(state_file + ".part", state_file)


main()
