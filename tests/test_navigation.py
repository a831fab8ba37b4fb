"""Where a reader is, and gets from there: tabs, menu, path, small scripts."""

import pytest
from playwright.sync_api import expect

from tests.browser import LAPTOP, NARROW, PHONE, Open
from tests.marks import roots
from tests.site import LOSSES, PAGES, SITE, tree, twin

EXAMPLES = [f"{root}losses/cross_entropy_loss/" for root in ("", "zh/")]
CLIPBOARD = ["clipboard-read", "clipboard-write"]
ENTRIES = ".md-sidebar--primary a.md-nav__link:visible"
BELOW = "document.querySelector('h1').getBoundingClientRect().top"

HEIGHTS = """() => [...document.querySelectorAll("h1, h2, h3")]
    .filter((e) => e.offsetHeight).map((e) => e.offsetHeight)"""
BARE = """() => document.querySelectorAll(".headerlink").forEach(
    (e) => { e.style.display = "none"; })"""

both_languages = pytest.mark.parametrize("page", EXAMPLES)


@pytest.mark.parametrize("page", LOSSES)
def test_nothing_but_the_path_stands_above_the_title(page: str) -> None:
    article = tree(page).find(".//article")
    (title,) = article.iterfind(".//h1")
    above = [x for x in title.itersiblings(preceding=True)]
    assert [x.get("type") for x in above] == ["text/markdown"]
    path = tree(page).xpath("//nav[@class='md-path']//a")
    assert len(path) == 3, "home, losses, group"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_has_tabs_and_says_where_it_is(page: str) -> None:
    tabs = tree(page).xpath("//nav[contains(@class, 'md-tabs')]//a")
    assert len(tabs) == 7
    home = page in ("", "zh/")
    assert bool(tree(page).xpath("//nav[@class='md-path']//a")) != home


@both_languages
def test_the_title_is_at_the_top_of_a_phone(page: str, visit: Open) -> None:
    opened = visit(page, viewport=PHONE)
    assert opened.evaluate(BELOW) < 150
    for part in (".md-path", "article > a"):
        box = opened.locator(part).first.bounding_box()
        assert box["y"] + box["height"] <= opened.evaluate(BELOW)


@both_languages
def test_only_the_current_group_of_the_menu_is_open(
    page: str, visit: Open
) -> None:
    entries = visit(page).locator(ENTRIES)
    shown = entries.evaluate_all("(found) => found.map((e) => e.href)")
    inside = [x for x in shown if "/losses/" in x or "/tasks/" in x]
    assert len(inside) == 11, "of multi-class classification"
    assert len(shown) < 25
    box = entries.last.bounding_box()
    assert box["y"] + box["height"] <= LAPTOP["height"]


@roots
def test_no_two_pages_have_one_name_in_the_menu(root: str) -> None:
    nav = "//*[@data-md-type='navigation']//a[@class='md-nav__link']"
    names = [x.text_content().strip() for x in tree(root).xpath(nav)]
    assert len(names) > 90
    assert len(set(names)) == len(names)


@both_languages
def test_the_page_is_copied_as_markdown(page: str, visit: Open) -> None:
    opened = visit(page, permissions=CLIPBOARD)
    link = opened.locator("article a[type='text/markdown']")
    link.click()
    expect(opened.locator(".md-dialog--active")).to_be_visible()
    copied = opened.evaluate("navigator.clipboard.readText()")
    assert copied == (SITE / page / "index.md").read_text(encoding="utf-8")


def test_without_a_clipboard_the_markdown_is_shown(visit: Open) -> None:
    opened = visit(EXAMPLES[0])
    opened.evaluate(
        "() => { navigator.clipboard.write = () => Promise.reject(); }"
    )
    opened.locator("article a[type='text/markdown']").click()
    opened.wait_for_url("**/index.md")


@both_languages
def test_the_language_switch_keeps_the_section(page: str, visit: Open) -> None:
    opened = visit(f"{page}#label_smoothing")
    opened.locator("header [hreflang]").click()
    opened.wait_for_url(f"**/{twin(page)}#label_smoothing")
    box = opened.locator("#label_smoothing").bounding_box()
    assert 0 <= box["y"] < LAPTOP["height"]


def test_both_languages_name_the_same_places() -> None:
    for page in PAGES:
        if not page.startswith("zh/"):
            here, there = (
                [x.get("id") for x in tree(name).xpath("//h2[@id]|//h3[@id]")]
                for name in (page, twin(page))
            )
            assert here == there, page


@both_languages
@pytest.mark.parametrize("size", [LAPTOP, PHONE, NARROW], ids=str)
def test_a_hidden_sign_makes_no_line(
    page: str, size: dict, visit: Open
) -> None:
    opened = visit(page, viewport=size)
    shown = opened.evaluate(HEIGHTS)
    opened.evaluate(BARE)
    assert shown == opened.evaluate(HEIGHTS)
