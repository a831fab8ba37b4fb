"""Arguments of log_softmax."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of log_softmax."""
    return {
        "input": draw.real(draw.n, draw.c),
        "dim": draw.choose(0, 1) if draw.n else 1,
    }


CASES = {"by_hand": (functional.log_softmax, arguments)}
