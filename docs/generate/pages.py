"""Make what a renderer is given: whole pages of plain Markdown, and assets."""

import re
import zlib
from functools import cache
from pathlib import Path
from typing import TypeVar

import yaml

from docs.generate import errors, frames, heads, notebooks, rows
from docs.generate.files import MendError, beside, words
from docs.grammar import (
    ROOT,
    Include,
    front_matter,
    functions,
    includes,
    kinds,
    repository,
    sections,
)

Part = TypeVar("Part")  # a section of Markdown, or a notebook's cell
MARKER = "<!--pytest-codeblocks:expected-output-->\n\n"  # the suite's, not ours
REPOSITORY = re.compile(r"\[([^\]]*)\]\(repository:([^)]*)\)")
ASSETS = [  # folder, files in it, where they go
    ("node_modules", "katex/dist/katex.min.css", "assets"),
    ("node_modules", "katex/dist/fonts/*.woff2", "assets"),
    ("node_modules", "tablesort/dist/tablesort.min.js", "assets"),
    ("build/figures/explorer", "*.js", "assets/explorer"),
    ("snippets", "*.py", "code"),
]
API = """---
description: "{description}"
module: {name}
search: {{ exclude: true }} # the loss page has it all
source: {digest:08x} # this page changes when the file does
---

# {name}

{links}

::: {name}
"""


def staged(language: str) -> dict[str, bytes]:
    """Make every file of a language's site but what its theme brings."""
    found = {}
    for folder, pattern, place in ASSETS:
        files = list(beside(folder, pattern))
        if not files:
            raise MendError(f"{folder}/{pattern} is missing: run make site")
        found |= {f"{place}/{name}": data for name, data in files}
    found |= api(language)
    wrong = []
    for name, data in beside(f"docs/{language}", "**/*"):
        where = f"docs/{language}/{name}"
        if name.endswith(".md"):
            try:
                data = page(where, data.decode(), language).encode()
            except MendError as error:
                wrong.append(f"{error}")
        found[name] = data
    if wrong:
        raise MendError("\n".join(wrong))
    return found


def page(where: str, text: str, language: str) -> str:
    """Put what a page includes in its place."""
    try:
        meta, _ = front_matter(text)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 2
        raise MendError(f"{where}:{line}: {error.problem}") from None
    blocks, wrong, parts, end = [], [], [], 0
    imported = meta.get("module")  # what the first of its blocks needs
    for include in includes(text):
        try:
            part, kind = included(include, language)
            if imported and include.file == f"examples/{imported}.md":
                part = heads.tabs(part, imported, language)
                imported = None
            blocks.append(frames.Block(include, kind, part.rstrip("\n")))
        except MendError as error:
            wrong.append(f"{where}:{include.line}: {error}")
    for include, part in frames.shown(where, text, blocks, language):
        parts += [text[end : include.start]]
        parts += [re.sub("^", include.indent, part, flags=re.M)]
        end = include.end
    parts.append(text[end:])
    for number, line in enumerate(text.split("\n"), 1):
        if "--8<--" in line and not [*includes(line)]:
            how = 'write --8<-- "file:section", alone on its line'
            wrong.append(f"{where}:{number}: {how}")
    if wrong:
        raise MendError("\n".join(wrong))
    return REPOSITORY.sub(linked, "".join(parts))


def linked(link: re.Match[str]) -> str:
    """Link to a place in the repository, if its address is known."""
    words, place = link.groups()
    there = repository()
    return f"[{words}]({there}/{place})" if there else words


def included(include: Include, language: str) -> tuple[str, str]:
    """Find what an include stands for, and its kind, if that has one."""
    if include.file.startswith("notebooks/"):
        cells = notebooks.executed(Path(include.file).stem)
        return notebooks.shown(chosen(cells, include), include.alt), ""
    folders = (ROOT / "snippets", ROOT / "build" / "figures" / language)
    for folder in folders:
        path = folder / include.file
        if path.is_file():
            part, kind = section(path, include)
            if include.file == errors.FILE:
                return errors.entry(include.section, part, language), ""
            if include.file.startswith("formulas/"):
                part = rows.said(rows.parted(part), language)
            return part, kind
    raise MendError(
        f"snippets/{include.file} is missing, and nothing draws it: mend the "
        "name, or write it"
    )


def section(path: Path, include: Include) -> tuple[str, str]:
    """Read what an include takes of a file, and its kind."""
    whole, parts, kind = read(path, path.stat().st_mtime_ns)
    part = chosen(parts, include) if include.section else whole
    return part, kind.get(include.section, "")


def chosen(parts: dict[str, Part], include: Include) -> Part:
    """Choose the section that an include names."""
    if include.section in parts:
        return parts[include.section]
    raise MendError(
        f"no section '{include.section}' in snippets/{include.file}, which "
        f"has {', '.join(parts)}"
    )


@cache
def read(path: Path, _: int) -> tuple[str, dict[str, str], dict[str, str]]:
    """Read a file, its sections and their kinds, once until it changes."""
    text = path.read_text(encoding="utf-8").replace(MARKER, "")
    return text, sections(text), kinds(text)


def api(language: str) -> dict[str, bytes]:
    """Make the page of each file of snippets/, which mkdocstrings fills."""
    told, said, found = words("api", language), words("heads", language), {}
    for name, data in beside("snippets", "*.py"):
        every = functions(data.decode())
        listed = told["comma"].join(every[:4]) + "…" * (len(every) > 4)
        module = name.removesuffix(".py")
        explained = f"[{said['explained']}](../losses/{module}.md)"
        stub = API.format(
            name=module,
            links=heads.small(
                [heads.download(module), explained, said["license"]]
            ),
            description=told["said"].format(file=name, functions=listed),
            digest=zlib.crc32(data),
        )
        found[f"api/{module}.md"] = stub.encode()
    return found
