"""Arguments of ctc_loss."""

import torch
from torch.nn import functional

from tests.draws import Arguments, Draw


def ctc_loss(draw: Draw) -> Arguments:
    """Draw arguments of ctc_loss: few frames, since the gradient tries all.

    Some targets are too long for them: then there is no path.
    """
    n, c = max(draw.n, 1), draw.choose(3, 4)
    frames = [draw.choose(1, 2, 3, 4) for _ in range(n)]
    sizes = [draw.choose(0, 1, 2, 3) for _ in range(n)]
    blank = draw.choose(0, c - 1)
    # Never 0, which is blank to the gradient.
    last = c if blank == 0 else c - 1
    return {
        # Sums of larger ones round off more than 1e-12.
        "log_probs": draw.real(4, n, c).log_softmax(2).clamp(min=-300),
        "targets": torch.randint(1, last, (n, 3), generator=draw.g),
        "input_lengths": frames,
        "target_lengths": sizes,
        "blank": blank,
        "reduction": draw.reduction(),
        "zero_infinity": draw.choose(False, True),
    }


CASES = {
    "by_hand": (functional.ctc_loss, ctc_loss),
}
