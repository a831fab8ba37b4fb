"""Arguments of triplet_margin_with_distance_loss."""

from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw


def squared(x: Tensor, y: Tensor) -> Tensor:
    """Square the Euclidean distance."""
    return ((x - y) ** 2).sum(-1)


def cosine(x: Tensor, y: Tensor) -> Tensor:
    """Make a distance of the cosine."""
    return 1 - functional.cosine_similarity(x, y)


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of triplet_margin_with_distance_loss."""
    return {
        "anchor": draw.real(draw.n, draw.c),
        "positive": draw.real(draw.n, draw.c),
        "negative": draw.real(draw.n, draw.c),
        "distance_function": draw.choose(
            functional.pairwise_distance, squared, cosine
        ),
        "margin": draw.choose(0.1, 1.0, 30.0),
        "swap": draw.choose(False, True),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.triplet_margin_with_distance_loss, arguments)}
