"""Arguments of l1_loss."""

import torch
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw


def loss(input: Tensor, target: Tensor, weight: Tensor, **options) -> Tensor:
    """Leave out a weight of ones: without one torch computes otherwise."""
    given = None if (weight == 1).all() else weight
    return functional.l1_loss(input, target, weight=given, **options)


def l1_loss(draw: Draw) -> Arguments:
    """Draw arguments of l1_loss, met targets among them."""
    ones = torch.ones(draw.n, draw.c, dtype=torch.float64)
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "weight": draw.choose(ones, draw.weight(draw.n, draw.c)),
        "reduction": draw.reduction(),
    }


CASES = {
    "by_hand": (loss, l1_loss),
}
