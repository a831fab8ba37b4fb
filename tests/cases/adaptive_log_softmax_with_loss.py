"""Arguments of AdaptiveLogSoftmaxWithLoss, weights among them."""

import torch
from torch import Tensor, nn

from tests.draws import Arguments, Draw


def loss(
    hidden: Tensor, target: Tensor, module: nn.AdaptiveLogSoftmaxWithLoss
) -> Tensor:
    """Give the loss of torch's named tuple."""
    return module(hidden, target).loss


def adaptive(draw: Draw) -> Arguments:
    """Draw a module with one to three clusters, and what it is given."""
    cutoffs = draw.choose([3], [3, 6], [1, 2, 5], [9])
    module = nn.AdaptiveLogSoftmaxWithLoss(
        8, 10, cutoffs, div_value=2.0, head_bias=draw.choose(False, True)
    ).double()
    for parameter in module.parameters():
        parameter.data = draw.real(*parameter.shape) / draw.scale
        parameter.requires_grad_(False)
    return {
        "hidden": draw.real(draw.n, 8),
        "target": torch.randint(10, (draw.n,), generator=draw.g),
        "module": module,
    }


CASES = {
    "by_hand": (loss, adaptive),
}
