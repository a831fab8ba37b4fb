"""Let the keyboard scroll wide tables, and what is long to paste.

Material calls the search bar a dialog, which it is not.
"""

import re

ACCESSIBLE = {
    "<table>": '<div class="wide" tabindex="0"><table>',
    "</table>": "</table></div>",
    'data-md-component="search" role="dialog"': 'data-md-component="search"',
}
# A tab that holds code and nothing else.
LONG = re.compile(r'(?<=<div class="tabbed-block")(?=>\s*<div class="language)')


def on_post_page(output: str, **_: object) -> str:
    """Do it in a page."""
    for old, new in ACCESSIBLE.items():
        output = output.replace(old, new)
    return LONG.sub(' tabindex="0"', output)


def on_post_template(output_content: str, **_: object) -> str:
    """Do it in the error page."""
    return on_post_page(output_content)
