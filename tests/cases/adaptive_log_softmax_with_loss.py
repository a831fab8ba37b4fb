"""Arguments of AdaptiveLogSoftmaxWithLoss, weights among them."""

import torch
from torch import Tensor, nn

from tests.draws import Arguments, Draw


def loss(
    hidden: Tensor,
    target: Tensor,
    cutoffs: list[int],
    state: dict[str, Tensor],
) -> Tensor:
    """Give the loss of torch's named tuple, with these weights."""
    module = nn.AdaptiveLogSoftmaxWithLoss(
        8, 10, cutoffs, div_value=2.0, head_bias="head.bias" in state
    ).double()
    module.load_state_dict(state)
    return module(hidden, target).loss


def arguments(draw: Draw) -> Arguments:
    """Draw weights of one to three clusters, and what the module is given."""
    cutoffs = draw.choose([3], [3, 6], [1, 2, 5], [9])
    module = nn.AdaptiveLogSoftmaxWithLoss(
        8, 10, cutoffs, div_value=2.0, head_bias=draw.choose(False, True)
    )
    return {
        "hidden": draw.real(draw.n, 8),
        "target": torch.randint(10, (draw.n,), generator=draw.g),
        "cutoffs": cutoffs,
        # Of everyday size: the logits are as large as the features.
        "state": {
            name: draw.real(*weight.shape) / draw.scale
            for name, weight in module.state_dict().items()
        },
    }


CASES = {"by_hand": (loss, arguments)}
