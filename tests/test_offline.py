"""What leaves the site: the zips that need no server, and plain Markdown."""

import json
import os
import re
from functools import cache
from html import unescape
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urljoin, urlsplit
from zipfile import ZipFile

import pytest
from lxml import html
from playwright.sync_api import Browser, expect

from docs.hooks import offline
from docs.zips import pack
from tests.blocks import ROOT, fences
from tests.site import PAGES, ROOTS, SITE, home, language, promised, tree
from tests.test_site import broken

TERMS = {"en": "label smoothing", "zh": "标签平滑"}
LINK = re.compile(r'(?<=\]\()[^)\s]+|(?<= href=")[^"]+')
ENTRY = re.compile(r"^- \[(.+?)\]\((\S+)\): (.+)$", re.MULTILINE)
LOADED = """async () => [...await document.fonts.ready]
    .filter(({ status }) => status === "loaded").map(({ family }) => family)"""
NAV = "//*[@data-md-component='sidebar'][@data-md-type='navigation']"

each_language = pytest.mark.parametrize("lang", ROOTS)
every_page = pytest.mark.parametrize("page", PAGES)


def zipped(lang: str) -> ZipFile:
    """Open a language's zip."""
    file = SITE / "offline" / f"pytorch-losses-{lang}.zip"
    assert file.exists(), f"{file} is not built: run make offline"
    return ZipFile(file)


def file_of(page: str) -> str:
    """Name a page's file in a zip, where a folder is no address."""
    folder = PAGES[page].stem == "index"
    return f"{page}index.html" if folder else f"{page.rstrip('/')}.html"


def plain(page: str) -> Path:
    """Find a page's Markdown."""
    file = SITE / page / "index.md"
    assert file.exists(), f"{file} is not built: run make site"
    return file


def said(page: str) -> str:
    """Read a page's Markdown but for its blocks."""
    text = plain(page).read_text(encoding="utf-8")
    return re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)


def unresolved(files: dict[str, bytes]) -> list[str]:
    """List the links of pages that lead to no file, or no place on a page."""

    @cache
    def page(name: str) -> html.HtmlElement:
        return html.document_fromstring(files[name])

    @cache
    def ids(name: str) -> set[str]:
        return set(page(name).xpath("//@id"))

    found = []
    for name in sorted(files):
        if name.endswith("search_index.json"):
            entries = json.loads(files[name])["docs"]
            base = name.removesuffix("search/search_index.json")
            links = [(entry["location"], False) for entry in entries]
        elif name.endswith(".html"):
            base, root = name, page(name)
            loads = root.xpath("//@src | //link/@href")
            links = [(link, True) for link in loads]
            links += [(link, False) for link in root.xpath("//a/@href")]
        else:
            continue
        for link, load in links:
            if urlsplit(link).scheme == "https" and not load:
                continue
            target, _, anchor = unquote(urljoin(base, link)).partition("#")
            if target not in files or (anchor and anchor not in ids(target)):
                found.append(f"{name}: {link}")
    return found


@each_language
def test_every_link_of_a_zip_leads_to_what_is_in_it(lang: str) -> None:
    with zipped(lang) as book:
        files = {name: book.read(name) for name in book.namelist()}
    folder = f"pytorch-losses-{lang}/"
    mine = [page for page in PAGES if language(page) == lang]
    assert {name for name in files if name.endswith(".html")} == {
        f"{folder}{file_of(page.removeprefix(ROOTS[lang]))}" for page in mine
    }
    assert not unresolved(files)
    for source in (ROOT / "snippets").glob("*.py"):
        assert files[f"{folder}code/{source.name}"] == source.read_bytes()


def test_a_zip_is_the_same_whenever_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    made = []
    for names in (["b/c", "b.c", "404.html"], ["b.c", "b/c"]):
        folder = tmp_path / str(len(made))
        for age, name in enumerate(names):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(name)
            os.utime(folder / name, (age * 86400, age * 86400))
        pack(folder, tmp_path / "book.zip")
        made.append((tmp_path / "book.zip").read_bytes())
    assert made[0] == made[1]
    with ZipFile(tmp_path / "book.zip") as book:
        entries = book.infolist()
    assert [entry.filename for entry in entries] == ["book/b.c", "book/b/c"]
    assert {entry.date_time for entry in entries} == {
        (2023, 11, 14, 22, 13, 20)
    }


@each_language
def test_a_zip_opens_from_the_file_system(
    lang: str,
    browser: Browser,
    tmp_path: Path,
) -> None:
    with zipped(lang) as book:
        book.extractall(tmp_path)
    folder = f"{tmp_path.as_uri()}/pytorch-losses-{lang}/"
    trouble = []
    with browser.new_context(viewport={"width": 1366, "height": 768}) as there:
        there.on(
            "request",
            lambda x: (
                x.url.startswith((folder, "data:", "blob:"))
                or trouble.append(x.url)
            ),
        )
        # What the next page cuts off, such as the search's worker, is there.
        there.on(
            "requestfailed",
            lambda x: (
                x.failure == "net::ERR_ABORTED"
                or trouble.append((x.url, x.failure))
            ),
        )
        there.on("weberror", lambda x: trouble.append(x.error))
        there.on(
            "console",
            lambda x: x.type in ("error", "warning") and trouble.append(x.text),
        )
        opened = there.new_page()
        opened.goto(f"{folder}index.html")
        opened.locator("[name=query]").fill(TERMS[lang])
        opened.locator("[name=query]").press("End")
        first = opened.locator(".md-search-result__link").first
        first.click()
        found = re.compile(rf"^{re.escape(folder)}losses/\w+\.html\?h=")
        expect(opened).to_have_url(found)
        expect(opened.locator("article")).to_contain_text(
            TERMS[lang], ignore_case=True
        )
        opened.wait_for_load_state("networkidle")
        address = f"{folder}losses/focal_loss.html"
        opened.goto(address, wait_until="networkidle")
        for part in (".katex-display", "p .katex", "figure svg"):
            expect(opened.locator(f"article {part}").first).to_be_visible()
        assert "KaTeX_Main" in opened.evaluate(LOADED)
        code = opened.locator("a[download][href$='/focal_loss.py']")
        expect(code.first).to_be_visible()
        assert not trouble


@pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS.keys())
def test_llms_txt_lists_every_page_as_the_navigation_does(root: str) -> None:
    text = (SITE / root / "llms.txt").read_text(encoding="utf-8")
    title, _, summary, *_ = text.split("\n")
    assert title == f"# {tree(root).xpath('string(//title)')}"
    assert re.fullmatch("> .+", summary)
    links = tree(root).xpath(f"{NAV}//a[not(starts-with(@href, '#'))]/@href")
    pages = dict.fromkeys(urljoin(home() + root, link) for link in links)
    listed = ENTRY.findall(text)
    assert [url for _, url, _ in listed] == [f"{x}index.md" for x in pages]
    assert {url.removeprefix(home()) for url in pages} == {
        page for page in PAGES if language(page) == language(root)
    }
    for name, url, description in listed:
        page = url.removeprefix(home()).removesuffix("index.md")
        told = tree(page).xpath("string(//meta[@name='description']/@content)")
        assert description == told, page
        assert name, page
    groups = tree(root).xpath(f"{NAV}//label[contains(@id, '_label')]")
    names = [group.text_content().strip() for group in groups]
    assert re.findall("^## (.+)$", text, re.MULTILINE)[1:] == names


@every_page
def test_a_page_is_there_as_markdown(page: str) -> None:
    shown = [(x.info, x.text) for x in fences(plain(page))]
    api = f"{ROOTS[language(page)]}api/"
    if page.startswith(api):
        source = ROOT / "snippets" / f"{page.removeprefix(api).strip('/')}.py"
        promise = [("python", source.read_text(encoding="utf-8"))]
    else:
        promise = promised(page)
    assert [block for block in shown if block[0] != "shell"] == promise
    assert plain(page).read_text(encoding="utf-8").startswith("# ")
    text = said(page)
    assert not re.findall(
        r"--8<--|^:::|<!--|<svg|\{ ?[.#]\w", text, re.MULTILINE
    )
    article = tree(page).find(".//article")
    for tex in article.xpath(".//annotation/text()"):
        assert tex.strip() in text
    for figure in article.xpath(".//figure/@aria-label"):
        assert figure in text


@each_language
def test_llms_full_has_every_page(lang: str) -> None:
    whole = (SITE / ROOTS[lang] / "llms-full.txt").read_text(encoding="utf-8")
    for page in PAGES:
        if language(page) == lang:
            assert plain(page).read_text(encoding="utf-8").strip() in whole, (
                page
            )


@every_page
def test_links_of_markdown_lead_somewhere_from_anywhere(page: str) -> None:
    links = [unescape(link) for link in LINK.findall(said(page))]
    assert not [link for link in links if not urlsplit(link).scheme]
    assert not broken(page, links)


@every_page
def test_a_page_links_its_markdown(page: str) -> None:
    root = tree(page)
    (named,) = root.xpath("//link[@type='text/markdown']/@href")
    (link,) = root.xpath("//article//a[@type='text/markdown']")
    assert named == link.get("href") == "index.md"
    assert "Markdown" in link.text


def test_a_zip_offers_no_pdf_of_a_page() -> None:
    line = (
        '<p class="symbol"><a href="../../code/x.ipynb">notebook</a>'
        "{} · MIT-0</p>"
    )
    offer = ' · <a href="../../../pdf/losses/x-zh.pdf" download>PDF</a>'
    config = SimpleNamespace(extra={"offline": True})
    shown = offline.on_page_content(
        line.format(offer), SimpleNamespace(), config
    )
    assert shown == line.format("")
