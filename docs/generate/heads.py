"""The head of a page: facts and links of a loss, and what to paste.

Written from the page's front matter and from snippets/, so that pages say none
of it twice; the words of each language are in heads.yml.
"""

import ast
import inspect
import pkgutil
import re
from functools import cache

from docs.generate.files import MendError, words, write
from docs.grammar import LANGUAGES, ROOT, front_matter

REFERENCE = "https://docs.pytorch.org/docs/stable/generated"
LONGEST = 600  # lines to paste: more make the page too heavy
NOTHING = "—"  # a fact that a loss doesn't have
DEPRECATED = ("size_average", "reduce")  # arguments: the glossary says more
OLD = re.compile(r"( ?)((?:size_average|reduce)=None,(?: reduce=None,)?) ")
SHORT = {"torch.nn.functional": "F", "torch.nn": "nn"}
BLOCK = re.compile(r"```python\n(?P<code>.*?)```\n", re.DOTALL)


def main() -> None:
    """Write what stands below the first blocks of each loss page."""
    for language in LANGUAGES:
        folder = ROOT / "build" / "figures" / language / "facts"
        for path in (ROOT / "docs" / language / "losses").glob("*.md"):
            meta, _ = front_matter(path.read_text(encoding="utf-8"))
            said = words("heads", language)
            parts = [
                *known(meta, said),
                *signatures(meta),
                links(meta, said, path.stem),
                also(meta, said),
            ]
            text = "\n\n".join(filter(None, parts))
            write(folder / path.name, f"{text}\n".encode())


def known(meta: dict, said: dict) -> list[str]:
    """List the facts of each loss of a page."""
    losses = meta.get("facts", {})
    if not losses:
        return []
    parts = ['<div class="facts" data-search-exclude markdown>']
    for name, facts in losses.items():
        if len(losses) > 1:
            parts.append(f"`{name}`")
        shown = {label: facts.get(key) for key, label in said["facts"].items()}
        since = said["facts"]["since"]
        if "module" in meta:  # the year of its paper
            shown[said["year"]] = shown.pop(since)
        elif shown[since]:
            shown[since] = said["version"].format(since=shown[since])
        rows = (
            f"- **{label}** {fact}"
            for label, fact in shown.items()
            if fact not in (None, NOTHING)
        )
        parts.append("\n".join(rows))
    return [*parts, "</div>"]


def signatures(meta: dict) -> list[str]:
    """Write how torch's class and its function are called."""
    names = [meta[key] for key in ("symbol", "functional") if key in meta]
    return [signature(name) for name in names]


@cache
def signature(name: str) -> str:
    """Write a call as the installed torch has it, without types.

    Of what only a later torch has, the name alone.
    """
    module, _, short = name.rpartition(".")
    title = f"[`{SHORT[module]}.{short}`]({REFERENCE}/{name}.html)"
    try:
        found = inspect.signature(pkgutil.resolve_name(name))
    except AttributeError:
        call = ""
    else:
        given = found.parameters.values()
        plain = [x.replace(annotation=inspect.Parameter.empty) for x in given]
        call = f"`{inspect.Signature(plain)}`".replace("'", '"')
        call = OLD.sub(r"`\1<s>`\2`</s> `", call)
    return f'{title}{call}\n{{ .signature data-search-exclude="" }}'


def struck(meta: dict, said: dict) -> list[str]:
    """Say what is struck out in the signatures, if anything is."""
    told = f"[{said['deprecated']}](../glossary.md#reduction)"
    return [told] if "<s>" in "".join(signatures(meta)) else []


def called(meta: dict, language: str) -> str:
    """Write how a loss is called, where nothing else of the head is shown."""
    said = words("heads", language)
    return "\n\n".join([*signatures(meta), *struck(meta, said)])


def links(meta: dict, said: dict, page: str) -> str:
    """Link to what goes with a page, and say what it needs."""
    parts = struck(meta, said)
    if module := meta.get("module"):
        parts.append(f"[{said['api']}](../api/{module}.md)")
    if since := meta.get("since"):
        needs = said["needs"].format(since=since)
        parts.append(f'<span class="since">{needs}</span>')
    book = f"../code/{page}.ipynb"
    parts.append(f"[{said['notebook']}]({book}){{ .download download }}")
    parts.append(said["pdf"].format(page=page))
    return small([*parts, said["license"]])


def small(parts: list[str]) -> str:
    """Put what few readers need on a line of small print."""
    return f'{" · ".join(parts)}\n{{ .symbol data-search-exclude="" }}'


def also(meta: dict, said: dict) -> str:
    """List the other names of what a page is about, if it has any."""
    names = meta.get("tags")
    return names and small([said["also"] + said["comma"].join(names)])


def download(module: str) -> str:
    """Link to a file of snippets/."""
    return f"[`{module}.py`](../code/{module}.py){{ .download download }}"


def tabs(block: str, module: str, language: str) -> str:
    """Show a block that imports a file, and one to paste that needs none.

    Args:
        block: The block and its output, in Markdown.
        module: The file of snippets/ that it imports.
        language: Of the page.
    """
    said = words("heads", language)
    found = BLOCK.match(block)
    if not found:
        raise MendError(
            f"snippets/examples/{module}.md: begin the first section that the "
            "page includes with ```python"
        )
    save = said["save"].format(file=download(module))
    if not fits(module):
        return f"{save}\n\n{block}"
    first = tab(said["import"], f"{save}\n\n{found[0]}")
    second = tab(
        said["paste"], f"```python\n{pasted(found['code'], module)}```\n"
    )
    return f"{first}\n{second}{block[found.end() :]}"


def tab(title: str, body: str) -> str:
    """Write a tab."""
    inside = re.sub(r"^(?=.)", "    ", body, flags=re.MULTILINE)
    return f'=== "{title}"\n\n{inside}'


def fits(module: str) -> bool:
    """Tell whether a file is short enough to be shown on its page, too."""
    return len(source(module).splitlines()) <= LONGEST


def source(module: str) -> str:
    """Read a file of snippets/."""
    return (ROOT / "snippets" / f"{module}.py").read_text(encoding="utf-8")


def pasted(block: str, module: str) -> str:
    """Put a file of snippets/ before a block that imports it."""
    code = source(module)
    return f"{code}\n\n{alone(block, code, module)}"


def alone(block: str, code: str, module: str) -> str:
    """Leave out of a block what the code before it imports, or is."""
    have = {ast.unparse(node) for node in imports(code)}
    lines = block.split("\n")
    for node in imports(block):
        its = getattr(node, "module", "") == module
        if its or ast.unparse(node) in have:
            lines[node.lineno - 1 : node.end_lineno] = [None] * (
                node.end_lineno - node.lineno + 1
            )
    return "\n".join(x for x in lines if x is not None).lstrip("\n")


def imports(code: str) -> list[ast.Import | ast.ImportFrom]:
    """Find the imports of a file or a block."""
    kinds = (ast.Import, ast.ImportFrom)
    return [x for x in ast.parse(code).body if isinstance(x, kinds)]
