#!/bin/bash
# Installs Debian packages that set-up and the tests of Slurm and of the report's images need. Also installs Python readers from
# PyPI into .doubletime/readers; tests use them to read the files that doubletime writes.
# CI runs it as root before the tests. On a developer's machine it is optional; tests without their packages are skipped.
set -euo pipefail
cd "$(dirname "$0")/.."
packages=()
need() { command -v "$1" >/dev/null || packages+=("${@:2}"); }
need slurmctld slurm-wlm
need munged munge
need chromium chromium
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || packages+=(fonts-dejavu-core)
need c++ g++
need python3 python3 python3-pip
python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
if [ ${#packages[@]} -gt 0 ]; then
  export DEBIAN_FRONTEND=noninteractive
  retry=(-o Acquire::Retries=5)
  apt-get update -q "${retry[@]}"
  apt-get install "${retry[@]}" -y -q --no-install-recommends "${packages[@]}"
fi

readers=.doubletime/readers
if [ ! -d "$readers" ]; then
  rm -rf "$readers.new"
  # Without the readers their tests are skipped; the summary of the tests shows that.
  python3 -m pip install -q --disable-pip-version-check --root-user-action=ignore \
    --target "$readers.new" -r test/support/python-readers.txt &&
    mv "$readers.new" "$readers" ||
    echo "ci-packages.sh: the Python readers could not be installed (see above): their tests are skipped" >&2
fi
