"""Reads names of ops as JSON from stdin. Prints the kernels that this TensorFlow registers for each op, and its default types."""

import json
import sys

from tensorflow.python.framework import dtypes
from tensorflow.python.framework import kernels
from tensorflow.python.framework import op_def_registry


# Devices that can run an op that is placed on a GPU.
DEVICES = ("GPU", "DEFAULT")


def describe(kernel):
    constraints = {
        constraint.name: [dtypes.as_dtype(t).name for t in constraint.allowed_values.list.type]
        for constraint in kernel.constraint
    }
    return {"device": kernel.device_type, "label": kernel.label, "constraints": constraints}


def default_types(op):
    attributes = op_def_registry.get(op).attr
    with_default = [a for a in attributes if a.type == "type" and a.HasField("default_value")]
    return {a.name: dtypes.as_dtype(a.default_value.type).name for a in with_default}


def main():
    registered = {}
    for op in json.load(sys.stdin):
        found = kernels.get_registered_kernels_for_op(op).kernel
        registered[op] = {
            "kernels": [describe(k) for k in found if k.device_type in DEVICES],
            "defaults": default_types(op),
        }
    json.dump(registered, sys.stdout)


main()
