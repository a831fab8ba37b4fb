"""The home page: proof, search, four doors, a card for each task."""

import re

import pytest
from playwright.sync_api import expect

from docs import printed
from docs.generate import curves
from docs.grammar import ROOT
from tests.browser import LAPTOP, PHONE, Open
from tests.marks import roots
from tests.site import tree

WIDE = {"width": 1920, "height": 1080}
MIDDLE = {"width": 768, "height": 1024}
CUT = """() => [...document.querySelectorAll("article *")].filter((e) =>
    e.scrollWidth > e.clientWidth + 1
    && getComputedStyle(e).display !== "inline"
    && !e.closest("pre, .katex, .headerlink")).map((e) => e.outerHTML)"""
FIRST = ["h1", ".search", ".printed", ".hero pre", ".hero .language-text"]


@roots
@pytest.mark.parametrize("size", [PHONE, MIDDLE, LAPTOP, WIDE], ids=str)
def test_nothing_is_cut_at_any_width(
    root: str, size: dict, visit: Open
) -> None:
    opened = visit(root, viewport=size)
    assert not opened.evaluate(CUT)
    for part in [*FIRST, ".doors"] if size["width"] > 1000 else FIRST[:3]:
        box = opened.locator(f"article {part}").first.bounding_box()
        assert box["y"] + box["height"] <= size["height"], part
        assert box["x"] + box["width"] <= size["width"], part


@roots
def test_the_field_goes_to_the_search(root: str, visit: Open) -> None:
    opened = visit(root)
    opened.locator("article .search").click()
    expect(opened.locator("[name=query]")).to_be_focused()


@roots
def test_doors_and_cards_are_there(root: str) -> None:
    page = tree(root)
    assert len(page.xpath("//*[@class='doors']//li//a")) == 4
    tasks = page.xpath("//*[@class='tasks']//li")
    found = {x.xpath("string(.//a/@href)").split("/")[1] for x in tasks}
    assert found == {x.stem for x in (ROOT / "docs/en/tasks").glob("*.md")}
    for task in tasks:
        assert len(task.xpath(".//*[local-name()='polyline']")) == 1
        assert len(task.xpath(".//code")) == 1
        assert len(task.xpath(".//a")) in (4, 5)


def test_a_curve_keeps_its_shape_in_its_box() -> None:
    svg = curves.small("M 10 100 L 20 50 L 30 100")
    points = re.findall(r"[\d.]+,[\d.]+", svg)
    assert points == ["2.0,38.0", "60.0,2.0", "118.0,38.0"]
    assert "\n" not in svg
    flat = curves.small("M 0 5 " + " ".join(f"L {i} 5" for i in range(999)))
    assert flat.count(",") <= curves.MOST + 2


def test_only_blocks_that_every_run_printed_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = printed.read_words()["en"]
    monkeypatch.delenv("REPO_URL", raising=False)
    monkeypatch.setattr(printed, "digests", lambda: {"a": "1", "b": "2"})
    ran = {"a": [""] * 1000, "b": [""] * 234}
    monkeypatch.setattr(printed, "needs", ran.get)
    monkeypatch.setattr(printed, "version", lambda _: "2.13.0")
    run = {
        "torch": "2.13.0",
        "machine": "x86_64",
        "setting": "avx2",
        "processor": "any",
        "date": "2026-11-28",
        "differ": [],
        "stale": set(),
    }
    assert printed.proof(words, [run]).startswith(
        "1,234 code blocks. Printed by torch 2.13.0, on x86-64 (AVX2), 2026"
    )
    other = run | {"setting": "avx512", "stale": {"b"}}
    assert printed.proof(words, [run, other]).startswith("1,000 code blocks.")
    old = run | {"torch": "2.9.1", "stale": {"a"}}
    assert "2.9.1" not in printed.proof(words, [run, old])
    assert printed.proof(words, []).startswith("Printed by torch 2.13.0. [How]")
    assert "Repository" not in printed.proof(words, [])
    monkeypatch.setenv("REPO_URL", "https://example.org/x/")
    assert printed.proof(words, []).endswith(
        "[Repository](https://example.org/x)"
    )
