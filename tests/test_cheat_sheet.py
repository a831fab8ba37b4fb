"""The cheat sheet: every loss, calls that run, formulas said once, a sheet."""

import re
import warnings
from collections.abc import Callable
from functools import cache
from math import hypot
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from docs.facts import CHOSEN, tables
from docs.facts import sheet as beyond
from docs.grammar import LANGUAGES
from docs.pdf.browser import INSTALL, find_browser
from tests.blocks import ROOT
from tests.marks import languages
from tests.site import menu
from tests.test_pdf import SPACE
from tests.torch_losses import CLASSES, FUNCTIONS

LOSS = re.compile(r"\[(\w+)\]\((losses/\w+\.md)\)")
CODE = re.compile(r"`([^`]+)`")
ARGUMENT = re.compile(r"^`([\w, ]+) \((.+)\) (float|int64)`(?:, (.+))?$")
DTYPES = {"float": torch.float32, "int64": torch.int64}
SIZES = {"N": 4, "C": 200, "D": 64, "T": 20, "S": 5}
SMALLEST = 6.5  # pt, of text in print
Values = Callable[[tuple[int, ...]], Tensor]


def indices(shape: tuple[int, ...]) -> Tensor:
    """Draw class indices, of which the last ones don't count: -1."""
    drawn = torch.randint(SIZES["C"], shape)
    drawn[:, 3:] = -1
    return drawn


# What the sheet writes behind a shape: which values are meant.
MARKS: dict[str, Values] = {
    "": torch.randn,
    "≤ 0": lambda shape: torch.randn(shape).log_softmax(-1),
    "≥ 0": lambda shape: 3 * torch.rand(shape),
    "> 0": lambda shape: torch.rand(shape) + 0.1,
    "0…1": torch.rand,
    "±1": lambda shape: 2.0 * torch.randint(2, shape) - 1,
    "0…C−1": lambda shape: torch.randint(SIZES["C"], shape),
    "1…C−1": lambda shape: torch.randint(1, SIZES["C"], shape),
    "0…C−1, −1": indices,
    "T": lambda shape: torch.full(shape, SIZES["T"]),
    "S": lambda shape: torch.full(shape, SIZES["S"]),
}


@cache
def table(language: str, name: str) -> dict[str, list[str]]:
    """Read a page's rows: the loss to all its cells."""
    if name == "all_losses":
        text = tables(language)["torch"]
    else:
        path = ROOT / "docs" / language / f"{name}.md"
        text = path.read_text(encoding="utf-8")
    lines = re.findall(r"^\| (\[.*) \|$", text, re.MULTILINE)
    return {LOSS.match(x)[1]: x.split(" | ") for x in lines}


def groups(language: str) -> list[tuple[str, list[str]]]:
    """Read what is below each heading of the sheet's own rows."""
    path = ROOT / "docs" / language / "cheat_sheet.md"
    parts = path.read_text(encoding="utf-8").split("\n## ")[1:]
    return [
        (
            part.splitlines()[0].partition(" {#")[0],
            [page for _, page in LOSS.findall(part)],
        )
        for part in parts
        if LOSS.search(part)
    ]


@languages
def test_every_loss_of_torch_has_a_row(language: str) -> None:
    known = {loss.__name__ for loss in CLASSES}
    rows = table(language, "cheat_sheet").keys()
    assert known <= rows
    # What an older torch lacks is on the sheet, too.
    assert rows - known <= {"LinearCrossEntropyLoss"}


@languages
def test_losses_are_grouped_as_in_the_navigation(language: str) -> None:
    listed = menu(language)
    found = groups(language)
    assert [title for title, _ in found] == [
        title for title in listed if title in dict(found)
    ]
    for title, pages in found:
        assert pages == [page for page in listed[title] if page in pages]


@languages
def test_a_formula_is_that_of_all_losses(language: str) -> None:
    everywhere = table(language, "all_losses")
    for loss, row in table(language, "cheat_sheet").items():
        assert row[4] == everywhere[loss][4], loss


def test_both_languages_have_the_same_cells() -> None:
    assert table("en", "cheat_sheet") == table("zh", "cheat_sheet")


def arguments(cell: str) -> list[tuple[str, str, str, str]]:
    """Read what a cell says: name, shape, dtype and mark of each argument."""
    if cell == "—":
        return []
    found = []
    for line in cell.split("<br>"):
        match = ARGUMENT.match(line)
        assert match, f"not `name (shape) dtype`, values: {line}"
        names, shape, dtype, mark = match.groups(default="")
        found += [(name, shape, dtype, mark) for name in names.split(", ")]
    return found


def choices(row: list[str]) -> list[list[tuple[str, str, str, str]]]:
    """List what a call may be given: a name said twice is a choice."""
    said = arguments(row[2]) + arguments(row[3])
    twice = {name for name, *_ in said if [x[0] for x in said].count(name) > 1}
    once = [x for x in said if x[0] not in twice]
    return [[*once, x] for x in said if x[0] in twice] or [once]


def draw(shape: str, dtype: str, mark: str, extra: tuple[int, ...]) -> Tensor:
    """Make a tensor of the shape, dtype and values that the sheet names."""
    sizes: list[int] = []
    for size in shape.split(", "):
        sizes += extra if size in "…*" else [SIZES[size]]
    return MARKS[mark](tuple(sizes)).to(DTYPES[dtype])


@pytest.mark.parametrize("extra", [(3,), (2, 3)], ids=str)
@pytest.mark.parametrize("loss", CLASSES, ids=lambda loss: loss.__name__)
def test_calls_run_with_the_shapes_and_dtypes_named(
    loss: type[nn.Module], extra: tuple[int, ...]
) -> None:
    torch.manual_seed(0)
    row = table("en", "cheat_sheet")[loss.__name__]
    module, *function = CODE.findall(row[1])
    assert module.startswith(f"nn.{loss.__name__}(")
    told = CODE.findall(table("en", "all_losses")[loss.__name__][0])
    assert [x[: x.index("(")] for x in function] == [f"F.{x}" for x in told]
    assert all(hasattr(functional, name) for name in told)
    for said in choices(row):
        scope = {"nn": nn, "F": functional, **SIZES}
        scope |= {
            name: draw(shape, dtype, mark, extra)
            for name, shape, dtype, mark in said
        }
        with warnings.catch_warnings():
            warnings.simplefilter("error")  # such as of broadcasting
            results = [eval(call, dict(scope)) for call in (module, *function)]
        for result in results:
            assert result.shape == ()
            assert result.dtype == torch.float32
            assert result.isfinite()
        if function and "weight" not in scope:  # the module's is its own
            assert torch.equal(*results)


@languages
def test_what_is_chosen_beyond_torch_has_rows(language: str) -> None:
    page = (ROOT / "docs" / language / "cheat_sheet.md").read_text("utf-8")
    assert page.endswith('\n--8<-- "facts/sheet.md"\n')
    rows = beyond(language).splitlines()
    assert {LOSS.match(x, 2)[1] for x in rows} == {*CHOSEN}
    assert all(x.count(" | ") == 5 for x in rows)


def test_a_call_beyond_torch_has_what_must_be_given() -> None:
    calls = [CODE.findall(x)[1] for x in beyond("en").splitlines()]
    assert "crf_nll(emissions, target, transitions, start, end)" in calls
    assert "info_nce(query, positive)" in calls


def test_every_function_of_torch_is_called() -> None:
    called = " ".join(row[1] for row in table("en", "cheat_sheet").values())
    for function in FUNCTIONS:
        assert f"`F.{function.__name__}(" in called


@pytest.fixture(params=LANGUAGES)
def sheet(request: pytest.FixtureRequest) -> tuple[str, Path]:
    """Find a printed sheet."""
    if not find_browser():
        pytest.skip(f"not run: {INSTALL}")
    path = ROOT / "site" / "pdf" / f"cheat-sheet-{request.param}.pdf"
    assert path.exists(), f"{path.relative_to(ROOT)} is missing: run make pdf"
    return request.param, path


def sizes(text: pypdfium2.PdfTextPage) -> list[tuple[float, str]]:
    """Measure each character in points, as it is printed."""
    found = []
    for i in range(text.count_chars()):
        matrix = pdfium.FS_MATRIX()
        assert pdfium.FPDFText_GetMatrix(text, i, matrix)
        size = pdfium.FPDFText_GetFontSize(text, i)
        character = chr(pdfium.FPDFText_GetUnicode(text, i))
        if character.strip():
            found.append((size * hypot(matrix.c, matrix.d), character))
    return found


def test_the_sheet_has_two_sides_that_can_be_read(
    sheet: tuple[str, Path],
) -> None:
    language, path = sheet
    with pypdfium2.PdfDocument(path) as pdf:
        assert len(pdf) == 2
        width, height = (72 / 25.4 * x for x in (297, 210))
        for side in pdf:
            assert side.get_size() == pytest.approx((width, height), abs=1)
        texts = [side.get_textpage() for side in pdf]
        found = [x for text in texts for x in sizes(text)]
        front, back = (SPACE.sub("", x.get_text_bounded()) for x in texts)
    assert len(found) > 2500
    assert min(found)[0] >= SMALLEST, sorted(found)[:9]
    assert max(found)[0] < 20, "not points"
    for row in table(language, "cheat_sheet").values():
        for cell in row[1:4]:
            for code in CODE.findall(cell):
                assert SPACE.sub("", code) in front, code
    for code in CODE.findall(beyond(language)):
        assert SPACE.sub("", code) in back, code
