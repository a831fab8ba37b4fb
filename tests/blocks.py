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

from tests.runner import ROOT, UNSEEDED, Run, run, setting_of

EXPECTED = "<!--pytest-codeblocks:expected-output-->"
NEEDS = re.compile(r"^`torch(?P<needs>[<>=\d.,]+)`\{ \.since \}$", re.MULTILINE)
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

    @property
    def shows_file(self) -> bool:
        """Whether this only includes a file of snippets/."""
        return bool(re.fullmatch(r'\s*--8<-- "\w+\.py"\n', self.text))

    @property
    def where(self) -> str:
        """File and line, as editors take them."""
        return f"{self.path.relative_to(ROOT)}:{self.line}"


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
    while i < len(lines):
        if not (opening := FENCE.match(lines[i])):
            if lines[i].strip():
                expected = lines[i].strip() == EXPECTED
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
        found.append(Fence(path, start + 1, info, text, expected))
        expected = False
        i += 1
    return found


def blocks() -> Iterator[tuple[Fence, Fence | None]]:
    """Pair each Python fence with its expected output, if it has one."""
    for path in sources():
        found = fences(path)
        for fence, after in pairwise([*found, None]):
            if fence.info == "python" and not fence.shows_file:
                yield fence, after if after and after.expected else None


def needs(path: Path) -> SpecifierSet:
    """Read which versions of torch print what a file's blocks show."""
    found = NEEDS.search(path.read_text(encoding="utf-8"))
    return SpecifierSet(found["needs"] if found else "", prereleases=True)


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
    for shake in range(seed, seed + times):
        got = run(code, setting, shake)
        if fault := got.fault:
            return f"{where} {SHAKEN}\n{fault}"
        if got.printed != expected:
            return f"{where} {SHAKEN}\n{diff(expected, got.printed, where)}"
    return ""


def wrong(code: str, expected: str, where: str) -> str:
    """Run a block in the setting that its name chooses, and shaken.

    Returns:
        What is wrong, in the words of a failed test; nothing if it prints what
        its page shows, both times.
    """
    setting = setting_of(where)
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


def rewrite(path: Path) -> None:
    """Write what each block of a file prints below it."""
    found = [(block, out) for block, out in blocks() if block.path == path]
    lines = path.read_text(encoding="utf-8").split("\n")
    for block, out in reversed(found):
        got = run(block.text)
        if got.fault:
            sys.exit(f"{block.where}: mend this block\n{got.fault}")
        printed = got.printed
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
    """Rewrite the expected outputs of the files named, or of all."""
    torch = version("torch")  # loading it takes longer than a block
    for path in sorted({block.path for block, _ in blocks()}):
        if names and not any(name in str(path) for name in names):
            continue
        if torch not in needs(path):
            print(f"left {path.relative_to(ROOT)}: needs torch{needs(path)}")
            continue
        rewrite(path)


if __name__ == "__main__":
    main(sys.argv[1:])
