"""Time our functions beside those that people use: `make bench` is this.

Writes build/bench.json. Every
pair is timed in turns in one process, so that what slows one slows both. The
large cross entropies run alone in a fresh process each, since the memory they
take can only be read from the outside.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from statistics import median

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.weak import WeakIdKeyDictionary

from tests.blocks import ROOT
from tests.draws import Arguments, Draw
from tests.proofs import call, change, one, proofs

TARGET = ROOT / "build" / "bench.json"
ROUNDS, ENOUGH = 15, 2.0  # steps of each, and seconds after which 3 will do
SIZES = [(512, 8_192), (2_048, 8_192), (2_048, 32_768), (2_048, 131_072)]
DIM = 256
LARGE = ["plain", "torch", "torch_chunked", "ours", "products"]


class Peak(TorchDispatchMode):
    """Follow the memory of live tensors that operations return."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.live, self.peak = WeakIdKeyDictionary(), 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        """Run an operation, then add up what lives."""
        result = function(*args, **(kwargs or {}))
        for x in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(x, Tensor):
                storage = x.untyped_storage()
                self.live[storage] = storage.nbytes()
        self.peak = max(self.peak, sum(self.live.values()))
        return result


def step(run: Callable[[Arguments], Tensor], given: Arguments, names) -> None:
    """Go forward and backward once."""
    leaves = change(given, lambda x: x.clone().requires_grad_(), names)
    one(run(leaves)).sum().backward()


def seconds(run: Callable, given: Arguments, names) -> float:
    """Time one step."""
    start = time.perf_counter()
    step(run, given, names)
    return time.perf_counter() - start


def pair(name: str) -> dict | None:
    """Measure a function and the first oracle that can go backward."""
    function, proof = proofs()[name]
    if name == "chunked_linear_cross_entropy":
        return None  # it has a table of its own
    drawn = proof.draw(Draw(1, 1.0, 256, 64, False))
    given = change(drawn, Tensor.float)
    names = proof.differentiable or (next(iter(given)),)
    for oracle, theirs in proof.oracles.items():
        runs = {
            "ours": lambda x: call(function, x),
            "theirs": lambda x, theirs=theirs: theirs(**x),
        }
        try:
            for run in runs.values():
                step(run, given, names)
        except Exception:  # numpy's, or mpmath's: no gradient
            continue
        times = {key: [] for key in runs}
        start = time.perf_counter()
        for number in range(ROUNDS):
            if number >= 3 and time.perf_counter() - start > ENOUGH:
                break
            for key, run in runs.items():
                times[key].append(seconds(run, given, names))
        peaks = {}
        for key, run in runs.items():
            with Peak() as memory:
                step(run, given, names)
            peaks[key] = memory.peak
        return {
            "function": name,
            "module": function.__module__,
            "oracle": oracle,
            "ours_ms": 1e3 * median(times["ours"]),
            "theirs_ms": 1e3 * median(times["theirs"]),
            "ours_mb": peaks["ours"] / 1e6,
            "theirs_mb": peaks["theirs"] / 1e6,
        }
    return None


def high_water() -> int:
    """Read the most memory that this process has taken, in bytes."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(x for x in status.splitlines() if x.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


def large(kind: str, tokens: int, classes: int) -> None:
    """Run one large cross entropy and print its time and memory."""
    from chunked_cross_entropy import chunked_linear_cross_entropy
    from torch.nn import functional

    torch.manual_seed(0)
    hidden = torch.randn(tokens, DIM, requires_grad=True)
    weight = (0.05 * torch.randn(classes, DIM)).requires_grad_()
    target = torch.randint(classes, (tokens,))
    if kind == "torch_chunked":
        options = {"options": functional.LinearCrossEntropyOptions()}
    small = (hidden[:2], weight[:8], target[:2] % 8)
    runs = {
        "plain": lambda h, w, y: functional.cross_entropy(h @ w.T, y),
        "torch": functional.linear_cross_entropy,
        "torch_chunked": lambda h, w, y: functional.linear_cross_entropy(
            h, w, y, **options
        ),
        "ours": chunked_linear_cross_entropy,
    }
    if kind != "products":
        runs[kind](*small).backward()  # what is loaded once
    before = high_water()
    start = time.perf_counter()
    if kind == "products":
        with torch.no_grad():
            for part in hidden.split(64):  # as many products, in pieces
                logits = part @ weight.T
                _ = logits @ weight
                _ = logits.T @ part
    else:
        runs[kind](hidden, weight, target).backward()
    spent = time.perf_counter() - start
    print(json.dumps({"s": spent, "mb": (high_water() - before) / 1e6}))


def machine() -> str:
    """Name the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        return next(
            x.split(": ")[1] for x in lines if x.startswith("model name")
        )
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def main() -> None:
    """Measure everything, and write it down."""
    pairs = []
    for name in proofs():
        if found := pair(name):
            pairs.append(found)
            ratio = found["ours_ms"] / found["theirs_ms"]
            print(f"{name}: {ratio:.2f} of {found['oracle']}", flush=True)
    print("median:", median(x["ours_ms"] / x["theirs_ms"] for x in pairs))
    sizes = []
    for tokens, classes in SIZES:
        row = {"tokens": tokens, "classes": classes}
        for kind in LARGE:
            command = [sys.executable, "-m", "tests.bench", kind]
            runs = [
                json.loads(
                    subprocess.check_output(
                        [*command, str(tokens), str(classes)], cwd=ROOT
                    )
                )
                for _ in range(2)
            ]
            row[kind] = min(runs, key=lambda run: run["s"])
        sizes.append(row)
        print(row, flush=True)
    packages = {x["oracle"].split(".")[0] for x in pairs}
    facts = {
        "date": time.strftime("%Y-%m-%d"),
        "machine": machine(),
        "cores": len(os.sched_getaffinity(0)),
        "torch": torch.__version__.partition("+")[0],
        "python": platform.python_version(),
        "dim": DIM,
        "packages": {
            name: version(name.replace("_", "-"))
            for name in sorted(packages)
            if name != "torch"
        },
    }
    text = json.dumps(facts | {"pairs": pairs, "sizes": sizes}, indent=1)
    TARGET.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "snippets"))
    if len(sys.argv) > 1:
        large(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
