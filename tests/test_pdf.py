"""The books hold everything, and every reader can read it."""

import json
import re
from functools import cache
from pathlib import Path

import pikepdf
import pypdfium2
import pytest
from lxml import html
from mkdocs.config import load_config
from playwright.sync_api import Browser
from pypdf import PdfReader

from docs.grammar import CONFIGS
from docs.pdf.browser import INSTALL, find_browser
from docs.pdf.chapters import Chapter, anchor, once, pages
from docs.pdf.check import fonts, missing_glyphs, names
from docs.pdf.join import small
from tests.blocks import ROOT, blocks
from tests.browser import Open
from tests.marks import languages
from tests.site import LOSSES, ROOTS, home
from tests.site import language as language_of

pytestmark = pytest.mark.skipif(
    not find_browser(), reason=f"not run: {INSTALL}"
)
HEADING = re.compile(r"^(#+) (.*?)(?: \{.*\})?$", re.MULTILINE)
SPACE = re.compile(r"\s+")
MOST = 450 / 48  # pages of a book for each loss page in it, with all else


def file(language: str) -> Path:
    """Find a book."""
    path = ROOT / "site" / "pdf" / f"pytorch-losses-{language}.pdf"
    assert path.exists(), f"{path.relative_to(ROOT)} is missing: run make pdf"
    return path


def loss(page: str) -> Path:
    """Find the PDF of a loss page."""
    name = f"{page.strip('/').rpartition('/')[2]}-{language_of(page)}.pdf"
    return ROOT / "site" / "pdf" / "losses" / name


@cache
def book(language: str) -> PdfReader:
    """Open a book."""
    return PdfReader(file(language))


def extract(path: Path) -> list[str]:
    """Read each page of a PDF, without white space."""
    with pypdfium2.PdfDocument(path) as pdf:
        read = [page.get_textpage().get_text_bounded() for page in pdf]
    # A hyphen that ends a line is another character to pdfium.
    return [SPACE.sub("", text.replace("\2", "-")) for text in read]


@cache
def texts(language: str) -> list[str]:
    """Read each page of a book, once for all processes of a run."""
    kept = ROOT / "build" / "pdf" / f"{language}.json"
    printed = file(language).stat().st_mtime_ns
    if kept.exists():
        when, read = json.loads(kept.read_text(encoding="utf-8"))
        if when == printed:
            return read
    read = extract(file(language))
    mine = kept.with_suffix(f".{id(read)}")
    mine.write_text(json.dumps([printed, read]), encoding="utf-8")
    mine.replace(kept)
    return read


@cache
def heads(language: str) -> dict[int, str]:
    """Tell what stands above each page of a book, without white space."""
    config = load_config(str(ROOT / CONFIGS[language]))
    places = book(language).named_destinations
    found, head = {}, ""
    starts = {
        book(language).get_destination_page_number(places[f"/{anchor(url)}"])
        + 1: SPACE.sub("", f"{part or config.site_name}{title}")
        for part, title, url in pages(config.nav)
    }
    for number in range(min(starts), len(book(language).pages) + 1):
        found[number] = head = starts.get(number, head)
    return found


@cache
def text(language: str) -> str:
    """Read a book without white space, heads and numbers, which part lines."""
    found = []
    for number, page in enumerate(texts(language), 1):
        head = heads(language).get(number, "")
        found.append(page.removesuffix(str(number)).removeprefix(head))
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
        for mark, title in HEADING.findall(path.read_text(encoding="utf-8")):
            if path.stem == "choose" and len(mark) > 1:
                continue  # its calls stand on the pages that it leads to
            plain = title.replace("`", "")
            assert plain in found, f"{path.relative_to(ROOT)}: {title}"


@languages
def test_a_book_is_no_longer_than_a_book(language: str) -> None:
    assert len(texts(language)) <= MOST * len(LOSSES) / len(ROOTS)


@languages
def test_every_block_and_output_is_in_the_book_unclipped(language: str) -> None:
    whole = text(language).encode()  # bytes are searched 20 times faster
    for block, out in blocks():
        if "examples" in block.path.parts:
            for fence in filter(None, (block, out)):
                assert_inside(fence.text, whole, block.where)
    for path in (ROOT / "snippets").glob("*.py"):
        assert_inside(path.read_text(encoding="utf-8"), whole, path.name)


def assert_inside(lines: str, whole: bytes, where: str) -> None:
    """See that a book has every line of a block, output or file."""
    for number, line in enumerate(lines.splitlines(), 1):
        assert SPACE.sub("", line).encode() in whole, (
            f"{where}: line {number} is not in the book: {line}"
        )


@languages
def test_contents_lead_to_the_pages_they_name(language: str) -> None:
    reader = book(language)
    contents = reader.pages[1 : min(heads(language)) - 1]  # behind the cover
    links = [a.get_object() for page in contents for a in page["/Annots"]]
    assert len(links) == len(list((ROOT / "docs" / language).rglob("*.md")))
    shown = [
        int(line.split()[-1])
        for page in contents
        for line in page.extract_text().splitlines()
        if re.search(r"\D\s*\d+$", line)
    ]
    places = reader.named_destinations
    found = sorted(
        reader.get_destination_page_number(places[str(link["/Dest"])]) + 1
        for link in links
    )
    assert shown == found


@languages
def test_links_between_pages_stay_in_the_book(language: str) -> None:
    here = home() + ROOTS[language]
    with pikepdf.open(file(language)) as pdf:
        places = pdf.Root.Dests
        links = [a for p in pdf.pages for a in p.get("/Annots", [])]
        assert len(links) > 1000
        for link in links:
            if "/Dest" in link:
                assert str(link.Dest) in places
            else:
                to = str(link.A.URI)
                away = not to.startswith(here) or to.startswith(f"{here}code/")
                assert away, f"{to} is in the book"


@languages
def test_every_page_of_the_book_is_tagged(language: str) -> None:
    with pikepdf.open(file(language)) as pdf:
        assert str(pdf.Root.Lang).startswith(language)
        tags = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
        for number, page in enumerate(pdf.pages, 1):
            inside = tags[int(page.obj.StructParents)]
            begun = {x.Pg.objgen for x in inside if x is not None}
            assert page.obj.objgen in begun, f"page {number}"


@languages
def test_pages_are_numbered_headed_and_not_empty(language: str) -> None:
    for number, page in enumerate(texts(language), 1):
        assert page.startswith(heads(language).get(number, "")), page[:80]
        assert page.endswith(str(number))
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


def test_a_glyph_that_nobody_drew_is_found() -> None:
    pdf = pikepdf.new()
    font = pikepdf.Dictionary(Subtype=pikepdf.Name.Type0)
    page = pdf.add_blank_page()
    page.obj.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    for drawn, missing in {
        b"/F1 9 Tf <00010002> Tj": 0,
        b"/F1 9 Tf <00000002> Tj [<0003> -2 <0000>] TJ": 2,
        b"/F1 9 Tf <01000001> Tj": 0,  # not a pair
        b"/F1 9 Tf (a\\000\\000\\000) Tj": 1,
        b"/F2 9 Tf <0000> Tj": 0,  # letters of one byte
        b"/F1 9 Tf /Span <</ActualText <0000> >> BDC <0001> Tj EMC": 0,
    }.items():
        page.obj.Contents = pdf.make_stream(drawn)
        assert missing_glyphs(page) == missing, drawn


@languages
def test_no_chrome_of_the_site_is_in_the_book(language: str) -> None:
    whole = text(language)
    chrome = ("¶", "Materialfor", "Tableofcontents", "Backtotop")
    for word in (*chrome, "Tryit", "动手试试"):
        assert word not in whole


@pytest.mark.parametrize("page", LOSSES)
def test_a_loss_page_is_a_pdf_of_its_own(page: str) -> None:
    path = loss(page)
    assert path.exists(), f"{path.relative_to(ROOT)} is missing: run make pdf"
    language = language_of(page)
    read = extract(path)
    for number, said in enumerate(read, 1):
        assert said.endswith(str(number))
    own = [said.removesuffix(str(n)) for n, said in enumerate(read, 1)]
    name = anchor(page.removeprefix(ROOTS[language]))
    place = book(language).named_destinations[f"/{name}"]
    first = book(language).get_destination_page_number(place)
    ours = texts(language)[first : first + len(own)]
    assert own == [
        said.removesuffix(str(n)) for n, said in enumerate(ours, first + 1)
    ]
    with pikepdf.open(path) as pdf:
        assert all(inside for _, inside in names(pdf))
        links = [a for p in pdf.pages for a in p.get("/Annots", [])]
        away = [str(x.A.URI) for x in links if "/Dest" not in x]
        assert any(link.startswith(home() + ROOTS[language]) for link in away)
        for link in links:
            assert "/Dest" not in link or str(link.Dest) in pdf.Root.Dests
        assert str(pdf.docinfo["/Title"]).count(" — ") == 1


@pytest.mark.parametrize(
    "page", [LOSSES[0], LOSSES[-1], "losses/cross_entropy_loss/"]
)
def test_a_page_printed_from_the_browser_looks_like_the_book(
    page: str, visit: Open, tmp_path: Path
) -> None:
    path = tmp_path / "page.pdf"
    opened = visit(page)
    opened.wait_for_function("document.querySelector('[media=print]')?.sheet")
    opened.pdf(path=path, prefer_css_page_size=True, print_background=True)
    whole = "".join(extract(path))
    for word in ("Markdown", "Tryit", "动手试试", "¶"):
        assert word not in whole
    with pikepdf.open(path) as ours, pikepdf.open(loss(page)) as book:
        assert ours.pages[0].mediabox == book.pages[0].mediabox
        assert len(ours.pages) <= 2 * len(book.pages)
    block, output = opened.locator(".pair > *").all()[:2]
    assert "language-python" in str(block.get_attribute("class"))
    assert "language-text" in str(output.get_attribute("class"))


def test_a_loss_s_facts_stay_together_on_paper(
    browser: Browser, tmp_path: Path
) -> None:
    assets = ROOT / "docs" / "theme" / "assets"
    sheets = [assets / "book.css", assets / "print.css"]
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    words = ["my_loss", "logits", "index", "weights"]
    facts = "".join(f"<li><strong>What</strong> {x}</li>" for x in words[1:])
    path, kept = tmp_path / "facts.pdf", set()
    with browser.new_context() as context:
        opened = context.new_page()
        for above in range(900, 1000, 10):  # about as high as a page
            opened.set_content(
                f'<style>{style}</style><div class="md-typeset">'
                f'<div style="height: {above}px"></div><div class="facts">'
                f"<p>{words[0]}</p><ul>{facts}</ul></div></div>"
            )
            opened.pdf(path=path, prefer_css_page_size=True)
            first, *_ = extract(path)
            kept.add(sum(word in first for word in words))
    assert kept == {0, len(words)}, "torn by the end of a page"


def article(*blocks: str) -> html.HtmlElement:
    """Make a page of blocks, each below a heading; it links to each."""
    parts = []
    for n, block in enumerate(blocks):
        code = "".join(f"<span>{line}\n</span>" for line in block.split("\n"))
        parts.append(
            f'<a href="#{n}">call</a><h3 id="{n}">{n}</h3><div>'
            f'<div class="language-python"><pre><code>{code}</code></pre></div>'
            "</div>"
        )
    return html.fragment_fromstring(f"<article>{''.join(parts)}</article>")


def test_the_book_prints_once_what_pages_share() -> None:
    first = "import a\nfrom b import (\n    c,\n)\n\n\nd"
    loss, chooser = article(first, "import a\n\ne"), article("import a\n\ne")
    chooser.append(html.fragment_fromstring("<h2>Calls</h2>"))
    once(
        [
            Chapter("", "", "losses/x/", loss),
            Chapter("", "", "choose/", chooser),
        ]
    )
    shown = [code.text_content() for code in loss.iter("code")]
    assert shown == [first.replace("\n\n\n", "\n\n") + "\n", "e\n"]
    (call,) = chooser
    assert call.get("href") == "/losses/x/#1"


def test_a_pdf_is_the_same_each_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    drafts = ROOT / "build" / "pdf" / "en"
    made = []
    for name in ("a.pdf", "b.pdf"):
        draft = drafts / "losses-focal_loss.pdf"
        small(draft, drafts / "numbers.pdf", tmp_path / name, "Focal Loss")
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert str(pdf.docinfo["/CreationDate"]).startswith("D:20231114")
