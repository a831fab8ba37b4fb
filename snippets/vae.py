"""Losses of variational and vector-quantized autoencoders: VAE and VQ-VAE."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def gaussian_kl(
    mean: Tensor,
    log_variance: Tensor,
    *,
    free_bits: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """KL divergence of a diagonal Gaussian from the standard normal.

    `(mean**2 + exp(log_variance) - 1 - log_variance) / 2`, summed over all
    latent numbers of a sample: what a VAE adds to its reconstruction loss.

    Args:
        mean: Shape (N, ...), floating point: the encoder's means.
        log_variance: Shape of `mean`; logarithm of the variance, not of the
            standard deviation. Above 20, `exp` goes on as its tangent there.
        free_bits: At least 0, in nats: what each latent number may cost, on
            average over the batch, without being pulled to the prior.
        reduction: "mean" and "sum" are over samples; "none".

    Returns:
        A scalar, with "none" shape (N). In nats, at least 0 but for rounding,
        and at least `free_bits` times the latent numbers. Its dtype is that of
        `mean`, but float32 for half precision. The mean of no samples is nan.

    Raises:
        TypeError: `mean` or `log_variance` is not floating point.
        ValueError: Shapes differ or have no batch, or an option is out of
            range.

    Source:
        Kingma and Welling, Auto-Encoding Variational Bayes, 2013, appendix B,
        https://arxiv.org/abs/1312.6114; free bits: Kingma et al., Improving
        Variational Inference with Inverse Autoregressive Flow, 2016, equation
        15, https://arxiv.org/abs/1606.04934
    """
    _check(reduction, mean=mean, log_variance=log_variance)
    _at_least_0(free_bits=free_bits)
    if mean.ndim < 2:
        raise ValueError(f"mean must be (N, ...), got {tuple(mean.shape)}")
    dtype = torch.promote_types(mean.dtype, torch.float32)
    mean, log_variance = mean.to(dtype), log_variance.to(dtype)
    beyond = (log_variance - 20).relu() * torch.e**20  # exp would overflow
    # At 20 a clamp has a slope or not, as torch's version wills.
    grown = log_variance.where(log_variance <= 20, 20).expm1() + beyond
    kl = (mean**2 + grown - log_variance) / 2
    if free_bits:  # of the batch's mean; each sample keeps its own value
        free = kl.mean(0, keepdim=True) <= free_bits
        kl = kl.masked_fill(free, free_bits)
    return _reduce(kl.flatten(1).sum(1), reduction)


def vq_loss(
    encoded: Tensor,
    code: Tensor,
    *,
    beta: float = 0.25,
    reduction: str = "mean",
) -> Tensor:
    """Pull codes to what was encoded, and that to its codes: VQ-VAE.

    `(sg(encoded) - code)**2 + beta * (encoded - sg(code))**2`, where `sg` stops
    the gradient: the codebook loss and the commitment loss.

    Args:
        encoded: Any shape, floating point: the encoder's output.
        code: Shape of `encoded`: the code nearest to each vector of it, looked
            up in the codebook, before the straight-through estimator.
        beta: At least 0: weight of the commitment loss, which alone reaches
            the encoder.
        reduction: "mean" and "sum" are over all elements; "none".

    Returns:
        A scalar, with "none" the shape of `encoded`. At least 0. Its dtype is
        that of `encoded`, but float32 for half precision.

    Raises:
        TypeError: `encoded` or `code` is not floating point.
        ValueError: Shapes differ, or an option is out of range.

    Source:
        van den Oord et al., Neural Discrete Representation Learning, 2017,
        equation 3, https://arxiv.org/abs/1711.00937
    """
    _check(reduction, encoded=encoded, code=code)
    _at_least_0(beta=beta)
    dtype = torch.promote_types(encoded.dtype, torch.float32)
    encoded, code = encoded.to(dtype), code.to(dtype)
    codebook = F.mse_loss(code, encoded.detach(), reduction=reduction)
    commitment = F.mse_loss(encoded, code.detach(), reduction=reduction)
    return codebook + beta * commitment


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


def _at_least_0(**options: float) -> None:
    for name, value in options.items():
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")


def _check(reduction: str, **inputs: Tensor) -> None:
    first, like = next(iter(inputs.items()))
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
        if x.shape != like.shape:
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(like.shape)}, "
                f"got {tuple(x.shape)}"
            )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


class GaussianKL(nn.Module):
    """`gaussian_kl` as a module."""

    def __init__(
        self, *, free_bits: float = 0.0, reduction: str = "mean"
    ) -> None:
        """Take the options of `gaussian_kl`."""
        super().__init__()
        self.free_bits, self.reduction = free_bits, reduction

    def forward(self, mean: Tensor, log_variance: Tensor) -> Tensor:
        """Compute `gaussian_kl`."""
        return gaussian_kl(
            mean,
            log_variance,
            free_bits=self.free_bits,
            reduction=self.reduction,
        )


class VQLoss(nn.Module):
    """`vq_loss` as a module."""

    def __init__(self, *, beta: float = 0.25, reduction: str = "mean") -> None:
        """Take the options of `vq_loss`."""
        super().__init__()
        self.beta, self.reduction = beta, reduction

    def forward(self, encoded: Tensor, code: Tensor) -> Tensor:
        """Compute `vq_loss`."""
        return vq_loss(encoded, code, beta=self.beta, reduction=self.reduction)
