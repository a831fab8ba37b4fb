"""Say of each block what it is, so that any renderer shows it.

A block's kind is declared where it is written. What is wrong, what raises and
what is right each get a frame with a word and an icon, and the lines that tell
a wrong block from the right one after it are marked in both. What only proves
is folded, on the pages of losses: a renderer prints it all the same.
"""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from textwrap import indent

from docs.generate.files import words
from docs.grammar import Include, headings

FRAMED = {  # kind: classes. Material puts no copy button into .no-copy
    "wrong": "wrong no-copy",
    "raises": "raises no-copy",
    "warns": "warns no-copy",
    "right": "right",
}
CODE = re.compile(r"(?<=^```python)(\n.*?)(?=^```$)", re.DOTALL | re.M)
COMMENT = re.compile(r"(^|  )#.*")
# What says nothing of the mistake: what a block needs to run and to show it.
PLAIN = re.compile(
    r"$|(import|from|except|try|with warnings)\b"
    r"|warnings\.simplefilter"
    r"|print\(.*\b(error|caught)\b"
)
MOST = 0.7  # of a block's lines: where more differ, marks say nothing


@dataclass(frozen=True)
class Block:
    """What an include stands for, and the kind that it was declared to be."""

    include: Include
    kind: str
    text: str


def shown(
    where: str, text: str, blocks: list[Block], language: str
) -> Iterator[tuple[Include, str]]:
    """Frame or fold what a page includes.

    Args:
        where: The page's file.
        text: Its text.
        blocks: What it includes, in its order.
        language: The language of the words.

    Yields:
        Each include, and what stands for it.
    """
    above = [*headings(text)] if blocks else []
    blocks = compared(blocks, [line for line, *_ in above])
    folds = "/losses/" in where
    end = 0  # of the last fold
    for block in blocks:
        place, said = block.include, words("frames", language)
        section = [x for x in above if x[0] < place.line and x[1] == 2][-1:]
        if block.kind in FRAMED:
            title = f'!!! {FRAMED[block.kind]} "{said[block.kind]}"\n\n'
        elif folds and proves(block.kind, section[0][3] if section else ""):
            # One fold of all that follows without a word between.
            goes_on = end and not text[end : place.start].strip()
            title = "" if goes_on else f'??? proof "{said["folded"]}"\n\n'
            end = place.end
        else:
            yield place, block.text
            continue
        yield place, title + indent(block.text, "    ")


def proves(kind: str, section: str) -> bool:
    """Tell whether a block only shows that what its page says is true."""
    return kind == "proof" or (kind, section) == ("measurement", "precision")


def compared(blocks: list[Block], headings: list[int]) -> list[Block]:
    """Mark what differs where a right block follows on a wrong one."""
    found = blocks[:1]
    for block in blocks[1:]:
        last = found[-1]
        between = range(last.include.line, block.include.line)
        if (
            last.kind in ("wrong", "raises", "warns")
            and block.kind == "right"
            and not any(line in between for line in headings)
        ):
            texts = marked(last.text, block.text)
            found[-1] = replace(last, text=texts[0])
            block = replace(block, text=texts[1])
        found.append(block)
    return found


def marked(wrong: str, right: str) -> tuple[str, str]:
    """Mark the lines that tell a wrong block from the right one."""
    sides = [CODE.search(block)[0].splitlines()[1:] for block in (wrong, right)]
    lines = [[COMMENT.sub("", x).strip() for x in side] for side in sides]
    differ: tuple[set[int], set[int]] = set(), set()
    matcher = difflib.SequenceMatcher(None, *lines, autojunk=False)
    for same, *edges in matcher.get_opcodes():
        if same != "equal":
            differ[0].update(range(*edges[:2]))
            differ[1].update(range(*edges[2:]))
    told = [[i for i, x in enumerate(y) if not PLAIN.match(x)] for y in lines]
    marks = [
        [i for i in x if i in y] for x, y in zip(told, differ, strict=True)
    ]
    if any(len(x) > MOST * len(y) for x, y in zip(marks, told, strict=True)):
        return wrong, right
    return mark(wrong, marks[0]), mark(right, marks[1])


def mark(block: str, lines: list[int]) -> str:
    """Name the lines of a block, from 0, that a renderer must mark."""
    if not lines:
        return block
    numbers = " ".join(str(line + 1) for line in lines)
    return CODE.sub(lambda code: f' hl_lines="{numbers}"{code[0]}', block, 1)
