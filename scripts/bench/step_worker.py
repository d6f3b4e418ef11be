"""Times training steps of one torchvision network, eager: reads a number of steps per line, prints milliseconds per step."""
import os
import sys
import time

import torch
import torchvision

model_name, size, batch, layout = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", os.cpu_count())))
if model_name == "mobilenet_v1":
    import timm

    model = timm.create_model("mobilenetv1_100")
else:
    model = getattr(torchvision.models, model_name)()
memory_format = torch.channels_last if layout == "channels_last" else torch.contiguous_format
model = model.to(memory_format=memory_format).train()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)
images = torch.randn(batch, 3, size, size).to(memory_format=memory_format)
labels = torch.arange(batch) % 10
criterion = torch.nn.CrossEntropyLoss()
print(f"ready torch {torch.__version__} torchvision {torchvision.__version__}", flush=True)
for line in sys.stdin:
    steps = int(line)
    begin = time.perf_counter()
    for _ in range(steps):
        optimizer.zero_grad()
        loss = criterion(model(images), labels)
        loss.backward()
        optimizer.step()
        loss.item()
    print((time.perf_counter() - begin) / steps * 1000, flush=True)
