"""Notebooks: cells from snippets/notebooks, words from docs/*/notebooks.

mkdocs-jupyter renders the cells and offers the .ipynb. The words go through the
site's own Markdown, so that links, math and headings are as on other pages, and
a page is as light as others: mkdocs-jupyter would add 600 kB of style to each.
"""

import fcntl
import hashlib
import os
import re
import time
from base64 import b64decode
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

import jupytext
import nbformat
import torch
from lxml import html
from lxml.builder import E
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.plugins import CombinedEvent, event_priority
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

SNIPPETS = Path("snippets")
SOURCES = SNIPPETS / "notebooks"
BUILD = Path("build/notebooks")
FOLDER = "notebooks/"
CELL = re.compile(
    r"(?:^<!--\s*alt:\s*(?P<alt>.+?)\s*-->\n+)?"
    r'^--8<-- "notebooks/(?P<file>\w+)\.py:(?P<cell>\w+)"$',
    re.MULTILINE,
)
IMPORT = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
# A cell is wrapped in one more of its class.
CODE_CELL = "*[contains(@class, 'jp-CodeCell')]"
LINK = re.compile(r"\]\((?!\w+:|#)([^)\s]+)\)")
ANCHOR = re.compile(r" \{ ?#[\w-]+ ?\}$", re.MULTILINE)
FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)
# The palette of book.css: the page replaces each by its variable.
COLOURS = ["#1f5fbf", "#c2410c", "#157347", "#7b3fb3"]
STYLE = f"""
import matplotlib as mpl
import matplotlib_inline.backend_inline as inline
from cycler import cycler
get_ipython().ast_node_interactivity = "none"  # as a script: only prints
inline.set_matplotlib_formats("svg", bbox_inches=None)
mpl.rcParams |= {{
    "axes.prop_cycle": cycler(color={COLOURS}),
    "axes.spines.right": False, "axes.spines.top": False,
    "figure.facecolor": "none", "axes.facecolor": "none",
    "legend.frameon": False, "svg.fonttype": "none", "svg.hashsalt": "book",
    "figure.dpi": 72,
}}
"""


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Execute what changed, all notebooks at once, before anything is read."""
    executed.cache_clear()  # a preview builds more than once
    BUILD.mkdir(parents=True, exist_ok=True)
    # Two languages are built at once: let one execute, for both.
    with open(BUILD / "lock", "w") as lock, ThreadPoolExecutor(2) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        list(pool.map(executed, sorted(SOURCES.glob("*.py"))))
    return config


@event_priority(100)  # before mkdocs-jupyter, which knows notebooks by suffix
def add_notebooks(files: Files, config: MkDocsConfig) -> Files:
    """Put a notebook in the place of each page of words."""
    for file in list(files.documentation_pages()):
        if file.src_uri.startswith(FOLDER):
            words = Path(file.abs_src_path).read_text(encoding="utf-8")
            language = config.theme["language"]
            target = BUILD / language / f"{Path(file.src_uri).stem}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            # Not its address in this build: offline it would be a file.
            here = f"{config.site_url}{file.src_uri.removesuffix('.md')}/"
            text = nbformat.writes(whole(words, file, here)) + "\n"
            if not target.exists() or target.read_text("utf-8") != text:
                target.write_text(text, encoding="utf-8")
            files.remove(file)
            path = str(target.absolute())
            made = File.generated(config, file.src_uri, abs_src_path=path)
            made.words = words
            files.append(made)
    return files


@event_priority(-50)  # after mkdocs-jupyter
def tell_where(files: Files, **_: object) -> Files:
    """Tell mkdocs-jupyter's own files where they are: it forgets."""
    for file in files.documentation_pages():
        if file.src_uri.startswith(FOLDER):
            file.abs_src_path = file.file.abs_src_path
    return files


on_files = CombinedEvent(add_notebooks, tell_where)


def on_page_read_source(page: Page, **_: object) -> str | None:
    """Read the words, not the notebook's JSON."""
    return getattr(page.file, "words", None)


def on_page_content(
    output: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put the cells that mkdocs-jupyter rendered between the site's words."""
    if not hasattr(page.file, "words"):
        return output
    rendered = html.fromstring(output).xpath(f"//{CODE_CELL}/{CODE_CELL}")
    found = list(CELL.finditer(page.markdown))
    cells = {
        match["cell"]: plain(cell, match["alt"])
        for match, cell in zip(found, rendered, strict=True)
    }
    source = page.markdown
    page.markdown = CELL.sub(r'<div data-cell="\g<cell>"></div>', source)
    Page.render(page, config, files)
    page.markdown = source
    return re.sub(
        r'<div data-cell="(\w+)"></div>',
        lambda match: cells[match[1]],
        page.content,
    )


@cache
def executed(source: Path) -> dict[str, NotebookNode]:
    """Execute a notebook, unless it ran as it is now; give cells by name."""
    text = source.read_text(encoding="utf-8")
    for name in IMPORT.findall(text):
        if (module := SNIPPETS / f"{name}.py").exists():
            text += module.read_text(encoding="utf-8")
    key = hashlib.sha256(f"{STYLE}{torch.__version__}{text}".encode())
    target = BUILD / source.with_suffix(".ipynb").name
    if target.exists():
        book = nbformat.read(target, nbformat.NO_CONVERT)
        if book.metadata.key == key.hexdigest():
            return {cell.metadata.title: cell for cell in book.cells}
    book = jupytext.read(source)
    book.cells.insert(0, new_code_cell(STYLE, metadata={"title": ""}))
    start = time.perf_counter()
    try:
        with TemporaryDirectory() as folder:  # of sockets: ports may be taken
            sockets = {"transport": "ipc", "ip": f"{folder}/kernel"}
            NotebookClient(
                book,
                config=Config(KernelManager=sockets),
                extra_arguments=["--log-level=ERROR"],
                coalesce_streams=True,  # else a slow print begins another box
                timeout=300,
                kernel_name="python3",
                resources={"metadata": {"path": str(SNIPPETS)}},
            ).execute(env=os.environ | {"OMP_NUM_THREADS": "1"})  # two at once
    except CellExecutionError as error:
        last = str(error).strip().splitlines()[-1]
        raise PluginError(f"{source}: {error.ename}: {last}") from error
    del book.cells[0]
    for cell in book.cells:
        for output in cell.outputs:
            if output.get("name") == "stderr":  # a warning, a failed figure
                last = output.text.strip().splitlines()[-1]
                raise PluginError(f"{source}: {cell.metadata.title}: {last}")
    book.metadata.update(key=key.hexdigest(), took=time.perf_counter() - start)
    nbformat.write(book, target)
    return {cell.metadata.title: cell for cell in book.cells}


def whole(words: str, file: File, here: str) -> NotebookNode:
    """Make the notebook that readers download: words and executed cells."""
    words = FRONT_MATTER.sub("", words)
    book = new_notebook(
        metadata={
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            },
            "language_info": {"name": "python"},
        }
    )
    end = 0
    for match in CELL.finditer(words):
        source = SOURCES / f"{match['file']}.py"
        cells = executed(source) if source.exists() else {}
        if match["cell"] not in cells:
            raise PluginError(
                f"{file.src_uri}: no '# %% {match['cell']}' in {source}"
            )
        book.cells.append(markdown(words[end : match.start()], here))
        book.cells.append(cells[match["cell"]])
        end = match.end()
    book.cells.append(markdown(words[end:], here))
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # else random: a build must be repeatable
    return book


def markdown(words: str, here: str) -> NotebookNode:
    """Make a cell of words whose links work wherever the notebook is."""

    def absolute(match: re.Match[str]) -> str:
        path, _, anchor = match[1].partition("#")
        path = re.sub(r"(^|/)index\.md$", r"\1", path)
        path = re.sub(r"\.md$", "/", path)
        # A page's source lies one folder above its address.
        return f"]({urljoin(here, f'../{path}')}{anchor and f'#{anchor}'})"

    return new_markdown_cell(LINK.sub(absolute, ANCHOR.sub("", words)).strip())


def plain(cell: html.HtmlElement, alt: str | None) -> str:
    """Dress a rendered cell as the site's other blocks and figures."""
    (code,) = cell.xpath(".//*[contains(@class, 'jp-InputArea-editor')]//pre")
    parts = [block("python", code)]
    for output in cell.find_class("jp-OutputArea-output"):
        if image := output.xpath("string(.//img/@src)"):
            svg = b64decode(image.partition(",")[2]).decode()
            parts.append(figure(svg[svg.index("<svg") :], alt))
        else:
            parts.append(block("text", output.xpath(".//pre")[0]))
    return "\n".join(parts)


def figure(svg: str, alt: str | None) -> str:
    """Show a figure in the page's own colours."""
    svg = re.sub(r"<metadata>.*?</metadata>", "", svg, flags=re.DOTALL)
    for i, colour in enumerate(COLOURS, 1):
        svg = svg.replace(colour, f"var(--figure-{i})")
    svg = svg.replace("#000000", "currentColor")
    return (
        '<figure class="plot wide" tabindex="0" role="img" data-search-exclude '
        f'aria-label="{escape(alt or "")}">{svg}</figure>'
    )


def block(language: str, pre: html.HtmlElement) -> str:
    """Make a block as the site's own highlighter does."""
    code = E.code(pre.text or "", *pre)
    made = E.div({"class": f"language-{language} highlight"}, E.pre(code))
    return html.tostring(made, encoding="unicode")
