"""Figures are drawn where they are out of date, whole, and nothing else is."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import pytest
import torch

from docs.figures import _draw, _update
from docs.figures._explorer import rounded
from docs.figures._figure import Curve, Figure, Panel
from docs.figures._svg import recolour
from tests.blocks import ROOT

FIGURES = ["focal_loss", "l1_loss"]  # of a file of ours, and of torch's


def draw(root: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Draw the figures of a copy of the repository."""
    return subprocess.run(
        [sys.executable, *arguments, "docs/figures"],
        cwd=root,
        env=os.environ | {"FIGURES": str(root / "build")},
        capture_output=True,
        text=True,
    )


def written(root: Path) -> dict[str, float]:
    """Tell what was written, and when it was drawn."""
    files = (path for path in root.glob("build/*/*") if path.is_file())
    return {path.name: path.stat().st_mtime for path in files}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Draw a copy that has only two figures."""
    root = tmp_path_factory.mktemp("figures")
    for folder in ("docs/figures", "snippets"):
        (root / folder).mkdir(parents=True)
    shared = [path.stem for path in ROOT.glob("docs/figures/_*.py")]
    for name in FIGURES + shared:
        shutil.copy(ROOT / f"docs/figures/{name}.py", root / "docs/figures")
    (root / "docs/generate").mkdir()
    for name in ("grammar", "generate/files"):
        shutil.copy(ROOT / f"docs/{name}.py", root / f"docs/{name}.py")
    shutil.copy(ROOT / "snippets/focal_loss.py", root / "snippets")
    run = draw(root)
    assert run.returncode == 0, run.stderr
    return root


@pytest.fixture
def copy(drawn: Path, tmp_path: Path) -> Path:
    """Copy it as it is, times and all."""
    return Path(shutil.copytree(drawn, tmp_path / "copy"))


def test_what_is_drawn_is_not_drawn_again_and_torch_not_loaded(
    copy: Path,
) -> None:
    before = written(copy)
    assert {"focal_loss.html", "sigmoid_focal_loss.js"} < before.keys()
    run = draw(copy, "-X", "importtime")
    assert run.returncode == 0
    assert "| pathlib\n" in run.stderr
    assert "| torch\n" not in run.stderr
    assert written(copy) == before


@pytest.mark.parametrize(
    ("file", "stale"),
    [
        ("README.md", []),
        ("snippets/focal_loss.py", ["focal_loss"]),
        ("docs/figures/l1_loss.py", ["l1_loss"]),
        ("docs/figures/_draw.py", FIGURES),
    ],
)
def test_a_figure_is_as_new_as_what_it_is_made_of(
    copy: Path, file: str, stale: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = copy / "docs/figures"
    for name, path in {
        "ROOT": copy,
        "HERE": here,
        "BUILD": copy / "build",
        "DRAWN": copy / "build/drawn",
        "SHARED": list(here.glob("_*.py")),
    }.items():
        monkeypatch.setattr(_update, name, path)
    (copy / file).touch()
    found = [x for x in FIGURES if _update.is_stale(here / f"{x}.py")]
    assert found == stale


def test_a_figure_that_fails_is_named_with_its_line_and_stays(
    copy: Path,
) -> None:
    file, before = copy / "docs/figures/l1_loss.py", written(copy)
    text = file.read_text(encoding="utf-8")
    file.write_text(f"{text}raise ValueError('not so')\n", encoding="utf-8")
    run = draw(copy)
    line = text.count("\n") + 1
    assert run.stderr == f"docs/figures/l1_loss.py:{line}: ValueError: not so\n"
    assert run.returncode == 1
    assert written(copy) == before


def test_what_a_removed_figure_wrote_goes_too(copy: Path) -> None:
    (copy / "docs/figures/focal_loss.py").unlink()
    assert draw(copy).returncode == 0
    assert written(copy).keys() == {"l1_loss.html", "l1_loss"}


X = torch.linspace(0, 1, 50)


def drawn_curves(*ys: torch.Tensor) -> plt.Axes:
    """Plot curves in axes of a panel's size."""
    curves = [Curve(f"curve {i}", X, y) for i, y in enumerate(ys)]
    _, axes = plt.subplots(figsize=_draw.SIZE, layout="constrained")
    _draw.plot(axes, curves, "en")
    return axes


def test_a_legend_has_room_where_lines_are_everywhere() -> None:
    axes = drawn_curves((20 * X).sin(), (20 * X).cos())
    assert not _draw.crossed(axes)
    axes.set_ylim(-1, 1)  # as it was without room
    assert _draw.crossed(axes)
    plt.close(axes.figure)


def test_a_curve_under_another_is_a_band() -> None:
    axes = drawn_curves(X, X + 1e-3, 1 - X)
    _, *lines = axes.lines  # the first is the zero
    assert [line.get_linewidth() > 5 for line in lines] == [True, False, False]
    plt.close(axes.figure)


def test_a_label_has_one_look_in_a_figure() -> None:
    panels = [
        Panel("one", "x", [Curve("a", X, X), Curve("b", X, X)]),
        Panel("other", "x", [Curve("b", X, X)]),
    ]
    with pytest.raises(ValueError, match="'b' has style 1 in one panel and 0"):
        Figure("", panels)
    panels[1].curves[0] = Curve("b", X, X, 1)
    Figure("", panels)


def test_places_are_rounded_and_words_are_not() -> None:
    drawn = '<svg><path d="M -0.001 7.00123 L 1.2359 2"/><text>0.6931</text>'
    shown = '<svg><path d="M 0 7 L 1.24 2"/><text>0.6931</text>'
    assert recolour(drawn, []) == shown


def test_what_is_halfway_is_rounded_alike_on_every_processor() -> None:
    half = torch.tensor([0.34375, -1.6385, 8.0], dtype=torch.float64)
    for noise in (-1e-15, 0, 1e-15):
        assert rounded(half * (1 + noise), 4) == [0.3438, -1.639, 8]
