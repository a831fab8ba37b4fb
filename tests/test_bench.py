"""What `make bench` measures: both sides compute the same, none is slower."""

import pytest
import torch

from docs.figures.benchmark import found
from docs.figures.benchmark_training import FIELDS, SLOWER
from tests.bench_sizes import RECIPES, ROWS, WITHOUT, Row
from tests.proofs import MODULES, functions, one, proofs


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


@pytest.mark.parametrize(
    "row", found["training"], ids=lambda row: row["function"]
)
def test_none_is_slower_but_those_that_say_why(row: dict) -> None:
    fast = row["float32"]["ours"][0] / row["float32"]["theirs"][2]
    limit = 1.1 if row["less"] else 1.0
    why = row["function"] in SLOWER
    assert (fast > limit) == why, (
        f"docs/figures/bench.json: {row['function']} takes at least {fast:.2f} "
        f"of {row['oracle']}, of {limit} that it may: "
        + ("take it out of" if why else "mend it, or say why in")
        + " SLOWER, docs/figures/benchmark_training.py"
    )


def test_who_is_slower_was_measured() -> None:
    assert SLOWER.keys() <= {row["function"] for row in found["training"]}
