"""Let mkdocs-jupyter render the cells of notebooks, and offer the .ipynb.

The words between them go through the site's own Markdown, so that links are
checked, and math and headings are as on other pages. mkdocs-jupyter's template
would add 600 kB of style to each page: it finds ours first, beside this.
"""

import os
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.plugins import event_priority
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

FOLDER = "notebooks/"
BUILD = Path("build/notebooks").absolute()
CELL = re.compile(r"<!-- cell -->.*?<!-- /cell -->", re.DOTALL)
PLACE = '<div data-cell=""></div>'
END = "<!-- end of cell -->"  # as our template has it

os.environ["JUPYTER_PATH"] = str(Path(__file__).parent)


@event_priority(100)  # before mkdocs-jupyter, which knows notebooks by suffix
def on_pre_page(page: Page, config: MkDocsConfig, **_: object) -> Page:
    """Give mkdocs-jupyter the notebook of a page."""
    if page.file.src_uri.startswith(FOLDER):
        page.words = page.file.content_string
        name = Path(page.file.src_uri).with_suffix(".ipynb").name
        notebook = BUILD / config.theme["language"] / name
        page.file.abs_src_path = str(notebook)
    return page


def on_page_read_source(page: Page, **_: object) -> str | None:
    """Read the page, not the notebook's JSON."""
    return getattr(page, "words", None)


@event_priority(100)  # before who changes what is put together here
def on_page_content(
    output: str, page: Page, config: MkDocsConfig, files: Files
) -> str:
    """Put the cells that mkdocs-jupyter rendered between the page's words."""
    if not hasattr(page, "words"):
        return output
    cells = output.split(END)[:-1]
    source = page.markdown
    page.markdown = CELL.sub(PLACE, source)
    Page.render(page, config, files)
    page.markdown = source
    first, *others = page.content.split(PLACE)
    return first + "".join(
        cell + words for cell, words in zip(cells, others, strict=True)
    )
