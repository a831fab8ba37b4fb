"""Arguments of soft_margin_loss."""

import torch
from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of soft_margin_loss, some targets 0.

    Wrong answers beyond 709.8, infinite ones too, are left out: torch takes
    their exponential, which overflows, and the gradient is nan.
    """
    x = draw.infinite(draw.real(draw.n, draw.c).clamp(-700, 700))
    y = draw.real(draw.n, draw.c).sign()
    return {
        "input": x,
        "target": torch.where(x.isinf(), x.sign(), y),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.soft_margin_loss, arguments)}
