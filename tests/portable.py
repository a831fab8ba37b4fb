"""Run every block under each setting of the processor: `make portable`.

`--here NAME` runs them once, as this machine is, and calls that NAME. Each run
is recorded in docs/printed.json, from which the build writes on every page
which torch and which processors printed it.
"""

import argparse
import datetime
import platform
import sys
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import torch

from docs.printed import add, digests
from tests import runner
from tests.blocks import Fence, blocks, diff, needs

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


def processor() -> str:
    """Name the processor as far as the system knows it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.split(": ")[-1] for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()


def main() -> None:
    """Run what is asked for; end with 1 if anything differs."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--here", metavar="NAME")
    options.add_argument("--processor", help="what it is, where not known")
    options.add_argument("--jobs", type=int, default=2)
    options.add_argument("--only", default="", help="part of a file's name")
    given = options.parse_args()
    pages = digests()  # before the run: files may change meanwhile
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
            add(
                {
                    "torch": torch.__version__.split("+")[0],
                    "machine": platform.machine(),
                    "setting": setting,
                    "processor": given.processor or processor(),
                    "date": f"{datetime.date.today()}",
                    "blocks": len(todo),
                    "differ": sorted(names),
                },
                pages,
            )
        print(
            f"{setting}: {len(todo)} blocks, {len(found)} print something "
            f"else, torch {torch.__version__}, {platform.machine()}"
        )
    sys.exit(any(differ.values()))


if __name__ == "__main__":
    main()
