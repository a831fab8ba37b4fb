"""Every page on training has every part, in both languages."""

import re
from itertools import takewhile

import pytest

from docs import grammar
from tests.blocks import ROOT
from tests.marks import languages
from tests.test_pages import (
    DOCS,
    SEES,
    cures_are_said,
    front_matter,
    read,
    rows_lead_to,
)

PARTS = ["rule", "copy-this", "what-the-slips-cost", "sources"]
PAGES = sorted(
    path.stem for path in DOCS.glob("en/training/*.md") if path.stem != "index"
)


@pytest.mark.parametrize("page", PAGES)
@languages
def test_a_training_page_follows_the_template(page: str, language: str) -> None:
    path = DOCS / language / "training" / f"{page}.md"
    where = path.relative_to(ROOT)
    text = read(path)
    assert front_matter(path)["description"], f"{where}:1: no description"
    heads = [*grammar.headings(text)]
    assert [name for _, level, _, name in heads if level == 2] == PARTS, where
    blocks = f'--8<-- "examples/training_{page}.md:'
    assert blocks in text.split("\n## ")[3], f"{where}: blocks"
    start = [name for *_, name in heads].index(PARTS[2]) + 1
    lines, top = text.splitlines(), heads[start - 1][0] + 1
    assert lines[top] == SEES[language], (
        f"{where}:{top + 1}: begin with the table {SEES[language]}"
    )
    slips = [*takewhile(lambda head: head[1] > 2, heads[start:])]
    rows_lead_to(where, lines, top + 2, slips)
    cures_are_said(path, f"training_{page}")


@pytest.mark.parametrize("page", PAGES)
@languages
def test_the_overview_lists_every_training_page(
    page: str, language: str
) -> None:
    path = DOCS / language / "training" / "index.md"
    assert re.search(rf"^\| \[.+\]\({page}\.md\) \| ", read(path), re.M), (
        f"{path.relative_to(ROOT)}: add a row for {page}.md"
    )
