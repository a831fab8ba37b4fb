"""What a search engine or a chat reads of each page, and the picture shown."""

import json
import unicodedata
from functools import cache

import pytest
from fontTools.ttLib import TTFont
from PIL import Image

from tests.blocks import ROOT
from tests.site import PAGES, ROOTS, SITE, home, inside, language, tree, twin

FONT = (
    ROOT / "node_modules/@expo-google-fonts/noto-sans-sc/700Bold"
    "/NotoSansSC_700Bold.ttf"
)
LOCALE = {"en": "en_US", "zh": "zh_CN"}
SHORTEST, LONGEST = 50, 160  # as wide as Latin letters; Chinese are two each
every_page = pytest.mark.parametrize("page", PAGES)


def tag(page: str, name: str) -> str:
    """Read the one meta tag of this name."""
    (found,) = tree(page).xpath(
        "//head/meta[@name=$name or @property=$name]/@content", name=name
    )
    return found


def heading(page: str) -> str:
    """Read a page's heading, without the mark that links to it."""
    return (
        tree(page)
        .xpath("normalize-space(//h1//text()[not(parent::a)][1]/ancestor::h1)")
        .removesuffix("¶")
    )


def data(page: str) -> dict[str, dict]:
    """Parse a page's structured data, by type."""
    (text,) = tree(page).xpath("//script[@type='application/ld+json']/text()")
    return {item["@type"]: item for item in json.loads(text)["@graph"]}


@cache
def drawable() -> set[int]:
    """List the characters that the pictures' font has."""
    return set(TTFont(FONT).getBestCmap())


@every_page
def test_a_shared_link_says_which_page_it_is(page: str) -> None:
    here = language(page)
    assert tag(page, "og:title") == heading(page)
    assert tag(page, "og:description") == tag(page, "description")
    assert tag(page, "og:url") == home() + page
    assert tag(page, "og:locale") == LOCALE[here]
    assert tag(page, "og:locale:alternate") == LOCALE[language(twin(page))]
    assert tag(page, "og:site_name") == tree(ROOTS[here]).findtext(".//title")
    assert tag(page, "og:type") == (
        "article" if page != ROOTS[here] else "website"
    )
    assert tag(page, "twitter:card") == "summary_large_image"


@every_page
def test_a_shared_link_has_a_picture(page: str) -> None:
    address = tag(page, "og:image")
    assert address.startswith(home())
    file = SITE / inside(page, address)
    assert file.stat().st_size < 60_000
    with Image.open(file) as picture:
        assert (picture.format, picture.size) == ("PNG", (1200, 630))
    drawn = tag(page, "og:title") + tag(page, "description")
    assert not {x for x in drawn if ord(x) not in drawable()}


@every_page
def test_structured_data_names_the_page(page: str) -> None:
    found, root = data(page), home() + ROOTS[language(page)]
    article, site = found["TechArticle"], found["TechArticle"]["isPartOf"]
    assert article["headline"] == heading(page)
    assert article["description"] == tag(page, "description")
    assert article["inLanguage"] == site["inLanguage"] == language(page)
    assert article["url"] == home() + page
    assert article["image"] == tag(page, "og:image")
    assert article["license"].startswith("https://spdx.org/licenses/MIT")
    assert (site["@type"], site["url"]) == ("WebSite", root)
    trail = found["BreadcrumbList"]["itemListElement"]
    assert [x["position"] for x in trail] == [*range(1, len(trail) + 1)]
    assert trail[0]["item"] == root
    assert trail[-1]["item"] == home() + page
    links = [x["item"] for x in trail]
    assert len(set(links)) == len(links)
    assert {inside(page, link) for link in links} <= PAGES.keys()
    assert all(x["name"] for x in trail)


@every_page
def test_a_description_is_of_a_length_that_is_shown(page: str) -> None:
    said = tag(page, "description")
    wide = sum(1 + (unicodedata.east_asian_width(x) in "WF") for x in said)
    assert SHORTEST <= wide <= LONGEST, f"{PAGES[page]}: {wide}: {said}"


@pytest.mark.parametrize("here", ROOTS)
def test_no_two_pages_are_described_alike(here: str) -> None:
    for name in ("description", "og:title", "og:image"):
        pages: dict[str, list[str]] = {}
        for page in PAGES:
            if language(page) == here:
                pages.setdefault(tag(page, name), []).append(page)
        assert not [same for same in pages.values() if len(same) > 1]


@every_page
def test_each_language_names_the_other(page: str) -> None:
    links = {
        link.get("hreflang"): link.get("href")
        for link in tree(page).xpath(
            "//link[normalize-space(@rel)='alternate'][@hreflang]"
        )
    }
    pair = {language(x): home() + x for x in (page, twin(page))}
    assert links == pair | {"x-default": pair["en"]}
