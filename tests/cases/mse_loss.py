"""Arguments of mse_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def mse_loss(draw: Draw) -> Arguments:
    """Draw arguments of mse_loss."""
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c),
        "weight": draw.weight(draw.n, draw.c),
        "reduction": draw.reduction(),
    }


CASES = {
    "by_hand": (functional.mse_loss, mse_loss),
}
