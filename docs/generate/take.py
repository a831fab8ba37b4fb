"""What readers take along: each loss page as a notebook, and editor snippets.

A notebook has the page's words, and each of its blocks as a cell with the
output that the page shows. A file that they import is written by the first
cell. The snippets are every block to copy, for VS Code.
"""

import ast
import json
import re

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_notebook, new_output

from docs.generate import heads, notebooks, pages, rows
from docs.generate.files import beside
from docs.grammar import (
    ROOT,
    SECTION,
    SINCE,
    Include,
    front_matter,
    includes,
)

BLOCK = re.compile(
    r"^```python\n(?P<code>.*?)^```$"
    r"(?:\n+^```text\n(?P<output>.*?)^```$)?",
    re.DOTALL | re.M,
)
OURS = re.compile(  # what only the site understands
    r"^<(\w+)\b[\s\S]*?</\1>$|<!--[\s\S]*?-->| ?\{:? ?[.#][A-Za-z][^{}\n]*\}",
    re.MULTILINE,
)
CALLED = re.compile(
    r"\b(?:nn|F)\.(\w*(?:[Ll]oss|entropy|kl_div|LogSoftmax)\w*)"
)
SNIPPETS = "code/pytorch-losses.code-snippets"


def files(language: str) -> dict[str, bytes]:
    """Make all that a language's site offers to take along."""
    found = {SNIPPETS: snippets()}
    for name, data in beside(f"docs/{language}", "losses/*.md"):
        stem = name.removeprefix("losses/").removesuffix(".md")
        found[f"code/{stem}.ipynb"] = notebook(data.decode(), stem, language)
    return found


def notebook(text: str, stem: str, language: str) -> bytes:
    """Make the notebook of a page."""
    here = f"{notebooks.site(language)}losses/{stem}/"
    meta, text = front_matter(text)
    cells = []
    if module := meta.get("module"):
        source = (ROOT / "snippets" / f"{module}.py").read_text("utf-8")
        cells.append(new_code_cell(f"%%writefile {module}.py\n{source}"))
    end, words = 0, ""
    for include in includes(text):
        words += text[end : include.start]
        end = include.end
        if include.file.startswith("examples/"):
            since, code = cells_of(include)
            cells += [*markdown(f"{words}{since}", here), *code]
            words = ""
        elif include.file.startswith("formulas/"):
            words += rows.said(section(include).strip(), language)
        elif include.file.startswith("facts/"):
            words += heads.called(meta, language)
    cells += markdown(words + text[end:], here)
    book = new_notebook(cells=cells, metadata=notebooks.KERNEL)
    for number, cell in enumerate(book.cells):
        cell.id = f"cell-{number}"  # else random: a build must be repeatable
    return f"{nbformat.writes(book)}\n".encode()


def section(include: Include) -> str:
    """Read what an include stands for."""
    return pages.section(ROOT / "snippets" / include.file, include)[0]


def cells_of(include: Include) -> tuple[str, list[NotebookNode]]:
    """Make the cells of an include, and say which torch they need."""
    text = section(include)
    since = SINCE.match(text)
    return f"`{since['needs']}`" if since else "", [
        cell(found["code"], found["output"]) for found in BLOCK.finditer(text)
    ]


def cell(code: str, output: str | None) -> NotebookNode:
    """Make a cell that ran."""
    printed = [new_output("stream", name="stdout", text=output or "")]
    return new_code_cell(
        code.removesuffix("\n"), outputs=printed if output else []
    )


def markdown(words: str, here: str) -> list[NotebookNode]:
    """Make a cell of words, if there are any."""
    words = re.sub(r"\n{3,}", "\n\n", OURS.sub("", words)).strip()
    return [notebooks.markdown(words, here)] if words else []


def snippets() -> bytes:
    """Make VS Code's snippets of all that is there to copy."""
    found = {}
    for name, data in beside("snippets/examples", "*.md"):
        stem = name.removesuffix(".md")
        for part in SECTION.finditer(data.decode()):
            block = BLOCK.search(part["text"])
            if block and part["kind"] == "copy":
                key = f"{stem}: {part['name']}"
                found[key] = snippet(block["code"], stem)
    return f"{json.dumps(found, indent=2, ensure_ascii=False)}\n".encode()


def snippet(code: str, stem: str) -> dict[str, object]:
    """Make a snippet of a block: typed by the names that it calls."""
    names, about = [stem, *CALLED.findall(code)], f"losses/{stem}/"
    for node in ast.parse(code).body:
        ours = isinstance(node, ast.ImportFrom) and f"{node.module}.py"
        if ours and (ROOT / "snippets" / ours).exists():
            names += [name.name for name in node.names]
            about += f" (needs {ours})"
    return {
        "scope": "python",
        "prefix": sorted(set(names)),
        "description": f"{notebooks.site('en')}{about}",
        "body": [
            re.sub(r"([\\$])", r"\\\1", line)  # VS Code's signs, not Python's
            for line in code.removesuffix("\n").split("\n")
        ],
    }
