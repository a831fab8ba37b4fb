"""Arguments of binary_cross_entropy_with_logits."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of binary_cross_entropy_with_logits."""
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.n, 1),
        "reduction": draw.reduction(),
        "pos_weight": draw.weight(draw.c),
    }


CASES = {"by_hand": (functional.binary_cross_entropy_with_logits, arguments)}
