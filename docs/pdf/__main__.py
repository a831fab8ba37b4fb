"""Print the built site, a book and a cheat sheet per language: site/pdf/."""

import json
import os
import sys
import time
import tomllib
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path

import yaml
from lxml import html
from lxml.builder import E
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from playwright.sync_api import Browser, sync_playwright

from docs import printed
from docs.grammar import CONFIGS, ROOT, built
from docs.pdf import cheat_sheet
from docs.pdf.browser import ARGUMENTS, INSTALL, find_browser, print_page
from docs.pdf.chapters import HEADINGS, Chapter, anchor, article, read
from docs.pdf.check import problems
from docs.pdf.join import Print, count, join, small

WORDS = yaml.safe_load(
    Path(__file__).with_name("book.yml").read_text(encoding="utf-8")
)
FOLDER = ROOT / "build" / "pdf"
TARGET = ROOT / "site" / "pdf"


def cover(config: MkDocsConfig, language: str) -> html.HtmlElement:
    """Make the first page: what this is, of when, and who printed it."""
    words = printed.read_words()[language]
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    now = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", time.time())))
    facts = WORDS[language]["cover"].format(
        version=project["project"]["version"],
        date=time.strftime("%Y-%m-%d", now),
    )
    return E.header(
        E.p(config.site_name, {"class": "title"}),
        E.p(config.site_description.strip()),
        E.p(facts),
        E.p(f"{printed.line(words, printed.runs())}{words['stop']}"),
        E.p(config.copyright.strip()),
        *map(E.p, WORDS[language]["differs"]),
    )


def address(site: Path) -> str:
    """Read where a site was built to be."""
    (home,) = html.parse(site / "index.html").xpath(
        "//link[@rel='canonical']/@href"
    )
    return home


def contents(
    language: str, chapters: list[tuple[Chapter, int]], home: str
) -> html.HtmlElement:
    """List the chapters and their pages."""
    entries, part = [], ""
    for chapter, page in chapters:
        if chapter.part and chapter.part != part:
            # Without a number: it stands on the page of its first chapter.
            entries.append(E.li(chapter.part, {"class": "part"}))
        part = chapter.part
        place = f"{home}{chapter.url}"
        link = E.a(E.span(chapter.title), E.span(str(page)), href=place)
        entries.append(E.li(link))
    title = E.p(WORDS[language]["contents"], {"class": "title"})
    return E.nav(title, E.ol(*entries))


@cache
def styles(language: str) -> list[str]:
    """List style sheets of all chapters: the site's, paper's, the book's."""
    site = built(language)
    index = html.parse(site / "index.html")
    loaded = index.xpath("//link[@rel='stylesheet']/@href")
    files = [*(site / x for x in loaded), Path(__file__).with_name("book.css")]
    return [file.as_uri() for file in files]


def document(
    config: MkDocsConfig,
    language: str,
    *body: html.HtmlElement,
    heads: tuple[str, str] = ("", ""),
) -> str:
    """Put elements into a document to print.

    Args:
        config: Of the language's site.
        language: Of the book.
        body: What to print.
        heads: What stands above each page, left and right.
    """
    sheets = (E.link(rel="stylesheet", href=x) for x in styles(language))
    left, right = (json.dumps(head, ensure_ascii=False) for head in heads)
    head = E.head(
        E.meta(charset="utf-8"),
        E.title(config.site_name),
        *sheets,
        E.style(
            f"@page {{ @top-left {{ content: {left} }}"
            f" @top-right {{ content: {right} }} }}"
        ),
    )
    tree = E.html(
        head,
        E.body(
            {
                "data-md-color-scheme": "default",
                "data-md-color-primary": "custom",
            },
            E.div({"class": "md-typeset"}, *body),
        ),
        lang={"zh": "zh-CN"}.get(language, language),
    )
    return "<!doctype html>\n" + html.tostring(tree, encoding="unicode")


def numbers(last: int) -> str:
    """Make a document of pages with nothing but their numbers."""
    own = Path(__file__).with_name("numbers.css").as_uri()
    style = E.link(rel="stylesheet", href=own)
    tree = E.html(E.head(style), E.body(*(E.p() for _ in range(last))))
    return "<!doctype html>\n" + html.tostring(tree, encoding="unicode")


def write(language: str, config: MkDocsConfig, browser: Browser) -> str:
    """Print each chapter, then what names their pages; join all."""
    folder = FOLDER / language
    folder.mkdir(parents=True, exist_ok=True)

    def draft(name: str, text: str, outline: bool = True) -> Path:
        source = folder / f"{name}.html"
        source.write_text(text, encoding="utf-8")
        target = source.with_suffix(".pdf")
        print_page(browser, source, target, outline=outline)
        return target

    prints, listed, page = [], [], 0
    home = address(built(language))
    for chapter in read(config, built(language), home):
        heads = (chapter.part or config.site_name, chapter.title)
        headings = [x.text_content() for x in chapter.article.iter(*HEADINGS)]
        text = document(config, language, chapter.article, heads=heads)
        file = draft(anchor(chapter.url), text)
        prints.append(Print(file, chapter.part, headings))
        listed.append((chapter, page))
        page += count(file)

    def front(before: int) -> Path:
        places = [(chapter, before + behind + 1) for chapter, behind in listed]
        body = cover(config, language), contents(language, places, home)
        return draft("front", document(config, language, *body), outline=False)

    # The contents tell pages, which begin behind the contents.
    before, file = 2, front(2)
    while (pages := count(file)) != before:
        before, file = pages, front(pages)
    page += before
    sheet = draft("numbers", numbers(page + 1), outline=False)
    book = TARGET / f"pytorch-losses-{language}.pdf"
    join([Print(file, "", ()), *prints], sheet, home, book, config.site_name)
    if found := problems(book, language):
        sys.exit(f"{book.relative_to(ROOT)}: {found}")
    for (chapter, _), printed_ in zip(listed, prints, strict=True):
        kind, _, name = chapter.url.strip("/").rpartition("/")
        if kind == "losses":
            title = f"{printed_.headings[0].strip()} — {config.site_name}"
            target = TARGET / kind / f"{name}-{language}.pdf"
            small(printed_.draft, sheet, target, title)
    size = book.stat().st_size / 1e6
    return f"{book.name}: {page} pages, {size:.1f} MB"


def write_all(language: str) -> str:
    """Print a language's book and sheet, and say what came of it."""
    config = load_config(CONFIGS[language])
    sheet = article(cheat_sheet.URL, built(language))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=find_browser(), args=ARGUMENTS
        )
        done = write(language, config, browser)
        return f"{done}\n{cheat_sheet.write(language, sheet, config, browser)}"


def main() -> None:
    """Print books and sheets, or only say where the browser is."""
    if not find_browser():
        sys.exit(INSTALL)
    if sys.argv[1:] == ["--find-browser"]:
        return
    if not (built("zh") / "index.html").exists():
        sys.exit("site/ is not built: run make site")
    with ProcessPoolExecutor(len(CONFIGS)) as pool:
        for done in pool.map(write_all, CONFIGS):
            print(done)


if __name__ == "__main__":
    main()
