"""Print the cheat sheet: site/pdf/cheat-sheet-*.pdf, an A4 sheet each."""

import sys
from pathlib import Path

import torch
from lxml import html
from lxml.builder import E
from mkdocs.config.defaults import MkDocsConfig
from pikepdf import Pdf
from playwright.sync_api import Browser

from docs.pdf.browser import print_page
from docs.pdf.check import problems
from docs.pdf.join import count, save

ROOT = Path(__file__).parents[2]
URL = "cheat_sheet/"
SIDES = 2  # torch's losses, and those beyond


def document(article: html.HtmlElement, config: MkDocsConfig) -> str:
    """Put a page's article into a document of its own."""
    styles = [
        ROOT / "site/assets/katex/dist/katex.min.css",
        Path(__file__).with_name("cheat_sheet.css"),
    ]
    heading = article.find(".//h1")
    title = f"{heading.text} — {config.site_name}"
    version = torch.__version__.partition("+")[0]
    heading.append(E.small(f"{config.site_name}, torch {version}"))
    head = E.head(
        E.meta(charset="utf-8"),
        E.title(title),
        *(E.link(rel="stylesheet", href=style.as_uri()) for style in styles),
    )
    language = {"zh": "zh-CN"}.get(config.theme["language"], "en")
    tree = E.html(head, E.body(article), lang=language)
    return "<!doctype html>\n" + html.tostring(tree, encoding="unicode")


def write(
    language: str,
    article: html.HtmlElement,
    config: MkDocsConfig,
    browser: Browser,
) -> str:
    """Print an article; refuse more than the two sides of a sheet."""
    folder = ROOT / "build" / "pdf"
    source = folder / f"cheat-sheet-{language}.html"
    draft = source.with_suffix(".pdf")
    source.write_text(document(article, config), encoding="utf-8")
    print_page(browser, source, draft)
    where = f"docs/{language}/cheat_sheet.md"
    if found := problems(draft, language):
        sys.exit(f"{where}: {found}")
    if (pages := count(draft)) != SIDES:
        sys.exit(
            f"{where}: fills {pages} pages, not {SIDES}: shorten it, or set it "
            "smaller in docs/pdf/cheat_sheet.css"
        )
    target = ROOT / "site" / "pdf" / f"cheat-sheet-{language}.pdf"
    with Pdf.open(draft) as pdf:
        save(pdf, target, str(pdf.docinfo["/Title"]))
    return f"{target.relative_to(ROOT)}: {SIDES} pages"
