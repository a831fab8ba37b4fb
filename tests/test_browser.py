"""The built site in a real browser, as readers and their keyboards meet it."""

import pytest
from playwright.sync_api import (
    Browser,
    Page,
    expect,
)

from tests.blocks import ROOT
from tests.browser import (
    LAPTOP,
    NARROW,
    PAINT,
    PHONE,
    SHIFTS,
    TABLET,
    WIDE,
    Address,
    Halting,
    Open,
    contrast,
    serve,
)
from tests.marks import roots
from tests.site import (
    ERRORS,
    LOSSES,
    PAGES,
    language,
    promised,
    twin,
)

EXAMPLES = [f"{root}losses/cross_entropy_loss/" for root in ("", "zh/")]
WITH_SYMBOL = [
    page
    for page, source in PAGES.items()
    if "\nsymbol: " in source.read_text(encoding="utf-8")
]
AXE = ROOT / "node_modules/axe-core/axe.min.js"
RUN_AXE = """async ([context, options]) => {
    const { violations } = await axe.run(context,
        { resultTypes: ["violations"], ...options });
    return violations
        .filter(({ impact }) => ["serious", "critical"].includes(impact))
        .map(({ help, nodes: [{ target, failureSummary }] }) =>
            [help, target, failureSummary]);
}"""
# Rules that want the colours of what is around, and take long.
COLOURS = ["color-contrast", "link-in-text-block"]
COLOURLESS = {rule: {"enabled": False} for rule in COLOURS}
PAINTED = """() => [
    performance.getEntriesByName("first-paint")[0].startTime,
    performance.getEntriesByType("navigation")[0].responseEnd,
]"""
# How far below the letters a link is underlined, and how deep its _ lies.
UNDERLINES = """(links) => links.map((link) => {
    const style = getComputedStyle(link);
    const paint = document.createElement("canvas").getContext("2d");
    paint.font = getComputedStyle(link.querySelector("code")).font;
    const { actualBoundingBoxDescent } = paint.measureText("_");
    return [link.textContent, style.textDecorationLine,
        parseFloat(style.textUnderlineOffset), actualBoundingBoxDescent];
})"""
# Half of a page are words of code. Of those that look alike, in blocks that
# look alike, three stand for all: axe takes a third of the time. It judges
# neither a single letter nor what is scrolled out of sight.
ALIKE = """() => {
    const looks = new Map(), seen = {}, again = [];
    const look = (e) => {
        if (!looks.has(e)) {
            const { color, backgroundColor, fontWeight, fontStyle, fontSize } =
                getComputedStyle(e);
            looks.set(e, [e.className, color, backgroundColor, fontWeight,
                fontStyle, fontSize].join());
        }
        return looks.get(e);
    };
    for (const code of document.querySelectorAll(".highlight code")) {
        const block = look(code.closest(".highlight"));
        for (const word of code.querySelectorAll("span")) {
            const key = look(word) + look(word.parentElement) + block;
            seen[key] ??= 0;
            if (word.textContent.trim().length < 2 || ++seen[key] > 3)
                again.push(word);
        }
    }
    again.forEach((e) => e.replaceWith(...e.childNodes));
}"""
# Of words whose colours, sizes and grounds are alike, those of all that they
# stand in too, three are judged for their contrast, if no page before had such;
# of links also for how they differ from the words around them.
# Over the fading edge of a wide table axe judges nothing.
JUDGED = """(before) => {
    for (const e of document.querySelectorAll(".wide"))
        e.style.backgroundImage = "none";
    const kinds = new Map(), seen = new Map(), known = new Set(before);
    const number = (text) =>
        [...text].reduce((n, c) => Math.imul(n, 31) + c.charCodeAt() | 0, 7);
    const kind = (e) => {
        if (e && !kinds.has(e)) {
            const style = getComputedStyle(e);
            kinds.set(e, number([kind(e.parentElement), style.color,
                style.backgroundColor, style.backgroundImage, style.opacity,
                style.filter, style.fontSize, style.fontWeight,
                style.textShadow, style.position, style.textDecorationLine,
                e.localName === "a" && e.parentElement.textContent.length
                    > e.textContent.length + 9].join()));
        }
        return kinds.get(e);
    };
    for (const e of document.querySelectorAll("[data-judged]"))
        delete e.dataset.judged;
    for (const e of document.body.querySelectorAll("*")) {
        const words = [...e.childNodes].filter((x) => x.nodeType === 3);
        if (words.every((x) => x.data.trim().length < 2)) continue;
        if (known.has(kind(e)) || !e.getClientRects().length) continue;
        const often = (seen.get(kind(e)) ?? 0) + 1;
        seen.set(kind(e), often);
        if (often <= 3) (e.closest("a") ?? e).dataset.judged = "";
    }
    return [...seen.keys()];
}"""
# What stands around the article, which a phone hides.
FRAME = """() => {
    for (let e = document.querySelector("article"); e !== document.body;
            e = e.parentElement)
        for (const other of e.parentElement.children)
            if (other !== e) other.dataset.frame = "";
}"""
SOUND: set[int] = set()  # kinds of words that this process has judged
NO_MATH = (
    """document.querySelectorAll(".katex-html").forEach((e) => e.remove())"""
)
# Material's script lets the keyboard into code that is wide, a moment after
# the width changes.
SETTLED = """() => [...document.querySelectorAll(".highlight code")].every(
    (e) => e.scrollWidth <= e.clientWidth || e.tabIndex === 0)"""
OPEN = "document.querySelectorAll('details').forEach((e) => e.open = true)"
PARTED = """() => [...document.querySelectorAll(".whole")]
    .filter((e) => e.getClientRects().length > 1)
    .map((e) => e.parentElement.textContent)"""
# A Chinese title that is broken inside a word, or before a stop.
TORN = r"""() => {
    const texts = document.createTreeWalker(
        document.querySelector("article h1"), NodeFilter.SHOW_TEXT);
    const torn = [], range = document.createRange();
    const whole = /[㐀-鿿](?=[㐀-鿿])|.(?=[：、，])/g;
    while (texts.nextNode()) {
        const { data } = texts.currentNode;
        for (const { index } of data.matchAll(whole)) {
            range.setStart(texts.currentNode, index);
            range.setEnd(texts.currentNode, index + 2);
            const [first, last] = [...range.getClientRects()];
            if (last && last.top > first.top + 9)
                torn.push(data.slice(index, index + 2));
        }
    }
    return torn;
}"""
# On a phone code and formulas are whole; a table that isn't fades at its edge.
CUT = """() => [".highlight code", ".katex-display", ".wide"].flatMap((kind) =>
    [...document.querySelectorAll(`article ${kind}`)]
        .filter((e) => e.scrollWidth > e.clientWidth + 1)
        .filter((e) => kind !== ".wide"
            || !getComputedStyle(e).backgroundImage.includes("gradient"))
        .map((e) => `${kind}: ${e.textContent.trim().slice(0, 40)}`))"""
# What each button hands to the clipboard; asking that itself takes 0.1 s.
COPY = """(buttons) => {
    const copied = [];
    document.addEventListener("copy", (e) => copied.push(e.target.value));
    buttons.forEach((button) => button.click());
    return copied;
}"""
PASTE = "navigator.clipboard.readText()"
WIDEST = """(found) => {
    const hidden = found.map((e) => e.scrollWidth - e.clientWidth);
    return hidden.indexOf(Math.max(...hidden));
}"""

every_page = pytest.mark.parametrize("page", PAGES)
both_languages = pytest.mark.parametrize("page", EXAMPLES)


def settle(opened: Page) -> None:
    """Wait for Material; colours that still fade have no contrast."""
    opened.wait_for_function(SETTLED)
    opened.evaluate("document.getAnimations().forEach((x) => x.finish())")


def load_axe(opened: Page) -> None:
    """Load axe, which need not write down the HTML of all that it judges."""
    opened.evaluate(AXE.read_text(encoding="utf-8"))
    opened.evaluate("axe.configure({ noHtml: true })")


def scan(opened: Page, within: str = "html", **options: object) -> None:
    """See that axe finds nothing serious, on the page or in parts of it."""
    settle(opened)
    context = {"include": within, "exclude": ".katex-html"}
    assert not opened.evaluate(RUN_AXE, [context, options])


def scan_contrast(opened: Page, before: set[int]) -> None:
    """See that words stand out, of kinds that were not judged before."""
    settle(opened)
    if kinds := opened.evaluate(JUDGED, [*before]):
        scan(opened, "[data-judged]", runOnly=COLOURS)
        before.update(kinds)


def first_block_is_on_screen(opened: Page) -> None:
    """See the first block and its output without scrolling."""
    output = opened.locator("#copy-this ~ .language-text").first
    box = output.bounding_box()
    assert box
    assert box["y"] + box["height"] <= LAPTOP["height"]


def buttons_copy_the_code(opened: Page, page: str) -> None:
    """See that each button copies its block, and that outputs have none."""
    buttons = opened.locator(".language-python [data-md-type=copy]")
    buttons.first.click()
    code = [
        text
        for kind, text in promised(page, without=("wrong", "raises", "warns"))
        if kind == "python"
    ]
    clipboard = opened.evaluate(PASTE)
    copied = buttons.evaluate_all(COPY)
    # Of so many at once a busy browser selects nothing for some: one by one.
    for i in [i for i, text in enumerate(copied) if text is None]:
        buttons.nth(i).click()
        copied[i] = opened.evaluate(PASTE)
    assert [clipboard, *copied[1:]] == copied == [text[:-1] for text in code]
    outputs = opened.locator(".language-text")
    assert outputs.count()
    assert not outputs.locator("button:visible").count()


@pytest.mark.parametrize("page", ["training/", "zh/training/"])
def test_a_short_page_is_shown_when_it_is_whole(
    page: str, browser: Browser
) -> None:
    # Its table was drawn of the rows that had come, then drawn wider.
    with serve("/", Halting) as site, browser.new_context() as context:
        opened = context.new_page()
        opened.goto(site + page)
        painted, came = opened.evaluate(PAINTED)
        assert painted > came > 1000


@every_page
def test_a_page_is_sound(page: str, browser: Browser, address: Address) -> None:
    """One visit: requests, shifts, copying, five widths, axe, both palettes."""
    site, trouble = address(""), []
    allowed = ["clipboard-read", "clipboard-write"]
    with browser.new_context(viewport=LAPTOP, permissions=allowed) as context:
        context.on(
            "request",
            lambda x: x.url.startswith(site) or trouble.append(x.url),
        )
        context.on("requestfailed", lambda x: trouble.append(x.url))
        context.on("response", lambda x: x.ok or trouble.append(x.url))
        context.on("weberror", lambda x: trouble.append(x.error))
        context.on(
            "console",
            lambda x: x.type in ("error", "warning") and trouble.append(x.text),
        )
        opened = context.new_page()
        opened.goto(site + page, wait_until="networkidle")
        assert opened.evaluate(SHIFTS) < 0.02
        if page in WITH_SYMBOL:
            first_block_is_on_screen(opened)
        opened.evaluate(OPEN)
        if page in LOSSES:
            buttons_copy_the_code(opened, page)
        for size in (WIDE, TABLET, PHONE, NARROW):
            opened.set_viewport_size(size)
            width = opened.evaluate("document.documentElement.scrollWidth")
            assert width == size["width"], "scrolls sideways"
            assert not opened.evaluate(PARTED), "a stop begins a line"
            assert size is NARROW or not opened.evaluate(CUT), "cut"
            assert size is NARROW or not opened.evaluate(TORN), "torn title"
        opened.evaluate(ALIKE)
        opened.evaluate(NO_MATH)
        load_axe(opened)
        scan(opened, rules=COLOURLESS)
        opened.set_viewport_size(LAPTOP)
        opened.evaluate(FRAME)
        scan(opened, "[data-frame]", rules=COLOURLESS)
        scan_contrast(opened, SOUND)
        opened.locator("[data-md-component=palette] label:visible").click()
        body = opened.locator("body")
        expect(body).to_have_attribute("data-md-color-scheme", "slate")
        scan_contrast(opened, SOUND)
        assert not trouble


@pytest.mark.parametrize(
    ("words", "style"),
    [
        *((words, "color: #bbb") for words in "td th p .k h2".split()),
        ("li a", "color: #bbb"),
        ("p a", "color: #003"),  # as dark as the text, not underlined
    ],
)
def test_words_that_are_hard_to_read_are_found(
    words: str, style: str, visit: Open
) -> None:
    opened = visit(LOSSES[0], color_scheme="light")
    load_axe(opened)
    sound: set[int] = set()
    scan_contrast(opened, sound)
    plain = "text-decoration: none !important"
    opened.add_style_tag(
        content=f"article {words} {{ {style} !important; {plain} }}"
    )
    with pytest.raises(AssertionError):
        scan_contrast(opened, sound)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("page", ERRORS)
def test_axe_finds_nothing_serious_on_an_error_page(
    page: str, scheme: str, visit: Open
) -> None:
    opened = visit(page, color_scheme=scheme)
    load_axe(opened)
    scan(opened)
    opened.set_viewport_size(PHONE)
    scan(opened)


@both_languages
def test_math_and_text_need_no_script(page: str, visit: Open) -> None:
    opened = visit(page, java_script_enabled=False)
    article = opened.locator("article")
    for part in ("h1", "p .katex", ".katex-display", "table", "pre", "svg"):
        expect(article.locator(part).first).to_be_visible()
    assert article.locator(".katex-display").first.bounding_box()["width"] > 99
    assert "ignore_index" in article.inner_text()


@both_languages
def test_a_name_in_a_link_keeps_its_underscores(page: str, visit: Open) -> None:
    opened = visit(page)
    links = opened.locator("article a:has(code)").evaluate_all(UNDERLINES)
    assert [name for name, *_ in links if "_" in name]
    for name, line, offset, deep in links:
        assert line == "underline", name
        assert offset > deep, f"{name}: the underline hides an underscore"


@both_languages
def test_figures_are_readable_in_both_palettes(page: str, visit: Open) -> None:
    opened = visit(page)
    body = opened.locator("body")
    for scheme in ("default", "slate"):
        expect(body).to_have_attribute("data-md-color-scheme", scheme)
        ground = body.evaluate("e => getComputedStyle(e).backgroundColor")
        texts = opened.locator(".panels text").evaluate_all(PAINT, "fill")
        curves = opened.locator(".panels path[style*='stroke: var(--']")
        lines = curves.evaluate_all(PAINT, "stroke")
        assert texts
        assert lines
        assert min(contrast(text, ground) for text in texts) >= 4.5
        assert min(contrast(line, ground) for line in lines) >= 3
        opened.locator("[data-md-component=palette] label:visible").click()
    expect(body).to_have_attribute("data-md-color-scheme", "default")


def test_the_chosen_palette_stays(visit: Open) -> None:
    opened = visit("")
    opened.locator("[data-md-component=palette] label:visible").click()
    opened.goto(opened.url + "glossary/")
    body = opened.locator("body")
    expect(body).to_have_attribute("data-md-color-scheme", "slate")


@both_languages
def test_the_language_switch_leads_there_and_back(
    page: str, visit: Open, address: Address
) -> None:
    opened = visit(page)
    for there in (twin(page), page):
        opened.locator("header [hreflang]").click()
        expect(opened).to_have_url(address(there))
        expect(opened.locator("html")).to_have_attribute(
            "lang", language(there)
        )


@both_languages
def test_the_keyboard_reaches_everything(page: str, visit: Open) -> None:
    opened = visit(page)
    wanted = [".md-skip", "[name=__palette]", "[hreflang]", "[name=query]"]
    reached = []
    for _ in range(10):
        opened.keyboard.press("Tab")
        focused = opened.locator(":focus")
        reached += [
            x for x in wanted if focused.evaluate("(e, x) => e.matches(x)", x)
        ]
    assert reached == wanted


@pytest.mark.parametrize(
    ("page", "wide"),
    [
        (f"{root}losses/{page}/", wide)
        for root in ("", "zh/")
        for page, wide in (
            ("distillation", ".katex-display"),
            ("cross_entropy_loss", ".wide"),
        )
    ],
)
def test_the_keyboard_scrolls_what_is_wide(
    page: str, wide: str, visit: Open
) -> None:
    opened = visit(page, viewport=NARROW)
    boxes = opened.locator(wide)
    widest = boxes.nth(boxes.evaluate_all(WIDEST))
    widest.focus()
    opened.keyboard.press("ArrowRight")
    opened.wait_for_function("document.activeElement.scrollLeft > 0")
    assert widest.evaluate(
        "e => e === document.activeElement && e.tabIndex == 0"
    )


@roots
def test_the_keyboard_sorts_the_table_of_all_losses(
    root: str, visit: Open
) -> None:
    opened = visit(f"{root}all_losses/")
    table = opened.locator("table").first
    since = table.locator("th").last
    for order in ("ascending", "descending"):
        since.press("Enter")
        expect(since).to_have_attribute("aria-sort", order)
        shown = table.locator("td:last-child").all_inner_texts()
        assert shown == sorted(shown, reverse=order == "descending")
        assert len(set(shown)) > 1


@pytest.mark.parametrize("page", ["nowhere/", *ERRORS])
def test_a_missing_page_speaks_both_languages(
    page: str, browser: Browser, address: Address
) -> None:
    missing = []
    with browser.new_context() as context:
        context.on("response", lambda x: x.ok or missing.append(x.url))
        opened = context.new_page()
        opened.goto(address(page), wait_until="networkidle")
        assert missing == [address(page)] * (page not in ERRORS)
        for lang, words in {"en": "does not exist", "zh": "页面不存在"}.items():
            said = opened.locator(f"article [lang={lang}]")
            expect(said).to_contain_text(words)
            said.locator("a").click()
            expect(opened.locator("html")).to_have_attribute("lang", lang)
            opened.go_back()
