"""What the proofs of many losses share."""

import inspect
from collections.abc import Callable

import torch
from torch import Tensor

from tests.draws import Arguments
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Same, one

# What losses of logits of shape (4, 5) refuse: of class indices, of yes or no.
BAD_CLASSES = [
    ({"target": torch.zeros(4)}, TypeError, "int64, got torch.float32"),
    ({"logits": torch.zeros(4)}, ValueError, "(N, C, ...)"),
    ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"target": torch.zeros(3).long()}, ValueError, "(4, 5) and (3,)"),
    ({"target": torch.full((4,), 5)}, IndexError, "out of bounds"),
    ({"target": torch.full((4,), -1)}, IndexError, "out of bounds"),
]
BAD_BINARY = [
    ({"target": torch.zeros(4)}, ValueError, "shape of logits, (4, 5)"),
    ({"target": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
]


def call_known(function: Loss, given: Arguments, **changes: object) -> Tensor:
    """Call a loss, torch's or ours, with those arguments that it has.

    Torch calls logits `input`; changes are given by the loss's own names.
    """
    names = inspect.signature(function).parameters
    known = {"input": given.get("logits")} | given | changes
    return function(**{k: v for k, v in known.items() if k in names})


def unchanged(function: Loss, change: Callable[[Arguments], Arguments]) -> Same:
    """Say that a loss is the same after a change of some arguments."""
    return lambda given: (function(**given), function(**given | change(given)))


def turned(loss: Loss, *names: str, by_sample: bool = True) -> Same:
    """Say that the order of the batch counts for nothing."""

    def same(given: Arguments) -> Pair:
        ours = loss(**given | {name: given[name].flip(0) for name in names})
        each = by_sample and given["reduction"] == "none"
        return ours.flip(0) if each else ours, loss(**given)

    return same


def shifted(given: Arguments) -> Arguments:
    """Add a constant to the logits."""
    return {"logits": given["logits"] + 3}


def slopes(function: Loss, given: Arguments, *names: str) -> Tensor:
    """Differentiate the sum of a loss by some of its arguments."""
    leaves = {k: given[k].detach().clone().requires_grad_() for k in names}
    loss = function(**given | leaves).sum()
    return one(torch.autograd.grad(loss, [*leaves.values()]))


def row_by_row(loss: Loss, *given: Tensor) -> Tensor:
    """Call an oracle on batches of one row."""
    rows = zip(*(x.split(1) for x in given), strict=True)
    return torch.stack([loss(*row) for row in rows])


def of_mean(mean: Loss, first: Tensor, other: Tensor, reduction: str) -> Tensor:
    """Make of an oracle that takes a mean those of each number, or the sum."""
    if reduction == "none":
        return row_by_row(mean, first.flatten(), other.flatten()).view(
            first.shape
        )
    loss = mean(first, other)
    return loss * first.numel() if reduction == "sum" else loss


def reduce(
    loss: Tensor, reduction: str, divisor: Tensor | None = None
) -> Tensor:
    """Reduce what an oracle gives one by one, to a weighted mean if need be."""
    if reduction == "mean" and divisor is not None:
        return loss.sum() / divisor
    return loss if reduction == "none" else getattr(loss, reduction)()


def reduce_counted(
    loss: Tensor, target: Tensor, ignore_index: int, reduction: str
) -> Tensor:
    """Reduce what an oracle gives sample by sample, those ignored apart."""
    counts = target != ignore_index
    return reduce(loss * counts, reduction, counts.sum())


def metric_learning(name: str, *sizes: int, **options: object) -> Loss:
    """Make a loss of pytorch_metric_learning that gives each element."""
    reducer = theirs("pytorch_metric_learning.reducers").DoNothingReducer()
    losses = theirs("pytorch_metric_learning.losses")
    return getattr(losses, name)(*sizes, reducer=reducer, **options)


def elements(found: dict, n: int) -> Tensor:
    """Take each element; with nothing to compare it gives a 0 for all."""
    losses = found["loss"]["losses"]
    if isinstance(losses, Tensor):
        return losses.reshape(-1)
    return torch.zeros(n, dtype=torch.float64)
