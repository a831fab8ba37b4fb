"""Time our functions beside those that people use: `make bench` is this.

`make bench NAME="focal_loss ..."` measures some anew, on the same machine.
Writes docs/figures/bench.json, which the benchmark page shows. Every pair is
timed in turns in one process, so that what slows one slows both. The large
cross entropies run alone in a fresh process each, since the memory they take
can only be read from the outside.
"""

import json
import os
import platform
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from importlib.metadata import packages_distributions, version
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from types import FrameType
from weakref import finalize

import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.weak import WeakIdKeyDictionary

from tests.bench_sizes import RECIPES, ROWS, Row
from tests.blocks import ROOT
from tests.draws import Arguments, Draw
from tests.proofs import call, change, one, proofs

TARGET = ROOT / "docs" / "figures" / "bench.json"
ROUNDS, SECONDS = 15, 1.0  # at least as many steps, and at least as long
SIZES = [(512, 8_192), (2_048, 8_192), (2_048, 32_768), (2_048, 131_072)]
DIM, PROCESSES, MOST = 256, 3, 8
CASES = "tests/cases"
# One has a table of its own; RT-DETR's varifocal computes the IoU too.
ELSEWHERE = {"chunked_linear_cross_entropy", "varifocal_loss"}
Ways = dict[str, Callable[[], None]]
LARGE = ["plain", "torch", "torch_chunked", "ours", "products"]


def tensors(found: object) -> list[Tensor]:
    """List the tensors in what an operation takes, or returns."""
    return [x for x in tree_leaves(found) if isinstance(x, Tensor)]


class Peak(TorchDispatchMode):
    """Follow the memory of live tensors that operations return."""

    def __init__(self) -> None:
        """Begin with nothing."""
        super().__init__()
        self.live, self.now, self.peak = WeakIdKeyDictionary(), 0, 0

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        """Run an operation, then add up what lives; a view is nothing new."""
        result = function(*args, **(kwargs or {}))
        old = {x.untyped_storage()._cdata for x in tensors((args, kwargs))}
        for x in tensors(result):
            storage = x.untyped_storage()
            if storage._cdata not in old and storage not in self.live:
                self.live[storage] = None
                self.now += storage.nbytes()
                finalize(storage, self.free, storage.nbytes())
        self.peak = max(self.peak, self.now)
        return result

    def free(self, size: int) -> None:
        """Take off what lives no longer."""
        self.now -= size


def step(run: Callable[[Arguments], Tensor], given: Arguments, names) -> None:
    """Go forward and backward once."""
    leaves = change(given, lambda x: x.clone().requires_grad_(), names)
    one(run(leaves)).sum().backward()


def in_turns(ways: Ways, least: int, enough: float) -> dict[str, list[float]]:
    """Time each way, in turns; tell quartiles in ms.

    ROUNDS of each, and SECONDS of them, or a moment's noise would be all that
    is seen; but after `enough` seconds `least` will do.
    """
    times = {key: [] for key in ways}
    for run in ways.values():
        run()  # what is loaded, or compiled, once
    start = time.perf_counter()
    for number in count():
        spent = time.perf_counter() - start
        if number >= least and spent > enough:
            break
        if number >= ROUNDS and spent > SECONDS:
            break
        for key, run in ways.items():
            begin = time.perf_counter()
            run()
            times[key].append(1e3 * (time.perf_counter() - begin))
    return {key: quantiles(found, n=4) for key, found in times.items()}


def peaks(ways: Ways) -> dict[str, float]:
    """Tell the most memory that each way holds, in MB."""
    found = {}
    for key, run in ways.items():
        with Peak() as memory:
            run()
        found[f"{key}_mb"] = memory.peak / 1e6
    return found


def calls(run: Callable, given: Arguments, names) -> int:
    """Count how often tests/cases calls the same function of others."""
    found: Counter = Counter()

    def profile(frame: FrameType, event: str, _: object) -> None:
        caller = frame.f_back.f_code.co_filename if frame.f_back else ""
        here = frame.f_code.co_filename
        if event == "call" and CASES in caller and CASES not in here:
            found[frame.f_code] += 1

    sys.setprofile(profile)
    try:
        step(run, given, names)
    finally:
        sys.setprofile(None)
    return max(found.values(), default=1)


def pair(name: str) -> dict | None:
    """Measure a function and the first oracle that can go backward."""
    function, proof = proofs()[name]
    if name in ELSEWHERE:
        return None
    drawn = proof.draw(Draw(1, 1.0, 256, 64, False))
    given = change(drawn, Tensor.float)
    if "reduction" in given:
        given["reduction"] = "mean"  # others have "none" only in a loop
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
        if calls(runs["theirs"], given, names) > MOST:
            continue  # it takes a row at a time: a loop of ours is no rival
        ways = {
            key: lambda run=run: step(run, given, names)
            for key, run in runs.items()
        }
        times = in_turns(ways, 3, 2.0)
        return {
            "function": name,
            "module": function.__module__,
            "oracle": oracle,
            "ours_ms": times["ours"][1],
            "theirs_ms": times["theirs"][1],
            **peaks(ways),
        }
    return None


def floor(given: Arguments, names: list[str], row: Row) -> None:
    """Do what no way can leave out: the products, or a pass each way."""
    leaves = [given[name] for name in names]
    with torch.no_grad():
        if row.products:
            row.products(*leaves)
        else:
            for leaf in leaves:
                leaf * 2.0


def training(row: Row) -> dict:
    """Measure a function beside what users call, at a size of training."""
    function = proofs()[row.function][0]
    torch.manual_seed(0)
    given = row.given()
    names = list(given)[: row.slopes]
    sides = {"ours": function, "theirs": row.theirs}
    found = {
        "function": row.function,
        "module": function.__module__,
        "oracle": row.rival,
        "recipe": row.recipe,
        "less": row.less,
    }

    def steps(arguments: Arguments, by: Callable = lambda x: x) -> dict:
        def one_step(run: Callable) -> Callable[[], None]:
            made = by(run)
            return lambda: step(lambda x: made(**x), arguments, names)

        return {key: one_step(run) for key, run in sides.items()}

    everyday = steps(given)
    least = {"floor": lambda: floor(given, names, row)}
    found["float32"] = in_turns(everyday | least, 5, 6.0)
    found |= peaks(everyday)
    half = change(given, Tensor.bfloat16)
    for kind, ways in {
        "bfloat16": lambda: steps(half),
        "compiled": lambda: steps(given, torch.compile),
    }.items():
        torch.compiler.reset()
        if kind == "compiled" and not row.compiled:
            found[kind] = "not measured"
            continue
        try:
            found[kind] = in_turns(ways(), 5, 6.0)
        except Exception as error:  # theirs: ours is proven to run so
            found[kind] = f"{type(error).__name__}"
    return found


def divided(found: dict, kind: str) -> float:
    """Divide our median by theirs."""
    return found[kind]["ours"][1] / found[kind]["theirs"][1]


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
        options = {"options": nn.LinearCrossEntropyOptions()}
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
            logits = torch.empty(min(256, tokens), classes)
            grad = torch.zeros_like(weight)
            for part in hidden.split(256):  # as many products, in pieces
                torch.mm(part, weight.T, out=logits[: len(part)])
                _ = logits[: len(part)] @ weight
                grad.addmm_(logits[: len(part)].T, part)
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


def vocabularies() -> list[dict]:
    """Measure the large cross entropies."""
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
                for _ in range(PROCESSES)
            ]
            times = [run["s"] for run in runs]
            row[kind] = {
                "s": median(times),
                "s_range": [min(times), max(times)],
                "mb": median(run["mb"] for run in runs),
            }
        sizes.append(row)
        print(row, flush=True)
    return sizes


def packages(oracles: Iterable[str]) -> dict[str, str]:
    """Tell the versions of others' packages, which torch and Python are not."""
    installed = packages_distributions()
    names = {oracle.split(".")[0] for oracle in oracles}
    others = sorted(names - {"torch"} - sys.stdlib_module_names)
    return {name: version(installed[name][0]) for name in others}


def merged(old: list[dict], new: list[dict]) -> list[dict]:
    """Put in what was measured anew, in the old order."""
    fresh = {row["function"]: row for row in new}
    kept = [fresh.pop(row["function"], row) for row in old]
    return kept + list(fresh.values())


def main(names: list[str]) -> None:
    """Measure everything, or what is named, and write it down."""
    if unknown := set(names) - proofs().keys():
        raise SystemExit(f"tests/bench.py: no function {sorted(unknown)}")
    here = {
        "machine": machine(),
        "cores": len(os.sched_getaffinity(0)),
        "torch": torch.__version__.partition("+")[0],
        "python": platform.python_version(),
    }
    old = {"date": "", "pairs": [], "training": []}
    if names:
        old = json.loads(TARGET.read_text(encoding="utf-8"))
        if (other := {k: old[k] for k in here}) != here:
            raise SystemExit(
                f"docs/figures/bench.json was measured on {other}, here is "
                f"{here}: run make bench, without NAME"
            )
    pairs = []
    for name in names or proofs():
        if found := pair(name):
            pairs.append(found)
            ratio = found["ours_ms"] / found["theirs_ms"]
            print(f"{name}: {ratio:.2f} of {found['oracle']}", flush=True)
    pairs = merged(old["pairs"], pairs)
    print("median:", median(x["ours_ms"] / x["theirs_ms"] for x in pairs))
    trained = []
    for row in (x for x in ROWS if not names or x.function in names):
        trained.append(training(row))
        ratio = divided(trained[-1], "float32")
        print(
            f"{row.function}, training: {ratio:.2f} of {row.rival}", flush=True
        )
    trained = merged(old["training"], trained)
    sizes = old["sizes"] if names else vocabularies()
    days = {*filter(None, old["date"].split(", ")), time.strftime("%Y-%m-%d")}
    facts = {
        "date": ", ".join(sorted(days)),
        **here,
        "dim": DIM,
        "recipes": {key: vars(recipe) for key, recipe in RECIPES.items()},
        "packages": packages(x["oracle"] for x in pairs + trained),
    }
    text = json.dumps(
        facts | {"training": trained, "pairs": pairs, "sizes": sizes}, indent=1
    )
    TARGET.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "snippets"))
    if sys.argv[1:2] and sys.argv[1] in LARGE:
        large(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
    else:
        main(sys.argv[1:])
