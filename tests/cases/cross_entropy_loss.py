"""Arguments of cross_entropy."""

from torch.nn import functional

from tests.draws import Arguments, Draw


def indices(draw: Draw) -> Arguments:
    """Draw arguments of cross_entropy with class indices."""
    ignore = draw.choose(-100, 0)
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "weight": draw.weight(draw.c),
        "ignore_index": ignore,
        "label_smoothing": draw.choose(0.0, 0.1, 1.0),
        "reduction": draw.reduction(),
    }


def probabilities(draw: Draw) -> Arguments:
    """Draw arguments of cross_entropy with class probabilities."""
    return {
        "input": draw.real(draw.n, draw.c),
        "target": draw.unit(draw.n, draw.c),
        "weight": draw.weight(draw.c),
        "label_smoothing": draw.choose(0.0, 0.1, 1.0),
    }


CASES = {
    "by_hand": (functional.cross_entropy, indices),
    "by_hand_probabilities": (functional.cross_entropy, probabilities),
}
