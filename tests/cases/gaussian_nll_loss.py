"""Arguments of gaussian_nll_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of gaussian_nll_loss, some variances below eps."""
    n, c = draw.n, draw.c
    shape = draw.choose((n, c), (n, 1), (1, c))
    return {
        "input": draw.infinite(draw.real(n, c)),
        "target": draw.real(n, c),
        "var": draw.infinite(draw.real(*shape)).abs(),
        "full": draw.choose(False, True),
        "eps": draw.choose(1e-6, 0.5),
        "reduction": draw.reduction(),
    }


def shared(draw: Draw) -> Arguments:
    """Draw a variance a row, or a number."""
    n, c = draw.n, draw.c
    return {
        "input": draw.real(n, c),
        "target": draw.real(n, c),
        "var": draw.choose(draw.weight(n), 0.5, 30.0),
    }


CASES = {
    "by_hand": (functional.gaussian_nll_loss, arguments),
    "by_hand_shared": (functional.gaussian_nll_loss, shared),
}
