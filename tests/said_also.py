"""Calls that raise or warn what the errors page calls "also"."""

import warnings
from collections.abc import Callable

import torch
from torch import nn
from torch.amp import GradScaler
from torch.nn import functional as F

X = torch.ones(2, 3)
Y = torch.tensor([0, 1])
WHOLE = torch.ones(2, 3, dtype=torch.int64)
MASK = torch.ones(2, 3, dtype=torch.bool)
COMPLEX = torch.ones(2, 3, dtype=torch.complex64)
FRAMES = (torch.zeros(4, 1, 3), torch.tensor([[1, 2]]), torch.tensor([4]))


def raised(call: Callable[[], object]) -> str:
    """Call, and read what it raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except Exception as error:
            return str(error)
    return ""


def leaf(like: torch.Tensor) -> torch.Tensor:
    """Make a parameter."""
    return like.clone().requires_grad_()


def scale(*turns: str) -> None:
    """Let a scaler take turns with an optimizer."""
    weight = leaf(X)
    optimizer = torch.optim.SGD([weight])
    scaler = GradScaler("cpu")
    for turn in turns:
        if turn == "backward":
            scaler.scale(weight.sum()).backward()
        elif turn == "update":
            scaler.update()
        else:
            getattr(scaler, turn)(optimizer)


CALLS = [
    lambda: torch.tensor(0).size(1),
    lambda: torch.tensor(0).narrow(0, 0, 1),  # as the chunked loss does
    lambda: X.gather(1, torch.zeros(3, 1, dtype=torch.int64)),
    lambda: F.nll_loss(X[..., None, None], Y[:, None, None], X[0, :2]),
    lambda: F.cross_entropy(X, X, weight=X[0, :2]),
    lambda: F.cosine_embedding_loss(X, X, torch.tensor(1)),
    lambda: F.multi_margin_loss(X, Y.int()),
    lambda: F.multi_margin_loss(X, Y.double()),
    lambda: F.multi_margin_loss(X, Y.bool()),
    lambda: F.cross_entropy(X, Y, weight=WHOLE[0]),
    lambda: X[Y.float()],
    lambda: torch.func.vmap(lambda y: F.one_hot(y, 3))(Y.int()),
    lambda: torch.func.vmap(F.one_hot)(Y),
    lambda: F.one_hot(Y, 3.0),
    lambda: F.one_hot(Y[:0]),
    lambda: F.log_softmax(WHOLE, 0),
    lambda: F.nll_loss(WHOLE, Y),
    lambda: F.nll_loss(WHOLE[..., None, None], Y[:, None, None]),
    lambda: F.binary_cross_entropy(WHOLE, WHOLE),
    lambda: F.binary_cross_entropy(X, X.double()),
    lambda: F.binary_cross_entropy_with_logits(WHOLE, X),
    lambda: F.binary_cross_entropy_with_logits(leaf(X), COMPLEX),
    lambda: F.smooth_l1_loss(WHOLE, WHOLE),
    lambda: F.huber_loss(WHOLE, WHOLE),
    lambda: F.soft_margin_loss(MASK, MASK),
    lambda: F.kl_div(COMPLEX, COMPLEX),
    lambda: F.mse_loss(COMPLEX, COMPLEX),
    lambda: leaf(COMPLEX).sum().backward(),
    lambda: F.ctc_loss(*FRAMES, torch.tensor([2.0])),
    lambda: F.ctc_loss(*FRAMES, torch.tensor([-1])),
    lambda: F.mse_loss(X, X.numpy()),
    lambda: F.cross_entropy(X, Y, weight=[1.0, 1.0, 1.0]),
    lambda: F.multi_margin_loss(X, Y, weight=[1.0, 1.0, 1.0]),
    lambda: F.gaussian_nll_loss(X, X, X, reduction=None),
    lambda: nn.BCELoss(label_smoothing=0.1),
    lambda: nn.CrossEntropyLoss()(X, Y, X),
    lambda: torch.cat([]),
    lambda: X + {"loss": X},
    lambda: leaf(X).sum().backward(torch.ones(2)),
    lambda: torch.autograd.grad(leaf(X).sum(), X),
    lambda: leaf(X).exp().unbind()[0].add_(1),
    lambda: setattr(nn.Module.__new__(nn.Module), "a", nn.ReLU()),
    lambda: scale("update"),
    lambda: scale("backward", "update"),
    lambda: scale("backward", "step", "unscale_"),
    lambda: scale("backward", "step", "step"),
]
