"""Arguments of cosine_embedding_loss."""

import torch
from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of cosine_embedding_loss, labels that don't count too."""
    labels = torch.tensor([-1.0, 1.0, 0.0, 0.5], dtype=torch.float64)
    return {
        "input1": draw.real(draw.n, draw.c),
        "input2": draw.real(draw.n, draw.c),
        "target": labels[
            torch.randint(draw.choose(2, 4), (draw.n,), generator=draw.g)
        ],
        "margin": draw.choose(-1.0, 0.0, 0.5),
        "reduction": draw.reduction(),
    }


CASES = {"by_hand": (functional.cosine_embedding_loss, arguments)}
