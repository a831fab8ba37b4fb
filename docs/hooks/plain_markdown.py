"""Each page as plain Markdown beside its HTML, and all of them in a file."""

import posixpath
import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import write_file

API = re.compile(r"^::: (\w+)$", re.MULTILINE)
BOX = re.compile(
    r"^(?:\?{3}\+?|!{3}|={3})(?: (?P<kind>[\w-]+)(?: [\w-]+)*)?"
    r'(?: "(?P<title>.*)")?\n'
    r"(?P<body>(?:(?: {4}.*)?\n)+)",
    re.MULTILINE,
)
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
MARKS = re.compile(r'(?<=^```python) hl_lines="[\d ]+"$', re.MULTILINE)
FIGURE = re.compile(r'<figure[^>]* aria-label="([^"]*)".*?</figure>', re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
WRAPPER = re.compile(
    r"^ *(?:</?div[^>]*>|<button.*</button>|<svg.*</svg>)\n+", re.MULTILINE
)
EXPLORER = re.compile(
    r'^(?:<details class="explorer".*|<form\b[\s\S]*?</form>)\n*', re.MULTILINE
)
ATTRIBUTES = re.compile(r" ?(?<!\\)\{:? ?[.#][A-Za-z][^{}\n]*\}")
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]*)(?=[)#])")
HREF = re.compile(r'(?<= href=")[^"]+')

order: list[str] = []  # of the navigation
written: dict[str, str] = {}  # each page's Markdown: a preview builds some


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> None:
    """Write the page's Markdown, without what only this site understands."""
    if config.extra["offline"]:
        return

    def source(module: re.Match[str]) -> str:
        file = files.get_file_from_path(f"code/{module[1]}.py")
        return f"```python\n{file.content_string}```"

    text = BOX.sub(unboxed, API.sub(source, f"{markdown}\n"))
    text = MARKS.sub("", text)
    parts = FENCE.split(text)
    parts[::2] = [prose(part, page, config, files) for part in parts[::2]]
    target = Path(config.site_dir, page.url, "index.md")
    text = f"{''.join(parts).strip()}\n"
    write_file(text.encode(), str(target))
    written[page.file.src_uri] = f"<!-- {page.canonical_url} -->\n\n{text}"


def on_nav(nav: Navigation, **_: object) -> None:
    """Remember the order of the pages."""
    order[:] = [page.file.src_uri for page in nav.pages]


def on_post_build(config: MkDocsConfig) -> None:
    """Put all pages into one file, once each was written."""
    if order and written.keys() >= set(order):
        text = "\n".join(written[uri] for uri in order)
        target = Path(config.site_dir, "llms-full.txt")
        write_file(text.encode(), str(target))


def unboxed(box: re.Match[str]) -> str:
    """Make a box, such as a fold or a tab, a bold title and what it holds."""
    body = re.sub(r"^ {4}", "", box["body"], flags=re.MULTILINE)
    body = BOX.sub(unboxed, body)
    if box["kind"] == "proof":  # folded only where there is a screen
        return body.lstrip("\n")
    return f"**{box['title'] or box['kind']}**\n{body}"


def prose(text: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite what only this site's pages understand."""

    def absolute(link: re.Match[str]) -> str:
        here = posixpath.dirname(page.file.src_uri)
        uri = posixpath.normpath(posixpath.join(here, link[0]))
        file = files.get_file_from_path(uri) if link[0] else page.file
        return urljoin(config.site_url, file.url) if file else link[0]

    def figure(match: re.Match[str]) -> str:
        return f"> {config.extra['text']['figure']}{unescape(match[1])}"

    text = COMMENT.sub("", FIGURE.sub(figure, EXPLORER.sub("", text)))
    text = WRAPPER.sub("", text)
    text = LINK.sub(absolute, ATTRIBUTES.sub("", text))
    text = HREF.sub(lambda link: urljoin(page.canonical_url, link[0]), text)
    return re.sub(r"\n{3,}", "\n\n", text)
