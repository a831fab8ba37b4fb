"""Arguments of margin_ranking_loss."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of margin_ranking_loss; whole scores meet the margin."""
    return {
        "input1": draw.infinite(draw.real(draw.n)),
        "input2": draw.real(draw.n),
        "target": draw.real(draw.n).sign(),  # 0 now and then
        "margin": draw.choose(0.0, 0.5, 1.0, 2.0),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.margin_ranking_loss, arguments)}
