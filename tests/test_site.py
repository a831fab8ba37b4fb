"""The built site: what is published was tested, and it holds together.

No browser is needed: these tests read the files in site/.
"""

import gzip
import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from lxml import etree, html

from tests.site import (
    ERRORS,
    LOSSES,
    PAGES,
    ROOTS,
    SITE,
    home,
    inside,
    language,
    promised,
    tree,
    twin,
)

BOOKS = [f"pdf/pytorch-losses-{x}.pdf" for x in ROOTS]
BOOKS += [f"pdf/cheat-sheet-{x}.pdf" for x in ROOTS]
BOOKS += [
    f"pdf/losses/{Path(page).name}-{language(page)}.pdf" for page in LOSSES
]
BUDGET = 130_000  # bytes, gzipped, of a loss page's first visit without fonts
CSS_LOADS = re.compile(r"""url\(\s*["']?([^"')]+)|@import\s*["']([^"']+)""")

every_page = pytest.mark.parametrize("page", PAGES)
every_file = pytest.mark.parametrize("page", [*PAGES, *ERRORS])
every_root = pytest.mark.parametrize("root", ROOTS.values(), ids=ROOTS.keys())


@cache
def ids(page: str) -> set[str]:
    """List the places on a page that a link can name."""
    return set(tree(page).xpath("//@id"))


def broken(page: str, links: list[str]) -> list[str]:
    """Say which of the links on a page lead nowhere, and why."""
    found = []
    for link in links:
        target = inside(page, link)
        if target is None:
            if not link.startswith(("https://", "data:")):
                found.append(f"{link} leaves the site")
            continue
        address, _, fragment = unquote(target).partition("#")
        if address in PAGES or address in ERRORS:
            if fragment and fragment not in ids(address):
                found.append(f"{link}: no such place on the page")
        # The books are there only where a browser could print them.
        elif address not in BOOKS and not (SITE / address).is_file():
            found.append(f"{link}: no such file")
    return found


def loaded(page: str) -> list[str]:
    """List what a page loads by itself: all but the links to other pages."""
    kinds = ("canonical", "prev", "next", "alternate")
    links = " or ".join(f"normalize-space(@rel)='{kind}'" for kind in kinds)
    return tree(page).xpath(
        f"//@src | //@srcset | //object/@data | //link[not({links})]/@href"
    )


def size(file: Path) -> int:
    """Measure what a server sends for a text file."""
    return len(gzip.compress(file.read_bytes(), 9))


def test_the_site_has_these_pages_in_both_languages() -> None:
    assert {twin(page) for page in PAGES} == PAGES.keys()
    assert {path.relative_to(SITE) for path in SITE.rglob("*.html")} == {
        *(Path(page) / "index.html" for page in PAGES),
        *(Path(page) for page in ERRORS),
    }


@every_page
def test_what_is_published_was_tested(page: str) -> None:
    shown = []
    signature = "ancestor::*[contains(@class, 'doc-signature')]"
    for code in tree(page).xpath(f"//article//pre[not({signature})]"):
        label = re.search(r"language-(\w+)", code.getparent().get("class", ""))
        shown.append((label and label[1], code.text_content()))
    assert [block for block in shown if block[0] != "shell"] == promised(page)


@every_file
def test_links_lead_somewhere(page: str) -> None:
    names = " or ".join(f"name()='{n}'" for n in ("href", "src", "xlink:href"))
    links = tree(page).xpath(f"//@*[{names}]")
    assert links
    assert not broken(page, links)


@every_root
def test_search_results_lead_somewhere(root: str) -> None:
    index = json.loads((SITE / root / "search/search_index.json").read_bytes())
    links = [entry["location"] for entry in index["docs"]]
    here = {page for page in PAGES if language(page) == language(root)}
    # A loss's own page holds all that its API page does.
    here -= {page for page in here if page.startswith(f"{root}api/")}
    assert here <= {root + link for link in links}
    assert not broken(root, links)


@every_file
def test_a_page_loads_nothing_from_another_host(page: str) -> None:
    styles = " ".join(tree(page).xpath("//style/text() | //@style"))
    links = loaded(page) + ["".join(link) for link in CSS_LOADS.findall(styles)]
    assert links
    assert not [link for link in links if inside(page, link) is None]
    data = "@type='application/ld+json'"
    scripts = tree(page).xpath(f"//script[not({data})]/text()")
    assert not [script for script in scripts if re.search("https?://", script)]


def test_no_style_sheet_loads_from_another_host() -> None:
    styles = list(SITE.rglob("*.css"))
    assert styles
    for style in styles:
        page = style.relative_to(SITE).as_posix()
        text = style.read_text(encoding="utf-8")
        for link in map("".join, CSS_LOADS.findall(text)):
            assert link.startswith("data:") or inside(page, link), (page, link)


@every_file
def test_a_page_says_what_it_is(page: str) -> None:
    root = tree(page)
    assert root.get("lang") == language(page)
    assert root.xpath("string(//title)").strip()
    assert root.xpath("string(//meta[@name='description']/@content)").strip()
    assert len(root.xpath("//h1")) == 1


@every_page
def test_a_picture_has_words(page: str) -> None:
    said = "normalize-space(@alt) or @role='img' and string(@aria-label)"
    bare = tree(page).xpath(f"//img[not({said})] | //figure[not({said})]")
    assert not [html.tostring(picture)[:200] for picture in bare]


@every_file
def test_the_switch_leads_to_the_same_page(page: str) -> None:
    (switch,) = tree(page).xpath("//header//a[@hreflang]")
    other = ROOTS[language(twin(page))] if page in ERRORS else twin(page)
    assert switch.get("hreflang") == switch.get("lang") == language(twin(page))
    assert inside(page, switch.get("href")) == other


@every_root
def test_the_sitemap_lists_every_page_in_both_languages(root: str) -> None:
    sitemap = etree.parse(SITE / root / "sitemap.xml")
    listed = {}
    for url in sitemap.iterfind("{*}url"):
        others = {
            x.get("hreflang"): x.get("href") for x in url.iterfind("{*}link")
        }
        listed[url.findtext("{*}loc")] = others
    assert listed == {
        home() + page: {language(p): home() + p for p in (page, twin(page))}
        | {"x-default": home() + min(page, twin(page), key=language)}
        for page in PAGES
        if language(page) == language(root)
    }


@pytest.mark.parametrize("page", LOSSES)
def test_a_first_visit_is_light(
    page: str, record_property: Callable[[str, object], None]
) -> None:
    links = [link for link in loaded(page) if not link.endswith(".woff2")]
    names = [inside(page, link) for link in links]
    config = json.loads(tree(page).xpath("string(//script[@id='__config'])"))
    names.append(inside(page, config["search"]))
    files = {SITE / page / "index.html", *(SITE / name for name in names)}
    weight = sum(map(size, files))
    record_property("first visit", f"{page} {weight} bytes")
    assert weight <= BUDGET, {str(file): size(file) for file in files}


@every_page
def test_math_is_rendered(page: str) -> None:
    code = " or ".join(f"ancestor::{x}" for x in ("pre", "code", "annotation"))
    prose = "".join(tree(page).xpath(f"//article//text()[not({code})]"))
    assert prose.strip()
    assert not re.findall(r".{0,40}(?:\\[(\[]|\$\$)", prose, re.DOTALL)
    assert not tree(page).find_class("katex-error")
