"""Say in each cell what its column is, where a row may be a card: cards.css."""

import re
from itertools import count

from mkdocs.structure.pages import Page

PAGES = {"choose", "sheet", "sortable"}
TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
HEAD = re.compile(r"<th>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr>.*?</tr>", re.DOTALL)
TAG = re.compile(r"<[^>]*>")


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Do it in the tables of a page."""
    if not PAGES & page.meta.keys():
        return output
    return TABLE.sub(titled, output)


def titled(table: re.Match[str]) -> str:
    """Write a table's column titles into its cells."""
    titles = [TAG.sub("", head) for head in HEAD.findall(table[0])]

    def row(match: re.Match[str]) -> str:
        column = count()
        return re.sub(
            "<td>",
            lambda _: f'<td data-title="{titles[next(column)]}">',
            match[0],
        )

    return ROW.sub(row, table[0])
