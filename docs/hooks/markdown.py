"""Each page as plain Markdown beside its HTML, for programs and to copy."""

import posixpath
import re
from html import unescape
from pathlib import Path
from urllib.parse import urljoin

import jupytext
from markdown import Markdown
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import write_file
from pymdownx.snippets import SnippetExtension, SnippetPreprocessor

API = re.compile(r"^::: (\w+)$", re.MULTILINE)
CELL = re.compile(r'^--8<-- "(notebooks/\w+)\.py:(\w+)"$', re.MULTILINE)
BOX = re.compile(
    r'^(?:\?{3}\+?|!{3}) (?P<kind>\w+)(?: "(?P<title>.*)")?\n'
    r"(?P<body>(?:(?: {4}.*)?\n)+)",
    re.MULTILINE,
)
FENCE = re.compile(r"(^```.*?^```$)", re.MULTILINE | re.DOTALL)
FIGURE = re.compile(
    r'<figure[^>]* aria-label="([^"]*)".*?</figure>|<!-- ?alt: ?(.*?) ?-->',
    re.DOTALL,
)
COMMENT = re.compile(r"<!--.*?-->\n*", re.DOTALL)
EXPLORER = re.compile(r'^<div class="explorer".*\n*', re.MULTILINE)
ATTRIBUTES = re.compile(r" ?(?<!\\)\{:? ?[.#][A-Za-z][^{}\n]*\}")
LINK = re.compile(r"(?<=\]\()(?!\w+:)([^)#\s]*)(?=[)#])")
HREF = re.compile(r'(?<= href=")[^"]+')


class Includes(SnippetPreprocessor):
    """Includes as on the pages, where a file's last newline adds no line."""

    def process_snippet_lines(self, lines: list[str], target: dict) -> list:
        """Drop what follows the last newline."""
        return lines if lines[-1:] != [""] else lines[:-1]


def on_page_markdown(
    markdown: str, page: Page, config: MkDocsConfig, files: Files
) -> None:
    """Write the page's Markdown, its includes expanded."""
    if config.extra["offline"]:
        return
    text = API.sub(r'```python\n--8<-- "\1.py"\n```', markdown)
    text = CELL.sub(lambda match: cell(*match.groups()), text)
    options = SnippetExtension(**config.mdx_configs["pymdownx.snippets"])
    lines = Includes(options.getConfigs(), Markdown()).run(text.split("\n"))
    text = BOX.sub(unboxed, "\n".join([*lines, ""]))
    parts = FENCE.split(text)
    parts[::2] = [prose(part, page, config, files) for part in parts[::2]]
    target = Path(config.site_dir, page.url, "index.md")
    write_file(f"{''.join(parts).strip()}\n".encode(), str(target))


def cell(notebook: str, name: str) -> str:
    """Show a notebook's cell, and what it printed when it was executed."""
    source = Path("snippets", notebook).with_suffix(".py")
    executed = Path("build", notebook).with_suffix(".ipynb")
    book = jupytext.read(executed if executed.exists() else source)
    for found in book.cells:
        if found.metadata.get("title") == name:
            fences = [f"```python\n{found.source}\n```"]
            for output in found.get("outputs", []):
                if output.output_type == "stream":
                    fences.append(f"```text\n{output.text.rstrip()}\n```")
            return "\n\n".join(fences)
    raise PluginError(f"{source}: no cell '# %% {name}'")


def unboxed(box: re.Match[str]) -> str:
    """Make a box, such as a folded file, a bold title and what it holds."""
    body = re.sub(r"^ {4}", "", box["body"], flags=re.MULTILINE)
    return f"**{box['title'] or box['kind']}**\n{body}"


def prose(text: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Rewrite what only this site's pages understand."""

    def absolute(link: re.Match[str]) -> str:
        here = posixpath.dirname(page.file.src_uri)
        uri = posixpath.normpath(posixpath.join(here, link[0]))
        file = files.get_file_from_path(uri) if link[0] else page.file
        return urljoin(config.site_url, file.url) if file else link[0]

    def figure(match: re.Match[str]) -> str:
        alt = unescape(match[1] or match[2])
        return f"> {config.extra['text']['figure']}{alt}"

    text = COMMENT.sub("", FIGURE.sub(figure, EXPLORER.sub("", text)))
    text = LINK.sub(absolute, ATTRIBUTES.sub("", text))
    text = HREF.sub(lambda link: urljoin(page.canonical_url, link[0]), text)
    return re.sub(r"\n{3,}", "\n\n", text)
