"""Lay out an entry of the page of error messages around its block.

Message and cure are the page's words. Below them stand the right call, which is
the block's last line, the losses that raise the message, how older torch said
it, and the block, folded.
"""

import ast
import re
from collections.abc import Iterator
from functools import cache
from textwrap import indent

import yaml

from docs.generate.files import MendError, words
from docs.grammar import ROOT, SINCE, front_matter

FILE = "examples/errors.md"
KNOWN = ROOT / "snippets" / "examples" / "errors.yml"
CODE = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.M)


@cache
def known() -> dict[str, dict]:
    """Read what is known of each message, by the section that provokes it."""
    return yaml.safe_load(KNOWN.read_text(encoding="utf-8"))


@cache
def link(page: str, language: str) -> str:
    """Name a loss, and link its page."""
    path = ROOT / "docs" / language / "losses" / f"{page}.md"
    if not path.exists():
        raise MendError(
            f"snippets/examples/errors.yml: no page {page}: mend the name"
        )
    meta, _ = front_matter(path.read_text(encoding="utf-8"))
    return f"[{meta['symbol'].rpartition('.')[2]}](losses/{page}.md)"


def entry(section: str, block: str, language: str) -> str:
    """Lay out the block of a section, and what is known of its message."""
    since = SINCE.match(block)
    lines = [f"✓ {code(right(block))}\n{{: .cure }}"]
    if facts := known().get(section):
        lines.append(concerned(facts, since and since[1], language))
        lines += sayings(facts, language)
    elif since:  # the same of another torch
        lines = [f"{version(since[1])}\n{{: .concerned }}"]
    lines.append(f'??? quote "{words("errors", language)["folded"]}"')
    lines.append(indent(SINCE.sub("", block), "    "))
    return "\n\n".join(lines)


def right(block: str) -> str:
    """Take the right call: what the last line of a block prints."""
    source = CODE.search(block)[1]
    (call,) = ast.parse(source).body[-1].value.args
    return re.sub(r"\s+", " ", ast.get_source_segment(source, call))


def concerned(facts: dict, since: str | None, language: str) -> str:
    """List the losses that raise a message, and the torch that it needs."""
    said = words("errors", language)
    losses = [said["most"]]
    if facts["losses"] != "most":
        losses = [loss(name, language) for name in facts["losses"]]
    line = said["comma"].join(losses)
    return f"{line}{f' · {version(since)}' if since else ''}\n{{: .concerned }}"


def loss(name: str, language: str) -> str:
    """Link a loss, which may have raised the message only up to a torch."""
    page, _, torch = name.partition(" ≤ ")
    shown = link(page, language)
    until = words("errors", language)["until"]
    return until.format(loss=shown, torch=torch) if torch else shown


def version(since: str) -> str:
    """Write torch>=2.13,<2.14 as people do, without a break."""
    signs = re.sub(r"(>=|<)", "\u00a0\\1\u00a0", since)
    return signs.replace(">=", "≥").replace(",\u00a0", ", ")


def sayings(facts: dict, language: str) -> Iterator[str]:
    """Say how else the message is worded, today and by older torch."""
    said = words("errors", language)
    if also := facts.get("also"):
        listed = said["comma"].join(map(code, also))
        yield f"{said['also'].format(says=listed)}\n{{: .says }}"
    sources: dict[str, list[str]] = {}  # by where it is said so
    for saying in facts.get("elsewhere", []):
        if "read" in saying:
            yield f"{worded(said['reported'], saying)}\n{{: .says }}"
        else:
            sources.setdefault(saying["where"], []).append(saying["says"])
    for where, says in sources.items():
        listed = said["comma"].join(map(code, says))
        line = said["sources"].format(where=where, says=listed)
        yield f"{line}\n{{: .says }}"
    for saying in facts.get("older", []):
        read = "dated" if "torch" in saying else "read"
        line = said[read if "read" in saying else "ran"]
        yield f"{worded(line, saying)}\n{{: .says }}"
    if "silent" in facts:
        line = said["silent"].format(torch=facts["silent"])
        yield f"{line}\n{{: .concerned }}"


def worded(line: str, saying: dict[str, str]) -> str:
    """Fill in how a message is worded, and where that was read."""
    read = saying.get("read", "")
    url = f"https://github.com/{read.replace('#', '/issues/')}"
    return line.format(**saying | {"says": code(saying["says"]), "url": url})


def code(text: str) -> str:
    """Show code that may have backquotes."""
    return f"`` {text} ``" if "`" in text else f"`{text}`"
