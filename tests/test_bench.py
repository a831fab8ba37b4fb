"""What `make bench` measures: both sides compute the same, none is slower."""

from collections.abc import Callable

import pytest
import torch

from docs.figures.benchmark import found
from docs.figures.benchmark_training import FIELDS, LARGER, SLOWER
from tests.bench import packages
from tests.bench_sizes import RECIPES, ROWS, WITHOUT, Row, Way
from tests.draws import Arguments
from tests.proofs import MODULES, functions, one, proofs

WHY = {"time": ("SLOWER", SLOWER), "memory": ("LARGER", LARGER)}


def test_each_function_has_a_row_or_a_reason() -> None:
    every = {name for module in MODULES for name in functions(module)}
    rows = [row.function for row in ROWS]
    for names, what in (
        (every - {*rows} - WITHOUT.keys(), "give it a Row, or WITHOUT"),
        ({*rows} & WITHOUT.keys(), "it has a Row: take it out of WITHOUT"),
        (({*rows} | WITHOUT.keys()) - every, "no module of snippets/ has it"),
        ({x for x in rows if rows.count(x) > 1}, "it has two rows"),
    ):
        assert not names, f"tests/bench_sizes.py: {sorted(names)}: {what}"


def test_each_package_has_a_version() -> None:
    rivals = {row.rival for row in ROWS}
    oracles = {name for _, proof in proofs().values() for name in proof.oracles}
    assert {"monai", "numpy"} <= packages(rivals | oracles).keys()


def test_each_recipe_is_in_a_field() -> None:
    fields = sorted(recipe for recipes in FIELDS for recipe in recipes)
    assert fields == sorted(RECIPES), (
        "docs/figures/benchmark_training.py: FIELDS must have each of RECIPES, "
        "tests/bench_sizes.py, once"
    )
    assert RECIPES.keys() == {row.recipe for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.function)
def test_both_sides_of_a_row_agree(row: Row) -> None:
    torch.manual_seed(0)
    given = row.given()
    with torch.no_grad():
        ours = one(proofs()[row.function][0](**given))
        theirs = one(row.theirs(**given))
    assert ours.isfinite().all()
    assert theirs.isfinite().all()
    alike = ours.shape == theirs.shape and torch.allclose(
        ours, theirs, rtol=1e-4
    )
    apart = bool(row.apart) or row.less == "plain"
    assert alike != apart, (
        f"tests/bench_sizes.py: {row.function} gives {ours}, {row.rival} "
        f"{theirs}: " + ("empty `apart`" if alike else "say why in `apart`")
    )


def excluded(given: Arguments) -> Arguments:
    """Give one class a probability of 0, for teacher and student."""
    first = torch.tensor([0])
    return {k: x.index_fill(-1, first, -torch.inf) for k, x in given.items()}


# What theirs can't take, by the row's `less`; the first has the gradient.
BEYOND: dict[str, Callable[[Arguments], Arguments]] = {
    "zero": excluded,
    "root": lambda given: given | {"input": given["target"]},
    "both": lambda given: {k: torch.zeros_like(x) for k, x in given.items()},
    "mask": lambda given: {
        k: x if k == "mask" else x.where(given["mask"], torch.nan)
        for k, x in given.items()
    },
    "floor": lambda given: given | {"var": torch.zeros_like(given["var"])},
}
LESS_ROWS = [row for row in ROWS if row.less in BEYOND]


def finite(run: Way, given: Arguments) -> bool:
    """Tell whether the value and its gradient are numbers."""
    (name, x), *_ = given.items()
    leaf = x.clone().requires_grad_()
    loss = one(run(**given | {name: leaf}))
    loss.backward()
    return bool(loss.isfinite() & leaf.grad.isfinite().all())


@pytest.mark.parametrize("row", LESS_ROWS, ids=lambda row: row.function)
def test_theirs_is_nan_where_the_row_says_so(row: Row) -> None:
    given = BEYOND[row.less](row.given())
    assert finite(proofs()[row.function][0], given)
    assert not finite(row.theirs, given)


@pytest.mark.parametrize("what", ["time", "memory"])
@pytest.mark.parametrize(
    "row", found["training"], ids=lambda row: row["function"]
)
def test_none_takes_more_but_those_that_say_why(row: dict, what: str) -> None:
    memory = row["ours_mb"] / row["theirs_mb"]
    (fast, ours, _), (_, theirs, slow) = (
        row["float32"][side] for side in ("ours", "theirs")
    )
    limit = 1.1 if row["less"] else 1.0
    # Even our fast quarter beside their slow one; and by the medians.
    sure, likely = {
        "time": (fast / slow, ours / theirs),
        "memory": (memory, memory),
    }[what]
    name, reasons = WHY[what]
    where = f"{name}, docs/figures/benchmark_training.py"
    told = (
        f"docs/figures/bench.json: {row['function']} takes {likely:.2f} of "
        f"{row['oracle']}'s {what}, of {limit} that it may:"
    )
    why = row["function"] in reasons
    assert round(sure, 2) <= limit or why, f"{told} mend it or say why, {where}"
    assert round(likely, 2) > limit or not why, f"{told} take it out of {where}"


def test_who_takes_more_was_measured() -> None:
    names = {row["function"] for row in found["training"]}
    assert SLOWER.keys() | LARGER.keys() <= names
