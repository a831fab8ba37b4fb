"""Arguments of smooth_l1_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of smooth_l1_loss; whole residuals lie on the kink."""
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "beta": draw.choose(0.0, 0.1, 1.0, 2.0, 100.0),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.smooth_l1_loss, arguments)}
