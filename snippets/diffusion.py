"""Losses of diffusion models: noise, v, min-SNR, flow matching."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def diffusion_loss(
    input: Tensor,
    sample: Tensor,
    noise: Tensor,
    alpha_bar: Tensor,
    *,
    prediction: str = "epsilon",
    min_snr: float | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Compare what a network saw in `z` with what `z` was made of.

    `z = sqrt(alpha_bar) * sample + sqrt(1 - alpha_bar) * noise`. Squared
    errors of the noise, of `v = sqrt(alpha_bar) * noise - sqrt(1 - alpha_bar)
    * sample`, or of the sample.

    Args:
        input: Shape (N, *), floating point: the network's output.
        sample: The shape of `input`, floating point: the data.
        noise: The shape of `input`, floating point: standard normal.
        alpha_bar: Shape (N), floating point, from 0, all noise, to 1, all
            data: `alphas_cumprod` at the drawn steps. No gradient goes there.
        prediction: What the network predicts: "epsilon", "v" or "sample".
        min_snr: Above 0, weighs each sample with `min_snr_weight` at this
            gamma; the paper takes 5. `None` weighs all alike.
        reduction: "mean" is over all elements, whatever they weigh; "sum";
            "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        Ho et al., Denoising Diffusion Probabilistic Models, 2020, equation
        14, https://arxiv.org/abs/2006.11239; v: Salimans and Ho, Progressive
        Distillation for Fast Sampling of Diffusion Models, 2022, section 4,
        https://arxiv.org/abs/2202.00512
    """
    _one_of("epsilon", "v", "sample", prediction=prediction)
    _fit(input, sample=sample, noise=noise)
    a = _each(input, alpha_bar=alpha_bar)
    x, sample, noise = (y.to(a.dtype) for y in (input, sample, noise))
    target = sample if prediction == "sample" else noise
    if prediction == "v":
        target = a.sqrt() * noise - (1 - a).sqrt() * sample
    weight = None
    if min_snr is not None:
        _above_0(min_snr=min_snr)
        weight = min_snr_weight(a, gamma=min_snr, prediction=prediction)
    return _squared(x, target, weight, reduction)


def min_snr_weight(
    alpha_bar: Tensor, *, gamma: float = 5.0, prediction: str = "epsilon"
) -> Tensor:
    """Weigh noise levels so that no error of the sample counts above gamma.

    With `snr = alpha_bar / (1 - alpha_bar)`: `min(snr, gamma)` for an error
    of the sample, divided by `snr` for the noise, by `snr + 1` for v.

    Args:
        alpha_bar: Any shape, floating point, from 0 to 1.
        gamma: Above 0.
        prediction: What the network predicts: "epsilon", "v" or "sample".

    Returns:
        The shape of `alpha_bar`, from 0 to 1, with "sample" to `gamma`. At 0
        and at 1 it is the limit: no division by 0. Its dtype is that of
        `alpha_bar`, but float32 for half precision.

    Raises:
        TypeError: `alpha_bar` is not floating point.
        ValueError: An option is out of range.

    Source:
        Hang et al., Efficient Diffusion Training via Min-SNR Weighting
        Strategy, 2023, section 3.4, https://arxiv.org/abs/2303.09556; for v
        as in https://github.com/TiankaiHang/Min-SNR-Diffusion-Training/issues/5
    """
    _one_of("epsilon", "v", "sample", prediction=prediction)
    _above_0(gamma=gamma)
    _floating(alpha_bar=alpha_bar)
    a = alpha_bar.to(torch.promote_types(alpha_bar.dtype, torch.float32))
    bound = gamma * (1 - a)
    below = a <= bound  # the ratio is not above gamma
    if prediction == "epsilon":
        return (bound / a.where(~below, 1)).where(~below, 1)
    if prediction == "sample":
        return (a / (1 - a).where(below, 1)).where(below, gamma)
    return torch.minimum(a, bound)


def flow_matching_loss(
    input: Tensor,
    sample: Tensor,
    noise: Tensor,
    weight: Tensor | None = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """Fit the velocity of the straight way from data to noise.

    Squared errors of `noise - sample`, the slope by t of `z = (1 - t) * sample
    + t * noise`: t is 0 at the data and 1 at the noise.

    Args:
        input: Shape (N, *), floating point: the network's output for `z`, t.
        sample: The shape of `input`, floating point: the data.
        noise: The shape of `input`, floating point: standard normal.
        weight: Shape (N), floating point, at least 0: the weight of each
            sample, by its t. No gradient goes there. `None` weighs all alike.
        reduction: "mean" is over all elements, whatever they weigh; "sum";
            "none".

    Returns:
        A scalar, with "none" the shape of `input`. At least 0. Its dtype is
        that of `input`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes don't fit, or an option is unknown.

    Source:
        Liu et al., Flow Straight and Fast: Learning to Generate and Transfer
        Data with Rectified Flow, 2022, https://arxiv.org/abs/2209.03003;
        Lipman et al., Flow Matching for Generative Modeling, 2022, equation
        23 without its least noise, https://arxiv.org/abs/2210.02747; both are
        turned round, since their t runs from noise to data; t as here, and
        weights: Esser et al., 2024, sections 3 and 3.1,
        https://arxiv.org/abs/2403.03206
    """
    _fit(input, sample=sample, noise=noise)
    dtype = torch.promote_types(input.dtype, torch.float32)
    x, sample, noise = (y.to(dtype) for y in (input, sample, noise))
    if weight is not None:
        weight = _each(input, weight=weight)
    return _squared(x, noise - sample, weight, reduction)


def _fit(input: Tensor, **others: Tensor) -> None:
    _floating(input=input, **others)
    if input.ndim == 0:
        raise ValueError("input must be (N, *), got ()")
    for name, x in others.items():
        if x.shape != input.shape:
            raise ValueError(
                f"{name} must have the shape of input, {tuple(input.shape)}, "
                f"got {tuple(x.shape)}"
            )


def _each(input: Tensor, **given: Tensor) -> Tensor:
    """Lay one number a sample beside its elements, without gradient."""
    ((name, x),) = given.items()
    _floating(**given)
    if x.shape != input.shape[:1]:
        raise ValueError(
            f"{name} must be one number a sample, {tuple(input.shape[:1])}, "
            f"got {tuple(x.shape)}"
        )
    dtype = torch.promote_types(input.dtype, torch.float32)
    return x.detach().to(dtype).view(-1, *[1] * (input.ndim - 1))


def _floating(**inputs: Tensor) -> None:
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")


def _above_0(**options: float) -> None:
    for name, value in options.items():
        if not 0 < value < float("inf"):
            raise ValueError(f"{name} must be finite, above 0, got {value}")


def _one_of(*options: str, **given: str) -> None:
    for name, value in given.items():
        if value not in options:
            raise ValueError(f"{name} must be one of {options}, got {value!r}")


def _squared(
    input: Tensor, target: Tensor, weight: Tensor | None, reduction: str
) -> Tensor:
    _one_of("mean", "sum", "none", reduction=reduction)
    if weight is None:  # summed as it is made
        return F.mse_loss(input, target, reduction=reduction)
    loss = F.mse_loss(input, target, reduction="none") * weight
    return loss if reduction == "none" else getattr(loss, reduction)()


class DiffusionLoss(nn.Module):
    """`diffusion_loss` as a module."""

    def __init__(
        self,
        *,
        prediction: str = "epsilon",
        min_snr: float | None = None,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `diffusion_loss`."""
        super().__init__()
        self.prediction, self.min_snr = prediction, min_snr
        self.reduction = reduction

    def forward(
        self, input: Tensor, sample: Tensor, noise: Tensor, alpha_bar: Tensor
    ) -> Tensor:
        """Compute `diffusion_loss`."""
        return diffusion_loss(
            input,
            sample,
            noise,
            alpha_bar,
            prediction=self.prediction,
            min_snr=self.min_snr,
            reduction=self.reduction,
        )


class FlowMatchingLoss(nn.Module):
    """`flow_matching_loss` as a module."""

    def __init__(self, *, reduction: str = "mean") -> None:
        """Take the options of `flow_matching_loss`."""
        super().__init__()
        self.reduction = reduction

    def forward(
        self,
        input: Tensor,
        sample: Tensor,
        noise: Tensor,
        weight: Tensor | None = None,
    ) -> Tensor:
        """Compute `flow_matching_loss`."""
        return flow_matching_loss(
            input, sample, noise, weight, reduction=self.reduction
        )
