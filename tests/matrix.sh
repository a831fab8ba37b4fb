#!/usr/bin/env bash
# Run every block, and what proves it, with each supported torch: `make matrix`.
#
# `bash tests/matrix.sh 2.15.0` runs one; `--stale` before it, only the blocks
# of pages that changed since that torch's last run. Each torch has a folder of
# its own, build/torch/VERSION, that stands before the packages of .venv.
set -euo pipefail
cd "$(dirname "$0")/.."

PROOFS=(tests/test_{formulas,pages,errors,snippets}.py)
python=.venv/bin/python
export OMP_NUM_THREADS=1
stale=()
[[ ${1-} != --stale ]] || { stale=(--stale) && shift; }
versions=("$@")
(($#)) || versions=(2.10.0 2.11.0 2.12.1 2.13.0 2.14.1 2.15.0)

# Say in one line what to do, and end.
die() {
  echo "matrix.sh: $1" >&2
  exit 2
}

# Give the version that .venv or a folder before it has, without its build.
has() {
  PYTHONPATH=$1 $python -c \
    'import torch; print(torch.__version__.split("+")[0])' 2>&1 | tail -n 1
}

# Install a torch whole or not at all; print its folder, none for .venv's own.
folder_of() {
  [[ $1 =~ ^[0-9]+\.[0-9]+\.[0-9]+$ ]] || die "'$1' is no version, as 2.15.0 is"
  [[ $(has "") == "$1" ]] && return
  local folder=$PWD/build/torch/$1 log=build/torch/$1.log
  if [[ ! -d $folder ]]; then
    mkdir -p build/torch
    rm -rf "$folder.part"
    $python -m pip install --quiet --target "$folder.part" "torch==$1" \
      >"$log" 2>&1 || die "pip has no torch $1: $log says why"
    mv "$folder.part" "$folder"
  fi
  local found
  found=$(has "$folder")
  [[ $found == "$1" ]] || die "$folder has no torch $1 ($found): delete it"
  echo "$folder"
}

[[ -x $python ]] || die "no .venv: run make site first"
[[ -d build/figures ]] || die "no build/figures: run make site first"
failed=()
for version in "${versions[@]}"; do
  folder=$(folder_of "$version")
  echo "torch $version: blocks"
  PYTHONPATH=$folder $python -m tests.portable --here "as it is" ${stale[@]+"${stale[@]}"} ||
    failed+=("$version: blocks")
  echo "torch $version: formulas, pages, errors, snippets"
  PYTHONPATH=$folder $python -m pytest -q "${PROOFS[@]}" ||
    failed+=("$version: proofs")
done
((!${#failed[@]})) || printf 'torch %s differ\n' "${failed[@]}"
((!${#failed[@]}))
