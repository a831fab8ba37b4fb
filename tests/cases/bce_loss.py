"""Arguments of binary_cross_entropy."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of binary_cross_entropy, some clamped, some soft."""
    return {
        "input": draw.unit(draw.n, draw.c),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.c),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.binary_cross_entropy, arguments)}
