"""What `make bench` measures: both sides run, and compute the same."""

import pytest
import torch

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
