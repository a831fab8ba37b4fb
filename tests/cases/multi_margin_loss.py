"""Arguments of multi_margin_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of multi_margin_loss, some scores infinite.

    The mean and the sum of an empty batch are left out: torch returns memory
    that it has not written.
    """
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.classes(),
        "p": draw.choose(1, 2),
        "margin": draw.choose(1.0, 0.0, 2.5, -1.0),
        "weight": draw.weight(draw.c),
        "reduction": draw.reduction() if draw.n else "none",
    }


CASES = {"by_hand": (functional.multi_margin_loss, arguments)}
