"""The table of symptoms leads to each section; each prints what tells."""

import re
from itertools import pairwise, takewhile, zip_longest

import pytest

from docs import grammar
from tests.blocks import ROOT, fences

PAGE = "symptoms.md"
KINDS = {
    fence.section: fence.kind
    for fence in fences(ROOT / "snippets" / "examples" / PAGE)
}
languages = pytest.mark.parametrize("language", ["en", "zh"])


@languages
def test_the_table_leads_to_every_section_in_order(language: str) -> None:
    path = ROOT / "docs" / language / PAGE
    where = path.relative_to(ROOT)
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    sections = [head for head in grammar.headings(text) if head[1] == 2]
    top = next(i for i, line in enumerate(lines) if line.startswith("| --- "))
    assert top < sections[0][0], f"{where}:{top + 1}: the table comes first"
    rows = takewhile(bool, lines[top + 1 :])
    for number, (row, head) in enumerate(zip_longest(rows, sections), top + 2):
        assert head, f"{where}:{number}: remove this row: no such symptom"
        line, _, title, name = head
        assert re.match(rf"\| \[.+\]\(#{name}\) \| ", row or ""), (
            f"{where}:{number}: begin this row with a link to #{name}, "
            f"{title!r} (line {line})"
        )


@languages
def test_a_symptom_prints_what_tells_its_causes_apart(language: str) -> None:
    path = ROOT / "docs" / language / PAGE
    text = path.read_text(encoding="utf-8")
    parts = [*grammar.includes(text)]
    for head in grammar.headings(text):
        line, level, title, _ = head
        if level == 2:
            first = next(part for part in parts if part.line > line)
            assert KINDS[first.section] == "measurement", (
                f"{path.relative_to(ROOT)}:{line}: {title!r}: begin with a "
                f"measurement, not with {first.section}"
            )


@languages
def test_a_cure_is_said_before_it_is_shown(language: str) -> None:
    path = ROOT / "docs" / language / PAGE
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for one, other in pairwise(grammar.includes(text)):
        kinds = KINDS[one.section], KINDS[other.section]
        if kinds == ("wrong", "right"):
            assert any(lines[one.line : other.line - 1]), (
                f"{path.relative_to(ROOT)}:{other.line}: say in a sentence "
                f"what {other.section} changes, and why"
            )
