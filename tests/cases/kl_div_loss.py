"""Arguments of kl_div."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of kl_div: zeros and infinities, nan where torch's is."""
    log_target = draw.choose(False, True)
    target = draw.unit(draw.n, draw.c)
    if log_target:
        target = draw.infinite(-draw.real(draw.n, draw.c).abs())
    return {
        "input": draw.infinite(-draw.real(draw.n, draw.c).abs()),
        "target": target,
        "reduction": draw.choose("none", "sum", "mean", "batchmean"),
        "log_target": log_target,
    }


CASES = {"by_hand": (functional.kl_div, arguments)}
