"""Arguments of multilabel_soft_margin_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of multilabel_soft_margin_loss, some targets soft."""
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.c),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.multilabel_soft_margin_loss, arguments)}
