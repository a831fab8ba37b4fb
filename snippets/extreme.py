"""Losses over far too many classes: a few are drawn, the others left out."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def sampled_softmax_loss(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    samples: Tensor,
    bias: Tensor | None = None,
    exclude: Tensor | None = None,
    *,
    log_q: Tensor | None = None,
    correct_target: bool = True,
    remove_hits: bool = True,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy over the target and a few classes that were drawn.

    `log(1 + sum(exp(x_j - x_y)))` over the samples j, where the logits are `x_c
    = hidden @ weight[c] + bias[c] - log_q[c]` and y is the target. Only rows of
    `weight` that were drawn, or are a target, count.

    Args:
        hidden: Shape (N, D), floating point: the last hidden state, a query,
            a user; divided by a temperature if there is one.
        weight: Shape (C, D), floating point, a row for each class, such as an
            embedding of items.
        target: Shape (N), int64; from 0 to C - 1, or `ignore_index`.
        samples: Shape (S), the same classes for all rows, or (N, S), int64:
            classes drawn without looking at the target. `samples=target` takes
            the targets of the batch; leave out each row's own by `exclude`, and
            keep other hits.
        bias: Shape (C), floating point; `None` adds nothing.
        exclude: Shape (N, S), bool: samples that a row leaves out: known
            positives, padding, in the batch its own place,
            `torch.eye(N, dtype=torch.bool)`. `None` leaves out none.
        log_q: Shape (C), floating point: the logarithm of how often each class
            is drawn, its probability or how often it is expected among the
            samples; finite for each class that is drawn or a target. `None`
            corrects nothing: right only where all classes are drawn alike. No
            gradient goes there.
        correct_target: Whether to subtract `log_q` of the target too; then a
            constant added to `log_q` changes nothing. Without, it must be the
            expected number itself, and if hits are removed `exp(loss) - 1` is,
            in the mean over draws, that of the cross entropy over all classes.
        remove_hits: Whether to leave out samples that are the row's target, as
            TensorFlow does: right where each class is drawn or not by itself,
            and with `correct_target=False`. For independent draws, with
            replacement or in the batch, pass `False`.
        ignore_index: The target that doesn't count; neither does its row of
            `hidden`, whatever is there.
        reduction: "mean" over rows that count; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; 0 without a negative; nan
        when "mean" has nothing to count. Its dtype is that of `hidden`, but
        float32 for half precision.

    Raises:
        IndexError: A target or a sample is out of range (on the CPU).
        TypeError: `hidden`, `weight`, `bias` or `log_q` is not floating
            point, `target` or `samples` not int64, or `exclude` not bool.
        ValueError: Shapes don't fit, `reduction` is unknown, or `log_q` is not
            finite where it is used; this only on the CPU: elsewhere, compiled
            and under vmap the loss is then not to be trusted.

    Source:
        Jean et al., On Using Very Large Target Vocabulary for Neural Machine
        Translation, 2015, section 3, https://arxiv.org/abs/1412.2007, after
        Bengio and Senecal, Adaptive Importance Sampling to Accelerate Training
        of a Neural Probabilistic Language Model, 2008,
        https://doi.org/10.1109/TNN.2007.912312; in the batch: Yi et al.,
        Sampling-Bias-Corrected Neural Modeling for Large Corpus Item
        Recommendations, 2019, https://doi.org/10.1145/3298689.3346996
    """
    _check_reduction(reduction)
    counts, given = target != ignore_index, (hidden, weight, samples, bias)
    y = target.where(counts, 0)
    x = _logits(*given, log_q, exclude, y, counts, correct_target, remove_hits)
    loss = F.cross_entropy(x, torch.zeros_like(y), reduction="none")
    return _reduce(loss + 0, counts, reduction)  # -0 becomes 0


def negative_sampling_loss(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    samples: Tensor,
    bias: Tensor | None = None,
    exclude: Tensor | None = None,
    *,
    log_q: Tensor | None = None,
    remove_hits: bool = True,
    ignore_index: int = -100,
    reduction: str = "mean",
) -> Tensor:
    """Tell the target from classes that were drawn, each by a sigmoid.

    `-log(sigmoid(x_y)) - sum(log(sigmoid(-x_j)))` over the samples j, where the
    logits are `x_c = hidden @ weight[c] + bias[c] - log_q[c]` and y is the
    target: word2vec's loss, and with `log_q` noise-contrastive estimation.

    Args:
        hidden: Shape (N, D), floating point: the vector of the word, the user.
        weight: Shape (C, D), floating point: a row for each class, such as the
            output vectors of words.
        target: Shape (N), int64; from 0 to C - 1, or `ignore_index`.
        samples: Shape (N, S), or (S), the same classes for all rows, int64:
            classes drawn without looking at the target.
        bias: Shape (C), floating point; `None` adds nothing.
        exclude: Shape (N, S), bool: samples that a row leaves out: known
            positives, padding. `None` leaves out none.
        log_q: Shape (C), floating point: the logarithm of how often each class
            is expected among a row's samples, S times its probability; finite
            for each class that is drawn or a target. `None` is word2vec's
            loss, whose logits learn how much more often than drawn a class
            occurs. With it, and `remove_hits=False`, they learn
            log-probabilities; if hits are removed, log-odds. No gradient goes
            there.
        remove_hits: Whether to leave out samples that are the row's target, as
            word2vec does.
        ignore_index: The target that doesn't count; neither does its row of
            `hidden`, whatever is there.
        reduction: "mean" over rows that count, of sums over samples; "sum";
            "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; nan when "mean" has nothing
        to count. Its dtype is that of `hidden`, but float32 for half
        precision.

    Raises:
        IndexError: A target or a sample is out of range (on the CPU).
        TypeError: `hidden`, `weight`, `bias` or `log_q` is not floating
            point, `target` or `samples` not int64, or `exclude` not bool.
        ValueError: Shapes don't fit, `reduction` is unknown, or `log_q` is not
            finite where it is used; this only on the CPU: elsewhere, compiled
            and under vmap the loss is then not to be trusted.

    Source:
        Mikolov et al., Distributed Representations of Words and Phrases and
        their Compositionality, 2013, equation 4,
        https://arxiv.org/abs/1310.4546
    """
    _check_reduction(reduction)
    counts, given = target != ignore_index, (hidden, weight, samples, bias)
    y = target.where(counts, 0)
    x = _logits(*given, log_q, exclude, y, counts, True, remove_hits)
    own, others = x[:, 0], x[:, 1:]
    loss = F.softplus(-own, threshold=40)
    loss = loss + F.softplus(others, threshold=40).sum(1)
    return _reduce(loss, counts, reduction)


def _logits(
    hidden: Tensor,
    weight: Tensor,
    samples: Tensor,
    bias: Tensor | None,
    log_q: Tensor | None,
    exclude: Tensor | None,
    target: Tensor,
    counts: Tensor,
    correct_target: bool,
    remove_hits: bool,
) -> Tensor:
    # (N, 1 + S), those of the targets first. All rows are taken at once: each
    # time makes a gradient as large as weight.
    ids = {"target": target, "samples": samples}
    classes = {"weight": weight, "bias": bias, "log_q": log_q}
    _check(ids, {"hidden": hidden} | classes, exclude)
    # What an ignored row reads, hidden and class 0, may be nan.
    y, seen = target.unsqueeze(1), counts.unsqueeze(1)
    x = hidden.to(torch.promote_types(hidden.dtype, torch.float32))
    x, shared = x.where(seen, 0), samples.ndim == 1
    sizes = [len(target), len(samples)] if shared else [1, samples.shape[1]]
    at = torch.cat([target if shared else y, samples], -1)
    rows = F.embedding(at, weight).to(x.dtype)
    shift = x.new_zeros(at.shape) if bias is None else bias[at].to(x.dtype)
    if log_q is not None:
        read = F.pad(counts, (0, sizes[1]), value=1) if shared else seen
        q = log_q.detach()[at].to(x.dtype).where(read, 0)
        if not correct_target:
            q = F.pad(q[..., sizes[0] :], (sizes[0], 0))
        if _any(~q.isfinite()):
            raise ValueError(
                "log_q must be finite for each class that is drawn or a "
                f"target, got {q[~q.isfinite()][0].item()}"
            )
        shift = shift - q
    kind = "cpu" if x.is_meta else x.device.type
    with torch.autocast(kind, enabled=False):  # it would round the logits
        if shared:
            (own, others), (a, b) = rows.split(sizes), shift.split(sizes)
            own = ((x * own).sum(1) + a).where(counts, 0)
            x = torch.cat([own.unsqueeze(1), F.linear(x, others, b)], 1)
        else:
            x = ((rows @ x.unsqueeze(2)).squeeze(2) + shift).where(seen, 0)
    if remove_hits:
        hits = samples == y
        exclude = hits if exclude is None else exclude | hits
    if exclude is not None:
        x = x.masked_fill_(F.pad(exclude, (1, 0)), -torch.inf)
    return x


def _reduce(loss: Tensor, counts: Tensor, reduction: str) -> Tensor:
    loss = loss.where(counts, 0)
    if reduction == "none":
        return loss
    return loss.sum() / counts.sum() if reduction == "mean" else loss.sum()


def _any(bad: Tensor) -> bool:
    # On other devices who looks at values waits for them.
    if torch.compiler.is_compiling() or bad.device.type != "cpu":
        return False
    try:
        return bool(bad.any())
    except RuntimeError:  # vmap shows no values
        return False


def _check_reduction(reduction: str) -> None:
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


def _check(
    ids: dict[str, Tensor],
    floats: dict[str, Tensor | None],
    exclude: Tensor | None,
) -> None:
    floats = {name: x for name, x in floats.items() if x is not None}
    for name, x in floats.items():
        if not torch.is_tensor(x) or not x.is_floating_point():
            got = getattr(x, "dtype", type(x).__name__)
            raise TypeError(
                f"{name} must be a floating point tensor, got {got}"
            )
    for name, x in ids.items():
        if x.dtype != torch.int64:
            raise TypeError(f"{name} must be int64, got {x.dtype}")
    more = {} if exclude is None else {"exclude": exclude}
    if more and (got := getattr(exclude, "dtype", exclude)) != torch.bool:
        raise TypeError(f"exclude must be a bool tensor, got {got}")
    got = {name: tuple(x.shape) for name, x in (floats | ids | more).items()}
    (n, d), (c, _) = ((*got[k], -1, -1)[:2] for k in ("hidden", "weight"))
    wanted = {"hidden": (n, d), "weight": (c, d), "target": (n,)}
    wanted |= {"bias": (c,), "log_q": (c,), "samples": got["samples"][-1:]}
    wanted["exclude"] = (n, *got["samples"][-1:])
    if len(got["samples"]) == 2:
        wanted["samples"] = wanted["exclude"]
    bad = any(got[k] != wanted[k] for k in got)
    if c < 1 or () in got.values() or bad:
        raise ValueError(
            "shapes must be hidden (N, D), weight (C, D), target (N), samples "
            "(S) or (N, S), bias and log_q (C), exclude (N, S), C at least 1, "
            f"got {got}"
        )
    for name, x in ids.items():
        bad = (x < 0) | (x >= c)
        if _any(bad):
            raise IndexError(
                f"{name} must be from 0 to {c - 1}, got {x[bad][0].item()}"
            )


class SampledSoftmaxLoss(nn.Module):
    """`sampled_softmax_loss` as a module; `log_q` moves with it.

    It holds `log_q` of all classes: where `weight` is only the rows in use,
    call the function with `log_q=log_q[used]`.
    """

    def __init__(
        self,
        *,
        log_q: Tensor | None = None,
        correct_target: bool = True,
        remove_hits: bool = True,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `sampled_softmax_loss`."""
        super().__init__()
        self.register_buffer("log_q", log_q)
        self.correct_target, self.remove_hits = correct_target, remove_hits
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(
        self,
        hidden: Tensor,
        weight: Tensor,
        target: Tensor,
        samples: Tensor,
        bias: Tensor | None = None,
        exclude: Tensor | None = None,
    ) -> Tensor:
        """Compute `sampled_softmax_loss`."""
        return sampled_softmax_loss(
            hidden,
            weight,
            target,
            samples,
            bias,
            exclude,
            log_q=self.log_q,
            correct_target=self.correct_target,
            remove_hits=self.remove_hits,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )


class NegativeSamplingLoss(nn.Module):
    """`negative_sampling_loss` as a module; `log_q` moves with it.

    It holds `log_q` of all classes: where `weight` is only the rows in use,
    call the function with `log_q=log_q[used]`.
    """

    def __init__(
        self,
        *,
        log_q: Tensor | None = None,
        remove_hits: bool = True,
        ignore_index: int = -100,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `negative_sampling_loss`."""
        super().__init__()
        self.register_buffer("log_q", log_q)
        self.remove_hits = remove_hits
        self.ignore_index, self.reduction = ignore_index, reduction

    def forward(
        self,
        hidden: Tensor,
        weight: Tensor,
        target: Tensor,
        samples: Tensor,
        bias: Tensor | None = None,
        exclude: Tensor | None = None,
    ) -> Tensor:
        """Compute `negative_sampling_loss`."""
        return negative_sampling_loss(
            hidden,
            weight,
            target,
            samples,
            bias,
            exclude,
            log_q=self.log_q,
            remove_hits=self.remove_hits,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
        )
