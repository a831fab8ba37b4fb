"""Find and run the Python blocks that readers see; `make outputs` is this."""

import difflib
import re
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path

from packaging.specifiers import SpecifierSet

from tests.runner import ROOT, UNSEEDED, Run, run, server, setting_of

EXPECTED = "<!--pytest-codeblocks:expected-output-->"
# A section of a file of examples, and its kind.
START = re.compile(r"<!-- --8<-- \[start:(?P<name>\w+)\] ?(?P<kind>\w*) ?-->")
KINDS = tuple("copy proof option wrong raises warns right measurement".split())
NEEDS = re.compile(r"`torch(?P<needs>[<>=\d.,]+)`\{ \.since \}")
SHAKEN = (
    "prints digits that another processor would not: print fewer, or a "
    "comparison. With its last bits shaken:"
)
SHAKES = 3  # one of them misses a digit at a rounding edge now and then
FENCE = re.compile(r"^(?P<before>[\s>*+-]*)(?P<ticks>`{3,}|~{3,})(?P<info>.*)$")


@dataclass(frozen=True)
class Fence:
    """A fence as a reader sees it: `line` is where it opens, from 1."""

    path: Path
    line: int
    info: str
    text: str
    expected: bool  # whether it is the expected output of the fence before
    section: str  # that it is in, if any, and its kind, one of KINDS
    kind: str
    needs: SpecifierSet  # which versions of torch print what is shown

    @property
    def shows_file(self) -> bool:
        """Whether this only includes a file of snippets/."""
        return bool(re.fullmatch(r'\s*--8<-- "\w+\.py"\n', self.text))

    @property
    def where(self) -> str:
        """File and line, as editors take them."""
        return f"{self.path.relative_to(ROOT)}:{self.line}"

    @property
    def name(self) -> str:
        """File and section: what stays when lines are added above."""
        return f"{self.path.relative_to(ROOT)}:{self.section or self.line}"


def sources() -> list[Path]:
    """List every Markdown file that a reader can see, on the site or off."""
    found = [*ROOT.glob("README*.md")]
    for folder in ("docs", "snippets"):
        found += (ROOT / folder).rglob("*.md")
    return sorted(found)


def fences(path: Path) -> list[Fence]:
    """Find the fences of a file, whatever their ticks, indent or info."""
    lines = path.read_text(encoding="utf-8").split("\n")
    found, i, expected = [], 0, False
    section, kind, needs = "", "", ""
    while i < len(lines):
        if not (opening := FENCE.match(lines[i])):
            if lines[i].strip():
                expected = lines[i].strip() == EXPECTED
            if start := START.fullmatch(lines[i]):
                section, kind = start.groups()
                needs = since(lines[i:])
            elif lines[i] == f"<!-- --8<-- [end:{section}] -->":
                section, kind, needs = "", "", ""
            i += 1
            continue
        start = i
        ticks = opening["ticks"]
        i += 1
        while i < len(lines) and not lines[i].strip(" >").startswith(ticks):
            i += 1
        # pytest-codeblocks knows backticks only.
        info = opening["info"] if ticks[0] == "`" else ticks + opening["info"]
        text = "".join(line + "\n" for line in lines[start + 1 : i])
        where = (section, kind, SpecifierSet(needs, prereleases=True))
        found.append(Fence(path, start + 1, info, text, expected, *where))
        expected = False
        i += 1
    return found


def since(lines: list[str]) -> str:
    """Read what the section that begins here says of torch's versions."""
    for line in lines:
        if found := NEEDS.fullmatch(line):
            return found["needs"]
        if "--8<-- [end:" in line:
            break
    return ""


def blocks(
    paths: list[Path] | None = None,
) -> Iterator[tuple[Fence, Fence | None]]:
    """Pair each Python fence, of all files or some, with its output, if any."""
    for path in sources() if paths is None else paths:
        found = fences(path)
        for fence, after in pairwise([*found, None]):
            if fence.info == "python" and not fence.shows_file:
                yield fence, after if after and after.expected else None


def diff(expected: str, actual: str, where: str) -> str:
    """Show what a block printed against what its page says."""
    return "".join(
        difflib.unified_diff(
            expected.splitlines(keepends=True),
            actual.splitlines(keepends=True),
            f"{where} expected",
            f"{where} actual",
        )
    )


def shaken(
    code: str, expected: str, where: str, times: int, setting: str = ""
) -> str:
    """Shake a block's last bits: the difference that shows, if any does."""
    seed = zlib.crc32(code.encode())
    seeds = [*range(seed, seed + times)]
    right = Run(expected, "")
    for got, shake in zip(server(setting).ask(code, seeds), seeds, strict=True):
        if got != right:  # alone, it sees nothing that the one before left
            (got,) = server(setting).ask(code, [shake])
        if got != right:
            how = got.fault or diff(expected, got.printed, where)
            return f"{where} {SHAKEN}\n{how}"
    return ""


def wrong(block: Fence, code: str, expected: str) -> str:
    """Run a block in the setting that its name chooses, and shaken.

    Args:
        block: Where it is, and its name.
        code: What of it pytest-codeblocks runs.
        expected: What its page shows.

    Returns:
        What is wrong, in the words of a failed test; nothing if it prints what
        its page shows, both times.
    """
    where, setting = block.where, setting_of(block.name)
    got: Run = run(code, setting)
    if got.fault == UNSEEDED:
        return f"{where} {UNSEEDED}"
    if got.fault:
        return f"{where} ({setting})\n{got.printed}{got.fault}"
    if got.printed and not expected:
        return (
            f"{where} prints, but no output is shown: run make outputs\n"
            f"{got.printed}"
        )
    if got.printed != expected:
        return f"({setting})\n{diff(expected, got.printed, where)}"
    return shaken(code, expected, where, SHAKES, setting)


def rewrite(path: Path, names: list[str]) -> None:
    """Write what blocks of a file print below them, all or those named."""
    torch = version("torch")  # loading it takes longer than a block
    lines = path.read_text(encoding="utf-8").split("\n")
    for block, out in reversed(list(blocks([path]))):
        if not any(name in block.name for name in names):
            continue
        if torch not in block.needs:
            print(f"left {block.where}: needs torch{block.needs}")
            continue
        got = run(block.text)
        if got.fault:
            sys.exit(f"{block.where}: mend this block\n{got.fault}")
        printed = got.printed
        if out and out.text == printed:  # the tests shake it
            continue
        if fragile := shaken(block.text, printed, block.where, 8):
            print(fragile)
        end = block.line + block.text.count("\n") + 1
        if out:
            after = out.line + out.text.count("\n") + 1
            lines[end:after] = []
        if printed:
            shown = printed.removesuffix("\n").split("\n")
            lines[end:end] = ["", EXPECTED, "", "```text", *shown, "```"]
    path.write_text("\n".join(lines), encoding="utf-8")


def main(names: list[str]) -> None:
    """Rewrite the expected outputs of the files or sections named, or of all.

    Args:
        names: Parts of a name, as focal_loss.md or focal_loss.md:gamma.
    """
    chosen = {
        block.path
        for block, _ in blocks()
        if not names or any(name in block.name for name in names)
    }
    if not chosen:
        sys.exit(f"no block is named like {' or '.join(names)}")
    for path in sorted(chosen):
        rewrite(path, names or [""])


if __name__ == "__main__":
    main(sys.argv[1:])
