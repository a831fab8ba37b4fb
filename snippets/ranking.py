"""Losses that learn an order, of lists and of pairs of scores."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def ranknet_loss(
    scores: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    sigma: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Logistic loss of each pair of items of which one is more relevant.

    `log(1 + exp(-sigma * (scores[i] - scores[j])))` for all i, j of a list
    with `target[i] > target[j]`. Equally relevant items make no pair.

    Args:
        scores: Shape (*, L), lists of L items; any real numbers, floating
            point.
        target: Shape of `scores`; relevance, more is better; any real dtype.
        mask: Shape of `scores`, bool: True where there is an item, False for
            padding; `None`: all are items.
        sigma: Steepness, above 0.
        reduction: "mean" and "sum" are over all pairs of all lists; "none".

    Returns:
        A scalar, with "none" the shape (*, L, L), 0 where there is no pair.
        At least 0; "mean" is 0 if there is no pair. Its dtype is that of
        `scores`, but float32 for half precision.

    Raises:
        TypeError: `scores` is not floating point, `target` complex, or `mask`
            not bool.
        ValueError: Shapes differ, or `sigma` or `reduction` is out of range.

    Source:
        Burges et al., Learning to Rank using Gradient Descent, 2005,
        https://doi.org/10.1145/1102351.1102363
    """
    _check(reduction, scores=scores)
    scores, _, mask = _lists(scores, target, mask)
    pair, loss = _pairs(scores, target, mask, sigma)
    if reduction == "none":
        return loss
    total = loss.sum()
    return total if reduction == "sum" else total / pair.sum().clamp_min(1)


def listnet_loss(
    scores: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of who comes first, by the scores and by the target.

    `-(softmax(target) * log_softmax(scores)).sum(-1)`.

    Args:
        scores: Shape (*, L), lists of L items; any real numbers, floating
            point.
        target: Shape of `scores`; relevance, more is better; any real dtype.
        mask: Shape of `scores`, bool: True where there is an item, False for
            padding; `None`: all are items.
        reduction: "mean" is over the lists that have an item; "sum"; "none".

    Returns:
        A scalar, with "none" the shape (*), one loss a list. At least the
        entropy of softmax(target), 0 without items. Its dtype is that of
        `scores`, but float32 for half precision.

    Raises:
        TypeError: `scores` is not floating point, `target` complex, or `mask`
            not bool.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Cao et al., Learning to Rank: From Pairwise Approach to Listwise
        Approach, 2007, with the top one probability,
        https://doi.org/10.1145/1273496.1273513
    """
    _check(reduction, scores=scores)
    scores, target, mask = _lists(scores, target, mask)
    least = torch.finfo(scores.dtype).min  # -inf would make empty lists nan
    log_p = scores.where(mask, least).log_softmax(-1)
    truth = target.where(mask, least).softmax(-1)
    loss = (-truth * log_p).where(mask, 0).sum(-1)
    return _reduce(loss, mask, reduction)


def listmle_loss(
    scores: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Negative log-likelihood of the whole order, by Plackett and Luce.

    The most relevant item is drawn first, by a softmax over all, then the next
    by a softmax over those that are left: `logsumexp(scores of those left) -
    score`, added up over the items of a list. Of equally relevant items each
    leaves their mean behind, so that their order doesn't matter (Efron).

    Args:
        scores: Shape (*, L), lists of L items; any real numbers, floating
            point.
        target: Shape of `scores`; relevance, more is better; any real dtype,
            finite. No gradient goes there.
        mask: Shape of `scores`, bool: True where there is an item, False for
            padding; `None`: all are items.
        reduction: "mean" is over the lists that have an item; "sum"; "none".

    Returns:
        A scalar, with "none" the shape (*), one loss a list. At least 0 but
        for rounding, log(L!) for equal scores, 0 without items. Its dtype is
        that of `scores`, but float32 for half precision.

    Raises:
        TypeError: `scores` is not floating point, `target` complex, or `mask`
            not bool.
        ValueError: Shapes differ, `reduction` is unknown, or a relevance is
            not finite; this only on the CPU: elsewhere, compiled and under
            vmap the loss of its list is nan.

    Source:
        Xia et al., Listwise Approach to Learning to Rank: Theory and
        Algorithm, 2008, the likelihood loss,
        https://doi.org/10.1145/1390156.1390306; ties as in Efron, The
        Efficiency of Cox's Likelihood Function for Censored Data, 1977,
        https://doi.org/10.1080/01621459.1977.10480613
    """
    _check(reduction, scores=scores)
    item, (scores, _, mask) = mask, _lists(scores, target, mask)
    y = _exact(target, item)
    known = _finite(y, None)
    # The least relevant first, so that sums go up to an item; padding before.
    y, order = y.sort(-1)
    if item is not None:
        item, back = item.gather(-1, order).byte().sort(dim=-1, stable=True)
        item, order, y = item.bool(), order.gather(-1, back), y.gather(-1, back)
    x = scores.gather(-1, order)
    # Slopes of logarithms of sums want digits.
    x = x.to(torch.float32 if x.device.type == "mps" else torch.float64)
    x = x - x[..., -1:].detach()
    # Whether another relevance begins there, and behind the last one.
    new = y[..., 1:] != y[..., :-1]
    if item is not None:
        new = new | (item[..., 1:] != item[..., :-1])
    new = F.pad(new, (1, 1), value=True)[..., : y.shape[-1] + 1]
    # Far apart, or where nobody may look, exponentials might overflow.
    wide = _any(x.abs() > 300, unseen=True)
    total = (_log_sums if wide else _log_of_sums)(x, item, new)
    loss = _only(total - x, item, 0).sum(-1).to(scores.dtype)
    return _reduce(loss.where(known, torch.nan), mask, reduction)


def lambdarank_loss(
    scores: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    k: int | None = None,
    sigma: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """RankNet that weighs each pair by what swapping it does to NDCG.

    `abs(delta_ndcg(i, j)) * log(1 + exp(-sigma * (scores[i] - scores[j])))`,
    added up over all i, j of a list with `target[i] > target[j]`. NDCG has
    the gain `2**target - 1` and the discount `1 / log2(1 + rank)`, with ranks
    by the scores.

    Args:
        scores: Shape (*, L), lists of L items; any real numbers, floating
            point. Of equal ones the first has the better rank.
        target: Shape of `scores`; relevance, at least 0, more is better; any
            real dtype.
        mask: Shape of `scores`, bool: True where there is an item, False for
            padding; `None`: all are items.
        k: NDCG of the first k ranks, at least 1; `None`: of all. Pairs of
            which neither is among the first k count nothing.
        sigma: Steepness, above 0.
        reduction: "mean" is over the lists that have an item; "sum"; "none".

    Returns:
        A scalar, with "none" the shape (*), one loss a list. At least 0. Its
        dtype is that of `scores`, but float32 for half precision.

    Raises:
        TypeError: `scores` is not floating point, `target` complex, or `mask`
            not bool.
        ValueError: Shapes differ, or `k`, `sigma` or `reduction` is out of
            range. Values of `target` are not checked.

    Source:
        Burges, From RankNet to LambdaRank to LambdaMART: An Overview, 2010,
        section 4; as a loss: Wang et al., The LambdaLoss Framework for
        Ranking Metric Optimization, 2018,
        https://research.google/pubs/pub47258/
    """
    _check(reduction, scores=scores)
    if k is not None and not k >= 1:
        raise ValueError(f"k must be at least 1, got {k}")
    scores, target, mask = _lists(scores, target, mask)
    _, loss = _pairs(scores, target, mask, sigma)
    gain = torch.exp2(target) - 1  # 0 for padding
    order = scores.where(mask, -torch.inf).argsort(
        dim=-1, descending=True, stable=True
    )
    discount = _discount(order.argsort(-1), k, scores.dtype)
    places = torch.arange(scores.shape[-1], device=scores.device)
    best = gain.sort(-1, descending=True).values
    ideal = (best * _discount(places, k, scores.dtype)).sum(-1)
    ideal = ideal.where(ideal > 0, 1)[..., None, None]
    change = (_minus(gain) * _minus(discount)).abs() / ideal
    return _reduce((change * loss).sum((-2, -1)), mask, reduction)


def approx_ndcg_loss(
    scores: Tensor,
    target: Tensor,
    mask: Tensor | None = None,
    *,
    temperature: float = 0.1,
    reduction: str = "mean",
) -> Tensor:
    """1 - NDCG, of ranks that are smooth.

    The rank of an item is 1 and, for each other item, `sigmoid((its score -
    score) / temperature)`, which is 1 or 0 where scores are far apart: then it
    is 1 - NDCG. The gain is `2**target - 1`, the discount `1 / log2(1 +
    rank)`.

    Args:
        scores: Shape (*, L), lists of L items; any real numbers, floating
            point.
        target: Shape of `scores`; relevance, at least 0 and finite, more is
            better; any real dtype. No gradient goes there.
        mask: Shape of `scores`, bool: True where there is an item, False for
            padding; `None`: all are items.
        temperature: Above 0, not below `torch.finfo` of the result's `tiny`, in
            the unit of the scores; the lower, the nearer to NDCG, and the
            sooner the gradient is 0.
        reduction: "mean" is over the lists that have an item; "sum"; "none".

    Returns:
        A scalar, with "none" the shape (*), one loss a list. At least 0, but
        for rounding, and below 1; 0 without a relevant item. Its dtype is that
        of `scores`, but float32 for half precision. It takes the memory of
        L * L numbers a list.

    Raises:
        TypeError: `scores` is not floating point, `target` complex, or `mask`
            not bool.
        ValueError: Shapes differ, `temperature` or `reduction` is out of
            range, or a relevance is; this only on the CPU: elsewhere, compiled
            and under vmap the loss of its list is nan.

    Source:
        Qin et al., A General Approximation Framework for Direct Optimization
        of Information Retrieval Measures, 2010,
        https://doi.org/10.1007/s10791-009-9124-x, over all ranks
    """
    _check(reduction, scores=scores)
    scores, _, mask = _lists(scores, target, mask)
    few = torch.finfo(scores.dtype)
    if not few.tiny <= temperature <= few.max:
        wanted = f"above 0, from {few.tiny:g} to {few.max:g}"
        raise ValueError(f"temperature must be {wanted}, got {temperature}")
    target = _exact(target, mask)
    known = _finite(target, 0)
    best = target.sort(-1, descending=True).values
    # Gains over that of the best, since 2**128 is infinite.
    gain, ideal = (
        (y - best[..., :1]).to(scores.dtype).exp2()
        * -(y.to(scores.dtype) * -_LOG_2).expm1()
        for y in (target, best)
    )
    places = torch.arange(scores.shape[-1], device=scores.device)
    ideal = (ideal * _discount(places, None, scores.dtype)).sum(-1)
    some = ideal > 0
    x = scores.clamp(few.min, few.max)
    ahead = x.where(mask, -torch.inf).unsqueeze(-2) - x.unsqueeze(-1)
    # Quotients, subtracted, would have lost digits. From 0: less its own half.
    place = (ahead / temperature).sigmoid().sum(-1) - 0.5
    discount = _discount(place, None, scores.dtype)
    share = (gain * discount).sum(-1) / ideal.where(some, 1)
    loss = (1 - share).where(some, 0)
    return _reduce(loss.where(known, torch.nan), mask, reduction)


def bpr_loss(
    positive: Tensor, negative: Tensor, *, reduction: str = "mean"
) -> Tensor:
    """Logistic loss of what was chosen against what was not.

    `-log(sigmoid(positive - negative))`.

    Args:
        positive: Any shape, scores of chosen items; any real numbers,
            floating point.
        negative: Shape of `positive`, scores of items not chosen, one for
            each; any real numbers, floating point.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `positive`. At least 0. Its dtype
        is that of `positive`, but float32 for half precision.

    Raises:
        TypeError: `positive` or `negative` is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Rendle et al., BPR: Bayesian Personalized Ranking from Implicit
        Feedback, 2009, section 4.1, the criterion BPR-Opt without its
        regularization, https://arxiv.org/abs/1205.2618
    """
    _check(reduction, positive=positive, negative=negative)
    if positive.shape != negative.shape:
        raise ValueError(
            "negative must have the shape of positive, "
            f"{tuple(positive.shape)}, got {tuple(negative.shape)}"
        )
    dtype = torch.promote_types(positive.dtype, torch.float32)
    behind = negative.to(dtype) - positive.to(dtype)
    loss = F.softplus(behind, threshold=40)  # where a line is exact
    return loss if reduction == "none" else getattr(loss, reduction)()


_LOG_2 = 0.6931471805599453


def _lists(
    scores: Tensor, target: Tensor, mask: Tensor | None
) -> tuple[Tensor, Tensor, Tensor]:
    item = mask
    if mask is None:
        mask = torch.ones_like(scores, dtype=torch.bool)
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}")
    for name, tensor in (("target", target), ("mask", mask)):
        if tensor.shape != scores.shape or not scores.ndim:
            raise ValueError(
                f"scores and {name} must have the same shape (*, L), got "
                f"{tuple(scores.shape)} and {tuple(tensor.shape)}"
            )
    if target.is_complex():
        raise TypeError(f"target must be real, got {target.dtype}")
    dtype = torch.promote_types(scores.dtype, torch.float32)
    scores, target = (_only(x.to(dtype), item, 0) for x in (scores, target))
    return scores, target, mask


def _only(x: Tensor, item: Tensor | None, other: float) -> Tensor:
    return x if item is None else x.where(item, other)


def _exact(target: Tensor, mask: Tensor | None) -> Tensor:
    # Not in the dtype of the scores: float32 would tie 2**24 and 2**24 + 1.
    dtype = target.dtype if target.dtype == torch.float64 else torch.float32
    dtype = dtype if target.is_floating_point() else torch.int64
    return _only(target.detach().to(dtype), mask, 0)


def _finite(target: Tensor, least: float | None) -> Tensor:
    good, wanted = target.isfinite(), "finite"
    if least is not None:
        good, wanted = good & (target >= least), f"at least {least} and finite"
    if _any(~good):
        raise ValueError(f"target must be {wanted}, got {target[~good][0]:g}")
    return good.all(-1)


def _any(bad: Tensor, *, unseen: bool = False) -> bool:
    # On other devices who looks at values waits for them.
    if torch.compiler.is_compiling() or bad.device.type != "cpu":
        return unseen
    try:
        return bool(bad.any())
    except RuntimeError:  # vmap shows no values
        return unseen


def _log_of_sums(x: Tensor, item: Tensor | None, new: Tensor) -> Tensor:
    weight = _only(x.exp(), item, 0)
    if _any(~new, unseen=True):  # of a tie each weighs as much as their mean
        group, none = new[..., :-1].cumsum(-1) - 1, torch.zeros_like(x)
        parts = (weight, _only(none + 1, item, 0))
        total, count = (none.scatter_add(-1, group, x) for x in parts)
        weight = (total / count.clamp_min(1)).gather(-1, group)
    return _only(weight.cumsum(-1), item, 1).log()


def _log_sums(x: Tensor, item: Tensor | None, new: Tensor) -> Tensor:
    # The same of logarithms, which takes twice as long.
    least = torch.finfo(x.dtype).min  # -inf would make slopes nan
    whole = _only(x, item, least).logcumsumexp(-1)
    # Where nobody needs it its slope is 0, of which the next one is nan.
    needed = _only(new[..., 1:], item, False)
    whole = torch.where(needed, whole, whole.detach())
    # Where those of the same relevance begin and end.
    place = torch.arange(x.shape[-1], device=x.device)
    first = place.where(new[..., :-1], 0).cummax(-1).values
    last = place.where(new[..., 1:], len(place)).flip(-1).cummin(-1).values
    last = last.flip(-1)
    below = F.pad(whole, (1, 0), value=least).gather(-1, first)
    whole = whole.gather(-1, last)
    gone = (place - first).to(x.dtype) / (last - first + 1)
    return whole + (gone * (below - whole).expm1()).log1p()


def _pairs(
    scores: Tensor, target: Tensor, mask: Tensor, sigma: float
) -> tuple[Tensor, Tensor]:
    if not sigma > 0:
        raise ValueError(f"sigma must be above 0, got {sigma}")
    pair = target.unsqueeze(-1) > target.unsqueeze(-2)
    pair = pair & mask.unsqueeze(-1) & mask.unsqueeze(-2)
    loss = -F.logsigmoid(sigma * _minus(scores))
    return pair, loss.where(pair, 0)


def _minus(x: Tensor) -> Tensor:
    return x.unsqueeze(-1) - x.unsqueeze(-2)


def _discount(place: Tensor, k: int | None, dtype: torch.dtype) -> Tensor:
    discount = 1 / torch.log2(place.to(dtype) + 2)
    return discount if k is None else discount.where(place < k, 0)


def _reduce(loss: Tensor, mask: Tensor, reduction: str) -> Tensor:
    if reduction == "none":
        return loss
    total = loss.sum()
    return total if reduction == "sum" else total / mask.any(-1).sum().clamp(1)


def _check(reduction: str, **inputs: Tensor) -> None:
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class RankNetLoss(nn.Module):
    """`ranknet_loss` as a module."""

    def __init__(self, *, sigma: float = 1.0, reduction: str = "mean") -> None:
        """Take the options of `ranknet_loss`."""
        super().__init__()
        self.sigma, self.reduction = sigma, reduction

    def forward(
        self, scores: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `ranknet_loss`."""
        return ranknet_loss(
            scores, target, mask, sigma=self.sigma, reduction=self.reduction
        )


class ListNetLoss(nn.Module):
    """`listnet_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `listnet_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, scores: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `listnet_loss`."""
        return listnet_loss(scores, target, mask, reduction=self.reduction)


class ListMLELoss(nn.Module):
    """`listmle_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `listmle_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, scores: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `listmle_loss`."""
        return listmle_loss(scores, target, mask, reduction=self.reduction)


class LambdaRankLoss(nn.Module):
    """`lambdarank_loss` as a module."""

    def __init__(
        self,
        *,
        k: int | None = None,
        sigma: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `lambdarank_loss`."""
        super().__init__()
        self.k, self.sigma, self.reduction = k, sigma, reduction

    def forward(
        self, scores: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `lambdarank_loss`."""
        return lambdarank_loss(
            scores,
            target,
            mask,
            k=self.k,
            sigma=self.sigma,
            reduction=self.reduction,
        )


class ApproxNDCGLoss(nn.Module):
    """`approx_ndcg_loss` as a module."""

    def __init__(
        self, *, temperature: float = 0.1, reduction: str = "mean"
    ) -> None:
        """Take the options of `approx_ndcg_loss`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(
        self, scores: Tensor, target: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `approx_ndcg_loss`."""
        return approx_ndcg_loss(
            scores,
            target,
            mask,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class BPRLoss(nn.Module):
    """`bpr_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `bpr_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, positive: Tensor, negative: Tensor) -> Tensor:
        """Compute `bpr_loss`."""
        return bpr_loss(positive, negative, reduction=self.reduction)
