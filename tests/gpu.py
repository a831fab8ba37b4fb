"""Run every block and every probe on a GPU: `make gpu`.

Needs torch and a card, nothing else, and ends by itself. What a block prints
there is compared with its page; tests/gpu_probes.py says what else is tried.
What came of it is recorded in docs/cuda.json, with card and torch. Random
numbers are drawn on the CPU and moved: a card draws others from a seed.

`--device cpu` or `meta` shows that this works where there is no card; `fake`
tries the probes of autocast with tensors that only say they are on one.
"""

import argparse
import contextlib
import datetime
import difflib
import heapq
import importlib
import io
import json
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tests.gpu_probes import HEADER, Probe, probes
from tests.runner import ROOT, Run, Server

RECORD = ROOT / "docs" / "cuda.json"
BATCH = 24  # blocks a process; what differs there is run again, alone
SWEPT = (":by_hand", ":copy", ":gradient", ":shapes")
FINE = ("same", "same up to the device")
DRAWS = ("rand", "randn", "randint", "randperm", "rand_like", "randn_like")
FILLS = ("bernoulli_", "exponential_", "normal_", "random_", "uniform_")
NUMBER = re.compile(r"-?\b\d+\.?\d*(?:e[+-]?\d+)?")
RAISED = re.compile(r"^[\w.]*(?:Error|Exception|Exit|Interrupt)\b.*", re.M)
Item = dict[str, str]  # what a block printed, raised and said on stderr
Entry = dict[str, object]  # a line of the record


# In the children --------------------------------------------------------


@contextlib.contextmanager
def placed(device: str, deterministic: bool = False) -> Iterator[None]:
    """Make a device the default; draw on the CPU as the pages do, for good."""
    import torch

    with contextlib.ExitStack() as stack:
        if device == "fake":
            for mode in pretended():
                stack.enter_context(mode)
            device = "cuda"
        if deterministic:
            os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"
            torch.use_deterministic_algorithms(True)
        for name in DRAWS:
            setattr(torch, name, drawn(getattr(torch, name), device))
        for name in FILLS:
            setattr(torch.Tensor, name, filled(getattr(torch.Tensor, name)))
        torch.set_default_device(device)
        stack.callback(torch.set_default_device, None)
        yield


def drawn(function: Callable, device: str) -> Callable:
    """Draw on the CPU, then move."""
    import torch

    def draw(*args: object, requires_grad: bool = False, **options: object):
        args = [x.cpu() if isinstance(x, torch.Tensor) else x for x in args]
        out = function(*args, **{**options, "device": "cpu"})
        return out.to(device).requires_grad_(requires_grad)

    return draw


def filled(method: Callable) -> Callable:
    """Draw on the CPU, then copy into a tensor."""
    import torch

    def fill(self: torch.Tensor, *args: object, **options: object):
        here = torch.empty(self.shape, dtype=self.dtype, device="cpu")
        return self.copy_(method(here, *args, **options))

    return fill


def pretended() -> Iterator[contextlib.AbstractContextManager]:
    """Give modes in which tensors say that they are on a card, without data."""
    import torch
    from torch._subclasses.fake_tensor import FakeTensorMode
    from torch.utils._python_dispatch import TorchDispatchMode

    class Zero(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            if func is torch.ops.aten._local_scalar_dense.default:
                return 0  # what a tensor without data would not answer
            return func(*args, **(kwargs or {}))

    torch.cuda.amp.common.amp_definitely_not_available = lambda: False
    torch.cuda.is_bf16_supported = lambda *_: True
    yield FakeTensorMode()
    yield Zero()


def reset(deterministic: bool) -> None:
    """Undo what a block may have set, before the next of its batch."""
    import torch

    torch.set_default_dtype(torch.float32)
    torch.set_printoptions(profile="default")
    torch.set_grad_enabled(True)
    if torch.are_deterministic_algorithms_enabled() != deterministic:
        torch.use_deterministic_algorithms(deterministic)


@contextlib.contextmanager
def overheard() -> Iterator[list[str]]:
    """Catch what is written to stderr: a failed assertion of a kernel is."""
    said: list[str] = []
    sys.stderr.flush()
    with tempfile.TemporaryFile() as file:
        kept = os.dup(2)
        os.dup2(file.fileno(), 2)
        try:
            yield said
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            file.seek(0)
            said.append(file.read().decode(errors="replace"))


def broken() -> str:
    """Tell whether CUDA failed for good: it shows only when awaited."""
    import torch

    if not torch.cuda.is_initialized():
        return ""
    try:
        torch.cuda.synchronize()
    except BaseException:
        return traceback.format_exc()
    return ""


def once(code: str) -> Item:
    """Run code here."""
    printed, fault = io.StringIO(), ""
    quiet = contextlib.redirect_stdout(printed), warnings.catch_warnings()
    with overheard() as said, quiet[0], quiet[1]:
        try:
            exec(compile(code, "<block>", "exec"), {"__name__": "__main__"})
        except BaseException:
            fault = traceback.format_exc()
        end = broken()
    item = {"printed": printed.getvalue(), "fault": fault or end, "end": end}
    return item | {"stderr": said[0][:2000]}


def child(device: str, codes: list[str], deterministic: bool = False) -> None:
    """Run codes here, one after the other; print what came of each.

    It stops after one that left CUDA unusable.
    """
    items: list[Item] = []
    with placed(device, deterministic):
        for code in codes:
            items.append(once(code))
            if items[-1]["end"]:
                break
            reset(deterministic)
    print(json.dumps(items))


def facts(device: str) -> None:
    """Print what the device is; raise if there is none."""
    import torch

    known = {"torch": torch.__version__, "python": platform.python_version()}
    if device == "cuda":
        torch.zeros(1, device="cuda")
        card = torch.cuda.get_device_properties(0)
        known |= {
            "card": card.name,
            "capability": f"{card.major}.{card.minor}",
            "cuda": torch.version.cuda or "",
            "cudnn": str(torch.backends.cudnn.version()),
        }
    print(json.dumps(known))


# In the parent, which doesn't load torch --------------------------------


class Fresh:
    """Runs code in a new interpreter, where a fork can't use the card."""

    def run(self, code: str) -> Run:
        """Run code as `Server.run` does."""
        path = [ROOT / "snippets", ROOT, os.environ.get("PYTHONPATH", "")]
        path = os.pathsep.join(filter(None, map(str, path)))
        try:
            done = subprocess.run(
                [sys.executable, "-c", code],
                cwd=ROOT,
                env=os.environ | {"PYTHONPATH": path},
                capture_output=True,
                text=True,
                timeout=limit(),
            )
        except subprocess.TimeoutExpired:
            return Run("", f"it took over {limit():g} s")
        return Run(done.stdout, done.stderr if done.returncode else "")


def limit() -> float:
    """Tell how many seconds a process may take."""
    return float(os.environ.get("BLOCK_LIMIT", "30"))


def forking(device: str) -> Server:
    """Start a process that has torch loaded, but not CUDA, and forks."""
    # Tensors without data load torch's compiler.
    real = device in ("cpu", "cuda")
    return Server(preload=("tests.gpu", *([] if real else ["torch._dynamo"])))


Runs = Server | Fresh
Maker = Callable[[], Runs]


def ended(runs: Runs) -> bool:
    """Tell whether what runs code can't any longer."""
    return isinstance(runs, Server) and runs.process.poll() is not None


def stop(runs: Runs) -> None:
    """End what runs code."""
    if isinstance(runs, Server):
        runs.process.kill()


def meet(device: str) -> tuple[Maker, Entry]:
    """Find out how to run on a device, and what it is.

    Raises:
        LookupError: There is none.
    """
    said = ""
    for make in (partial(forking, device), Fresh):
        code = f"from tests import gpu\ngpu.facts({device!r})"
        runs = make()
        got = runs.run(code)
        stop(runs)
        if not got.fault:
            known = json.loads(got.printed.splitlines()[-1])
            return make, known | {"forked": make is not Fresh}
        said = raised(got.fault)
        if "not compiled" in said or "No module" in said:
            break
    raise LookupError(said)


def driver() -> str:
    """Name the version of the driver, if a tool tells it."""
    if not (tool := shutil.which("nvidia-smi")):
        return ""
    asked = [tool, "--query-gpu=driver_version", "--format=csv,noheader"]
    done = subprocess.run(asked, capture_output=True, text=True, timeout=20)
    return (done.stdout.split() or [""])[0]


def lend_packaging() -> None:
    """Take pip's or setuptools' own copy of `packaging` where it is missing."""
    for at in ("", "pip._vendor.", "setuptools._vendor."):
        with contextlib.suppress(ImportError):
            found = importlib.import_module(f"{at}packaging.specifiers")
            sys.modules.setdefault("packaging.specifiers", found)
            return


def raised(fault: str) -> str:
    """Find the line of a traceback that says what was raised."""
    found = RAISED.findall(fault) or fault.split("\n")
    return [line for line in found if line.strip()][-1].strip()


def normal(text: str) -> str:
    """Take a device out of what was printed, and the breaks it causes."""
    text = re.sub(r",\s+device='(?:cuda:0|meta)'", "", text)
    text = re.sub(r",\n +", ", ", text)
    return re.sub("cuda(?::0)?", "cpu", text).replace("CUDA", "CPU")


def skeleton(text: str) -> str:
    """Take the numbers out of a text, and the blanks that align them."""
    return "".join(NUMBER.sub("#", text).split())


def apart(one: str, other: str) -> float:
    """Find the largest relative difference between the numbers of texts."""
    pairs = zip(NUMBER.findall(one), NUMBER.findall(other), strict=True)
    pairs = [(float(a), float(b)) for a, b in pairs if a != b]
    sizes = [(abs(a - b), max(abs(a), abs(b))) for a, b in pairs]
    found = [gap / size if size else 0.0 for gap, size in sizes]
    return float(f"{max(found, default=0.0):.1g}")


def compare(shown: str, item: Item) -> Entry:
    """Compare what a block printed with its page: a verdict, and how."""
    if item["fault"]:
        return {"found": "raises", "how": raised(item["fault"])}
    printed = item["printed"]
    if printed == shown:
        return {"found": "same"}
    one, other = normal(shown), normal(printed)
    if one == other:
        return {"found": "same up to the device"}
    lines = difflib.unified_diff(
        one.splitlines(), other.splitlines(), n=0, lineterm=""
    )
    how = [line[:120] for line in list(lines)[2:] if line[:2] != "@@"]
    entry: Entry = {"found": "other text", "how": "\n".join(how[:6])}
    if skeleton(one) == skeleton(other):
        entry |= {"found": "other digits", "apart": apart(one, other)}
    return entry


def tried(probe: Probe, item: Item) -> Entry:
    """See whether a probe found the words that it looks for."""
    parts = item["printed"], item["fault"], item["stderr"]
    text = " ".join(" ".join(parts).split())
    missing = [
        words for words in probe.words if " ".join(words.split()) not in text
    ]
    found = "other words" if missing else "as said"
    fault = item["fault"] and raised(item["fault"])
    entry = {
        "page": probe.page,
        "said": probe.said,
        "found": found if probe.words else "noted",
        "missing": missing,
        "happened": " ".join((item["printed"] + fault).split())[:300],
        "stderr": item["stderr"].strip().split("\n")[0][:200],
    }
    return {key: value for key, value in entry.items() if value}


@dataclass(frozen=True)
class Block:
    """A block of a page: where it is, its code, what its page shows."""

    where: str
    code: str
    shown: str


@dataclass(order=True)
class Task:
    """What one process does; the lower the rank, the sooner."""

    rank: int
    number: int
    kind: str = field(compare=False)
    what: list = field(compare=False)  # blocks, or one probe


@dataclass
class Work:
    """What is to do and what was found; the workers share it.

    Args:
        device: The default device of every block and probe.
        make: Starts what runs code.
        until: When the last task may start, on `time.monotonic`'s clock.
    """

    device: str
    make: Maker
    until: float
    todo: list[Task] = field(default_factory=list)
    blocks: dict[str, Entry] = field(default_factory=dict)
    probes: dict[Probe, Entry] = field(default_factory=dict)
    swept: dict[str, str] = field(default_factory=dict)
    busy: int = 0
    made: int = 0
    lock: threading.Condition = field(default_factory=threading.Condition)

    def add(self, kind: str, what: list) -> None:
        """Plan a task."""
        rank = ("probe", "batch", "sweep", "alone").index(kind)
        with self.lock:
            self.made += 1
            heapq.heappush(self.todo, Task(rank, self.made, kind, what))
            self.lock.notify()

    def take(self) -> Task | None:
        """Take a task, or none once all is done or the time is up."""
        with self.lock:
            while time.monotonic() < self.until:
                if self.todo:
                    self.busy += 1
                    return heapq.heappop(self.todo)
                if not self.busy:
                    break
                self.lock.wait(0.2)  # a task in hand may add others
            return None

    def work(self) -> None:
        """Do tasks until there are none."""
        runs = None
        while task := self.take():
            try:
                if runs is None or ended(runs):
                    runs = self.make()
                getattr(self, task.kind)(runs, task.what)
            finally:
                with self.lock:
                    self.busy -= 1
        if runs:
            stop(runs)

    def ask(
        self, runs: Runs, codes: list[str], device: str, sweep: bool = False
    ) -> list[Item]:
        """Run codes in one process.

        Returns:
            What came of those that it got to. If the process died that is
            the code's fault where there is one only; else nothing came.
        """
        question = json.dumps([device, codes, sweep])
        try:
            got = runs.run(
                "import json\nfrom tests import gpu\n"
                f"gpu.child(*json.loads({question!r}))"
            )
            return json.loads(got.printed.splitlines()[-1])
        except (IndexError, ValueError):
            fault = got.fault or "it printed nothing"
        except RuntimeError as error:  # the process that forks has died
            fault = str(error)
        item = {"printed": "", "fault": fault, "end": fault, "stderr": ""}
        return [item] if len(codes) == 1 else []

    @property
    def named(self) -> str:
        """The name that code gives the device."""
        return "cuda" if self.device == "fake" else self.device

    def code(self, what: Block | Probe) -> str:
        """Give the code of a block or a probe, for this device."""
        if isinstance(what, Probe):
            return f"device = {self.named!r}\n{HEADER}\n{what.code}"
        return what.code.replace('"cpu"', f'"{self.named}"')

    def probe(self, runs: Runs, what: list[Probe]) -> None:
        """Try one statement."""
        (item,) = self.ask(runs, [self.code(what[0])], self.device)
        self.probes[what[0]] = tried(what[0], item)

    def batch(self, runs: Runs, what: list[Block]) -> None:
        """Run blocks in one process; plan what differs, and what is left."""
        items = self.ask(runs, [*map(self.code, what)], self.device)
        for block, item in zip(what, items, strict=False):
            self.blocks[block.where] = entry = compare(block.shown, item)
            if entry["found"] not in FINE:
                self.add("alone", [block])
        left = what[len(items) :]
        if items and left:
            self.add("batch", left)
        elif left:  # one of them ended them all
            for block in left:
                self.add("alone", [block])

    def alone(self, runs: Runs, what: list[Block]) -> None:
        """Run a block in a process of its own, and on the CPU if it differs."""
        block = what[0]
        (item,) = self.ask(runs, [self.code(block)], self.device)
        entry = compare(block.shown, item)
        if entry["found"] not in FINE:
            (item,) = self.ask(runs, [block.code], "cpu")
            entry["on this CPU"] = compare(block.shown, item)["found"]
        self.blocks[block.where] = entry

    def sweep(self, runs: Runs, what: list[Block]) -> None:
        """Run blocks where only deterministic algorithms are allowed."""
        items = self.ask(runs, [*map(self.code, what)], self.device, True)
        for block, item in zip(what, items, strict=False):
            text = item["printed"] + item["fault"]
            found = re.search(r"^.*determinis.*$", text, re.MULTILINE)
            self.swept[block.where] = found[0][:200] if found else ""
        left = what[len(items) :]
        for part in [left] if items else ([b] for b in left):
            if part:
                self.add("sweep", part)


def plan(work: Work, blocks: list[Block], tries: list[Probe]) -> None:
    """Put everything into the queue: statements first, then all pages."""
    for probe in tries:
        work.add("probe", [probe])
    for start in range(0, len(blocks), BATCH):
        work.add("batch", blocks[start : start + BATCH])
    swept = [b for b in blocks if b.where.endswith(SWEPT)]
    for start in range(0, len(swept), BATCH):
        work.add("sweep", swept[start : start + BATCH])


def summary(work: Work, blocks: list[Block], tries: list[Probe]) -> Entry:
    """Say what was found so far."""
    ran = dict(work.blocks)
    left = sorted(b.where for b in blocks if b.where not in ran)
    judged = [work.probes[p] for p in tries if p in work.probes]
    of_blocks = Counter(entry["found"] for entry in ran.values())
    of_probes = Counter(entry["found"] for entry in judged)
    waiting = len(tries) - len(judged)
    swept = dict(work.swept)
    return {
        "complete": not (left or waiting or work.todo or work.busy),
        "blocks": dict(sorted(of_blocks.items())) | {"not run": len(left)},
        "probes": dict(sorted(of_probes.items())) | {"not run": waiting},
        "swept": len(swept),
        "differ": [
            {"block": where} | ran[where]
            for where in sorted(ran)
            if ran[where]["found"] not in FINE
        ],
        "not run": left,
        "tried": judged,
        "nondeterministic": [
            {"block": where, "says": swept[where]}
            for where in sorted(swept)
            if swept[where]
        ],
    }


def laid_out(record: Entry) -> str:
    """Write a record as JSON, one finding a line."""
    parts = []
    for key, value in record.items():
        text = json.dumps(value, ensure_ascii=False)
        if isinstance(value, list) and value:
            lines = (json.dumps(line, ensure_ascii=False) for line in value)
            text = "[\n  " + ",\n  ".join(lines) + "\n ]"
        parts.append(f" {json.dumps(key)}: {text}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def write(path: Path | None, record: Entry) -> None:
    """Write a record whole or not at all: we may be killed any time."""
    if path:
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        try:
            draft.write_text(laid_out(record), encoding="utf-8")
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)


def run_all(
    work: Work,
    blocks: list[Block],
    tries: list[Probe],
    jobs: int,
    keep: Callable[[Entry], None],
) -> Entry:
    """Do all the work that fits the time; keep what is found every 30 s."""
    plan(work, blocks, tries)
    threads = [
        threading.Thread(target=work.work, daemon=True) for _ in range(jobs)
    ]
    for thread in threads:
        thread.start()
    saved = time.monotonic()
    end = work.until + limit() + 5
    while any(t.is_alive() for t in threads) and time.monotonic() < end:
        time.sleep(0.1)
        if time.monotonic() - saved > 30:
            saved = time.monotonic()
            keep(summary(work, blocks, tries))
    return summary(work, blocks, tries)


def chosen(
    only: str, version: str
) -> tuple[list[Block], list[Probe], dict[str, int]]:
    """List the blocks and probes whose file's name has `only` in it.

    Returns:
        Those for this torch, and how many are for another.
    """
    lend_packaging()
    from packaging.specifiers import SpecifierSet

    from tests.blocks import blocks

    pairs = [p for p in blocks() if only in p[0].name]
    wanted = [
        Block(block.name, block.text, out.text if out else "")
        for block, out in pairs
        if version in block.needs
    ]
    all_probes = [probe for probe in probes() if only in probe.page]
    tries = [
        probe
        for probe in all_probes
        if version in SpecifierSet(probe.needs, prereleases=True)
    ]
    others = {
        "blocks": len(pairs) - len(wanted),
        "probes": len(all_probes) - len(tries),
    }
    return wanted, tries, others


def told(record: Entry) -> Iterator[str]:
    """Say a record in a few lines."""
    yield f"{record.get('card') or record['device']}, torch {record['torch']}"
    yield f"blocks: {record['blocks']}, probes: {record['probes']}"
    for entry in record["differ"]:
        if entry["found"] != "other digits":
            how = entry["how"].replace("\n", " | ")[:100]
            yield f"{entry['block']}: {entry['found']}: {how}"
    for entry in record["tried"]:
        if entry["found"] == "other words":
            where = f"{entry.get('page', '')}: {entry['said'][:60]}"
            yield f"{where}: {entry.get('happened', 'nothing')}"
    for entry in record["nondeterministic"]:
        yield f"{entry['block']}: {entry['says'][:100]}"


def arguments(given: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--device", default="cuda")
    options.add_argument("--minutes", type=float, default=8)
    cores = os.cpu_count() or 1
    jobs = min(12, max(1, cores - 2))
    options.add_argument("--jobs", type=int, default=jobs)
    options.add_argument("--only", default="", help="part of a file's name")
    options.add_argument("--record", type=Path, help="instead of docs/")
    return options.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Run all; 0 if it came to its end, whatever it found."""
    start, options = time.monotonic(), arguments(given)
    os.environ["BLOCK_LIMIT"] = f"{limit():g}"  # for tests/runner.py
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    try:
        make, known = meet(options.device)
    except LookupError as error:
        print(f"No {options.device.upper()} device: {error}")
        return 1
    blocks, tries, others = chosen(options.only, known["torch"])
    if options.device == "fake":  # its tensors have nothing to print
        blocks, tries = [], [p for p in tries if p.kind == "autocast"]
    path = options.record
    if not path and options.device == "cuda" and not options.only:
        path = RECORD
    head = known | {
        "device": options.device,
        "driver": driver(),
        "machine": platform.machine(),
        "date": f"{datetime.date.today()}",
        "for another torch": others,
    }
    until = start + 60 * options.minutes - limit() - 10
    work = Work(options.device, make, until)

    def keep(found: Entry) -> None:
        seconds = round(time.monotonic() - start)
        write(path, head | {"seconds": seconds} | found)
        print(f"{seconds} s: {found['blocks']}", flush=True)

    found = run_all(work, blocks, tries, options.jobs, keep)
    keep(found)
    lines = list(told(head | found))
    print("\n".join(lines[:80]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
