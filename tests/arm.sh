#!/usr/bin/env bash
# Run every block of the handbook on arm64: `make arm` is this. On a machine
# of another kind it emulates arm64, in a Debian of its own, build/arm.
set -euo pipefail
cd "$(dirname "$0")/.."

# Say in one line what to do, and end.
die() {
  echo "arm.sh: $1" >&2
  exit 2
}

case $(uname -m) in
aarch64 | arm64) exec .venv/bin/python -m tests.portable --here arm64 "$@" ;;
esac
((EUID == 0)) || die "emulating arm64 takes root, as in: sudo make arm"
for tool in debootstrap update-binfmts qemu-aarch64-static; do
  command -v $tool >/dev/null || die "no $tool, it comes with: apt-get \
install debootstrap binfmt-support qemu-user-static"
done
formats=/proc/sys/fs/binfmt_misc # the kernel's list of emulators
[ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats
[ -e $formats/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64

torch=${TORCH:-$(sed -n "s/^TORCH ?= //p" Makefile)}
blocks=scipy # what blocks import beside torch
root=$PWD/build/arm
export QEMU_CPU=${QEMU_CPU:-neoverse-n1} # of many clouds; 0xd0c below

inside() { # run a program in the root, where this folder is /repo
  # shellcheck disable=SC2016
  unshare --mount --pid --fork --kill-child bash -euc '
    mount -t proc proc "$0/proc"
    mount --bind "$0/etc/cpuinfo" "$0/proc/cpuinfo"
    mount --bind . "$0/repo"
    PATH=$PATH:/usr/sbin
    exec chroot "$0" env -i -C /repo PATH=/usr/bin:/bin HOME=/tmp LANG=C.UTF-8 \
      QEMU_CPU=$QEMU_CPU OMP_NUM_THREADS=1 BLOCK_LIMIT=1200 \
      PYTHONPATH=/opt/python "$@"' "$root" "$@"
}

make_root() {
  echo "Making $root of Debian and $torch, once, in some 10 minutes"
  rm -rf "$root"
  mkdir -p "$root"
  debootstrap --arch=arm64 --variant=minbase --include=python3 bookworm \
    "$root" >build/arm.log || die "debootstrap failed, see build/arm.log"

  # torch's wheel for arm64 is linked to GBs of CUDA's libraries. Without
  # those it loads, if each has a file and functions are bound when called.
  local lib=$root/opt/python/torch/lib
  .venv/bin/pip install -qq --target "$root/opt/python" \
    --python-version 3.11 --no-deps --only-binary :all: \
    --platform manylinux_2_28_aarch64 --platform manylinux_2_27_aarch64 \
    --platform manylinux2014_aarch64 "$torch" 'nvidia-cuda-runtime<14' \
    nvidia-nvshmem-cu13 numpy packaging filelock fsspec jinja2 markupsafe \
    mpmath networkx sympy typing-extensions $blocks || die "pip failed"
  for absent in cublas.so.13 cublasLt.so.13 cudnn.so.9 cufft.so.12 \
    cufile.so.0 cupti.so.13 curand.so.10 cusparse.so.12 cusparseLt.so.0 \
    nccl.so.2 nvrtc.so.13; do
    ln -s libtorch_global_deps.so "$lib/lib$absent"
  done
  cat >"$root/opt/python/sitecustomize.py" <<EOF
import os, sys
sys.setdlopenflags(os.RTLD_LAZY)
if "tests.runner" in sys.orig_argv:
    import torch._dynamo  # takes a child of it longer than most blocks
EOF

  # torch reads what it runs on from files; those of an x86 crash it.
  local cpu=$root/sys/devices/system/cpu
  mkdir -p "$cpu/cpu0/regs/identification" "$root/repo"
  echo 0 | tee "$cpu/possible" >"$cpu/present"
  echo 0x00000000413fd0c1 >"$cpu/cpu0/regs/identification/midr_el1"
  printf '%s: %s\n' processor 0 \
    Features 'fp asimd aes pmull sha1 sha2 crc32 atomics fphp asimdhp asimddp' \
    'CPU implementer' 0x41 'CPU architecture' 8 'CPU variant' 0x3 \
    'CPU part' 0xd0c 'CPU revision' 1 >"$root/etc/cpuinfo"
  inside python3 -c 'import torch._dynamo' || die "torch does not load"
  echo "$torch $blocks" >"$root/made"
}

[ "$(cat "$root/made" 2>/dev/null)" = "$torch $blocks" ] || make_root
inside python3 -m tests.portable --here arm64 --processor emulated "$@"
