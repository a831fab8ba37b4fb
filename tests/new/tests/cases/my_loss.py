"""Arguments of my_loss, and what proves it."""

import torch
from my_loss import my_loss
from torch import Tensor

from tests.cases._common import reduce, unchanged
from tests.draws import Arguments, Draw
from tests.proofs import Proof


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of my_loss."""
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.real(draw.n, draw.c),
        "scale": draw.choose(0.0, 0.5, 1.0, 2.0),
        "reduction": draw.reduction(),
    }


def theirs(
    input: Tensor, target: Tensor, reduction: str, **options: float
) -> Tensor:
    """WRITE: call who else has it; see tests/oracles.py, `theirs`."""
    loss = options["scale"] * (input - target).abs() ** 2
    return reduce(loss, reduction)


PROOFS = {
    "my_loss": Proof(
        draw=arguments,
        oracles={"WRITE: package.function, or a paper's equation": theirs},
        same={
            "WRITE: what must hold": lambda given: (
                my_loss(**given),
                my_loss(**given | {"scale": 1.0}) * given["scale"],
            ),
            "WRITE: what changes nothing": unchanged(
                my_loss,
                lambda x: {"input": x["target"], "target": x["input"]},
            ),
        },
        bad=[
            ({"input": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"target": torch.zeros(3)}, ValueError, "(4, 5) and (3,)"),
            ({"scale": -1.0}, ValueError, "at least 0, got -1.0"),
        ],
    ),
}
CASES = {"by_hand": (my_loss, arguments)}
