"""Linear-chain CRF: tags that depend on their neighbours, and Viterbi."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

_NEVER = -1e30  # a score; -inf would make gradients nan


def crf_nll(
    emissions: Tensor,
    target: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    mask: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of a sequence of tags, in a linear-chain CRF.

    `log(sum(exp(score(path)) for all paths)) - score(target)`. A path is a tag
    at each step; its score adds up `start` of its first tag, `emissions` of
    each, `transitions` from each to the next, and `end` of its last.

    Args:
        emissions: Shape (N, T, C), floating point: scores of C tags at each
            of T steps; no softmax before. Minus infinity forbids a tag there.
        target: Shape (N, T), int64; tags from 0 to C - 1.
        transitions: Shape (C, C), floating point: row i, column j is the score
            of going from tag i to tag j. Minus infinity forbids it.
        start: Shape (C), floating point: score of each tag as the first.
        end: Shape (C), floating point: score of each tag as the last.
        mask: Shape (N, T), bool: True for steps that count, wherever they
            are. The others are as if cut out: what is before and after them
            meets, and their emissions and targets may be anything, nan too.
            `None` counts all.
        reduction: "mean" and "sum" are over sequences, not over steps; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0, but for round-off; 0 where
        no step counts; infinite, and without gradient, where the target's path
        is forbidden. Its dtype is that of `emissions`, but float32 for half
        precision.

    Raises:
        RuntimeError: A target that counts is out of range (on the CPU).
        TypeError: A score is not floating point, `target` not int64, or
            `mask` not bool.
        ValueError: Shapes don't fit; `reduction` is unknown.

    Source:
        Lafferty et al., Conditional Random Fields, 2001, in the notation of
        Lample et al., Neural Architectures for Named Entity Recognition, 2016,
        section 2, https://arxiv.org/abs/1603.01360
    """
    emissions, transitions, start, end, mask, follows = _prepare(
        emissions, mask, transitions=transitions, start=start, end=end
    )
    _check_target(target, mask, reduction)
    target = target.where(mask, 0)
    # The tag of the last step that counts: before all steps, after each.
    steps = torch.arange(target.shape[1], device=target.device)
    last = steps.where(mask, 0).cummax(1).values
    held = F.pad(target.gather(1, last), (1, 0))
    right = emissions.gather(2, target.unsqueeze(2)).squeeze(2)
    come = transitions[held[:, :-1], target].where(follows, start[target])
    right = (right + come).where(mask, 0)
    leave = end[held[:, -1]]
    # All scores less those of the target, whose path then has a score of 0:
    # what is small is no difference of two large sums.
    emissions = emissions - right.unsqueeze(2)
    alpha = start.expand(target.shape[0], -1)
    scan = [x.unbind(1) for x in (emissions, mask, follows)]
    for emission, counts, joins in zip(*scan, strict=True):
        come = (alpha.unsqueeze(1) + transitions.mT).logsumexp(2)
        come = come.where(joins.unsqueeze(1), alpha) + emission
        alpha = come.where(counts.unsqueeze(1), alpha)
    loss = (alpha + end - leave.unsqueeze(1)).logsumexp(1)
    never = right.sum(1) + leave < _NEVER / 2
    loss = loss.masked_fill(never, torch.inf).where(mask.any(1), 0)
    if reduction == "mean":
        return loss.sum() / max(loss.numel(), 1)
    return loss if reduction == "none" else loss.sum()


def crf_decode(
    emissions: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    mask: Tensor | None = None,
) -> tuple[Tensor, Tensor]:
    """Find the path of the highest score, by Viterbi's algorithm.

    Args:
        emissions: Shape (N, T, C), as for `crf_nll`.
        transitions: Shape (C, C), from row to column.
        start: Shape (C).
        end: Shape (C).
        mask: Shape (N, T), bool: True for steps that count. `None` counts all.

    Returns:
        Tags, shape (N, T), int64; -100 at steps that don't count. And the
        score of that path, shape (N), of the dtype of `emissions`, but float32
        for half precision; 0 where no step counts, far below any other where
        all paths are forbidden.

    Raises:
        TypeError: A score is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit.

    Source:
        Lample et al., Neural Architectures for Named Entity Recognition, 2016,
        section 2, https://arxiv.org/abs/1603.01360
    """
    emissions, transitions, start, end, mask, follows = _prepare(
        emissions, mask, transitions=transitions, start=start, end=end
    )
    best = start.expand(emissions.shape[0], -1)
    same = torch.arange(len(start), device=start.device)
    backs = []
    scan = [x.unbind(1) for x in (emissions, mask, follows)]
    for emission, counts, joins in zip(*scan, strict=True):
        come, back = (best.unsqueeze(1) + transitions.mT).max(2)
        come = come.where(joins.unsqueeze(1), best) + emission
        best = come.where(counts.unsqueeze(1), best)
        # A step that is left out has the tag of the one before it.
        backs.append(back.where((counts & joins).unsqueeze(1), same))
    score, tag = (best + end).max(1)
    tags = []
    for back in reversed(backs):
        tags.append(tag)
        tag = back.gather(1, tag.unsqueeze(1)).squeeze(1)
    found = torch.stack(tags[::-1], 1) if tags else tag.new_zeros(mask.shape)
    return found.where(mask, -100), score.where(mask.any(1), 0)


def _prepare(
    emissions: Tensor, mask: Tensor | None, **scores: Tensor
) -> list[Tensor]:
    # Finite scores of one dtype, the mask, and where a step has one before it.
    size = tuple(emissions.shape)
    if len(size) != 3 or not size[2]:
        raise ValueError(f"emissions must be (N, T, C), got {size}")
    if mask is None:
        mask = torch.ones_like(emissions[..., 0], dtype=torch.bool)
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}: mask.bool()")
    scores = {"emissions": emissions, **scores}
    for name, x in scores.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    shapes = size, size[2:] * 2, size[2:], size[2:], size[:2]
    given = {**scores, "mask": mask}.items()
    for (name, x), shape in zip(given, shapes, strict=True):
        if x.shape != shape:
            raise ValueError(
                f"{name} must have shape {shape} for emissions of shape "
                f"{size}, got {tuple(x.shape)}"
            )
    dtype = torch.promote_types(emissions.dtype, torch.float32)
    scores["emissions"] = emissions.where(mask.unsqueeze(2), 0)
    finite = [x.to(dtype).clamp_min(_NEVER) for x in scores.values()]
    return [*finite, mask, mask.cumsum(1) > mask]


def _check_target(target: Tensor, mask: Tensor, reduction: str) -> None:
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    if target.shape != mask.shape:
        raise ValueError(
            f"target must have shape (N, T), {tuple(mask.shape)}, got "
            f"{tuple(target.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class CRFNLL(nn.Module):
    """`crf_nll` as a module; transitions are parameters of the model."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `crf_nll`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self,
        emissions: Tensor,
        target: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Compute `crf_nll`."""
        scores = transitions, start, end
        return crf_nll(
            emissions, target, *scores, mask, reduction=self.reduction
        )
