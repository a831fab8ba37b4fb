"""Notebooks: every cell shown and run, every number said was printed."""

import re
from pathlib import Path

import jupytext
import nbformat
import pytest
from lxml import html

from docs.generate.notebooks import COLOURS, SOURCES
from docs.grammar import built, includes
from tests.blocks import ROOT
from tests.marks import languages
from tests.site import SITE, executed, printed
from tests.test_parity import prose
from tests.test_prose import own_words, python, strangers

NAMES = [path.stem for path in sorted(SOURCES.glob("*.py"))]
NUMBER = re.compile(r"(?<![\w.-])\d+(?:\.\d+)?(?![\w-])(?:\s?%)?")
MINUTE = 60
notebooks = pytest.mark.parametrize("name", NAMES)


def words(name: str, language: str) -> tuple[Path, str]:
    """Read the words of a notebook."""
    path = ROOT / "docs" / language / "notebooks" / f"{name}.md"
    where = path.relative_to(ROOT)
    assert path.exists(), f"{where}:1: snippets/notebooks/{name}.py has no page"
    return where, path.read_text(encoding="utf-8")


def page(name: str, language: str) -> Path:
    """Find a notebook's page."""
    return built(language) / "notebooks" / name / "index.html"


@notebooks
@languages
def test_each_cell_is_shown_once_in_order(name: str, language: str) -> None:
    where, text = words(name, language)
    source = jupytext.read(SOURCES / f"{name}.py")
    cells = [cell.metadata.get("title") for cell in source.cells]
    assert all(cells), (
        f"snippets/notebooks/{name}.py: open cells with # %% name"
    )
    shown = [(include.file, include.section) for include in includes(text)]
    file = f"notebooks/{name}.py"
    assert shown == [(file, cell) for cell in cells], where
    assert len(shown) == text.count("--8<--"), (
        f"{where}: a cell's include stands alone on its line"
    )


@notebooks
def test_the_build_ran_it_as_it_is_in_under_a_minute(name: str) -> None:
    source = jupytext.read(SOURCES / f"{name}.py")
    book = executed(name)
    assert [cell.source for cell in book.cells] == [
        cell.source for cell in source.cells
    ], f"snippets/notebooks/{name}.py changed since the build: run make site"
    assert book.metadata.took < MINUTE
    assert printed(book.cells), f"snippets/notebooks/{name}.py prints nothing"


@notebooks
@languages
def test_every_number_said_was_printed(name: str, language: str) -> None:
    where, text = words(name, language)
    source = SOURCES / f"{name}.py"
    told, numbers = python(source, source.read_text(encoding="utf-8"))
    shown = [numbers, *printed(executed(name).cells)]
    said = [*told, (ROOT / where, 1, own_words(ROOT / where))]
    unknown = strangers(said, shown)
    plain = re.sub(r"^\s*(--8<--|<!--|#).*$", "", prose(text), flags=re.M)
    unknown += strangers([(ROOT / where, 1, plain)], shown, NUMBER)
    assert not unknown, "\n".join(unknown)


@notebooks
@languages
def test_a_page_shows_all_that_was_executed(name: str, language: str) -> None:
    where, text = words(name, language)
    article = html.parse(page(name, language)).find(".//article")
    code, text_outputs = (
        ["".join(x.itertext()) for x in article.xpath(f".//*[{has}]//code")]
        for has in (
            "contains(@class, 'language-python')",
            "contains(@class, 'language-text')",
        )
    )
    book = executed(name)
    assert [x.strip() for x in code] == [cell.source for cell in book.cells]
    assert [x.strip() for x in text_outputs] == [
        out.strip() for out in printed(executed(name).cells)
    ]
    figures = [
        include.alt
        for cell, include in zip(book.cells, includes(text), strict=True)
        for output in cell.outputs
        if output.output_type == "display_data"
    ]
    assert figures, f"snippets/notebooks/{name}.py draws nothing"
    assert all(figures), f"{where}: a figure lacks its <!--alt: ...-->"
    shown = article.xpath(".//figure/@aria-label")
    assert shown == figures


@notebooks
@languages
def test_a_page_is_light_and_takes_the_palette(
    name: str, language: str
) -> None:
    text = page(name, language).read_text(encoding="utf-8")
    others = (SITE / "losses").glob("*/index.html")
    heaviest = max(path.stat().st_size for path in others)
    assert len(text.encode()) < heaviest, "heavier than any other page"
    assert "jp-" not in text, "mkdocs-jupyter's own styles are in the page"
    assert not any(f"stroke: {colour}" in text for colour in COLOURS)
    assert "var(--figure-1, " in text


@notebooks
@languages
def test_the_download_is_the_notebook(name: str, language: str) -> None:
    file = page(name, language).with_name(f"{name}.ipynb")
    assert file.exists(), f"{file.relative_to(SITE)} can't be downloaded"
    book = nbformat.read(file, nbformat.NO_CONVERT)
    nbformat.validate(book)
    code = [cell for cell in book.cells if cell.cell_type == "code"]
    assert [cell.source for cell in code] == [
        cell.source for cell in executed(name).cells
    ]
    text = "".join(x.source for x in book.cells if x.cell_type == "markdown")
    assert not re.search(r"\]\((?!https?://|#)", text), "a relative link"
    assert "{#" not in text
    link = html.parse(page(name, language)).xpath("//a[@download]/@href")
    assert f"{name}.ipynb" in link
