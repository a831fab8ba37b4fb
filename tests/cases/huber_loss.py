"""Arguments of huber_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def huber_loss(draw: Draw) -> Arguments:
    """Draw arguments of huber_loss; whole residuals lie on the kink."""
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "weight": draw.weight(draw.n, draw.c),
        "delta": draw.choose(0.1, 1.0, 2.0, 100.0),
        "reduction": draw.reduction(),
    }


CASES = {
    "by_hand": (functional.huber_loss, huber_loss),
}
