"""Arguments of triplet_margin_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of triplet_margin_loss."""
    return {
        "anchor": draw.real(draw.n, draw.c),
        "positive": draw.real(draw.n, draw.c),
        "negative": draw.real(draw.n, draw.c),
        "margin": draw.choose(0.1, 1.0, 30.0),
        "p": draw.choose(1.0, 2.0, 3.0, float("inf")),
        "eps": draw.choose(1e-6, 0.0, 0.1),
        "swap": draw.choose(False, True),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.triplet_margin_loss, arguments)}
