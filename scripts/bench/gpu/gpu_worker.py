"""Times training steps of one network in PyTorch on one device. Arguments: NETWORK PIXELS BATCH STEPS DEVICE MODE[,MODE...].

Modes: fp32, tf32, bf16 (autocast), and bf16-compile (torch.compile); all in channels last. Prints one line of JSON for each.
"""
import json
import resource
import sys
import time
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "step"))
from step_networks import build, loss_of  # noqa: E402

name, pixels, batch, steps, device = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
on_gpu = device == "cuda"
torch.backends.cudnn.benchmark = True


def measure(mode):
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = mode != "fp32"
    model = build(name, pixels).to(device).to(memory_format=torch.channels_last).train()
    run = torch.compile(model) if mode.endswith("compile") else model
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
    images = torch.randint(0, 256, (batch, pixels, pixels, 3), dtype=torch.uint8)
    labels = torch.arange(batch) % 10
    if on_gpu:  # As a DataLoader with pin_memory does while a step runs.
        images, labels = images.pin_memory(), labels.pin_memory()

    def step():
        x = images.to(device, non_blocking=True).permute(0, 3, 1, 2).float().div_(58).sub_(2)
        y = labels.to(device, non_blocking=True)
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=mode.startswith("bf16")):
            loss = loss_of(run(x), y)
        loss.backward()
        optimizer.step()
        return loss.item()

    if on_gpu:
        torch.cuda.reset_peak_memory_stats()
    for _ in range(5):
        step()
    times = []
    for _ in range(steps):
        begin = time.perf_counter()
        step()
        times.append((time.perf_counter() - begin) * 1000)
    times.sort()
    median = times[len(times) // 2]
    peak = torch.cuda.max_memory_reserved() if on_gpu else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"milliseconds": median, "low": times[0], "high": times[-1], "imagesPerSecond": batch * 1000 / median, "memoryBytes": peak}


for mode in sys.argv[6].split(","):
    result = {"network": name, "input": pixels, "batch": batch, "mode": mode, "torch": torch.__version__}
    try:
        result.update(measure(mode))
    except Exception as error:  # A mode may lack a compiler or a kernel; the other modes still run.
        result["error"] = str(error).strip().split("\n")[0][:300]
    print(json.dumps(result), flush=True)
    if on_gpu:
        torch.cuda.empty_cache()
