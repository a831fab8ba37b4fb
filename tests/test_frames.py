"""What is wrong looks wrong, what proves is folded, a phone shows it whole."""

import itertools
import re

import pytest
from playwright.sync_api import expect

from docs.generate import errors
from docs.generate.files import words
from docs.generate.frames import COMMENT, FRAMED
from docs.grammar import includes
from tests.browser import LAPTOP, PHONE, Open, contrast
from tests.site import PAGES, SITE, all_blocks, language, tree

EXAMPLES = ["losses/cross_entropy_loss/", "zh/losses/overlap/"]
FRAMES = " or ".join(f"contains(@class, 'admonition {x}')" for x in FRAMED)
# The text of each block, and of its frame's title, beside its button.
BESIDE = """buttons => buttons.map((button) => {
    const block = button.closest(".admonition") || button.closest(".highlight");
    const box = button.getBoundingClientRect();
    const texts = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    let over = "";
    while (texts.nextNode()) {
        if (!texts.currentNode.data.trim()) continue;
        range.selectNodeContents(texts.currentNode);
        for (const text of range.getClientRects())
            if (text.right > box.left && text.left < box.right
                && text.bottom > box.top + 1 && text.top < box.bottom - 1)
                over += texts.currentNode.data;
    }
    return over;
})"""
GROUND = """buttons => buttons.map((button) => {
    const style = (e) => getComputedStyle(e).backgroundColor;
    const code = style(button.closest("pre").querySelector("code"));
    const page = style(document.body);
    return [getComputedStyle(button).color,
        button.closest(".right") ? page : code];
})"""
CUT = """found => found.filter((e) => e.scrollWidth > e.clientWidth + 1)
    .map((e) => e.textContent)"""
# How far below its line the next line of a broken formula begins.
GAPS = """found => found.flatMap((formula) => {
    const boxes = [...formula.querySelectorAll(":scope > .katex-base")]
        .map((e) => e.getBoundingClientRect());
    return boxes.slice(1).flatMap((box, i) => box.left < boxes[i].left
        ? [box.top - Math.max(...boxes.slice(0, i + 1).map((x) => x.bottom))]
        : []);
})"""
HEIGHT = "e => e.offsetHeight / parseFloat(getComputedStyle(e).lineHeight)"
# On how many lines each text begins.
LINES = """found => found.map((e) => {
    const text = document.createRange();
    text.selectNodeContents(e);
    return new Set([...text.getClientRects()].map((x) => x.top)).size;
})"""
# How large letters are drawn, upright or not.
SIZES = """found => found.map((e) => {
    const { a, b } = e.getCTM();
    return parseFloat(getComputedStyle(e).fontSize) * Math.hypot(a, b);
})"""
# A link that is hidden makes no line of its own below its heading.
PHANTOM = """found => found.filter((link) => {
    const text = document.createRange();
    text.setStart(link.parentElement, 0);
    text.setEndBefore(link);
    const ends = [...text.getClientRects()].map((x) => x.bottom);
    return link.getBoundingClientRect().top > Math.max(...ends) - 2;
}).map((e) => e.parentElement.textContent)"""

examples = pytest.mark.parametrize("page", EXAMPLES)
WIDTHS = [390, 768, 1366, 1920]


@pytest.mark.parametrize("page", PAGES)
def test_a_frame_says_the_kind_that_was_declared(page: str) -> None:
    said = words("frames", language(page))
    declared = [
        (said[block.kind], block.text)
        for include in includes(PAGES[page].read_text(encoding="utf-8"))
        if include.file != errors.FILE  # laid out in its own way
        for block, _ in all_blocks().get(
            f"snippets/{include.file}:{include.section}", []
        )
        if block.kind in FRAMED
    ]
    shown = [
        (frame.findtext("p"), frame.xpath("string(.//pre)"))
        for frame in tree(page).xpath(f"//article//div[{FRAMES}]")
    ]
    assert shown == declared
    plain = (SITE / page / "index.md").read_text(encoding="utf-8")
    bold = re.findall(r"^\*\*(.+)\*\*$", plain, re.MULTILINE)
    if "errors/" not in page:
        framed = [x for x in bold if x in said.values()]
        assert framed == [kind for kind, _ in declared]


@pytest.mark.parametrize("page", EXAMPLES)
def test_a_marked_line_is_not_in_the_other_block(page: str) -> None:
    frames = tree(page).xpath(f"//article//div[{FRAMES}]")
    marks = {frame: frame.xpath(".//*[@class='hll']") for frame in frames}
    assert sum(map(bool, marks.values())) > len(frames) / 2
    pairs = 0
    for wrong, right in itertools.pairwise(frames):
        if "right" in wrong.get("class") or "right" not in right.get("class"):
            continue
        pairs += 1
        for one, other in ((wrong, right), (right, wrong)):
            lines = other.xpath("string(.//code)").splitlines()
            lines = {COMMENT.sub("", line).strip() for line in lines}
            for mark in marks[one]:
                line = COMMENT.sub("", mark.text_content()).strip()
                assert line not in lines
    assert pairs


@examples
@pytest.mark.parametrize("width", WIDTHS)
def test_a_copy_button_is_seen_and_over_nothing(
    page: str, width: int, visit: Open
) -> None:
    size = {"width": width, "height": 800}
    opened = visit(page, viewport=size, has_touch=width < 1000)
    expect(opened.locator("#copy-this ~ * button").first).to_be_visible()
    opened.evaluate(
        "document.querySelectorAll('details').forEach((e) => e.open = true)"
    )
    buttons = opened.locator(".language-python [data-md-type=copy]")
    assert not any(buttons.evaluate_all(BESIDE))
    assert not opened.locator(".no-copy button").count()
    body = opened.locator("body")
    for scheme in ("default", "slate"):
        expect(body).to_have_attribute("data-md-color-scheme", scheme)
        opened.evaluate("document.getAnimations().forEach((x) => x.finish())")
        pairs = buttons.evaluate_all(GROUND)
        assert min(contrast(*pair) for pair in pairs) >= 3
        opened.locator("[data-md-component=palette] label:visible").click()


@examples
def test_a_fold_is_opened_by_its_link_and_by_print(
    page: str, visit: Open
) -> None:
    size = PHONE if language(page) == "zh" else LAPTOP
    opened = visit(page, java_script_enabled=False, viewport=size)
    code = opened.locator("#by-hand ~ details.proof pre").first
    expect(code).to_be_hidden()
    opened.emulate_media(media="print")
    expect(code).to_be_visible()
    opened = visit(f"{page}#by-hand", viewport=size)
    code = opened.locator("#by-hand ~ details.proof pre").first
    expect(code).to_be_visible()
    later = opened.locator("#precision ~ details.proof pre").first
    expect(later).to_be_hidden()
    opened.evaluate("location.hash = 'precision'")
    expect(later).to_be_visible()


@examples
def test_a_phone_shows_code_whole_and_copies_it_as_it_is(
    page: str, visit: Open
) -> None:
    opened = visit(
        page,
        viewport=PHONE,
        permissions=["clipboard-read", "clipboard-write"],
    )
    blocks = opened.locator(".highlight code")
    assert not blocks.evaluate_all(CUT)
    assert not opened.locator(".headerlink").evaluate_all(PHANTOM)
    button = opened.locator(".right [data-md-type=copy]").first
    button.click()
    copied = opened.evaluate("navigator.clipboard.readText()")
    code = opened.locator(".right .language-python code").first
    assert copied == code.text_content().rstrip("\n")


def test_lines_of_a_broken_formula_stand_apart(visit: Open) -> None:
    opened = visit("losses/bce_loss/", viewport=PHONE)
    gaps = opened.locator(".katex-display .katex-html").evaluate_all(GAPS)
    assert gaps, "none is broken: take another page"
    assert min(gaps) >= 3


def test_a_printed_table_keeps_its_rows_on_a_phone(visit: Open) -> None:
    opened = visit("notebooks/grpo/", viewport=PHONE)
    output = opened.locator(".language-text code", has_text="clipped").first
    lines = output.inner_text().rstrip("\n").count("\n") + 1
    assert output.evaluate(HEIGHT) < lines + 3, "no row is broken"
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width == PHONE["width"]


def test_a_fold_s_title_is_inside_it_on_paper(visit: Open) -> None:
    opened = visit("errors/")
    opened.emulate_media(media="print")
    assert opened.locator("article summary").evaluate_all(
        """found => found.every((e) => e.getBoundingClientRect().left
            >= e.parentElement.getBoundingClientRect().left)"""
    )


def test_a_heading_s_chinese_words_stay_whole(visit: Open) -> None:
    opened = visit("zh/losses/hard_mining/", viewport=PHONE)
    heads = opened.locator("article th", has_not=opened.locator("code"))
    assert heads.count() > 5
    assert {*heads.evaluate_all(LINES)} == {1}


def test_a_small_figure_of_a_notebook_is_whole_on_a_phone(visit: Open) -> None:
    opened = visit("notebooks/class_imbalance/", viewport=PHONE)
    figure = opened.locator("figure.plot").first
    assert not figure.evaluate("e => e.scrollWidth - e.clientWidth")
    assert min(figure.locator("svg text").evaluate_all(SIZES)) >= 8
