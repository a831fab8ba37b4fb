"""Let names in tables be broken after an underscore: a phone has no room."""

import re

TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
NAME = re.compile(r"(?<=<code>)[^<]*_[^<]*(?=</code>)")


def on_post_page(output: str, **_: object) -> str:
    """Do it in a page."""
    return TABLE.sub(lambda table: NAME.sub(broken, table[0]), output)


def broken(name: re.Match[str]) -> str:
    """Let a name be broken after each underscore between letters."""
    return re.sub(r"(?<=\w)_(?=\w)", "_<wbr>", name[0])
