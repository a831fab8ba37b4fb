"""The books hold everything, and every reader can read it."""

import re
from functools import cache
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from pypdf import PdfReader

from docs.pdf.browser import INSTALL, find_browser
from docs.pdf.check import fonts, missing_glyphs, names
from tests.blocks import ROOT, blocks

pytestmark = pytest.mark.skipif(
    not find_browser(), reason=f"not run: {INSTALL}"
)
languages = pytest.mark.parametrize("language", ["en", "zh"])
HEADING = re.compile(r"^(#+) (.*?)(?: \{.*\})?$", re.MULTILINE)
SPACE = re.compile(r"\s+")


def file(language: str) -> Path:
    """Find a book."""
    path = ROOT / "site" / "pdf" / f"pytorch-losses-{language}.pdf"
    assert path.exists(), f"{path.relative_to(ROOT)} is missing: run make pdf"
    return path


@cache
def book(language: str) -> PdfReader:
    """Open a book."""
    return PdfReader(file(language))


@cache
def texts(language: str) -> list[str]:
    """Read each page of a book, without white space."""
    with pypdfium2.PdfDocument(file(language)) as pdf:
        read = [page.get_textpage().get_text_bounded() for page in pdf]
    return [SPACE.sub("", text) for text in read]


@cache
def text(language: str) -> str:
    """Read a book without white space and page numbers, which break lines.

    Only a page's own number: its last line may end in digits, too.
    """
    found = []
    for number, page in enumerate(texts(language), 1):
        rest = page.removesuffix(str(number))
        found.append(rest if rest != page else page.removeprefix(str(number)))
    return "".join(found)


def bookmarks(language: str) -> list[str]:
    """List the titles of all bookmarks."""
    found, todo = [], [book(language).outline]
    while todo:
        for entry in todo.pop():
            if isinstance(entry, list):
                todo.append(entry)
            else:
                found.append(entry.title)
    return found


@languages
def test_every_page_and_section_has_a_bookmark(language: str) -> None:
    found = set(bookmarks(language))
    for path in (ROOT / "docs" / language).rglob("*.md"):
        for _, title in HEADING.findall(path.read_text(encoding="utf-8")):
            plain = title.replace("`", "")
            assert plain in found, f"{path.relative_to(ROOT)}: {title}"


@languages
def test_every_block_and_output_is_in_the_book_unclipped(language: str) -> None:
    whole = text(language)
    for block, out in blocks():
        if "examples" in block.path.parts:
            for fence in filter(None, (block, out)):
                assert_inside(fence.text, whole, block.where)
    for path in (ROOT / "snippets").glob("*.py"):
        assert_inside(path.read_text(encoding="utf-8"), whole, path.name)


def assert_inside(lines: str, whole: str, where: str) -> None:
    """See that a book has every line of a block, output or file."""
    for number, line in enumerate(lines.splitlines(), 1):
        assert SPACE.sub("", line) in whole, (
            f"{where}: line {number} is not in the book: {line}"
        )


@languages
def test_contents_lead_to_the_pages_they_name(language: str) -> None:
    reader = book(language)
    contents = reader.pages[1]
    links = [a.get_object() for a in contents["/Annots"]]
    assert len(links) == len(list((ROOT / "docs" / language).rglob("*.md")))
    shown = [
        int(line.split()[-1])
        for line in contents.extract_text().splitlines()
        if re.search(r"\D\s*\d+$", line)
    ]
    places = reader.named_destinations
    found = sorted(
        reader.get_destination_page_number(places[str(link["/Dest"])]) + 1
        for link in links
    )
    assert shown == found


@languages
def test_pages_are_numbered_and_not_empty(language: str) -> None:
    for number, page in enumerate(texts(language), 1):
        if number > 1:
            assert page.startswith(str(number)) or page.endswith(str(number))
        assert len(page) > 60, f"page {number} is almost empty: {page}"


@languages
def test_fonts_are_embedded_and_no_glyph_is_missing(language: str) -> None:
    with pikepdf.open(file(language)) as pdf:
        found = names(pdf)
        assert all(inside for _, inside in found), found
        chinese = any("CJK" in name or "PingFang" in name for name, _ in found)
        assert chinese, found
        for number, page in enumerate(pdf.pages, 1):
            assert fonts(page), f"page {number}"
            assert not missing_glyphs(page), f"page {number}"


@languages
def test_no_chrome_of_the_site_is_in_the_book(language: str) -> None:
    whole = text(language)
    chrome = ("¶", "Materialfor", "Tableofcontents", "Backtotop")
    for word in (*chrome, "Tryit", "动手试试"):
        assert word not in whole
