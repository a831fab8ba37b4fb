"""Losses of sentence embeddings: CoSENT, AnglE, Margin-MSE."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def cosent_loss(
    input: Tensor, other: Tensor, score: Tensor, *, scale: float = 20.0
) -> Tensor:
    """CoSENT: pairs with a higher score get a higher cosine.

    `log(1 + sum(exp(scale * (cos_k - cos_i))))` over all pairs i and k of the
    batch with `score_i > score_k`, where `cos` is the cosine of `input` and
    `other`. Pairs with equal scores are not compared. Embeddings are
    normalised here.

    Args:
        input: Shape (N, D), floating point, any length: one text of each pair.
        other: Shape (N, D), the other text of each pair.
        score: Shape (N), how alike a pair is, any real numbers: only their
            order counts, and no gradient goes there.
        scale: Above 0, one over the temperature.

    Returns:
        A scalar, at least 0; 0 when no two scores differ. It is one logarithm
        of the whole batch, so there is no `reduction`. Its dtype is that of
        `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `other` is not floating point, or `score` is
            complex.
        ValueError: Shapes don't fit, or `scale` is not above 0.

    Source:
        Su, CoSENT, 2022, https://kexue.fm/archives/8847, and Huang et al.,
        CoSENT: Consistent Sentence Embedding via Similarity Ranking, 2024,
        https://doi.org/10.1109/TASLP.2024.3402087
    """
    _check_pairs(input, other, score, scale)
    x = _unit(input)
    return _ranked((x * _unit(other).to(x.dtype)).sum(1), score, scale)


def angle_loss(
    input: Tensor, other: Tensor, score: Tensor, *, scale: float = 20.0
) -> Tensor:
    """AnglE: CoSENT with a similarity of complex numbers.

    In place of the cosine it takes `abs(re + im)` of the product of `input`
    and the conjugate of `other`, unit vectors whose first half is real and
    whose second half is imaginary. It is 1 for equal embeddings, and for
    opposite ones too; at most sqrt(2). `input` and `other` are not
    interchangeable.

    Args:
        input: Shape (N, D), floating point, any length, D even: one text of
            each pair.
        other: Shape (N, D), the other text of each pair.
        score: Shape (N), how alike a pair is, any real numbers: only their
            order counts, and no gradient goes there.
        scale: Above 0, one over the temperature.

    Returns:
        A scalar, at least 0; 0 when no two scores differ. It is one logarithm
        of the whole batch, so there is no `reduction`. Its dtype is that of
        `input`, but float32 for half precision.

    Raises:
        TypeError: `input` or `other` is not floating point, or `score` is
            complex.
        ValueError: Shapes don't fit, D is odd, or `scale` is not above 0.

    Source:
        Li and Li, AnglE-optimized Text Embeddings, 2023,
        https://arxiv.org/abs/2309.12871, as `angle_loss` in the authors' code,
        https://github.com/SeanLee97/AnglE
    """
    _check_pairs(input, other, score, scale)
    if input.shape[1] % 2:
        raise ValueError(
            f"input must have an even D, got shape {tuple(input.shape)}"
        )
    x = _unit(input)
    re, im = _unit(other).to(x.dtype).chunk(2, 1)
    turned = torch.cat([re - im, re + im], 1)
    return _ranked((x * turned).sum(1).abs(), score, scale)


def margin_mse_loss(
    query: Tensor,
    positive: Tensor,
    negative: Tensor,
    teacher_margin: Tensor,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Margin-MSE: score two passages as far apart as the teacher does.

    `(query @ positive - query @ negative - teacher_margin) ** 2`.
    Embeddings are not normalised here: a teacher's scores go beyond 1.

    Args:
        query: Shape (N, D), floating point.
        positive: Shape (N, D), a passage for each query; it need not be
            relevant.
        negative: Shape (N, D), another one, or (N, K, D), K of them.
        teacher_margin: Shape (N), or (N, K) with K negatives, floating point:
            the teacher's score of the positive less that of the negative, of
            either sign. No gradient goes there.
        reduction: "mean" and "sum" are over all margins; "none".

    Returns:
        A scalar, with "none" the shape of `teacher_margin`. At least 0. Its
        dtype is that of `query`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes don't fit; `reduction` is unknown.

    Source:
        Hofstätter et al., Improving Efficient Neural Ranking Models with
        Cross-Architecture Knowledge Distillation, 2020,
        https://arxiv.org/abs/2010.02666
    """
    _check_floating(query=query, positive=positive, negative=negative)
    _check_floating(teacher_margin=teacher_margin)
    if query.ndim != 2 or positive.shape != query.shape:
        raise ValueError(
            "query and positive must have the same shape (N, D), got "
            f"{tuple(query.shape)} and {tuple(positive.shape)}"
        )
    (n, d), shape = query.shape, negative.shape
    if len(shape) not in (2, 3) or shape[0] != n or shape[-1] != d:
        raise ValueError(
            f"negative must have shape ({n}, {d}) or ({n}, K, {d}), "
            f"got {tuple(shape)}"
        )
    if teacher_margin.shape != shape[:-1]:
        raise ValueError(
            f"teacher_margin must have shape {tuple(shape[:-1])}, "
            f"got {tuple(teacher_margin.shape)}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    query = _wide(query)
    given = positive, negative, teacher_margin.detach()
    positive, negative, teacher = (x.to(query.dtype) for x in given)
    if negative.ndim == 3:
        query, positive = query.unsqueeze(1), positive.unsqueeze(1)
    margin = (query * (positive - negative)).sum(-1)
    loss = (margin - teacher).square()
    return loss if reduction == "none" else getattr(loss, reduction)()


def _ranked(similarity: Tensor, score: Tensor, scale: float) -> Tensor:
    # exp of -inf is 0: what is masked adds nothing, in any dtype.
    apart = scale * (similarity.unsqueeze(1) - similarity)
    wanted = score.unsqueeze(1) < score
    apart = apart.masked_fill(~wanted, -torch.inf).flatten()
    return F.pad(apart, (1, 0)).logsumexp(0)  # exp(0) is the 1


def _wide(x: Tensor) -> Tensor:
    return x.to(torch.promote_types(x.dtype, torch.float32))


def _unit(x: Tensor) -> Tensor:
    # A zero vector stays zero, with a finite gradient; so has a short one,
    # which the third power in the slope of rsqrt would not leave it.
    x = _wide(x)
    square = x.square().sum(1, keepdim=True)
    return x * square.where(square > 0, 1).sqrt().reciprocal()


def _check_floating(**inputs: Tensor) -> None:
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")


def _check_pairs(
    input: Tensor, other: Tensor, score: Tensor, scale: float
) -> None:
    _check_floating(input=input, other=other)
    if score.is_complex():
        raise TypeError(f"score must be real, got {score.dtype}")
    if input.ndim != 2 or other.shape != input.shape:
        raise ValueError(
            "input and other must have the same shape (N, D), got "
            f"{tuple(input.shape)} and {tuple(other.shape)}"
        )
    if score.shape != input.shape[:1]:
        raise ValueError(
            f"score must have shape ({len(input)},), one for each pair, "
            f"got {tuple(score.shape)}"
        )
    if not scale > 0:
        raise ValueError(f"scale must be above 0, got {scale}")


class CoSENTLoss(nn.Module):
    """`cosent_loss` as a module."""

    def __init__(self, *, scale: float = 20.0) -> None:
        """Take the options of `cosent_loss`."""
        super().__init__()
        self.scale = scale

    def forward(self, input: Tensor, other: Tensor, score: Tensor) -> Tensor:
        """Compute `cosent_loss`."""
        return cosent_loss(input, other, score, scale=self.scale)


class AnglELoss(nn.Module):
    """`angle_loss` as a module."""

    def __init__(self, *, scale: float = 20.0) -> None:
        """Take the options of `angle_loss`."""
        super().__init__()
        self.scale = scale

    def forward(self, input: Tensor, other: Tensor, score: Tensor) -> Tensor:
        """Compute `angle_loss`."""
        return angle_loss(input, other, score, scale=self.scale)


class MarginMSELoss(nn.Module):
    """`margin_mse_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `margin_mse_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self,
        query: Tensor,
        positive: Tensor,
        negative: Tensor,
        teacher_margin: Tensor,
    ) -> Tensor:
        """Compute `margin_mse_loss`."""
        return margin_mse_loss(
            query,
            positive,
            negative,
            teacher_margin,
            reduction=self.reduction,
        )
