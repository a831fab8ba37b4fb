"""The table of all losses: a filter, headings that stay, cards on a phone."""

import pytest
from playwright.sync_api import expect

from tests.browser import LAPTOP, PHONE, SHIFTS, Open
from tests.marks import roots

ROWS = "article tbody tr:visible"
# What is wider than its cell, and words that are broken over two lines.
CUT = r"""() => [...document.querySelectorAll("article td")].flatMap((cell) => {
    const { right } = cell.getBoundingClientRect();
    const wide = [...cell.querySelectorAll(".base, code, a")].filter((part) =>
        part.getBoundingClientRect().right > right + 1);
    const walker = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    const broken = [];
    while (walker.nextNode()) {
        const node = walker.currentNode;
        if (node.parentElement.closest(".katex")) continue;
        for (const word of node.data.matchAll(/[A-Za-z]+/g)) {
            const range = document.createRange();
            range.setStart(node, word.index);
            range.setEnd(node, word.index + word[0].length);
            if (range.getClientRects().length > 1) broken.push(word[0]);
        }
    }
    return [...wide.map((part) => part.textContent), ...broken];
})"""


@roots
def test_words_and_a_task_filter_the_rows(root: str, visit: Open) -> None:
    opened = visit(f"{root}all_losses/")
    rows, status = opened.locator(ROWS), opened.get_by_role("status")
    count = rows.count()
    expect(status).to_contain_text(str(count))
    opened.locator("[name=text]").focus()
    opened.keyboard.type("giou")
    expect(rows).to_have_count(1)
    opened.keyboard.press("Tab")
    opened.keyboard.press("ArrowDown")  # the first task has no box
    expect(rows).to_have_count(0)
    opened.keyboard.press("Tab")
    opened.keyboard.press("Enter")  # reset
    expect(rows).to_have_count(count)
    task = opened.locator("[name=task]")
    for value in task.locator("option").all_inner_texts()[1:]:
        task.select_option(value)
        cells = opened.locator(f"{ROWS} td:nth-child(2)").all_inner_texts()
        assert set(cells) == {value}
    with opened.context.new_page() as shared:
        shared.goto(opened.url)
        assert shared.locator(ROWS).count() == rows.count() < count
        assert shared.evaluate(SHIFTS) < 0.02


@roots
def test_headings_stay_in_sight(root: str, visit: Open) -> None:
    opened = visit(f"{root}all_losses/", viewport=LAPTOP)
    opened.mouse.wheel(0, 1500)
    head = opened.locator("article th").first
    header = opened.locator(".md-header").bounding_box()["height"]
    expect(head).to_be_in_viewport()
    assert head.bounding_box()["y"] >= header - 1
    assert opened.evaluate(CUT) == []


@roots
@pytest.mark.parametrize("page", ["all_losses/", "cheat_sheet/"])
def test_a_row_is_a_card_on_a_phone(page: str, root: str, visit: Open) -> None:
    opened = visit(f"{root}{page}", viewport=PHONE)
    inside = opened.locator("article tbody tr").all()
    for row in inside[:5]:
        box = row.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
    title = opened.locator("article thead th").nth(2).text_content()
    label = opened.locator("article tbody td").nth(2)
    shown = label.evaluate("e => getComputedStyle(e, '::before').content")
    assert shown == f'"{title}"'
    assert opened.evaluate(CUT) == []


@roots
def test_all_rows_are_there_without_a_script(root: str, visit: Open) -> None:
    opened = visit(f"{root}all_losses/", java_script_enabled=False)
    assert opened.locator(ROWS).count() > 50
    assert not opened.locator("form.filter:visible").count()
