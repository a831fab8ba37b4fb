"""Pages claim the runs that printed them as they are, and no others."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from docs import printed
from tests import portable
from tests.blocks import ROOT

WORDS = printed.read_words()["en"]
PAGES = {"mse_loss": "11111111", "nll_loss": "22222222"}
RUN = {
    "torch": "2.15.0",
    "machine": "x86_64",
    "setting": "avx2",
    "processor": "any",
    "date": "2026-11-28",
    "blocks": 10,
    "differ": [],
}


@pytest.fixture(autouse=True)
def record(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the record in a folder of the test's."""
    monkeypatch.setattr(printed, "RECORD", tmp_path / "printed.json")
    monkeypatch.setattr(printed, "digests", lambda: PAGES)
    monkeypatch.setattr(printed, "version", lambda _: "2.13.0+cpu")
    return tmp_path / "printed.json"


def line(page: str = "mse_loss", pages: dict[str, str] = PAGES) -> str:
    return printed.line(WORDS, printed.runs(pages), page)


def test_without_a_run_only_the_torch_of_the_suite_is_claimed() -> None:
    assert line() == "Printed by torch 2.13.0"


def test_a_run_on_another_torch_is_claimed() -> None:
    printed.add(RUN, PAGES)
    assert line() == "Printed by torch 2.13.0, and the same by 2.15.0"
    printed.add(RUN | {"torch": "2.9.1"}, PAGES)
    assert line().endswith("and the same by 2.9.1, 2.15.0")


def test_a_run_on_another_processor_is_claimed_with_its_torch() -> None:
    printed.add(RUN | {"torch": "2.13.0"}, PAGES)
    arm = {"machine": "aarch64", "setting": "arm64", "torch": "2.9.1"}
    printed.add(RUN | arm | {"processor": "emulated"}, PAGES)
    places = "ARM64 (emulated torch 2.9.1) and x86-64 (AVX2), 2026-11-28"
    assert line() == f"Printed by torch 2.13.0, on {places}"


def test_a_torch_that_can_run_no_block_of_a_page_is_not_claimed() -> None:
    pages = PAGES | {"linear_cross_entropy_loss": "33333333"}
    for torch in ("2.12.1", "2.14.1"):
        printed.add(RUN | {"torch": torch}, pages)
    assert line("linear_cross_entropy_loss", pages).endswith("by 2.14.1")
    assert line("mse_loss", pages).endswith("by 2.12.1, 2.14.1")


def test_what_differs_is_claimed_for_other_pages_only() -> None:
    file = "snippets/examples/mse_loss.md:copy"
    printed.add(RUN | {"differ": [file]}, PAGES)
    assert "2.15.0" not in line("mse_loss")
    assert "2.15.0" in line("nll_loss")
    assert "2.15.0" not in line("")


def test_a_page_whose_blocks_changed_is_no_longer_claimed() -> None:
    printed.add(RUN, PAGES)
    changed = PAGES | {"mse_loss": "33333333"}
    assert "2.15.0" not in line("mse_loss", changed)
    assert "2.15.0" in line("nll_loss", changed)
    # Nor when another run, later, has seen the change.
    printed.add(RUN | {"torch": "2.14.1"}, changed)
    assert line("mse_loss", changed).endswith("by 2.14.1")
    assert line("nll_loss", changed).endswith("by 2.14.1, 2.15.0")


def test_a_later_run_takes_the_place_of_one_like_it(record: Path) -> None:
    printed.add(RUN, PAGES)
    printed.add(RUN | {"date": "2026-12-01"}, PAGES)
    (run,) = json.loads(record.read_text(encoding="utf-8"))["runs"]
    assert run["date"] == "2026-12-01"


def test_where_blocks_run_torch_is_enough() -> None:
    absent = "lxml markdown material mkdocs PIL pytest yaml".split()
    code = f"import sys; sys.modules |= dict.fromkeys({absent})\n"
    run = [sys.executable, "-c", f"{code}import tests.portable"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert not done.returncode, done.stderr


def test_only_what_changed_or_differed_runs_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(portable, "digests", lambda: PAGES)
    where = "snippets/examples/{}.md:copy".format
    todo = [(where(page), "", "") for page in PAGES] + [("README.md:9", "", "")]
    whole = RUN | {"stale": set()}
    assert portable.changed(todo, None) == todo
    assert portable.changed(todo, whole) == todo[2:]
    assert portable.changed(todo, whole | {"stale": {"mse_loss"}}) == [
        todo[0],
        todo[2],
    ]
    differ = {"differ": [where("nll_loss")]}
    assert portable.changed(todo, whole | differ) == todo[1:]
