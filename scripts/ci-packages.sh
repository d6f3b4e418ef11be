#!/bin/bash
# Installs from Debian what the tests of Slurm and of the report's pictures need, and whatever the set-up lacks.
# CI runs it as root before the tests; on a developer's machine it is optional: those tests say why they are skipped.
set -euo pipefail
packages=()
need() { command -v "$1" >/dev/null || packages+=("${@:2}"); }
need slurmctld slurm-wlm
need munged munge
need chromium chromium
[ -e /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf ] || packages+=(fonts-dejavu-core)
need c++ g++
need python3 python3 python3-pip
python3 -m pip --version >/dev/null 2>&1 || packages+=(python3-pip)
[ ${#packages[@]} -eq 0 ] && exit 0
export DEBIAN_FRONTEND=noninteractive
retry=(-o Acquire::Retries=5)
apt-get update -q "${retry[@]}"
apt-get install "${retry[@]}" -y -q --no-install-recommends "${packages[@]}"
