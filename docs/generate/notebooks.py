"""Notebooks: cells from snippets/notebooks, words from docs/*/notebooks.

Each is executed once, for both languages, and kept until its cells, what they
import or torch change. A page shows a cell as it shows any other block.
"""

import hashlib
import os
import re
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from functools import cache
from html import escape
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urljoin

import jupytext
import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from traitlets.config import Config

from docs.figures._svg import recolour
from docs.generate.files import MendError, beside, write
from docs.grammar import HEADING, ROOT, front_matter, includes

SOURCES = ROOT / "snippets" / "notebooks"
BUILD = ROOT / "build" / "notebooks"
IMPORT = re.compile(r"^(?:from|import) (\w+)", re.MULTILINE)
LINK = re.compile(r"\]\((?!\w+:|#)([^)\s]+)\)")
# The palette of book.css. A page has its variables, a notebook only these.
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
TIME = "import time; print(time.process_time())"  # others run beside it
KERNEL = {
    "kernelspec": {
        "name": "python3",
        "display_name": "Python 3",
        "language": "python",
    },
    "language_info": {"name": "python"},
}


def execute() -> None:
    """Execute the notebooks that changed, two at a time."""
    read.cache_clear()
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(run, sorted(SOURCES.glob("*.py"))))


def run(source: Path) -> None:
    """Execute a notebook, unless it ran as it is now."""
    text = source.read_text(encoding="utf-8")
    for name in IMPORT.findall(text):
        if (module := ROOT / "snippets" / f"{name}.py").exists():
            text += module.read_text(encoding="utf-8")
    key = f"{STYLE}{TIME}{version('torch')}{text}"
    key = hashlib.sha256(key.encode()).hexdigest()
    target = BUILD / source.with_suffix(".ipynb").name
    if target.exists() and read(target).metadata.get("key") == key:
        return
    book = jupytext.read(source)
    took = ran(book, source)
    for cell in book.cells:
        for output in cell.outputs:
            if "image/svg+xml" in output.get("data", {}):
                svg = recolour(output.data["image/svg+xml"], COLOURS, keep=True)
                output.data["image/svg+xml"] = svg
    book.metadata.update(key=key, took=took)
    write(target, f"{nbformat.writes(book)}\n".encode())
    read.cache_clear()


def ran(book: NotebookNode, source: Path) -> float:
    """Run the cells of a notebook; an error, or a warning, is wrong.

    Returns:
        The seconds of a processor's time that it took.
    """
    book.cells.insert(0, new_code_cell(STYLE, metadata={"title": ""}))
    book.cells.append(new_code_cell(TIME, metadata={"title": ""}))
    with TemporaryDirectory() as folder:  # of sockets: ports may be taken
        client = NotebookClient(
            book,
            config=Config(
                KernelManager={"transport": "ipc", "ip": f"{folder}/kernel"}
            ),
            extra_arguments=["--log-level=ERROR"],
            coalesce_streams=True,  # else a slow print begins another box
            timeout=300,
            kernel_name="python3",
            resources={"metadata": {"path": str(ROOT / "snippets")}},
        )
        try:  # one thread each: there are two
            client.execute(env=os.environ | {"OMP_NUM_THREADS": "1"})
        except CellExecutionError as error:
            cell = next(x for x in book.cells if failed(x))
            raise MendError(
                f"{line(source, cell)}: {error.ename}: {error.evalue}"
            ) from None
    del book.cells[0]
    took = float(book.cells.pop().outputs[0].text)
    for cell in book.cells:
        for output in cell.outputs:
            if output.get("name") == "stderr":  # a warning, a failed figure
                last = output.text.strip().splitlines()[-1]
                raise MendError(f"{line(source, cell)}: {last}")
    return took


def failed(cell: NotebookNode) -> bool:
    """Tell whether this is the cell that raised."""
    return any(x.output_type == "error" for x in cell.get("outputs", []))


def line(source: Path, cell: NotebookNode) -> str:
    """Tell file and line of a cell, as editors take them."""
    title = f"# %% {cell.metadata.get('title', '')}"
    lines = source.read_text(encoding="utf-8").split("\n")
    number = lines.index(title) + 1 if title in lines else 1
    return f"{source.relative_to(ROOT)}:{number}"


@cache
def read(path: Path) -> NotebookNode:
    """Read an executed notebook."""
    return nbformat.read(path, nbformat.NO_CONVERT)


def executed(name: str) -> dict[str, NotebookNode]:
    """Find the executed cells of a notebook by name."""
    path = BUILD / f"{name}.ipynb"
    if not path.exists():
        raise MendError(f"snippets/notebooks/{name}.py is missing")
    return {cell.metadata.title: cell for cell in read(path).cells}


def shown(cell: NotebookNode, alt: str) -> str:
    """Show a cell, what it printed and what it drew, in Markdown."""
    parts = [f"<!-- cell -->\n```python\n{cell.source}\n```"]
    for output in cell.outputs:
        if output.output_type == "stream":
            parts.append(f"```text\n{output.text.rstrip()}\n```")
        else:
            parts.append(figure(output.data["image/svg+xml"], alt))
    return "\n\n".join(parts) + "\n<!-- /cell -->"


def figure(svg: str, alt: str) -> str:
    """Show a figure."""
    return (
        '<figure class="plot wide" tabindex="0" role="img" data-search-exclude '
        f'aria-label="{escape(alt)}">{svg}</figure>'
    )


def site(language: str) -> str:
    """Tell where a language's site will be served."""
    name = {"en": "SITE_URL", "zh": "SITE_URL_ZH"}[language]
    return os.environ.get(name, "http://127.0.0.1:8000/")


def downloads(language: str) -> dict[str, bytes]:
    """Make the notebooks that readers download: words and executed cells."""
    here = f"{site(language)}notebooks/"
    return {
        name.replace(".md", ".ipynb"): download(
            words.decode(), f"{here}{name.removesuffix('.md')}/"
        )
        for name, words in beside(f"docs/{language}/notebooks", "*.md")
    }


def download(words: str, here: str) -> bytes:
    """Make a notebook of words, as if they stood at an address."""
    book = new_notebook(metadata=KERNEL)
    _, words = front_matter(words)
    end = 0
    for include in includes(words):
        cell = deepcopy(executed(Path(include.file).stem)[include.section])
        if include.alt:  # for who renders this
            cell.metadata.alt = include.alt
        book.cells += [markdown(words[end : include.start], here), cell]
        end = include.end
    book.cells.append(markdown(words[end:], here))
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # else random: a build must be repeatable
    return f"{nbformat.writes(book)}\n".encode()


def markdown(words: str, here: str) -> NotebookNode:
    """Make a cell of words whose links work wherever the notebook is."""

    def absolute(match: re.Match[str]) -> str:
        path, _, anchor = match[1].partition("#")
        path = re.sub(r"(^|/)index\.md$", r"\1", path)
        path = re.sub(r"\.md$", "/", path)
        # A page's source lies one folder above its address.
        return f"]({urljoin(here, f'../{path}')}{anchor and f'#{anchor}'})"

    words = HEADING.sub(r"\g<marks> \g<title>", words)
    return new_markdown_cell(LINK.sub(absolute, words).strip())
