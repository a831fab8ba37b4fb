"""Arguments of huber_loss."""

from torch.nn import functional

from tests.cases import mse_loss
from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of huber_loss; whole residuals lie on the kink."""
    return mse_loss.arguments(draw, delta=draw.choose(0.1, 1.0, 2.0, 100.0))


CASES = {"by_hand": (mse_loss.optional(functional.huber_loss), arguments)}
