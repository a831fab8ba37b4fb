"""Arguments of l1_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def l1_loss(draw: Draw) -> Arguments:
    """Draw arguments of l1_loss, met targets among them."""
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "weight": draw.weight(draw.n, draw.c),
        "reduction": draw.reduction(),
    }


CASES = {
    "by_hand": (functional.l1_loss, l1_loss),
}
