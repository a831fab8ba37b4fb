"""Say which torch and which processors printed a page: `docs/printed.json`.

The runs write that file (tests/portable.py). From it `python -m docs.printed`
writes, before a build, a line for each loss page and a table for the page on
correctness, in each language. What was not run on a page's blocks as they are
now is not claimed.
"""

import json
import re
import zlib
from functools import cache
from importlib import metadata
from itertools import groupby

from packaging.specifiers import SpecifierSet

from docs.generate.files import write
from docs.grammar import ROOT, SINCE, repository

Run = dict[str, object]
RECORD = ROOT / "docs" / "printed.json"
MARKER = re.compile(r"^<!-- --8<-- .*\n", re.MULTILINE)  # says the kind too
WORDS_OF = re.compile(r'""".*?"""|#.*?$', re.DOTALL | re.M)  # print nothing
IMPORTED = re.compile(r"^from (\w+) import", re.MULTILINE)
FENCE = re.compile(r"^```python$", re.MULTILINE)
BUILD = ROOT / "build" / "figures"
WORDS = ROOT / "docs" / "printed.yml"
HERE = "x86_64"
version = cache(metadata.version)


def digests() -> dict[str, str]:
    """Sum up each file of examples: code, outputs, what they import."""
    found = {}
    for path in sorted((ROOT / "snippets" / "examples").glob("*.md")):
        parts = [MARKER.sub("", path.read_text(encoding="utf-8"))]
        for name in sorted(set(IMPORTED.findall(parts[0]))):
            if (file := ROOT / "snippets" / f"{name}.py").exists():
                parts.append(WORDS_OF.sub("", file.read_text("utf-8")))
        found[path.stem] = f"{zlib.crc32(chr(10).join(parts).encode()):08x}"
    return found


def add(run: Run, pages: dict[str, str]) -> None:
    """Write a run into the record, in the place of an older one like it.

    Args:
        run: torch, machine, setting, processor, date, blocks (how many ran)
            and differ (file:section of what printed something else).
        pages: The digests of what ran.
    """
    same = ("torch", "machine", "setting")
    kept = [
        old | {"stale": sorted(old["stale"])}
        for old in runs(pages)
        if any(old[key] != run[key] for key in same)
    ]
    kept.append(run | {"stale": []})
    kept.sort(key=lambda run: (run["machine"], number(run["torch"])))
    lines = ",\n".join(f"  {json.dumps(run)}" for run in kept)
    text = f'{{"pages": {json.dumps(pages)},\n "runs": [\n{lines}\n]}}\n'
    write(RECORD, text.encode())


def runs(now: dict[str, str] | None = None) -> list[Run]:
    """Read every recorded run; pages changed since then are stale in it."""
    now = now or digests()
    if not RECORD.exists():
        return []
    known = json.loads(RECORD.read_text(encoding="utf-8"))
    changed = {name for name in now if known["pages"].get(name) != now[name]}
    return [
        run | {"stale": changed | set(run["stale"])} for run in known["runs"]
    ]


def holds(run: Run, page: str = "") -> bool:
    """Tell whether a run printed a page's blocks, or all, as they are shown."""
    if not page:
        return not run["stale"] and not run["differ"]
    file = f"examples/{page}.md:"
    return page not in run["stale"] and not any(
        file in name for name in run["differ"]
    )


def number(torch: str) -> list[int]:
    """Make a version one that sorts."""
    return [int(part) for part in torch.split(".")]


def setting(words: dict, run: Run) -> str:
    """Name a run's setting; an emulated processor is that and no more."""
    name = "emulated" if run["processor"] == "emulated" else run["setting"]
    return words["settings"][name]


def line(words: dict, found: list[Run], page: str = "") -> str:
    """Say in one line what printed a page, or all of them.

    Args:
        words: A language's, from printed.yml.
        found: The runs.
        page: A file of examples; none: all pages.
    """
    pinned = version("torch").partition("+")[0]
    good = [run for run in found if holds(run, page)]
    if page:  # no torch is claimed that none of its blocks can run on
        sets = [SpecifierSet(versions) for versions in needs(page)]
        good = [run for run in good if any(run["torch"] in x for x in sets)]
    torches = {run["torch"] for run in good if run["machine"] == HERE}
    torches = sorted(torches - {pinned}, key=number)
    said = [words["printed"].format(torch=pinned)]
    if torches:
        listed = words["list"].join(torches)
        said.append(words["same"].format(torch=listed))
    good = [
        run for run in good if pinned == run["torch"] or run["machine"] != HERE
    ]
    places = [
        words["where"].format(
            machine=words["machines"].get(machine, machine),
            settings=words["list"].join(
                setting(words, run)
                + (f" torch {run['torch']}" if run["torch"] != pinned else "")
                for run in group
            ),
        )
        for machine, group in groupby(good, key=lambda run: run["machine"])
    ]
    if places:
        said.append(words["places"].format(places=words["and"].join(places)))
        said.append(max(run["date"] for run in good))
    return words["comma"].join(said)


def proof(words: dict, found: list[Run]) -> str:
    """Say how many blocks the pinned torch printed as they are, and where.

    Only those of pages that every run of it printed so.
    """
    pinned = version("torch").partition("+")[0]
    mine = [run for run in found if run["torch"] == pinned]
    sound = [page for page in digests() if all(holds(x, page) for x in mine)]
    said = line(words, [run | {"stale": (), "differ": ()} for run in mine])
    blocks = [len(needs(page)) for page in sound]
    if mine:
        said = words["blocks"].format(blocks=f"{sum(blocks):,}") + said
    said += words["how"].replace("../", "")
    if there := repository():
        said += f" · [{words['repository']}]({there})"
    return said


def needs(page: str) -> list[str]:
    """List what each block of a file of examples needs of torch, or ""."""
    path = ROOT / "snippets" / "examples" / f"{page}.md"
    text = path.read_text(encoding="utf-8")
    some = [found.removeprefix("torch") for found in SINCE.findall(text)]
    return some + [""] * (len(FENCE.findall(text)) - len(some))


def table(words: dict, found: list[Run]) -> str:
    """List the runs for the page on correctness, in Markdown."""
    rows = [words["head"], ["---"] * len(words["head"])]
    for run in sorted(found, key=lambda run: number(run["torch"])):
        machine = words["machines"].get(run["machine"], run["machine"])
        processor = words["emulated"].get(run["processor"], run["processor"])
        rows.append(
            [
                run["torch"],
                f"{machine}{words['list']}{setting(words, run)}",
                processor,
                run["date"],
                f"{run['blocks']}",
                f"{len(run['differ'])}",
            ]
        )
    return "".join(f"| {' | '.join(row)} |\n" for row in rows)


def read_words() -> dict[str, dict]:
    """Read what is said, for each language."""
    import yaml  # not where only blocks run: it may be missing there

    return yaml.safe_load(WORDS.read_text(encoding="utf-8"))


def main() -> None:
    """Write a line a page and the table, for each language."""
    found = runs()
    for language, words in read_words().items():
        folder = BUILD / language / "printed"
        for path in sorted((ROOT / "docs" / language / "losses").glob("*.md")):
            text = f"{line(words, found, path.stem)}{words['how']}"
            write(folder / path.name, f"{text}\n{{ .printed }}\n".encode())
        write(
            folder / "index.md",
            f"{proof(words, found)}\n{{ .printed }}\n".encode(),
        )
        write(folder / "table.md", table(words, found).encode())


if __name__ == "__main__":
    main()
