"""Arguments of ctc_loss."""

import torch
from torch.nn import functional

from tests.draws import Arguments, Draw


def ctc_loss(draw: Draw) -> Arguments:
    """Draw arguments of ctc_loss: few frames, some targets too long for them.

    The gradient tries every path, and torch's is nan where there is none: it
    is drawn with targets that fit.
    """
    n, c = max(draw.n, 1), min(draw.c, 4)
    frames = [draw.choose(1, 2, 3, 4) for _ in range(n)]
    sizes = [draw.choose(0, 1, 2, 3) for _ in range(n)]
    targets = torch.randint(1, c, (n, 3), generator=draw.g)
    blank = draw.choose(0, c - 1)
    return {
        "log_probs": draw.real(4, n, c).log_softmax(2),
        "targets": (targets + blank) % c,
        "input_lengths": frames,
        "target_lengths": sizes,
        "blank": blank,
        "reduction": draw.reduction(),
        "zero_infinity": draw.choose(False, True),
    }


CASES = {
    "by_hand": (functional.ctc_loss, ctc_loss),
}
