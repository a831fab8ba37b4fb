"""Every decimal in words was printed by a block of its section.

Words are a page's Markdown with its front matter (not what readers ask),
tables, inline code and math, the texts of its figures, and comments, docstrings
and messages in its code. A number may also stand in the code of the section's
blocks, or of the file that the page is about; the lines above the first section
speak of the whole page.
Three kinds of numbers need no block, but both languages must have them: a
version, right behind the name of what it is a version of; a section or an
equation; and what somebody else says, which is in the text of a link to them.
"""

import io
import re
import tokenize
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest

from docs import grammar
from tests.blocks import ROOT, fences

DOCS = ROOT / "docs"
PAGES = [  # but notebooks: test_notebooks.py reads what their cells printed
    path
    for path in sorted([*DOCS.rglob("*.md"), *ROOT.glob("README*.md")])
    if path.parent.name != "notebooks"
]
PRINTED = re.compile(r"(?<![\w.])\d+(?:[,_]\d{3})*(?:\.\d*)?(?:e[+-]?\d+)?")
# With a point, in thousands, with an exponent, in percent. Other whole numbers
# are free: nobody could count without them.
DECIMAL = re.compile(
    r"(?<![\d.])(?:\d+(?:\.\d+)+|(?<![\w)\]])\.\d+|\d{1,3}(?:,\d{3})+"
    r"(?:\.\d+)?|\d+(?=e[+-]?\d|\s?\\?%))(?:e[+-]?\d+)?(?:\s?\\?%)?"
)
EXCUSED = re.compile(
    r'(?:(?:torch|Python|Liger|TRL|version|版本|since:)[\s<>="\']*'
    r"|(?:section|equation|第|式)s?\s(?:[\d.]+\s(?:and|与)\s)?)$",
    re.IGNORECASE,
)
QUOTED = r"\[[^\[\]]*\]\(https?://[^)]*\)"
SILENT = (
    r"^search: .*$|^asked:\n(?:  .*\n)+"
    r"|^\s*(?P<ticks>`{3,})(?:.|\n)*?^\s*(?P=ticks)$"
    r"|\]\([^)]*\)|https?://\S+|\{ ?#[^}]*\}"
)
read = cache(fences)
Words = tuple[Path, int, str]  # with the line where they begin


def blank(text: str, *patterns: str) -> str:
    """Blank what matches, keeping the lines."""
    either = re.compile("|".join(patterns), re.MULTILINE)
    return either.sub(lambda match: "\n" * match[0].count("\n"), text)


def decimals(
    text: str, line: int = 1, pattern: re.Pattern[str] = DECIMAL
) -> Iterator[tuple[str, int, str]]:
    """Find decimals: each with its line and what stands before it."""
    for match in pattern.finditer(text):
        before = text[: match.start()]
        yield match[0], line + before.count("\n"), before[-40:]


def own_words(path: Path) -> str:
    """Read what a page says of itself."""
    text = path.read_text(encoding="utf-8")
    return blank(text, QUOTED, SILENT)


def python(path: Path, code: str, line: int = 1) -> tuple[list[Words], str]:
    """Part code into what it tells its readers and its numbers."""
    said, numbers = [], []
    for token in tokenize.generate_tokens(io.StringIO(code).readline):
        kind = tokenize.tok_name[token.type]
        if kind == "NUMBER":
            numbers.append(token.string)
        elif kind == "COMMENT" or (
            # An f-string says what it computes; Python 3.12 splits it.
            kind == "STRING" and not token.string.startswith("f")
        ):
            text = blank(token.string, SILENT, r"\{[^{}]*\}")
            said.append((path, line + token.start[0] - 1, text))
    return said, "\n".join(numbers)


def blocks(
    path: Path, section: str = ""
) -> Iterator[tuple[int, list[Words], str]]:
    """Read the blocks of a file or section: line, words, their numbers."""
    for fence in read(path):
        if fence.section != section:
            continue
        if fence.info == "python" and not fence.shows_file:
            yield fence.line, *python(path, fence.text, fence.line + 1)
        elif fence.expected:
            yield fence.line, [], fence.text


def includes(path: Path) -> Iterator[tuple[int, list[Words], str]]:
    """Read what a page includes; its module belongs to every line: to 0."""
    text = path.read_text(encoding="utf-8")
    if module := grammar.front_matter(text)[0].get("module"):
        file = ROOT / "snippets" / f"{module}.py"
        yield 0, *python(file, file.read_text(encoding="utf-8"))
    for part in grammar.includes(text):
        number, file = part.line, ROOT / "snippets" / part.file
        if file.suffix == ".html":
            figure = DOCS / "figures" / f"{file.stem}.py"
            yield number, *python(figure, figure.read_text(encoding="utf-8"))
        elif file.is_file():
            for _, said, numbers in blocks(file, part.section):
                yield number, said, numbers


def value(number: str) -> Decimal | None:
    """Read a number; with two points it is none."""
    if number.count(".") > 1:
        return None
    plain = Decimal(re.sub(r"[,_\s\\%]", "", number))
    return plain / 100 if number.endswith("%") else plain


def strangers(
    said: list[Words], shown: list[str], pattern: re.Pattern[str] = DECIMAL
) -> list[str]:
    """Name the decimals said that are neither shown nor excused, and where."""
    known = {value(x) for text in shown for x in PRINTED.findall(text)}
    return [
        f"{path.relative_to(ROOT)}:{where}: who printed {number}? Say what a "
        "block here prints, or link who says so"
        for path, line, text in said
        for number, where, before in decimals(text, line, pattern)
        if value(number) not in known and not EXCUSED.search(before)
    ]


@pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)
def test_every_decimal_said_was_printed(page: Path) -> None:
    lines = own_words(page).split("\n")
    parts = [*blocks(page), *includes(page)]
    heads = [i for i, line in enumerate(lines) if re.match("##+ ", line)]
    unknown = []
    for start, end in pairwise([0, *heads, len(lines)]):
        said = [(page, start + 1, "\n".join(lines[start:end]))]
        here = range(start + 1 if start else 0, end + 1)
        said += [x for n, told, _ in parts if n in here for x in told]
        shown = [x for n, _, x in parts if not start or n == 0 or n in here]
        unknown += strangers(said, shown)
    assert not unknown, "\n".join(unknown)
