"""Make the chapters of a book from the built site's pages."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urljoin, urlsplit

from lxml import etree, html
from lxml.builder import E
from mkdocs.config.defaults import MkDocsConfig
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

CHROME = (
    ".//script | .//form | .//*[contains(@class, 'headerlink')] | .//button"
    " | .//*[contains(@class, 'md-clipboard')]"
    " | .//*[contains(@class, 'md-content__button')]"
    " | .//*[contains(@class, 'offer')] | .//*[@data-explorer]"
)
# A page of wide tables, or of cards: one column.
WIDE = (
    "./div[@class='sortable' or @class='sheet' or @class='terms' or"
    " @class='tasks']"
)
BLOCKS = ("div", "details", "figure")  # frames, code, folds, tables
HALF = 20  # lines: a quarter of a column
CHOOSER = "choose/"
IMPORTS = ("import ", "from ")
LONG = 12  # lines of code that may be parted by a page's end
LISTING = HtmlFormatter(  # as the site has it
    cssclass="language-python highlight", linespans="line", wrapcode=True
)
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class Chapter(NamedTuple):
    """A page of the site, to be printed for itself and in the book."""

    part: str  # empty at the top of the menu
    title: str
    url: str
    article: html.HtmlElement


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


def read(config: MkDocsConfig, site: Path, home: str) -> list[Chapter]:
    """Take all pages of the menu, their links made those of chapters.

    Args:
        config: Of the language's site.
        site: The folder of the built site.
        home: Its address.
    """
    listed = list(pages(config.nav))
    urls = {url for _, _, url in listed}
    chapters = [
        Chapter(part, title, url, article(url, site))
        for part, title, url in listed
    ]
    once(chapters)
    for chapter in chapters:
        link(chapter, urls, home)
    wanted = {
        element.get("href")
        for chapter in chapters
        for element in chapter.article.iterfind(".//a[@href]")
    }
    for chapter in chapters:
        lead(chapter, wanted, home)
    return chapters


def article(url: str, site: Path) -> html.HtmlElement:
    """Take a page's article, and leave what only a screen can use."""
    found = html.parse(site / url / "index.html").find(".//article")
    for element in found.xpath(CHROME):
        element.drop_tree()
    for offer in found.xpath(".//a[contains(@href, '/pdf/losses/')]"):
        offer.getprevious().tail = ""  # a dot
        offer.drop_tree()
    if url.startswith("losses/"):
        filed(found, site / url)
    for image in found.iterfind(".//img[@src]"):
        image.set("src", (site / url / image.get("src")).resolve().as_uri())
    for details in found.iterfind(".//details"):
        details.set("open", "")
    for code in list(found.find_class("language-python")):
        output = code.getnext()
        while output is not None and not isinstance(output.tag, str):
            output = output.getnext()  # a comment
        if output is not None and "language-text" in output.get("class", ""):
            pair = E.div({"class": "pair"})  # side by side where both fit
            code.addprevious(pair)
            pair.extend([code, output])
    headings = found.findall("h2")[url.startswith("losses/") :]
    if headings and url != CHOOSER and not found.xpath(WIDE):
        columns(headings[0])
    return found


def columns(start: html.HtmlElement) -> None:
    """Set what stands from a heading on in two columns."""
    rest = [start, *start.itersiblings(etree.Element)]
    column = E.div({"class": "columns"})
    start.addprevious(column)
    lead: list[html.HtmlElement] = []  # what no column ends with
    for element in rest:
        lead.append(element)
        after = element.getnext()
        block = after is not None and after.tag in BLOCKS
        if element.tag in HEADINGS or (element.tag == "p" and block):
            continue
        alone = len(lead) == 1 or tall(element)
        column.extend(lead if alone else [E.div(*lead, {"class": "keep"})])
        lead = []
    column.extend(lead)


def tall(block: html.HtmlElement) -> bool:
    """Tell whether a block may fill half a column."""
    rows = block.xpath("2 * count(.//tr) + 4 * count(./svg)")
    return (rows or "".join(block.itertext()).count("\n")) > HALF


def filed(page: html.HtmlElement, here: Path) -> None:
    """Print the file that a page's first block imports, below its output."""
    for tabs in page.find_class("tabbed-set"):
        for part in tabs.find_class("tabbed-block")[0]:
            tabs.addprevious(part)
        tabs.drop_tree()
    for link in page.xpath("./p/a[@download and contains(@href, '.py')]"):
        (output,) = link.xpath(
            "../following-sibling::*[contains(@class, 'language-text')][1]"
        )
        file = here / link.get("href")
        code = highlight(file.read_text("utf-8"), PythonLexer(), LISTING)
        block = html.fragment_fromstring(code)
        for line in block.iterfind(".//span[@id]"):
            del line.attrib["id"]
        output.addnext(E.div(block, {"class": "file"}))
        output.addnext(E.p(E.code(file.name)))


def once(chapters: list[Chapter]) -> None:
    """Print what pages share once: the chooser's calls, a page's imports."""
    stands = {}
    for _, _, url, page in chapters:
        if url == CHOOSER:
            continue
        place = ""
        for element in page.xpath(".//*"):
            if element.tag in HEADINGS:
                place = element.get("id", place)
            elif "language-python" in element.get("class", ""):
                stands.setdefault(element.text_content(), f"/{url}#{place}")
    for _, _, url, page in chapters:
        if url == CHOOSER:
            leave_calls(page, stands)
        seen: set[str] = set()
        for code in page.xpath(".//*[contains(@class, 'language-python')]"):
            leave_lines(code, seen)


def leave_calls(page: html.HtmlElement, stands: dict[str, str]) -> None:
    """Lead from the chooser to the pages that have its blocks."""
    for heading in page.xpath(".//h3"):
        section = [heading]
        while (after := section[-1].getnext()) is not None:
            if after.tag in HEADINGS:
                break
            section.append(after)
        blocks = [x for y in section for x in y.find_class("language-python")]
        places = [stands.get(block.text_content()) for block in blocks]
        if places and all(places):
            for call in page.xpath(f".//a[@href='#{heading.get('id')}']"):
                call.set("href", places[0])
            for element in section:
                element.drop_tree()
    if not page.findall(".//h3"):
        page.findall("h2")[-1].drop_tree()


def leave_lines(block: html.HtmlElement, seen: set[str]) -> None:
    """Leave out of a block what the page has imported, and second blanks."""
    (code,) = block.xpath(".//pre/code")
    file = "file" in block.getparent().get("class", "")
    before = kept = ""
    for line in code.xpath("./span[not(@class)]"):
        text = line.text_content()
        if text.strip():
            known = not file and text in seen
        else:
            known = not kept or not before.strip()
        if known:
            code.remove(line)  # with its end
        else:
            before, kept = text, kept + text
    if not file:
        lines = kept.splitlines(keepends=True)
        starts = (x for x in lines if x.startswith(IMPORTS))
        seen.update(x for x in starts if not x.endswith("(\n"))
        if len(lines) > LONG and "pair" in block.getparent().get("class", ""):
            block.getparent().set("class", "pair long")


def link(chapter: Chapter, urls: set[str], home: str) -> None:
    """Name places as the book does; lead to other pages on the site."""
    _, _, url, page = chapter
    for element in page.xpath(".//*[@id][not(ancestor-or-self::svg)]"):
        element.set("id", anchor(url, element.get("id")))
    for element in page.iterfind(".//a[@href]"):
        target = urlsplit(urljoin(f"/{url}", element.get("href")))
        path = target.path.removeprefix("/")
        if not target.netloc and path in urls:
            if path == url and target.fragment:
                element.set("href", f"#{anchor(url, target.fragment)}")
            else:
                place = target.fragment and f"#{target.fragment}"
                element.set("href", f"{home}{path}{place}")
        elif path.startswith("code/"):
            element.set("href", f"{home}{path}")
        elif not target.netloc:  # to the other language, or to this book
            element.drop_tag()
    page.set("id", anchor(url))


def lead(chapter: Chapter, wanted: set[str], home: str) -> None:
    """Give a chapter what Chromium names places by: links to them."""
    start = anchor(chapter.url)
    places = [start]
    for place in chapter.article.xpath(".//@id"):
        fragment = place.removeprefix(f"{start}--")
        if f"{home}{chapter.url}#{fragment}" in wanted:
            places.append(place)
    hidden = [E.a(href=f"#{place}") for place in places]
    chapter.article.append(E.nav(*hidden, hidden=""))
