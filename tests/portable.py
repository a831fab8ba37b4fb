"""Run every block under each setting of the processor: `make portable`.

`--here NAME` runs them once, as this machine is, and calls that NAME. Each run
is recorded in docs/printed.json, from which the build writes on every page
which torch and which processors printed it.
"""

import argparse
import datetime
import json
import platform
import re
import sys
import zlib
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from tests import runner
from tests.blocks import ROOT, Fence, blocks, diff, needs

RECORD = ROOT / "docs" / "printed.json"
IMPORTED = re.compile(r"^from (\w+) import", re.MULTILINE)
Pairs = list[tuple[Fence, Fence | None]]


def run_all(setting: str, todo: Pairs) -> list[str]:
    """Run blocks in a setting; say what differs from the pages."""
    server, found = runner.Server(setting), []
    for block, out in todo:
        got, shown = server.run(block.text), out.text if out else ""
        if got.fault:
            found.append(f"{block.where} ({setting})\n{got.fault}")
        elif got.printed != shown:
            words = diff(shown, got.printed, block.where)
            found.append(f"{block.where} ({setting})\n{words}")
    server.process.kill()
    return found


def digests() -> dict[str, str]:
    """Sum up each folder of examples: code, outputs, what they import."""
    texts = defaultdict(list)
    for path in sorted((ROOT / "snippets" / "examples").rglob("*.md")):
        texts[path.parent.name].append(path.read_text(encoding="utf-8"))
    for parts in texts.values():
        for name in sorted(set(IMPORTED.findall("\n".join(parts)))):
            if (file := ROOT / "snippets" / f"{name}.py").exists():
                parts.append(file.read_text(encoding="utf-8"))
    return {
        name: f"{zlib.crc32(chr(10).join(parts).encode()):08x}"
        for name, parts in sorted(texts.items())
    }


def processor() -> str:
    """Name the processor as far as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(": ")[-1] for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()


def record(setting: str, ran: int, differ: list[str], emulated: bool) -> None:
    """Write a run into the record, in the place of an older one like it."""
    known = {"pages": {}, "runs": []}
    if RECORD.exists():
        known = json.loads(RECORD.read_text(encoding="utf-8"))
    pages = digests()
    changed = {
        name for name, sum_ in pages.items() if known["pages"].get(name) != sum_
    }
    run = {
        "torch": torch.__version__.split("+")[0],
        "machine": platform.machine().replace("AMD64", "x86_64"),
        "setting": setting,
        "processor": "emulated" if emulated else processor(),
        "date": f"{datetime.date.today()}",
        "blocks": ran,
        "differ": sorted(differ),
        "stale": [],  # pages whose blocks have changed since
    }
    same = ("torch", "machine", "setting")
    runs = [
        old | {"stale": sorted(changed | set(old["stale"]))}
        for old in known["runs"]
        if any(old[key] != run[key] for key in same)
    ]
    runs = sorted([*runs, run], key=lambda r: [r[key] for key in same])
    lines = ",\n".join(f"  {json.dumps(r)}" for r in runs)
    RECORD.write_text(
        f'{{"pages": {json.dumps(pages)},\n "runs": [\n{lines}\n]}}\n',
        encoding="utf-8",
    )


def main() -> None:
    """Run what is asked for; end with 1 if anything differs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--here", metavar="NAME")
    options.add_argument("--emulated", action="store_true")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default="", help="part of a file's name")
    given = options.parse_args()
    todo = [
        (block, out)
        for block, out in blocks()
        if torch.__version__ in needs(block.path)
        and given.only in str(block.path)
    ]
    # One setting a process; a machine as it is has all its blocks shared out.
    if given.here:
        shares = [todo[i :: given.jobs] for i in range(given.jobs)]
        work = [("", share) for share in shares]
    else:
        work = [(setting, todo) for setting in runner.settings()]
    differ: dict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor(given.jobs) as pool:
        for (setting, _), found in zip(
            work, pool.map(lambda pair: run_all(*pair), work), strict=True
        ):
            differ[setting or given.here] += found
            print("\n".join(found), flush=True)
    for setting, found in differ.items():
        if not given.only:
            names = [words.split(":")[0] for words in found]
            record(setting, len(todo), names, given.emulated)
        print(
            f"{setting}: {len(todo)} blocks, {len(found)} print something "
            f"else, torch {torch.__version__}, {platform.machine()}"
        )
    sys.exit(any(differ.values()))


if __name__ == "__main__":
    main()
