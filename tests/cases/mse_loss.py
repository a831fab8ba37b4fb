"""Arguments of mse_loss."""

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw


def optional(loss: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Leave out a weight of ones: without one torch computes otherwise."""

    def call(weight: Tensor, **given: object) -> Tensor:
        return loss(**given, weight=None if (weight == 1).all() else weight)

    return call


def arguments(draw: Draw, **options: object) -> Arguments:
    """Draw arguments of mse_loss, every other time without weight."""
    ones = torch.ones(draw.n, draw.c, dtype=torch.float64)
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "weight": draw.choose(ones, draw.weight(draw.n, draw.c)),
        **options,
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (optional(functional.mse_loss), arguments)}
