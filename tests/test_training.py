"""Every page on training has every part, in both languages."""

import re
from itertools import takewhile, zip_longest

import pytest

from docs import grammar
from tests.blocks import ROOT
from tests.test_pages import DOCS, SEES, front_matter, read

PARTS = ["rule", "copy-this", "what-the-slips-cost", "sources"]
PAGES = sorted(
    path.stem for path in DOCS.glob("en/training/*.md") if path.stem != "index"
)
both = pytest.mark.parametrize("language", ["en", "zh"])


@pytest.mark.parametrize("page", PAGES)
@both
def test_a_training_page_follows_the_template(page: str, language: str) -> None:
    path = DOCS / language / "training" / f"{page}.md"
    where = path.relative_to(ROOT)
    text = read(path)
    assert front_matter(path)["description"], f"{where}:1: no description"
    heads = [*grammar.headings(text)]
    assert [name for _, level, _, name in heads if level == 2] == PARTS, where
    slips = text.split("\n## ")[3]
    assert f'--8<-- "examples/training_{page}.md:' in slips, f"{where}: blocks"
    start = [name for *_, name in heads].index(PARTS[2]) + 1
    lines, top = text.splitlines(), heads[start - 1][0] + 1
    assert lines[top] == SEES[language], (
        f"{where}:{top + 1}: begin with the table {SEES[language]}"
    )
    rows = takewhile(bool, lines[top + 2 :])
    heads = takewhile(lambda head: head[1] > 2, heads[start:])
    for number, (row, head) in enumerate(zip_longest(rows, heads), top + 3):
        assert head, f"{where}:{number}: remove this row: no such slip"
        line, _, title, name = head
        assert re.match(rf"\| \[.+\]\(#{name}\) \| ", row or ""), (
            f"{where}:{number}: begin this row with a link to #{name}, "
            f"{title!r} (line {line})"
        )


@pytest.mark.parametrize("page", PAGES)
@both
def test_the_overview_lists_every_training_page(
    page: str, language: str
) -> None:
    path = DOCS / language / "training" / "index.md"
    assert re.search(rf"^\| \[.+\]\({page}\.md\) \| ", read(path), re.M), (
        f"{path.relative_to(ROOT)}: add a row for {page}.md"
    )
