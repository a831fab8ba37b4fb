"""Arguments of poisson_nll_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of poisson_nll_loss; a rate is never negative."""
    log_input = draw.choose(True, False)
    x = draw.infinite(draw.real(draw.n, draw.c))
    return {
        "input": x if log_input else x.abs(),
        "target": draw.real(draw.n, draw.c).abs(),
        "log_input": log_input,
        "full": draw.choose(False, True),
        "eps": draw.choose(1e-8, 0.1),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.poisson_nll_loss, arguments)}
