"""Arguments of multilabel_margin_loss."""

import torch
from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of multilabel_margin_loss, some labels twice.

    The mean and the sum of an empty batch are left out: torch returns memory
    that it has not written.
    """
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": torch.randint(-1, draw.c, (draw.n, draw.c), generator=draw.g),
        "reduction": draw.reduction() if draw.n else "none",
    }


CASES = {"by_hand": (functional.multilabel_margin_loss, arguments)}
