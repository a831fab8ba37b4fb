"""Arguments of huber_loss."""

import torch
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw


def loss(input: Tensor, target: Tensor, weight: Tensor, **options) -> Tensor:
    """Leave out a weight of ones: without one torch computes otherwise."""
    given = None if (weight == 1).all() else weight
    return functional.huber_loss(input, target, weight=given, **options)


def huber_loss(draw: Draw) -> Arguments:
    """Draw arguments of huber_loss; whole residuals lie on the kink."""
    ones = torch.ones(draw.n, draw.c, dtype=torch.float64)
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "weight": draw.choose(ones, draw.weight(draw.n, draw.c)),
        "delta": draw.choose(0.1, 1.0, 2.0, 100.0),
        "reduction": draw.reduction(),
    }


CASES = {
    "by_hand": (loss, huber_loss),
}
