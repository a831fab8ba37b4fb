"""The chooser leads from every task to a call, with a script and without."""

import re
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, expect

from docs.grammar import headings, includes
from tests.blocks import ROOT
from tests.browser import NARROW, SHIFTS, Address, Open
from tests.marks import languages, roots
from tests.site import SITE, menu
from tests.test_pages import PAGES

LINK = re.compile(r"\[([^]]+)\]\(([^)]+)\)")
CONCERNS = """class imbalance, long tail, hard examples, noisy labels,
missing labels, soft labels, distillation, outliers, quantiles, uncertainty,
padding, ordered class index, count, huge vocabulary"""


@cache
def text(language: str) -> str:
    """Read the page."""
    path = ROOT / "docs" / language / "choose.md"
    return path.read_text(encoding="utf-8")


@cache
def rows(language: str) -> list[list[str]]:
    """Read the table: task, target, what to watch, start with, then try."""
    lines = re.findall(r"^\| (.*) \|$", text(language), re.MULTILINE)
    return [line.split(" | ") for line in lines[2:]]


def where(language: str, row: list[str]) -> str:
    """Tell the line of a row, as editors take it."""
    lines = text(language).splitlines()
    line = lines.index(f"| {' | '.join(row)} |") + 1
    return f"docs/{language}/choose.md:{line}"


@cache
def calls(language: str) -> dict[str, str]:
    """Map the id of each call's heading to the block below it."""
    found = {}
    for part in re.split(r"^(?=### )", text(language), flags=re.M)[1:]:
        ((_, _, _, anchor), *_) = headings(part)
        (include,) = includes(part)
        found[anchor] = f"{include.file}:{include.section}"
    return found


@languages
def test_the_tasks_are_those_of_the_navigation(language: str) -> None:
    groups = menu(language).items()
    tasks = [title for title, pages in groups if "tasks/" in str(pages)]
    assert list(dict.fromkeys(row[0] for row in rows(language))) == tasks


@languages
def test_every_loss_page_is_an_answer(language: str) -> None:
    links = {x for row in rows(language) for _, x in LINK.findall(row[3])}
    links |= {x for row in rows(language) for _, x in LINK.findall(row[4])}
    answers = {x for x in links if not x.startswith("#")}
    pages = {f"losses/{page}.md#copy-this" for page in PAGES}
    assert answers == pages, (
        f"docs/{language}/choose.md:1: no row leads to {pages - answers}, "
        f"and there is no {answers - pages}"
    )


@languages
def test_no_two_rows_ask_the_same(language: str) -> None:
    asked = [tuple(row[:3]) for row in rows(language)]
    assert len(set(asked)) == len(asked)


@languages
def test_every_answer_says_why(language: str) -> None:
    link = r"\[.+?\]\(\S+?\)"
    for row in rows(language):
        place = where(language, row)
        others = row[4].split("<br> ")
        for form, cell in (
            (f"{link}(, |，){link}(: |：)(.+)", row[3]),
            *((f"{link}(: |：)(.+)", other) for other in others),
        ):
            said = re.fullmatch(form, cell)
            assert said, f"{place}: say why to take {cell}"
            assert "[" not in said[said.lastindex], f"{place}: {cell}"
        names = [LINK.search(cell)[0] for cell in (row[3], *others)]
        assert len(set(names)) == len(names) <= 3, (
            f"{place}: no three of {names}"
        )


def test_what_people_watch_out_for_is_there() -> None:
    told = " ".join(cell for row in rows("en") for cell in row[:3])
    lacking = [x for x in re.split(r",\s+", CONCERNS) if x not in told]
    assert not lacking


@languages
def test_each_row_has_its_call_on_this_page(language: str) -> None:
    used = set()
    for row in rows(language):
        (_, page), (_, call) = LINK.findall(row[3])
        name = page.removeprefix("losses/").removesuffix(".md#copy-this")
        block = calls(language).get(call.removeprefix("#"), "")
        assert block.startswith(f"examples/{name}.md:"), (
            f"{where(language, row)}: no ### heading {call} with a block of "
            f"examples/{name}.md below the table"
        )
        used.add(call.removeprefix("#"))
    unused = calls(language).keys() - used
    assert not unused, (
        f"docs/{language}/choose.md:1: no row leads to the calls {unused}"
    )


def shown(opened: Page, column: int) -> list[str]:
    """Read a column of the rows that are to be seen."""
    cells = opened.locator(f"article tbody tr:visible td:nth-child({column})")
    return cells.all_inner_texts()


def assert_calls_fit(opened: Page) -> None:
    """See that the calls below are those of the rows, and their code too."""
    links = opened.locator("article tbody tr:visible a[href^='#']")
    wanted = {x.get_attribute("href")[1:] for x in links.all()}
    heads = opened.locator("article h3:visible")
    assert {x.get_attribute("id") for x in heads.all()} == wanted
    code = opened.locator("article .language-python:visible")
    assert code.count() == len(wanted)


def tab_to(opened: Page, selector: str, key: str = "Tab") -> None:
    """Press Tab, or Shift+Tab, until an element has the focus."""
    for _ in range(200):
        opened.keyboard.press(key)
        if opened.locator(f":focus:is({selector})").count():
            return
    pytest.fail(f"Tab doesn't reach {selector}")


@roots
def test_the_keyboard_chooses(root: str, visit: Open) -> None:
    opened = visit(f"{root}choose/")
    table = rows("zh" if root else "en")
    status = opened.get_by_role("status")
    expect(status).to_contain_text(str(len(table)))
    assert not shown(opened, 1), "the first question comes first"
    tasks = opened.locator(".answers button:visible")
    names = list(dict.fromkeys(row[0] for row in table))
    assert tasks.all_inner_texts() == names

    task = table[0][0]
    tab_to(opened, ".answers button")
    opened.keyboard.press("Enter")
    assert opened.locator(".answers button:focus").count()
    fit = [row for row in table if row[0] == task]
    assert shown(opened, 1) == [task] * len(fit)
    expect(status).to_contain_text(str(len(fit)))
    assert_calls_fit(opened)

    tab_to(opened, "[name=care]", "Shift+Tab")
    opened.keyboard.press("End")  # the last one that this task has
    last = fit[-1][2]
    assert set(shown(opened, 3)) == {last}
    count = sum(row[2] == last for row in fit)
    assert len(shown(opened, 3)) == count < len(fit)
    assert_calls_fit(opened)

    with opened.context.new_page() as shared:  # the address keeps the choice
        shared.goto(opened.url)
        assert shown(shared, 3) == shown(opened, 3)
        assert shared.locator("[name=task]").input_value() == task
        assert shared.evaluate(SHIFTS) < 0.02

    tab_to(opened, "[type=reset]")
    opened.keyboard.press("Enter")
    expect(status).to_contain_text(str(len(table)))
    assert tasks.all_inner_texts() == names
    assert not shown(opened, 1)
    assert "?" not in opened.url


@roots
def test_questions_as_buttons_lead_to_one_answer(
    root: str, visit: Open
) -> None:
    opened = visit(f"{root}choose/")
    left = rows("zh" if root else "en")
    buttons = opened.locator(".answers button:visible")
    asked = set()
    while len(left) > 1:
        column = next(i for i in range(3) if len({x[i] for x in left}) > 1)
        values = list(dict.fromkeys(row[column] for row in left))
        assert buttons.all_inner_texts() == values
        asked.add(opened.locator(".ask p").inner_text())
        box = buttons.last.bounding_box()
        assert box["height"] >= 44, "large enough for a thumb"
        buttons.last.press("Enter")
        left = [row for row in left if row[column] == values[-1]]
    assert len(asked) == 3, "a question each"
    assert not buttons.count()
    answer = opened.locator("article tbody tr:visible")
    expect(answer).to_have_count(1)
    for cell, said in zip((3, 4), left[0][3:], strict=True):
        for one in said.split("<br> "):
            why = re.split(": |：", one, maxsplit=1)[1].replace("`", "")
            expect(answer.locator("td").nth(cell)).to_contain_text(why)
    assert answer.locator("a:focus").count(), "the keyboard is at the answer"
    assert_calls_fit(opened)


@roots
def test_a_choice_is_kept_before_the_first_paint(
    root: str, visit: Open
) -> None:
    """What comes late, such as the theme's script, finds it made."""
    opened = visit(f"{root}choose/")
    value = rows_cell(root, 0)
    opened.locator("[name=task]").select_option(value)
    late = []
    with opened.context.new_page() as slow:
        slow.route(
            re.compile(r"/bundle\.\w+\.min\.js"),
            lambda route: late.append(route),
        )
        slow.goto(opened.url, wait_until="commit")
        expect(slow.locator("[name=task]")).to_have_value(value)
        assert shown(slow, 1) == shown(opened, 1)
        late[0].continue_()
        slow.wait_for_load_state()
        assert slow.evaluate(SHIFTS) < 0.02


@roots
def test_a_select_is_labelled_and_offers_only_what_has_an_answer(
    root: str, visit: Open
) -> None:
    opened = visit(f"{root}choose/", viewport=NARROW)
    heads = rows_head("zh" if root else "en")
    for title in heads[:3]:
        select = opened.get_by_role("combobox", name=title, exact=True)
        expect(select).to_be_visible()
        options = select.locator("option:enabled").all_inner_texts()[1:]
        for value in options:
            select.select_option(value)
            assert shown(opened, 1), value
        select.select_option("")
    opened.locator("[name=target]").select_option(rows_cell(root, 1))
    left = opened.locator("[name=task] option:enabled").all_inner_texts()[1:]
    table = rows("zh" if root else "en")
    want = {row[0] for row in table if row[1] == rows_cell(root, 1)}
    assert set(left) == want
    width = opened.evaluate("document.documentElement.scrollWidth")
    assert width == NARROW["width"]


def rows_head(language: str) -> list[str]:
    """Read the table's headings."""
    return re.search(r"^\| (.*) \|$", text(language), re.M)[1].split(" | ")


def rows_cell(root: str, column: int) -> str:
    """Take the last row's cell."""
    return rows("zh" if root else "en")[-1][column]


@roots
def test_all_is_there_without_a_script(root: str, visit: Open) -> None:
    opened = visit(f"{root}choose/", java_script_enabled=False)
    language = "zh" if root else "en"
    assert len(shown(opened, 1)) == len(rows(language))
    assert_calls_fit(opened)
    assert not opened.locator("form.choose:visible").count()


@roots
def test_it_works_from_a_file(root: str, browser: Browser) -> None:
    with browser.new_context() as context:
        opened = context.new_page()
        opened.goto((SITE / f"{root}choose/index.html").as_uri())
        value = rows_cell(root, 0)
        opened.locator("[name=task]").select_option(value)
        assert set(shown(opened, 1)) == {value}
        opened.reload()
        assert set(shown(opened, 1)) == {value}


@roots
def test_an_address_of_an_older_table_asks_anew(
    root: str, visit: Open, address: Address
) -> None:
    opened = visit(f"{root}choose/")
    opened.goto(address(f"{root}choose/") + "?task=gone&target=")
    assert opened.locator(".answers button:visible").count()
    task = opened.locator("[name=task]")
    assert task.evaluate("e => e.selectedIndex") == 0, "it says nothing"
