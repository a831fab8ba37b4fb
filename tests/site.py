"""Name the pages of the built site, and what each of them must show."""

from functools import cache
from pathlib import Path
from urllib.parse import urljoin

import nbformat
from lxml import html
from mkdocs.utils.yaml import yaml_load
from nbformat import NotebookNode

from docs.generate.heads import fits, pasted
from docs.grammar import CONFIGS, front_matter, includes
from tests.blocks import ROOT, Fence, blocks

SITE = ROOT / "site"
ROOTS = {"en": "", "zh": "zh/"}


def pages(language: str) -> dict[str, Path]:
    """Map the address of each page, below the site's root, to its source."""
    docs = ROOT / "docs" / language
    found = {}
    for source in sorted(docs.rglob("*.md")):
        name = source.relative_to(docs).with_suffix("").as_posix()
        address = f"{name}/".removesuffix("index/")
        found[ROOTS[language] + address] = source
    for source in (ROOT / "snippets").glob("*.py"):
        found[f"{ROOTS[language]}api/{source.stem}/"] = source
    return found


PAGES = pages("en") | pages("zh")
ERRORS = [root + "404.html" for root in ROOTS.values()]
LOSSES = [page for page in PAGES if "/losses/" in f"/{page}"]


def menu(language: str) -> dict[str, list[str]]:
    """List the pages of each group of the navigation, by its title."""
    with (ROOT / CONFIGS[language]).open(encoding="utf-8") as file:
        todo, found = yaml_load(file)["nav"], {}
    while todo:
        ((title, inside),) = todo.pop(0).items()
        if isinstance(inside, list):
            pages = [page for entry in inside for page in entry.values()]
            found[title] = [page for page in pages if isinstance(page, str)]
            todo = [*inside, *todo]
    return found


def language(page: str) -> str:
    """Tell a page's language."""
    return "zh" if page.startswith("zh/") else "en"


def twin(page: str) -> str:
    """Name the same page in the other language."""
    return page.removeprefix("zh/") if language(page) == "zh" else f"zh/{page}"


@cache
def all_blocks() -> dict[str, list[tuple[Fence, Fence | None]]]:
    """Read every block once, by file and section."""
    found = {}
    for block, output in blocks():
        found.setdefault(block.name, []).append((block, output))
    return found


def executed(name: str) -> NotebookNode:
    """Read the cells of a notebook as the build executed them."""
    path = ROOT / "build" / "notebooks" / f"{name}.ipynb"
    assert path.exists(), f"{path.relative_to(ROOT)} is missing: run make site"
    return nbformat.read(path, nbformat.NO_CONVERT)


def printed(cells: list[NotebookNode]) -> list[str]:
    """List what cells printed."""
    return [
        output.text
        for cell in cells
        for output in cell.outputs
        if output.output_type == "stream"
    ]


def promised(page: str, without: tuple[str, ...] = ()) -> list[tuple[str, str]]:
    """List what a page's fences must show: each block and its output.

    Args:
        page: Its address.
        without: Kinds of blocks to leave out.
    """
    found = []
    meta, _ = front_matter(PAGES[page].read_text(encoding="utf-8"))
    tabbed = meta.get("module")  # its first block is there to paste, too
    for include in includes(PAGES[page].read_text(encoding="utf-8")):
        path = ROOT / "snippets" / include.file
        if path.parent.name == "notebooks":
            cells = executed(path.stem).cells
            (cell,) = (x for x in cells if x.metadata.title == include.section)
            found.append(("python", f"{cell.source}\n"))
            found += [("text", text) for text in printed([cell])]
        elif path.suffix == ".py":
            found.append(("python", path.read_text(encoding="utf-8")))
        name = f"snippets/{include.file}:{include.section}"
        for block, output in all_blocks().get(name, []):
            if block.kind in without:
                continue
            found.append(("python", block.text))
            if tabbed and path.stem == tabbed and fits(tabbed):
                found.append(("python", pasted(block.text, tabbed)))
                tabbed = None
            found += [("text", output.text)] if output else []
    return found


@cache
def tree(page: str) -> html.HtmlElement:
    """Parse a page."""
    file = SITE / page if page in ERRORS else SITE / page / "index.html"
    assert file.exists(), f"{file} is not built: run make site"
    return html.document_fromstring(file.read_bytes())


@cache
def home() -> str:
    """Read where the site will be served, such as https://name.github.io/x/."""
    return tree("").xpath("string(//link[@rel='canonical']/@href)")


def inside(page: str, link: str) -> str | None:
    """Resolve a link to an address below the root, None when it leaves."""
    target = urljoin(home() + page, link)
    return target.removeprefix(home()) if target.startswith(home()) else None
