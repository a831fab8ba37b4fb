"""Arguments of nll_loss."""

import torch
from torch.nn import functional

from tests.cases.cross_entropy_loss import indices
from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of nll_loss, an impossible class now and then."""
    given = indices(draw)
    del given["label_smoothing"]
    given["input"] = given["input"].log_softmax(1)
    if draw.choose(False, True):
        # Where it is not the target: torch's own answer there is inf.
        other = (given["target"].clamp(min=0) + 1) % draw.c
        given["input"][torch.arange(draw.n), other] = -torch.inf
    return given


CASES = {"by_hand": (functional.nll_loss, arguments)}
