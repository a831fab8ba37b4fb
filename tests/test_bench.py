"""What `make bench` measures: both sides compute the same, none is slower."""

import pytest
import torch

from docs.figures.benchmark import found
from docs.figures.benchmark_training import SLOWER
from tests.bench_sizes import ROWS, Row
from tests.proofs import one, proofs


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
