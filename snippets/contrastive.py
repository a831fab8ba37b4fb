"""Contrastive losses: a positive against the other examples of the batch."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def info_nce(
    query: Tensor,
    positive: Tensor,
    negatives: Tensor | None = None,
    mask: Tensor | None = None,
    *,
    temperature: float = 0.1,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy that finds the positive of each query among others.

    `-log(exp(s_p / t) / sum(exp(s_k / t)))`, where `s` are the cosines of
    the query with its positive `p` and with all candidates `k`, and `t` is
    the temperature. Embeddings are normalised here.

    Args:
        query: Shape (N, D), floating point, any length.
        positive: Shape (N, D), one for each query.
        negatives: Shape (M, D), the same for all queries, or (N, M, D);
            `None` takes the positives of the other queries. What `mask` leaves
            out for all queries may be nan.
        mask: Shape (N, M), without negatives (N, N), bool: False leaves a
            candidate out that is no negative of that query, such as a
            duplicate: `labels[:, None] != labels`. Each query's own positive
            counts in any case. `None` counts all.
        temperature: Above 0; the smaller, the more the hardest count.
        reduction: "mean" and "sum" are over queries; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; 0 for a query without a
        negative. Its dtype is that of `query`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit; `temperature` or `reduction` is out of
            range.

    Source:
        van den Oord et al., Representation Learning with Contrastive
        Predictive Coding, 2018, equation 4, https://arxiv.org/abs/1807.03748,
        with cosines and a temperature as in He et al., Momentum Contrast,
        2020, equation 1, https://arxiv.org/abs/1911.05722
    """
    _check(reduction, query=query, positive=positive)
    _check_temperature(temperature)
    q = _unit(query)
    p = _unit(positive, q.dtype)
    if negatives is None:
        _check_mask(mask, len(q), len(q))
        logits = _dot(q, p)
        target = torch.arange(len(q), device=q.device)
    else:
        if not negatives.is_floating_point():
            raise TypeError(
                f"negatives must be floating point, got {negatives.dtype}"
            )
        (n, d), shape = query.shape, negatives.shape
        if shape[-1:] != (d,) or shape[:-2] not in ((), (n,)) or len(shape) < 2:
            raise ValueError(
                f"negatives must have shape (M, {d}) or ({n}, M, {d}), "
                f"got {tuple(shape)}"
            )
        _check_mask(mask, n, shape[-2])
        if mask is not None:
            some = mask if len(shape) == 3 else mask.any(0)
            negatives = negatives.where(some.unsqueeze(-1), 0)
        near = (q * p).sum(1, keepdim=True)
        far = _dot(q.unsqueeze(-2), _unit(negatives, q.dtype)).squeeze(-2)
        logits = torch.cat([near, far], 1)
        target = torch.zeros(len(q), dtype=torch.int64, device=q.device)
    logits = logits / temperature
    if mask is not None:
        if negatives is None:
            mask = mask | torch.eye(len(q), dtype=torch.bool, device=q.device)
        else:
            mask = F.pad(mask, (1, 0), value=True)
        logits = logits.where(mask, -torch.inf)
    return F.cross_entropy(logits, target, reduction=reduction)


def nt_xent(
    z_a: Tensor,
    z_b: Tensor,
    *,
    temperature: float = 0.1,
    reduction: str = "mean",
) -> Tensor:
    """SimCLR: each of 2N views finds the other view of its example.

    `-log(exp(s_ij / t) / sum(exp(s_ik / t) for k != i))`, where `j` is the
    other view of `i`, and `s` are cosines. Embeddings are normalised here.

    Args:
        z_a: Shape (N, D), floating point, first views.
        z_b: Shape (N, D), second views, in the same order.
        temperature: Above 0; the smaller, the more the hardest count.
        reduction: "mean" and "sum" are over the 2N views; "none".

    Returns:
        A scalar, with "none" shape (2N), `z_a` before `z_b`. At least 0; 0
        for a batch of one. Its dtype is that of `z_a`, but float32 for half
        precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `temperature` or `reduction` is out of
            range.

    Source:
        Chen et al., A Simple Framework for Contrastive Learning of Visual
        Representations, 2020, equation 1, https://arxiv.org/abs/2002.05709
    """
    _check(reduction, z_a=z_a, z_b=z_b)
    _check_temperature(temperature)
    z = _unit(z_a)
    z = torch.cat([z, _unit(z_b, z.dtype)])
    logits = _dot(z / temperature, z)
    logits.diagonal().fill_(-torch.inf)  # no row is its own pair
    other = torch.arange(len(z), device=z.device).roll(len(z_a))
    return F.cross_entropy(logits, other, reduction=reduction)


def supervised_contrastive(
    embeddings: Tensor,
    labels: Tensor,
    *,
    temperature: float = 0.1,
    reduction: str = "mean",
) -> Tensor:
    """SupCon: each example finds all others of its label.

    `-mean(log(exp(s_ip / t) / sum(exp(s_ia / t) for a != i)))` over the
    positives `p` of `i`, where `s` are cosines. Embeddings are normalised
    here.

    Args:
        embeddings: Shape (N, D), floating point, any length. With several
            views, concatenate them, and repeat the labels.
        labels: Shape (N), int64, any numbers.
        temperature: Above 0; the smaller, the more the hardest count.
        reduction: "mean" is over the anchors that have a positive; "sum";
            "none".

    Returns:
        A scalar, with "none" shape (N), 0 for anchors without a positive.
        At least 0; "mean" is 0 when no anchor has one. Its dtype is that of
        `embeddings`, but float32 for half precision.

    Raises:
        TypeError: `embeddings` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit; `temperature` or `reduction` is out of
            range.

    Source:
        Khosla et al., Supervised Contrastive Learning, 2020, equation 2,
        https://arxiv.org/abs/2004.11362
    """
    _check(reduction, embeddings=embeddings)
    _check_temperature(temperature)
    if labels.dtype != torch.int64:
        raise TypeError(f"labels must be int64, got {labels.dtype}")
    if labels.shape != embeddings.shape[:1]:
        raise ValueError(
            f"labels must have shape ({len(embeddings)},), one for each "
            f"embedding, got {tuple(labels.shape)}"
        )
    z = _unit(embeddings)
    itself = torch.eye(len(z), dtype=torch.bool, device=z.device)
    log_p = _dot(z / temperature, z).masked_fill_(itself, -torch.inf)
    log_p = log_p.log_softmax(1)
    alike = (labels.unsqueeze(1) == labels) & ~itself
    count = alike.sum(1)
    loss = (-log_p).where(alike, 0).sum(1) / count.clamp_min(1)
    if reduction == "mean":
        return loss.sum() / (count > 0).sum().clamp_min(1)
    return loss if reduction == "none" else loss.sum()


def clip_loss(
    image: Tensor,
    text: Tensor,
    logit_scale: Tensor | float,
    *,
    reduction: str = "mean",
) -> Tensor:
    """CLIP: each image finds its text, and each text its image.

    `(cross_entropy(x, i) + cross_entropy(x.T, i)) / 2`, where `x` are the
    cosines of all images with all texts, times `logit_scale`, and `i` is
    `arange(N)`. Embeddings are normalised here.

    Args:
        image: Shape (N, D), floating point, any length.
        text: Shape (N, D), in the same order.
        logit_scale: One number, usually learned; the factor itself, not its
            logarithm: `log_scale.exp()`. CLIP begins with 1 / 0.07 and keeps
            it at 100 or below. Its value is not checked.
        reduction: "mean" and "sum" are over pairs; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0; 0 for a batch of one.
        Its dtype is that of `image`, but float32 for half precision.

    Raises:
        TypeError: `image` or `text` is not floating point.
        ValueError: Shapes differ; `logit_scale` is more than one number;
            `reduction` is unknown.

    Source:
        Radford et al., Learning Transferable Visual Models From Natural
        Language Supervision, 2021, figure 3,
        https://arxiv.org/abs/2103.00020
    """
    _check(reduction, image=image, text=text)
    image = _unit(image)
    text = _unit(text, image.dtype)
    # N * D numbers are scaled, not N * N.
    image = image * _number(logit_scale, "logit_scale", image.dtype)
    x = _dot(image, text)
    target = torch.arange(len(x), device=x.device)
    of_image = F.cross_entropy(x, target, reduction=reduction)
    return (of_image + F.cross_entropy(x.mT, target, reduction=reduction)) / 2


def siglip_loss(
    image: Tensor,
    text: Tensor,
    logit_scale: Tensor | float,
    logit_bias: Tensor | float,
    *,
    reduction: str = "mean",
) -> Tensor:
    """SigLIP: is this the text of this image, asked of all N * N pairs.

    `-sum(log(sigmoid(z_ij * (logit_scale * s_ij + logit_bias))))` over the
    texts `j`, where `s` are cosines, and `z` is 1 for a pair that belongs
    together, -1 for all others. Embeddings are normalised here.

    Args:
        image: Shape (N, D), floating point, any length.
        text: Shape (N, D), in the same order.
        logit_scale: One number, usually learned; the factor itself, not its
            logarithm: `log_scale.exp()`. SigLIP begins with 10. Its value is
            not checked.
        logit_bias: One number, usually learned. SigLIP begins with -10.
        reduction: "mean" and "sum" are over images, not over pairs; "none".

    Returns:
        A scalar, with "none" shape (N), one for each image. At least 0. Its
        dtype is that of `image`, but float32 for half precision.

    Raises:
        TypeError: `image` or `text` is not floating point.
        ValueError: Shapes differ; `logit_scale` or `logit_bias` is more than
            one number; `reduction` is unknown.

    Source:
        Zhai et al., Sigmoid Loss for Language Image Pre-Training, 2023,
        section 3.2 and algorithm 1, https://arxiv.org/abs/2303.15343
    """
    _check(reduction, image=image, text=text)
    image = _unit(image)
    text = _unit(text, image.dtype)
    # N * D numbers are scaled, not N * N.
    image = image * _number(logit_scale, "logit_scale", image.dtype)
    x = _dot(image, text)
    x = x + _number(logit_bias, "logit_bias", x.dtype)
    x = x.diagonal_scatter(-x.diagonal())  # its own text belongs to it
    loss = F.softplus(x, threshold=40).sum(1)  # where a line is exact
    return loss if reduction == "none" else getattr(loss, reduction)()


def _unit(x: Tensor, dtype: torch.dtype | None = None) -> Tensor:
    # A zero vector stays zero, with a finite gradient.
    x = x.to(dtype or torch.promote_types(x.dtype, torch.float32))
    square = x.square().sum(-1, keepdim=True)
    return x * square.where(square > 0, 1).sqrt().reciprocal()


def _dot(a: Tensor, b: Tensor) -> Tensor:
    dtype = torch.promote_types(a.dtype, b.dtype)
    return (a.to(dtype) @ b.mT.to(dtype)).to(dtype)  # autocast makes it half


def _number(value: Tensor | float, name: str, dtype: torch.dtype) -> Tensor:
    if not isinstance(value, Tensor):
        return value
    if value.numel() != 1:
        raise ValueError(
            f"{name} must be one number, got shape {tuple(value.shape)}"
        )
    return value.to(dtype).reshape(())


def _check_mask(mask: Tensor | None, n: int, m: int) -> None:
    if mask is None:
        return
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}: mask.bool()")
    if mask.shape != (n, m):
        raise ValueError(
            f"mask must have shape ({n}, {m}), one row for each query, got "
            f"{tuple(mask.shape)}"
        )


def _check_temperature(temperature: float) -> None:
    if not temperature > 0:
        raise ValueError(f"temperature must be above 0, got {temperature}")


def _check(reduction: str, **inputs: Tensor) -> None:
    first, shape = next((name, x.shape) for name, x in inputs.items())
    if len(shape) != 2:
        raise ValueError(f"{first} must have shape (N, D), got {tuple(shape)}")
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
        if x.shape != shape:
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(shape)}, "
                f"got {tuple(x.shape)}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class InfoNCE(nn.Module):
    """`info_nce` as a module."""

    def __init__(
        self, *, temperature: float = 0.1, reduction: str = "mean"
    ) -> None:
        """Take the options of `info_nce`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(
        self,
        query: Tensor,
        positive: Tensor,
        negatives: Tensor | None = None,
        mask: Tensor | None = None,
    ) -> Tensor:
        """Compute `info_nce`."""
        return info_nce(
            query,
            positive,
            negatives,
            mask,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class NTXent(nn.Module):
    """`nt_xent` as a module."""

    def __init__(
        self, *, temperature: float = 0.1, reduction: str = "mean"
    ) -> None:
        """Take the options of `nt_xent`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, z_a: Tensor, z_b: Tensor) -> Tensor:
        """Compute `nt_xent`."""
        return nt_xent(
            z_a, z_b, temperature=self.temperature, reduction=self.reduction
        )


class SupervisedContrastive(nn.Module):
    """`supervised_contrastive` as a module."""

    def __init__(
        self, *, temperature: float = 0.1, reduction: str = "mean"
    ) -> None:
        """Take the options of `supervised_contrastive`."""
        super().__init__()
        self.temperature, self.reduction = temperature, reduction

    def forward(self, embeddings: Tensor, labels: Tensor) -> Tensor:
        """Compute `supervised_contrastive`."""
        return supervised_contrastive(
            embeddings,
            labels,
            temperature=self.temperature,
            reduction=self.reduction,
        )


class CLIPLoss(nn.Module):
    """`clip_loss` as a module; the model owns `logit_scale`."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `clip_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self, image: Tensor, text: Tensor, logit_scale: Tensor | float
    ) -> Tensor:
        """Compute `clip_loss`."""
        return clip_loss(image, text, logit_scale, reduction=self.reduction)


class SigLIPLoss(nn.Module):
    """`siglip_loss` as a module; the model owns its scale and bias."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `siglip_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self,
        image: Tensor,
        text: Tensor,
        logit_scale: Tensor | float,
        logit_bias: Tensor | float,
    ) -> Tensor:
        """Compute `siglip_loss`."""
        return siglip_loss(
            image, text, logit_scale, logit_bias, reduction=self.reduction
        )
