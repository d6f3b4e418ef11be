"""Times training steps of one network in PyTorch, eager. Arguments: NETWORK PIXELS BATCH LAYOUT PRECISION.

For each line with a number of steps it runs one step that is not timed, and prints the milliseconds per step of the others. For
the line "memory" it prints the peak memory of this process in MB.
"""
import os
import resource
import sys
import time

import torch
import torchvision

from step_networks import build, loss_of

name, size, batch, layout, precision = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4], sys.argv[5]
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
model = build(name, size).to(memory_format=memory_format).train()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
images = torch.randn(batch, 3, size, size).to(memory_format=memory_format)
labels = torch.arange(batch) % 10


def step():
    optimizer.zero_grad()
    with torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16"):
        loss = loss_of(model(images), labels)
    loss.backward()
    optimizer.step()
    loss.item()


step()
print(f"ready torch {torch.__version__} torchvision {torchvision.__version__}", flush=True)
for line in sys.stdin:
    if line.strip() == "memory":
        print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, flush=True)
        continue
    step()
    begin = time.perf_counter()
    for _ in range(int(line)):
        step()
    print((time.perf_counter() - begin) / int(line) * 1000, flush=True)
