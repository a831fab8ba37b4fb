"""Print the built site, a book and a cheat sheet per language: site/pdf/."""

import os
import sys
import time
import tomllib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import yaml
from lxml import html
from lxml.builder import E
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from playwright.sync_api import sync_playwright
from pypdf import PdfReader

from docs import printed
from docs.grammar import CONFIGS, ROOT, built
from docs.pdf import cheat_sheet
from docs.pdf.browser import (
    ARGUMENTS,
    INSTALL,
    find_browser,
    letters,
    print_page,
    publish,
)
from docs.pdf.check import problems

WORDS = yaml.safe_load(
    Path(__file__).with_name("book.yml").read_text(encoding="utf-8")
)
CHROME = (
    ".//script | .//form | .//*[contains(@class, 'headerlink')] | .//button"
    " | .//*[contains(@class, 'md-clipboard')]"
    " | .//*[contains(@class, 'md-content__button')]"
    " | .//*[@data-explorer]"
)


def pages(nav: list, part: str = "") -> Iterator[tuple[str, str, str]]:
    """List part, title and URL of each page, in the order of navigation."""
    for entry in nav:
        ((title, value),) = entry.items()
        if isinstance(value, list):
            yield from pages(value, title)
        elif value.endswith(".md"):  # the API's folder is not in the book
            name = value.removesuffix(".md")
            yield part, title, f"{name}/".removesuffix("index/")


def anchor(url: str, fragment: str = "") -> str:
    """Make the id that a page, or a place on it, has in the book."""
    name = url.strip("/").replace("/", "-") or "home"
    return f"{name}--{fragment}" if fragment else name


def chapter(
    url: str, urls: set[str], site: Path, nested: bool
) -> html.HtmlElement:
    """Take a page's article, its links and headings made those of a book."""
    article = html.parse(site / url / "index.html").find(".//article")
    for element in article.xpath(CHROME):
        element.drop_tree()
    for tabs in article.find_class("tabbed-set"):
        untabbed(tabs, site / url)
    for element in article.xpath(".//*[@id][not(ancestor-or-self::svg)]"):
        element.set("id", anchor(url, element.get("id")))
    for link in article.iterfind(".//a[@href]"):
        target = urlsplit(urljoin(f"/{url}", link.get("href")))
        if not target.netloc and target.path.removeprefix("/") in urls:
            inside = anchor(target.path.removeprefix("/"), target.fragment)
            link.set("href", f"#{inside}")
        elif not target.netloc:  # to the other language, or to this book
            link.drop_tag()
    for image in article.iterfind(".//img[@src]"):
        image.set("src", (site / url / image.get("src")).resolve().as_uri())
    for level in range(5, 0, -1) if nested else ():
        for heading in article.findall(f".//h{level}"):
            heading.tag = f"h{level + 1}"
    for code in article.find_class("language-python"):
        output = code.getnext()
        while output is not None and not isinstance(output.tag, str):
            output = output.getnext()  # a comment
        if output is None or "language-text" not in output.get("class", ""):
            continue
        pair = E.div({"class": "pair"})  # kept on one page with its output
        code.addprevious(pair)
        pair.extend([code, output])
    for details in article.iterfind(".//details"):
        details.set("open", "")
    article.set("id", anchor(url))
    return article


def untabbed(tabs: html.HtmlElement, here: Path) -> None:
    """Print a block that imports a file, then that file: the call once."""
    (link,) = tabs.xpath(".//a[@download]/@href")
    length = len((here / link).read_text(encoding="utf-8"))
    code = tabs.find_class("language-python")[1].find(".//code")
    seen = len(code.text or "")
    for token in list(code):
        if seen >= length:
            code.remove(token)
        seen += len(token.text_content() + (token.tail or ""))
    imported, pasted = tabs.find_class("tabbed-block")
    (output,) = tabs.xpath("following-sibling::*[1]")
    for part in imported:
        tabs.addprevious(part)
    output.addnext(pasted)
    del pasted.attrib["class"]
    output.addnext(E.p(E.code(link.rpartition("/")[2])))
    tabs.drop_tree()


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
    )


def book(config: MkDocsConfig, language: str, numbers: list[int]) -> str:
    """Put cover, contents and all pages into one document."""
    site = built(language)
    listed = list(pages(config.nav))
    urls = {url for _, _, url in listed}
    contents, chapters, part = [], [], ""
    number = iter(numbers)
    for page_part, title, url in listed:
        if page_part and page_part != part:
            # Without a number: it stands on the page of its first chapter.
            contents.append(E.li(page_part, {"class": "part"}))
        article = chapter(url, urls, site, nested=bool(page_part))
        if page_part and page_part != part:
            article.insert(0, E.h1(page_part, {"class": "part"}))
        part = page_part
        chapters.append(article)
        page = str(next(number, 0))
        link = E.a(E.span(title), E.span(page), href=f"#{anchor(url)}")
        contents.append(E.li(link))
    index = html.parse(site / "index.html")
    styles = [
        E.link(rel="stylesheet", href=(site / style.get("href")).as_uri())
        for style in index.iterfind(".//link[@rel='stylesheet']")
    ]
    own = Path(__file__).with_name("print.css").as_uri()
    body = E.body(
        {"data-md-color-scheme": "default", "data-md-color-primary": "custom"},
        E.div(
            {"class": "md-typeset"},
            cover(config, language),
            E.nav(
                E.p(WORDS[language]["contents"], {"class": "title"}),
                E.ol(*contents),
            ),
            *chapters,
        ),
    )
    head = E.head(
        E.meta(charset="utf-8"),
        E.title(config.site_name),
        E.meta(name="author", content="PyTorch Losses contributors"),
        *styles,
        E.link(rel="stylesheet", href=own),
    )
    tree = E.html(head, body, lang={"zh": "zh-CN"}.get(language, language))
    return "<!doctype html>\n" + html.tostring(tree, encoding="unicode")


def outline(pdf: Path) -> list[tuple[str, int]]:
    """Flatten a PDF's bookmarks to titles and page numbers, from 1."""
    reader = PdfReader(pdf)

    def flat(entries: list) -> Iterator[tuple[str, int]]:
        for entry in entries:
            if isinstance(entry, list):
                yield from flat(entry)
            else:
                yield entry.title, reader.get_destination_page_number(entry) + 1

    return list(flat(reader.outline))


def write(language: str, config: MkDocsConfig, browser: object) -> str:
    """Print a book twice: the second time its contents know the pages."""
    folder = ROOT / "build" / "pdf"
    folder.mkdir(parents=True, exist_ok=True)
    source, draft = folder / f"{language}.html", folder / f"{language}.pdf"
    numbers: list[int] = []
    for _ in range(2):
        source.write_text(book(config, language, numbers), encoding="utf-8")
        print_page(browser, source, draft, outline=True)
        titles = iter(outline(draft))
        tree = html.parse(source)
        headings = [
            article.xpath("(.//h1|.//h2)[not(@class='part')]")[0].text_content()
            for article in tree.iterfind(".//article")
        ]
        numbers = [
            next(
                page
                for title, page in titles
                if letters(title) == letters(heading)
            )
            for heading in headings
        ]
    if found := problems(draft, language):
        sys.exit(f"{draft.relative_to(ROOT)}: {found}")
    target = ROOT / "site" / "pdf" / f"pytorch-losses-{language}.pdf"
    every = tree.xpath("//h1|//h2|//h3|//h4|//h5|//h6")
    publish(draft, target, [heading.text_content() for heading in every])
    size = target.stat().st_size / 1e6
    count = len(PdfReader(target).pages)
    return f"{target.relative_to(ROOT)}: {count} pages, {size:.1f} MB"


def write_all(language: str) -> str:
    """Print a language's book and sheet, and say what came of it."""
    config = load_config(CONFIGS[language])
    site = built(language)
    sheet = chapter(cheat_sheet.URL, set(), site, nested=False)
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
