"""Let the keyboard scroll wide tables, and what is long to paste.

Material calls the search bar a dialog, which it is not. Names in tables may be
broken after an underscore: a phone has no room for them. Lines of code need no
id of their own: they are a fifteenth of a page.
"""

import re

ACCESSIBLE = {
    "<table>": '<div class="wide" tabindex="0"><table>',
    "</table>": "</table></div>",
    'data-md-component="search" role="dialog"': 'data-md-component="search"',
}
# A tab that holds code and nothing else.
LONG = re.compile(r'(?<=<div class="tabbed-block")(?=>\s*<div class="language)')
LINE = re.compile(r'(?<=<span) id="__span-[\d-]+"(?=>)')
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
NAME = re.compile(r"(?<=<code>)[^<]*_[^<]*(?=</code>)")


def on_post_page(output: str, **_: object) -> str:
    """Do it in a page."""
    output = LINE.sub("", output)
    output = TABLE.sub(lambda table: NAME.sub(broken, table[0]), output)
    for old, new in ACCESSIBLE.items():
        output = output.replace(old, new)
    return LONG.sub(' tabindex="0"', output)


def broken(name: re.Match[str]) -> str:
    """Let a name be broken after each underscore between letters."""
    return re.sub(r"(?<=\w)_(?=\w)", "_<wbr>", name[0])


def on_post_template(output_content: str, **_: object) -> str:
    """Do it in the error page."""
    return on_post_page(output_content)
