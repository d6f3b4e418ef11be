"""Prints, as JSON, what TensorBoard shows of a folder: for each tag its [step, value] pairs, by both of its accumulators."""
import json
import logging
import sys

from tensorboard.backend.event_processing import event_accumulator
from tensorboard.backend.event_processing import plugin_event_accumulator
from tensorboard.util import tensor_util

# A torn record at the end of a file is logged; only the values count here.
logging.disable(logging.CRITICAL)

plain = event_accumulator.EventAccumulator(sys.argv[1], size_guidance={"scalars": 0})
plain.Reload()
plugin = plugin_event_accumulator.EventAccumulator(sys.argv[1], size_guidance={"tensors": 0})
plugin.Reload()
print(
    json.dumps(
        {
            "scalars": {
                tag: [[event.step, event.value] for event in plain.Scalars(tag)]
                for tag in plain.Tags()["scalars"]
            },
            "tensors": {
                tag: [
                    [event.step, tensor_util.make_ndarray(event.tensor_proto).item()]
                    for event in plugin.Tensors(tag)
                ]
                for tag in plugin.Tags()["tensors"]
            },
        }
    )
)
