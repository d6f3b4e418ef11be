"""Unpacks the files that doubletime needs from wheels, and deletes each wheel: unpack.py TARGET WHEEL... (Python 3.9 or later)."""

import os
import re
import shutil
import sys
import zipfile

# TensorFlow's two libraries, the headers of its C interface, NVIDIA's libraries, and all licenses.
NEEDED = re.compile(
    r"^tensorflow/libtensorflow_(cc|framework)\.[^/]*$"
    r"|^tensorflow/include/(tensorflow/c|tensorflow/core/platform|tsl|xla/tsl/c)/.*\.h$"
    r"|^tensorflow/THIRD_PARTY_NOTICES\.txt$"
    r"|^nvidia/(?!.*/include/)"
    r"|^[^/]+\.dist-info/(licenses/)?(LICENSE|License)[^/]*$"
)


def extract(wheel, entry, target):
    path = os.path.normpath(os.path.join(target, entry.filename))
    if not path.startswith(target + os.sep):
        raise ValueError("unsafe path in wheel: " + entry.filename)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with wheel.open(entry) as source, open(path, "wb") as sink:
        shutil.copyfileobj(source, sink, 1 << 20)
        sink.flush()
        if entry.file_size > 1 << 20:
            os.fsync(sink.fileno())
    # ptxas is the only program among the files.
    executable = entry.external_attr >> 16 & 0o100
    os.chmod(path, 0o755 if executable else 0o644)


def main(target, wheels):
    target = os.path.abspath(target)
    for name in wheels:
        with zipfile.ZipFile(name) as wheel:
            for entry in wheel.infolist():
                if not entry.is_dir() and NEEDED.search(entry.filename):
                    extract(wheel, entry, target)
        os.remove(name)


main(sys.argv[1], sys.argv[2:])
