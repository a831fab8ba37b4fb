"""What readers type finds what they mean, first, in the site's own search.

One page load a language. The first hit is what Enter opens: of the first
result's links, to a page and to its sections, the one with the best score.
"""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
import yaml

from tests.blocks import ROOT
from tests.browser import Address, Open
from tests.site import LOSSES, PAGES, ROOTS, language, tree
from tests.test_pages import front_matter

TABLE = ROOT / "tests" / "search.yml"
TEXT = TABLE.read_text(encoding="utf-8")
EXPECTED = yaml.safe_load(TEXT)
LEAST = 60  # queries a language
# Each query is answered once, and what is found is shown at once. Nothing
# found shows nothing new, so that only waiting tells: 20 s, for busy machines.
FIRST = """async (queries) => {
    const box = document.querySelector("[name=query]");
    const list = document.querySelector(".md-search-result__list");
    const score = ({ firstElementChild: e }) => Number(e.dataset.mdScore);
    const found = [];
    box.focus();
    for (const query of queries) {
        const start = performance.now();
        await new Promise((resolve) => {
            new MutationObserver((_, observer) => {
                observer.disconnect();
                resolve();
            }).observe(list, { childList: true });
            setTimeout(resolve, 20_000);
            box.value = query;
            box.dispatchEvent(new KeyboardEvent("keyup", { key: "End" }));
        });
        const time = performance.now() - start;
        const links = [...list.querySelectorAll("li:first-child a")];
        links.sort((one, other) => score(other) - score(one));
        found.push([links[0]?.href ?? "", time]);
    }
    return found;
}"""
languages = pytest.mark.parametrize("lang", ROOTS)


def wrong(expected: dict[str, str], site: str, opened: object) -> Iterator[str]:
    """Search for each query; say where another page came first."""
    found = opened.evaluate(FIRST, list(expected))
    times = sorted(time for _, time in found)
    print(
        f"{len(times)} queries, median {times[len(times) // 2]:.0f} ms, "
        f"slowest {times[-1]:.0f} ms"
    )
    for (query, page), (href, _) in zip(expected.items(), found, strict=True):
        url = urlsplit(href)
        first = url.path.removeprefix(urlsplit(site).path)
        if "#" in page:
            first += f"#{unquote(url.fragment)}"
        if not href or first != page:
            yield f"{query!r}: {first if href else 'nothing'}, not {page}"


@languages
def test_readers_find_what_they_mean(
    lang: str, visit: Open, address: Address
) -> None:
    expected = {
        query: ROOTS[lang] + page
        for page, queries in EXPECTED[lang].items()
        for query in queries
    }
    site = address("")
    lines = list(wrong(expected, site, visit(ROOTS[lang])))
    assert not lines, "\n".join(["tests/search.yml:", *lines])


@languages
def test_every_loss_is_found_by_each_of_its_names(
    lang: str, visit: Open, address: Address
) -> None:
    expected = {}
    for page in LOSSES:
        if language(page) == lang:
            meta = front_matter(PAGES[page])
            names = [tree(page).xpath("string(//h1/text())")]
            names += meta.get("tags", [])
            names += [meta[x] for x in ("symbol", "functional") if x in meta]
            expected |= dict.fromkeys(names, page)
    lines = list(wrong(expected, address(""), visit(ROOTS[lang])))
    assert not lines, "\n".join(
        [f"docs/{lang}/losses, tags, title or symbol:", *lines]
    )


@languages
@pytest.mark.parametrize("query", ["loss weight", "交叉熵 CE"])
def test_the_page_found_marks_what_was_typed(
    lang: str, query: str, visit: Open
) -> None:
    opened = visit(ROOTS[lang])
    ((href, _),) = opened.evaluate(FIRST, [query])
    opened.goto(href)
    marks = opened.locator("[data-md-highlight]")
    marks.first.wait_for()
    texts = [text.lower().split() for text in marks.all_text_contents()]
    assert all(texts), "a mark of nothing: see separator in mkdocs.yml"
    assert {word for text in texts for word in text} <= {*query.lower().split()}


@languages
def test_the_table_is_whole(lang: str) -> None:
    assert list(EXPECTED) == list(ROOTS), f"{TABLE}: two languages"
    queries = [query for x in EXPECTED[lang].values() for query in x]
    assert len(queries) >= LEAST
    twice = {query for query in queries if queries.count(query) > 1}
    assert not twice, f"tests/search.yml: {lang}: twice: {twice}"
    everything = sum(len(x) for y in EXPECTED.values() for x in y.values())
    assert everything == TEXT.count("\n    - "), (
        "tests/search.yml: a page stands there twice: join its queries"
    )
    for place in EXPECTED[lang]:
        page, _, anchor = (ROOTS[lang] + place).partition("#")
        assert page in PAGES, f"tests/search.yml: no page {page}"
        assert not anchor or tree(page).xpath("//*[@id=$x]", x=anchor), (
            f"tests/search.yml: no section {place}"
        )
