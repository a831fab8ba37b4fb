"""Let long names be broken where a word of theirs begins: a phone has no room.

In tables after an underscore, in titles before a capital letter: else a line
ends anywhere, and a Chinese colon may begin the next one.
"""

import re

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
NAME = re.compile(r"(?<=<code>)[^<]*_[^<]*(?=</code>)")
TITLE = re.compile(r"(<h1[^>]*>)([^<]*)")
LONG = re.compile(r"[A-Za-z]{18,}")


def on_post_page(output: str, **_: object) -> str:
    """Do it in a page."""
    output = TABLE.sub(lambda table: NAME.sub(in_table, table[0]), output)
    return TITLE.sub(lambda h1: h1[1] + LONG.sub(in_title, h1[2]), output)


def in_table(name: re.Match[str]) -> str:
    """Let a name be broken after each underscore between letters."""
    return re.sub(r"(?<=\w)_(?=\w)", "_<wbr>", name[0])


def in_title(name: re.Match[str]) -> str:
    """Let a name be broken before each capital after a small letter."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "<wbr>", name[0])
