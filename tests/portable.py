"""Run blocks, notebooks, figures in each setting of the processor.

`make portable` is this.
`--here NAME` runs the blocks once, as this machine is, and calls that NAME.
`--stale` runs only those of pages that changed since the last run like it.
Each run is recorded in docs/printed.json, from which the build writes on every
page which torch and which processors printed it.
"""

import argparse
import datetime
import json
import os
import platform
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from docs.printed import Run, add, digests, holds, runs
from tests import runner
from tests.blocks import ROOT, blocks, diff

Item = tuple[str, str, str]  # file and section, code, what is shown


def shown_blocks(only: str) -> list[Item]:
    """List the blocks that this torch prints."""
    return [
        (block.name, block.text, out.text if out else "")
        for block, out in blocks()
        if torch.__version__ in block.needs and only in block.name
    ]


def shown_notebooks(only: str) -> list[Item]:
    """List the notebooks, with what they printed when the site was built."""
    found = []
    for path in sorted((ROOT / "snippets" / "notebooks").glob("*.py")):
        if only not in str(path):
            continue
        built = ROOT / "build" / "notebooks" / f"{path.stem}.ipynb"
        if not built.exists():
            sys.exit(f"{built.relative_to(ROOT)} is missing: run make site")
        printed = "".join(
            "".join(output["text"])
            for cell in json.loads(built.read_text(encoding="utf-8"))["cells"]
            for output in cell.get("outputs", [])
            if output["output_type"] == "stream"
        )
        where = f"{path.relative_to(ROOT)}:1"
        found.append((where, path.read_text(encoding="utf-8"), printed))
    return found


def run_all(setting: str, todo: list[Item]) -> list[str]:
    """Run code in a setting, or as it is; say what differs from the pages."""
    learn = any("sklearn" in code for _, code, _ in todo)
    # Its import draws from `random`: a child has it before that is watched.
    preload = ("sklearn.datasets",) if learn else ()
    server, found = runner.Server(setting, preload), []
    setting = setting or "as it is"
    for where, code, shown in todo:
        got = server.run(code)
        if got.fault:
            found.append(f"{where} ({setting})\n{got.fault}")
        elif got.printed != shown:
            found.append(f"{where} ({setting})\n")
            found[-1] += diff(shown, got.printed, where)
    server.process.kill()
    return found


def told(folder: Path) -> dict[str, str]:
    """Read what figures tell in numbers: sliders, axes, values, tables."""
    found = {}
    for path in sorted(folder.rglob("*.*")):
        text = path.read_text(encoding="utf-8")
        if path.suffix == ".html":
            text = "\n".join(re.findall(r">([^<>]+)<", text))
        if path.suffix in (".html", ".js") or "_" in path.stem:
            found[path.relative_to(folder).as_posix()] = text
    return found


def draw_all(setting: str) -> list[str]:
    """Draw the figures in a setting; say which tell other numbers."""
    with TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "docs/figures"],
            cwd=ROOT,
            env=os.environ | runner.SETTINGS[setting] | {"FIGURES": folder},
            check=True,
        )
        here = told(Path(folder))
    built = told(ROOT / "build" / "figures")
    return [
        f"docs/figures/{Path(name).stem}.py:1 ({setting}) tells other numbers: "
        f"{name}"
        for name in here
        if here[name] != built.get(name)
    ]


def processor() -> str:
    """Name the processor as far as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(": ")[-1] for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()


def found_in(
    work: list[tuple], check: Callable[..., list[str]], jobs: int
) -> dict[str, list[str]]:
    """Check in each setting what is to be checked there; say what differs."""
    differ: dict[str, list[str]] = defaultdict(list)
    with ThreadPoolExecutor(jobs) as pool:
        found = pool.map(lambda given: check(*given), work)
        for (setting, *_), words in zip(work, found, strict=True):
            differ[setting] += words
            print("".join(f"{line}\n" for line in words), end="", flush=True)
    return differ


def so_far(run: Run) -> Run | None:
    """Find the last run like one that is to be."""
    same = ("torch", "machine", "setting", "processor")
    return next((x for x in runs() if all(x[k] == run[k] for k in same)), None)


def changed(todo: list[Item], last: Run | None) -> list[Item]:
    """Leave out the blocks of pages that the last run printed as they are."""
    if not last:
        return todo
    pages = digests()

    def holds_for(where: str) -> bool:
        page = Path(where.partition(":")[0]).stem
        return page in pages and holds(last, page)

    return [item for item in todo if not holds_for(item[0])]


def main() -> None:
    """Run what is asked for; end with 1 if anything differs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--here", metavar="NAME")
    options.add_argument("--processor", help="what it is, where not known")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default="", help="part of a file or section")
    options.add_argument("--stale", action="store_true")
    given = options.parse_args()
    pages = digests()  # before the run: files may change meanwhile
    os.environ["MPLBACKEND"] = "agg"  # a notebook's figures open no window
    todo = shown_blocks(given.only)
    here, work, like = [given.here] if given.here else runner.settings(), [], {}
    for setting in here:
        run = {
            "torch": torch.__version__.split("+")[0],
            "machine": platform.machine(),
            "setting": setting,
            "processor": given.processor or processor(),
            "date": f"{datetime.date.today()}",
            "blocks": len(todo),
        }
        last = so_far(run) if given.stale else None
        left = changed(todo, last)
        if len(left) < len(todo):  # what ran earlier is not younger than that
            run["date"] = last["date"]
        like[setting] = run
        # One setting a process; as it is, a machine's blocks are shared out.
        jobs = given.jobs if given.here else 1
        shares = [left[i::jobs] for i in range(jobs)]
        work += [("" if given.here else setting, share) for share in shares]
    differ = found_in(work, run_all, given.jobs)
    for setting, found in differ.items():
        run = like[setting or given.here]
        ran = sum(len(left) for name, left in work if name == setting)
        print(
            f"{run['setting']}: {ran} blocks, {len(found)} print something "
            f"else, torch {run['torch']}, {run['machine']}"
        )
        if not given.only:
            names = [words.partition(" (")[0] for words in found]
            add(run | {"differ": sorted(names)}, pages)
    every = [differ]
    if not given.here:
        books = shown_notebooks(given.only)
        work = [(setting, books) for setting in runner.settings()]
        every.append(found_in(work, run_all, given.jobs))
    if not given.here and not given.only:
        work = [(setting,) for setting in runner.settings()]
        every.append(found_in(work, draw_all, given.jobs))
    sys.exit(any(words for found in every for words in found.values()))


if __name__ == "__main__":
    main()
