"""Losses of a GAN: hinge, least squares, logistic; gradient penalties."""

from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def hinge_gan_loss(
    fake: Tensor, real: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """Discriminator's loss with `real`, the generator's without.

    Discriminator: `max(0, 1 + fake) + max(0, 1 - real)`. Generator: `-fake`.

    Args:
        fake: Any shape, floating point: scores of what was generated, no
            sigmoid before.
        real: Shape of `fake`; scores of what is real. `None` gives the
            generator's loss.
        reduction: "mean" and "sum" are over all scores; "none".

    Returns:
        A scalar, with "none" the shape of `fake`. The discriminator's is at
        least 0. Its dtype is that of `fake`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Lim and Ye, Geometric GAN, 2017, https://arxiv.org/abs/1705.02894;
        Miyato et al., Spectral Normalization for Generative Adversarial
        Networks, 2018, equations 16 and 17, https://arxiv.org/abs/1802.05957
    """
    fake, real = _scores(fake, real, reduction)
    loss = -fake if real is None else F.relu(1 + fake) + F.relu(1 - real)
    return _reduce(loss, reduction)


def lsgan_loss(
    fake: Tensor,
    real: Tensor | None = None,
    *,
    a: float = 0.0,
    b: float = 1.0,
    c: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Discriminator's loss with `real`, the generator's without.

    Discriminator: `((fake - a)**2 + (real - b)**2) / 2`. Generator:
    `(fake - c)**2 / 2`.

    Args:
        fake: Any shape, floating point: scores of what was generated, no
            sigmoid before.
        real: Shape of `fake`; scores of what is real. `None` gives the
            generator's loss.
        a: What the discriminator should say of the fake.
        b: What it should say of the real.
        c: What the generator wants it to say of the fake.
        reduction: "mean" and "sum" are over all scores; "none".

    Returns:
        A scalar, with "none" the shape of `fake`. At least 0. Its dtype is
        that of `fake`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Mao et al., Least Squares Generative Adversarial Networks, 2017,
        equation 2, https://arxiv.org/abs/1611.04076
    """
    fake, real = _scores(fake, real, reduction)
    if real is None:
        return _squared(fake, c, reduction) / 2
    loss = _squared(fake, a, reduction) + _squared(real, b, reduction)
    return loss / 2


def nonsaturating_gan_loss(
    fake: Tensor, real: Tensor | None = None, *, reduction: str = "mean"
) -> Tensor:
    """Discriminator's loss with `real`, the generator's without.

    Discriminator: `softplus(fake) + softplus(-real)`, a binary cross entropy
    of the scores. Generator: `softplus(-fake)`, which calls its fakes real.

    Args:
        fake: Any shape, floating point: scores of what was generated, no
            sigmoid before. A difference of scores for a relativistic loss.
        real: Shape of `fake`; scores of what is real. `None` gives the
            generator's loss.
        reduction: "mean" and "sum" are over all scores; "none".

    Returns:
        A scalar, with "none" the shape of `fake`. At least 0. Its dtype is
        that of `fake`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ, or `reduction` is unknown.

    Source:
        Goodfellow et al., Generative Adversarial Networks, 2014, section 3,
        https://arxiv.org/abs/1406.2661
    """
    fake, real = _scores(fake, real, reduction)
    # A straight line from 40 on is exact; from 20 on, the default, it is not.
    loss = F.softplus(-fake if real is None else fake, threshold=40)
    if real is not None:
        loss = loss + F.softplus(-real, threshold=40)
    return _reduce(loss, reduction)


def wgan_gradient_penalty(
    critic: Callable[[Tensor], Tensor],
    real: Tensor,
    fake: Tensor,
    alpha: Tensor,
    *,
    weight: float = 10.0,
    center: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Keep the slope of a critic near 1, between the real and the fake.

    `weight * (norm(gradient of critic at x) - center)**2`, where `x = alpha *
    real + (1 - alpha) * fake`, with one norm a sample.

    Args:
        critic: Maps a batch to scores, each sample on its own: no batch
            normalisation. Called once, with at least float32; autocast
            still applies inside it.
        real: Shape (N, d1, ...), floating point: real samples.
        fake: Shape of `real`; generated samples, detached.
        alpha: Shape (N), floating point: where between them, from 0 to 1;
            `torch.rand(N)`.
        weight: Factor of the penalty, at least 0.
        center: Slope that costs nothing, at least 0.
        reduction: "mean" and "sum" are over samples; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0. Its dtype is that of
        `real`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes don't fit; `weight`, `center` or `reduction` is out
            of range. Values of `alpha` are not checked.

    Source:
        Gulrajani et al., Improved Training of Wasserstein GANs, 2017,
        equation 3, https://arxiv.org/abs/1704.00028
    """
    _check(reduction, real=real, fake=fake, alpha=alpha)
    if real.ndim < 2 or fake.shape != real.shape:
        raise ValueError(
            "real and fake must have one shape, (N, d1, ...), "
            f"got {tuple(real.shape)} and {tuple(fake.shape)}"
        )
    if alpha.shape != real.shape[:1]:
        raise ValueError(
            f"alpha must have shape {tuple(real.shape[:1])}, one a sample, "
            f"got {tuple(alpha.shape)}"
        )
    for name, value in (("weight", weight), ("center", center)):
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")
    dtype = torch.promote_types(real.dtype, torch.float32)
    alpha = alpha.to(dtype).reshape(-1, *[1] * (real.ndim - 1))
    x = alpha * real.to(dtype) + (1 - alpha) * fake.to(dtype)
    slope = torch.func.grad(lambda x: critic(x).sum())(x)
    # vector_norm has slope 0 at 0, where a square root's is infinite.
    norm = torch.linalg.vector_norm(slope.flatten(1), dim=1)
    return _reduce(weight * (norm - center) ** 2, reduction)


def r1_penalty(
    critic: Callable[[Tensor], Tensor],
    sample: Tensor,
    *,
    gamma: float = 10.0,
    reduction: str = "mean",
) -> Tensor:
    """Keep a critic flat at the real samples (R1), or at the fake (R2).

    `gamma / 2 * norm(gradient of critic at sample)**2`, one norm a sample.

    Args:
        critic: Maps a batch to raw scores, each sample on its own: no batch
            normalisation, no sigmoid or loss. Called once, with at least
            float32; autocast still applies inside it.
        sample: Shape (N, d1, ...), floating point: real samples for R1;
            generated ones, detached, for R2.
        gamma: Factor of the penalty, at least 0. Times k, if the penalty is
            computed only at every k-th step.
        reduction: "mean" and "sum" are over samples; "none".

    Returns:
        A scalar, with "none" shape (N). At least 0. Its dtype is that of
        `sample`, but float32 for half precision.

    Raises:
        TypeError: `sample` is not floating point.
        ValueError: `sample` has no dimension beside N; `gamma` or `reduction`
            is out of range.

    Source:
        Mescheder et al., Which Training Methods for GANs do actually
        Converge?, 2018, section 4.1, https://arxiv.org/abs/1801.04406; both
        at once: Huang et al., The GAN is dead; long live the GAN!, 2025,
        equation 3, https://arxiv.org/abs/2501.05441
    """
    _check(reduction, sample=sample)
    if sample.ndim < 2:
        raise ValueError(
            f"sample must have shape (N, d1, ...), got {tuple(sample.shape)}"
        )
    if not gamma >= 0:
        raise ValueError(f"gamma must be at least 0, got {gamma}")
    x = sample.to(torch.promote_types(sample.dtype, torch.float32))
    slope = torch.func.grad(lambda x: critic(x).sum())(x)
    return _reduce(gamma / 2 * slope.square().flatten(1).sum(1), reduction)


def _squared(scores: Tensor, wanted: float, reduction: str) -> Tensor:
    every = scores.new_full((), wanted).expand_as(scores)
    return F.mse_loss(scores, every, reduction=reduction)


def _scores(
    fake: Tensor, real: Tensor | None, reduction: str
) -> tuple[Tensor, Tensor | None]:
    dtype = torch.promote_types(fake.dtype, torch.float32)
    if real is None:
        _check(reduction, fake=fake)
        return fake.to(dtype), None
    _check(reduction, fake=fake, real=real)
    if real.shape != fake.shape:
        raise ValueError(
            f"real must have the shape of fake, {tuple(fake.shape)}, "
            f"got {tuple(real.shape)}"
        )
    return fake.to(dtype), real.to(dtype)


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


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


class HingeGANLoss(nn.Module):
    """`hinge_gan_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `hinge_gan_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Compute `hinge_gan_loss`."""
        return hinge_gan_loss(fake, real, reduction=self.reduction)


class LSGANLoss(nn.Module):
    """`lsgan_loss` as a module."""

    def __init__(
        self,
        *,
        a: float = 0.0,
        b: float = 1.0,
        c: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `lsgan_loss`."""
        super().__init__()
        self.a, self.b, self.c, self.reduction = a, b, c, reduction

    def forward(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Compute `lsgan_loss`."""
        return lsgan_loss(
            fake, real, a=self.a, b=self.b, c=self.c, reduction=self.reduction
        )


class NonsaturatingGANLoss(nn.Module):
    """`nonsaturating_gan_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `nonsaturating_gan_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(self, fake: Tensor, real: Tensor | None = None) -> Tensor:
        """Compute `nonsaturating_gan_loss`."""
        return nonsaturating_gan_loss(fake, real, reduction=self.reduction)


class WGANGradientPenalty(nn.Module):
    """`wgan_gradient_penalty` as a module."""

    def __init__(
        self,
        *,
        weight: float = 10.0,
        center: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `wgan_gradient_penalty`."""
        super().__init__()
        self.weight, self.center, self.reduction = weight, center, reduction

    def forward(
        self,
        critic: Callable[[Tensor], Tensor],
        real: Tensor,
        fake: Tensor,
        alpha: Tensor,
    ) -> Tensor:
        """Compute `wgan_gradient_penalty`."""
        return wgan_gradient_penalty(
            critic,
            real,
            fake,
            alpha,
            weight=self.weight,
            center=self.center,
            reduction=self.reduction,
        )


class R1Penalty(nn.Module):
    """`r1_penalty` as a module."""

    def __init__(self, *, gamma: float = 10.0, reduction: str = "mean") -> None:
        """Take the options of `r1_penalty`."""
        super().__init__()
        self.gamma, self.reduction = gamma, reduction

    def forward(
        self, critic: Callable[[Tensor], Tensor], sample: Tensor
    ) -> Tensor:
        """Compute `r1_penalty`."""
        return r1_penalty(
            critic, sample, gamma=self.gamma, reduction=self.reduction
        )
