"""Arguments of ctc_loss."""

import torch
from torch.nn import functional

from tests.draws import Arguments, Draw


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of ctc_loss: few frames, since the gradient tries all.

    Some targets are too long for them: then there is no path.
    """
    n, c = max(draw.n, 1), draw.choose(3, 4)  # torch rejects an empty batch
    frames = [draw.choose(0, 1, 2, 3, 4) for _ in range(n)]
    sizes = [draw.choose(0, 1, 2, 3) for _ in range(n)]
    blank = draw.choose(0, c - 1)
    labels = torch.tensor([label for label in range(c) if label != blank])
    return {
        # Shares are exponentials of sums of these: larger ones round off more
        # than 1e-12. And -inf makes torch's gradient nan, as the page shows.
        "log_probs": draw.real(4, n, c).log_softmax(2).clamp(min=-300),
        "targets": labels[torch.randint(c - 1, (n, 3), generator=draw.g)],
        "input_lengths": frames,
        "target_lengths": sizes,
        "blank": blank,
        "reduction": draw.reduction(),
        "zero_infinity": draw.choose(False, True),
    }


CASES = {"by_hand": (functional.ctc_loss, arguments)}
