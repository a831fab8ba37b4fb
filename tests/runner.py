"""Run a block as a fresh interpreter would, in a child that has torch loaded.

`python -m tests.runner` is the process that the children are forked from. It
is started once for a setting of the processor, since torch reads its settings
when it is loaded.
"""

import atexit
import contextlib
import gc
import importlib
import io
import json
import os
import random
import select
import signal
import subprocess
import sys
import traceback
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[1]
LIMIT = float(os.environ.get("BLOCK_LIMIT", "120"))  # seconds for one block
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
COMPATIBLE = {"MKL_CBWR": "COMPATIBLE", "DNNL_MAX_CPU_ISA": "SSE41"}
# What can differ between processors, by the variables that make it differ.
SETTINGS: dict[str, dict[str, str]] = {
    "default": {"ATEN_CPU_CAPABILITY": "default"},
    "avx2": {"ATEN_CPU_CAPABILITY": "avx2"},
    "avx512": {"ATEN_CPU_CAPABILITY": "avx512"},
    "compatible": COMPATIBLE,
    "1 thread": dict.fromkeys(THREADS, "1"),
    "2 threads": dict.fromkeys(THREADS, "2"),
}
DYNAMO = "torch._dynamo"  # what the first optimizer loads, in 2 s
# Their backward never returns where Python is asked about each operation: what
# such a block prints are numbers that float32 holds exactly.
AVERAGING = ("DistributedDataParallel", "fully_shard")
UNSEEDED = (
    "draws random numbers without seeding first: use literals, or "
    "torch.manual_seed before the first draw"
)


@dataclass(frozen=True)
class Run:
    """What a block printed, and what is wrong with how it ran, if anything."""

    printed: str
    fault: str


@cache
def settings() -> list[str]:
    """List the settings that this machine can do."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8").split()
    except OSError:
        flags = []
    needs = {"default": "sse2", "compatible": "sse2", "avx512": "avx512f"}
    return [
        name
        for name in SETTINGS
        if name.endswith(("thread", "threads"))
        or needs.get(name, name) in flags
    ]


def setting_of(name: str) -> str:
    """Choose a block's setting by its name: the same on every run."""
    names = settings()
    return names[zlib.crc32(name.encode()) % len(names)]


class Server:
    """A process with torch loaded, in one setting, that forks for each block.

    Args:
        setting: One of `SETTINGS`, or none: as the machine is.
        preload: Modules that the children have at once, beside torch.
    """

    def __init__(
        self, setting: str = "", preload: tuple[str, ...] = ()
    ) -> None:
        """Start it; it answers when torch is loaded."""
        path = [ROOT / "snippets", ROOT, os.environ.get("PYTHONPATH", "")]
        environment = os.environ | SETTINGS.get(setting, {})
        environment["PYTHONPATH"] = os.pathsep.join(
            filter(None, map(str, path))
        )
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.runner", *preload],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        atexit.register(self.process.kill)

    def run(self, code: str) -> Run:
        """Run code alone: what it prints, or its traceback."""
        return self.ask(code, [None])[0]

    def ask(self, code: str, shakes: list[int | None]) -> list[Run]:
        """Run code in one child of its own, once for each seed.

        Args:
            code: A block.
            shakes: Seeds to shake the last bits by; None leaves them.
        """
        question = json.dumps({"code": code, "shakes": shakes})
        try:
            self.process.stdin.write(question + "\n")
            self.process.stdin.flush()
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise RuntimeError(
                "tests/runner.py: the process that runs blocks ended; try: "
                "echo '{}' | python -m tests.runner"
            )
        return [Run(**told) for told in json.loads(answer)]


@cache
def server(setting: str = "") -> Server:
    """Give the one server of a setting in this process."""
    return Server(setting)


def run(code: str, setting: str = "") -> Run:
    """Run code as in a fresh interpreter, in a setting of the processor."""
    return server(setting).run(code)


@contextlib.contextmanager
def seeded() -> Iterator[list[str]]:
    """See that a block seeds what it draws; no two runs draw the same."""
    import torch

    def state() -> tuple[bytes, object, object]:
        numpy = sys.modules.get("numpy")
        theirs = numpy.random.get_state()[1].tobytes() if numpy else None
        return (
            torch.get_rng_state().numpy().tobytes(),
            random.getstate(),
            theirs,
        )

    torch.seed()
    random.seed()
    start, seed = state(), torch.initial_seed()
    seeding = torch.manual_seed
    faults = []

    def manual_seed(value: int) -> torch.Generator:
        if torch.initial_seed() == seed and state()[0] != start[0]:
            faults.append(UNSEEDED)
        return seeding(value)

    torch.manual_seed = torch.random.manual_seed = manual_seed
    yield faults
    end = state()
    unseeded = end[0] != start[0] and torch.initial_seed() == seed
    if unseeded or end[1:] != start[1:]:
        faults.append(UNSEEDED)


def execute(code: str, shake: int | None) -> Run:
    """Run code here, and for good: its settings stay."""
    printed, fault = io.StringIO(), ""
    shaking: contextlib.AbstractContextManager = contextlib.nullcontext()
    if shake is not None:
        from tests.shake import Shaken, shake_math

        shake_math(shake)
        if not any(name in code for name in AVERAGING):
            shaking = Shaken(shake)
    with contextlib.redirect_stdout(printed), seeded() as faults:
        try:
            with shaking:
                exec(compile(code, "<block>", "exec"), {"__name__": "__main__"})
        except BaseException:
            fault = traceback.format_exc()
    return Run(printed.getvalue(), fault or "".join(faults[:1]))


def execute_all(code: str, shakes: list[int | None]) -> list[Run]:
    """Run code here for each seed; what comes later sees what was left."""
    return [execute(code, shake) for shake in shakes]


Work = Callable[..., list[Run]]


def answer(question: dict[str, object], work: Work) -> list[Run]:
    """Run code in a child of this process, and take what it says."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.setpgid(0, 0)  # with what the block starts
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            told = [vars(got) for got in work(**question)]
            print(json.dumps([told, DYNAMO in sys.modules]), file=pipe)
        os._exit(0)
    os.close(writing)
    said = b""
    with os.fdopen(reading, "rb", buffering=0) as pipe:
        # Not to the pipe's end: what the block started may hold it open.
        while said[-1:] != b"\n" and select.select([pipe], [], [], LIMIT)[0]:
            if not (part := pipe.read(1 << 16)):
                break
            said += part
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    if said[-1:] == b"\n":
        told, slow = json.loads(said)
        if slow and DYNAMO not in sys.modules:
            importlib.import_module(DYNAMO)  # once for all that come
            gc.freeze()
        return [Run(**got) for got in told]
    fault = f"it died, or took over {LIMIT:g} s (status {status})"
    return [Run("", fault)] * len(question["shakes"])


def serve(preload: list[str]) -> None:
    """Answer questions until there are no more."""
    for module in ("torch", "tests.shake", *preload):  # a child has them
        importlib.import_module(module)
    gc.freeze()  # else a child's collections copy what they look at
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a block's C code prints is no answer
    for line in sys.stdin:
        told = [vars(got) for got in answer(json.loads(line), execute_all)]
        print(json.dumps(told), file=out)
        out.flush()


if __name__ == "__main__":
    serve(sys.argv[1:])
