#!/bin/sh
# Unpacks a bundle of doubletime into a new folder: unpack.sh FOLDER. Needs sh, tar, sha256sum, and xz or python3 with lzma.
# Every chunk is checked first. If anything fails, all unpacked files are removed, and the same command can run again.
set -eu
chunks=$(cd "$(dirname "$0")" && pwd)

fail() { # fail CODE MESSAGE
  echo "unpack.sh: $2" >&2
  exit "$1"
}

# All exit codes are those of doubletime (docs/exit-codes.md).
[ $# -eq 1 ] || fail 64 "$# arguments were given, expected one: unpack.sh FOLDER"
target=$1
[ -d "$target" ] && rmdir "$target" 2>/dev/null || :
[ ! -e "$target" ] || fail 73 "$target already exists, expected a new or an empty folder: choose another, or remove it"
[ -s "$chunks/SHA256SUMS" ] || fail 66 "SHA256SUMS is missing from $chunks: copy it there, then run the same command again"
command -v sha256sum >/dev/null 2>&1 || fail 69 "sha256sum was not found: install coreutils"
if command -v xz >/dev/null 2>&1; then
  decode() { xz -dc "$1"; }
elif python3 -c 'import lzma' 2>/dev/null; then
  decode() { python3 -c 'import lzma,shutil,sys;shutil.copyfileobj(lzma.open(sys.argv[1]),sys.stdout.buffer,1<<20)' "$1"; }
else
  fail 69 "neither xz nor a python3 with lzma was found: install xz-utils"
fi

missing=
while read -r _ name; do
  [ -f "$chunks/$name" ] || missing="$missing${missing:+, }$name"
done <"$chunks/SHA256SUMS"
[ -z "$missing" ] || fail 66 "missing from $chunks: $missing; copy them there, then run the same command again"

mkdir -p "$(dirname "$target")" || fail 73 "the folder $(dirname "$target") cannot be created"
target=$(cd "$(dirname "$target")" && pwd -P)/$(basename "$target")
work=$target.unpacking-$$
clean() { rm -rf "$work"; }
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work" || fail 73 "the folder $work cannot be created"

# The chunks are checked and unpacked in parallel.
mkdir "$work/.parts"
while read -r expected name; do
  {
    found=$(sha256sum <"$chunks/$name") && [ "${found%% *}" = "$expected" ] || { : >"$work/.parts/$name.damaged"; exit 1; }
    decode "$chunks/$name" >"$work/.parts/$name" 2>"$work/.parts/$name.error" || : >"$work/.parts/$name.failed"
  } &
done <"$chunks/SHA256SUMS"
wait || :
damaged=
while read -r _ name; do
  [ ! -e "$work/.parts/$name.damaged" ] || damaged="$damaged${damaged:+, }$name"
done <"$chunks/SHA256SUMS"
[ -z "$damaged" ] || fail 65 "damaged in $chunks: $damaged (their sha256 is not that of SHA256SUMS); copy them again, then run the same command again"
while read -r _ name; do
  [ ! -e "$work/.parts/$name.failed" ] ||
    fail 74 "$name could not be unpacked to $work: $(tail -n 1 "$work/.parts/$name.error"); free @MEBIBYTES@ MiB there, then run the same command again"
done <"$chunks/SHA256SUMS"

while read -r _ name; do
  cat "$work/.parts/$name"
  rm -f "$work/.parts/$name"
done <"$chunks/SHA256SUMS" | tar -xf - -C "$work" 2>"$work/.parts/tar" ||
  fail 74 "tar failed in $work: $(tail -n 1 "$work/.parts/tar"); free @MEBIBYTES@ MiB there, then run the same command again"
rm -rf "$work/.parts"

version=$("$work/bin/node" --version 2>&1) ||
  fail 69 "Node does not start on this machine: $(echo "$version" | tail -n 1); make the bundle on a machine with the same or an older Linux"
"$work/bin/node" --import "file://$work/node_modules/tsx/dist/esm/index.mjs" "$work/scripts/bundle/finish.ts" "$target" || exit $?
mv "$work" "$target"
trap - EXIT
echo "unpacked to $target: try $target/doubletime doctor"
