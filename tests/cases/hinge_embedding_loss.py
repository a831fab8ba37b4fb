"""Arguments of hinge_embedding_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of hinge_embedding_loss, some targets 0."""
    return {
        "input": draw.infinite(draw.real(draw.n, draw.c)),
        "target": draw.real(draw.n, draw.c).sign(),
        "margin": draw.choose(1.0, 0.0, 2.5, -1.0),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.hinge_embedding_loss, arguments)}
