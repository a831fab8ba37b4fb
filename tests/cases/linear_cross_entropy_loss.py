"""Arguments of linear_cross_entropy."""

from torch.nn import functional

from tests.cases.cross_entropy_loss import indices
from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of linear_cross_entropy."""
    given = indices(draw)
    return {
        "input": draw.real(draw.n, 3),
        "linear_weight": draw.real(draw.c, 3) / draw.scale,
        "target": given["target"],
        "linear_bias": draw.real(draw.c),
        "weight": given["weight"],
        "reduction": given["reduction"],
        "ignore_index": given["ignore_index"],
        "label_smoothing": given["label_smoothing"],
    }


CASES = {
    "by_hand": (getattr(functional, "linear_cross_entropy", None), arguments)
}
