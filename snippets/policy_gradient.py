"""Policy gradients of language models: PPO, GRPO, DAPO, GSPO, CISPO."""

import torch
from torch import Tensor, nn


def clipped_policy_loss(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 0.2,
    clip_high: float = 0.2,
    dual_clip: float | None = None,
    normalize: str = "token",
    length: float | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Make sampled tokens likelier by their advantage, in small steps.

    `-min(r * A, clamp(r, 1 - clip_low, 1 + clip_high) * A)`, where `r =
    exp(log_prob - old_log_prob)` and `A` is the advantage. What divides the
    sum over tokens is `normalize`: PPO, GRPO, DAPO and Dr. GRPO differ there.

    Args:
        log_prob: Shape (N, T), floating point: log-probability of each sampled
            token, by the policy that is trained.
        old_log_prob: Shape (N, T); by the policy that sampled. No gradient
            goes there. At the first step it is `log_prob.detach()`.
        advantage: Shape (N), one a sequence, or (N, T), one a token; floating
            point. No gradient goes there.
        mask: Shape (N, T), bool: True for tokens that the policy wrote, False
            for prompt, padding and tool output, where all else may be nan.
        clip_low: At least 0; the ratio earns nothing below 1 - `clip_low`.
        clip_high: At least 0; nor above 1 + `clip_high`. DAPO takes 0.28.
        dual_clip: Above 1; where the advantage is below 0, a token's loss is
            at most `-dual_clip * A`. `None` bounds nothing.
        normalize: "token" divides by all tokens that count (DAPO, BNPO);
            "sequence" takes the mean of each sequence, then their mean (GRPO);
            "length" divides each sequence by `length` (Dr. GRPO).
        length: Above 0, for "length" alone: the most tokens of an answer.
        reduction: "mean"; "sum" does all but the last division, by tokens for
            "token", else by N; "none".

    Returns:
        A scalar, with "none" shape (N, T), 0 where nothing counts. Any real
        number; 0 if no token counts. Log-ratios above 20 count as 20. Its
        dtype is that of `log_prob`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        Schulman et al., Proximal Policy Optimization Algorithms, 2017,
        equation 7, https://arxiv.org/abs/1707.06347; dual clip: Ye et al.,
        2019, equation 5, https://arxiv.org/abs/1912.09729; GRPO: Shao et al.,
        2024, equation 3, https://arxiv.org/abs/2402.03300; DAPO: Yu et al.,
        2025, equation 8, https://arxiv.org/abs/2503.14476; Dr. GRPO: Liu et
        al., 2025, section 3.2, https://arxiv.org/abs/2503.20783
    """
    _at_least_0(clip_low=clip_low, clip_high=clip_high)
    if dual_clip is not None and not dual_clip > 1:
        raise ValueError(f"dual_clip must be above 1, got {dual_clip}")
    _one_of("token", "sequence", "length", normalize=normalize)
    fits = (length or 0) > 0 if normalize == "length" else length is None
    if not fits:
        raise ValueError(
            "length must be above 0 with normalize='length', else None, "
            f"got {length} with {normalize!r}"
        )
    ratio = _difference(log_prob, mask, old_log_prob=old_log_prob)
    ratio = ratio.clamp_max(20).exp()
    cost = _cost(advantage, ratio)
    ratio = _clipped(ratio, cost, clip_low, clip_high, dual_clip)
    loss = ratio * cost.expand_as(ratio).where(mask, 0)
    each = {"token": None, "sequence": mask.sum(-1).clamp_min(1)}
    return _reduce(loss, mask, reduction, each.get(normalize, length))


def sequence_policy_loss(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    clip_low: float = 3e-4,
    clip_high: float = 4e-4,
    reduction: str = "mean",
) -> Tensor:
    """Clip the ratio of a whole sequence: GSPO.

    `-min(s * A, clamp(s, 1 - clip_low, 1 + clip_high) * A)`, where `s` is
    `exp` of the mean of `log_prob - old_log_prob` over a sequence's tokens.

    Args:
        log_prob: Shape (N, T), floating point: log-probability of each sampled
            token, by the policy that is trained.
        old_log_prob: Shape (N, T); by the policy that sampled. No gradient
            goes there.
        advantage: Shape (N), one a sequence, floating point. No gradient goes
            there.
        mask: Shape (N, T), bool: True for tokens that the policy wrote.
        clip_low: At least 0; the ratio earns nothing below 1 - `clip_low`.
        clip_high: At least 0; nor above 1 + `clip_high`.
        reduction: "mean" and "sum" are over all sequences; "none".

    Returns:
        A scalar, with "none" shape (N); 0 for a sequence without tokens, which
        counts in the mean. Any real number. Log-ratios above 20 count as 20.
        Its dtype is that of `log_prob`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        Zheng et al., Group Sequence Policy Optimization, 2025, equation 5,
        https://arxiv.org/abs/2507.18071
    """
    _at_least_0(clip_low=clip_low, clip_high=clip_high)
    ratio = _difference(log_prob, mask, old_log_prob=old_log_prob).sum(-1)
    ratio = (ratio / mask.sum(-1).clamp_min(1)).clamp_max(20).exp()
    cost = _cost(advantage, ratio).where(mask.any(-1), 0)
    ratio = _clipped(ratio, cost, clip_low, clip_high, None)
    return _reduce(ratio * cost, mask, reduction, 1)


def cispo_loss(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    *,
    clip_high: float = 5.0,
    reduction: str = "mean",
) -> Tensor:
    """Clip the weight of a token, never its gradient: CISPO.

    `-min(r, clip_high) * A * log_prob`, where `r = exp(log_prob -
    old_log_prob)` has no gradient: REINFORCE with a bounded weight.

    Args:
        log_prob: Shape (N, T), floating point: log-probability of each sampled
            token, by the policy that is trained.
        old_log_prob: Shape (N, T); by the policy that sampled. No gradient
            goes there.
        advantage: Shape (N), one a sequence, or (N, T), one a token; floating
            point. No gradient goes there.
        mask: Shape (N, T), bool: True for tokens that the policy wrote.
        clip_high: Above 0, the largest ratio itself; the paper's 1 + epsilon.
        reduction: "mean" divides by all tokens that count; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N, T), 0 where nothing counts. Any real
        number; 0 if no token counts. Log-ratios above 20 count as 20. Its
        dtype is that of `log_prob`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        MiniMax, MiniMax-M1: Scaling Test-Time Compute Efficiently with
        Lightning Attention, 2025, equations 4 and 5,
        https://arxiv.org/abs/2506.13585
    """
    if not clip_high > 0:
        raise ValueError(f"clip_high must be above 0, got {clip_high}")
    ratio = _difference(log_prob.detach(), mask, old_log_prob=old_log_prob)
    weight = ratio.clamp_max(20).exp().clamp_max(clip_high)
    cost = _cost(advantage, ratio).expand_as(ratio).where(mask, 0)
    own = log_prob.to(ratio.dtype).where(mask, 0)
    return _reduce(weight * cost * own, mask, reduction)


def kl_penalty(
    log_prob: Tensor,
    reference_log_prob: Tensor,
    mask: Tensor,
    *,
    estimator: str = "k3",
    reduction: str = "mean",
) -> Tensor:
    """Estimate how far the policy is from a reference, from its samples.

    With `d = log_prob - reference_log_prob`: k1 is `d`, k2 is `d**2 / 2`, k3
    is `exp(-d) - 1 + d`.

    Args:
        log_prob: Shape (N, T), floating point: log-probability of each sampled
            token, by the policy that is trained.
        reference_log_prob: Shape (N, T); by the frozen reference. No gradient
            goes there.
        mask: Shape (N, T), bool: True for tokens that the policy wrote.
        estimator: "k1" and "k3" have the KL divergence as their mean, "k2"
            nearly; "k2" alone has its gradient, on samples of the policy.
        reduction: "mean" divides by all tokens that count; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N, T), 0 where nothing counts. At least 0,
        but k1 any real number; 0 if no token counts. In k3 a `-d` above 20
        counts as 20. Its dtype is that of `log_prob`, but float32 for half
        precision.

    Raises:
        TypeError: A tensor is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit, or an option is unknown.

    Source:
        Schulman, Approximating KL Divergence, 2020,
        https://joschu.net/blog/kl-approx.html; k3 in a loss: Shao et al.,
        2024, equation 4, https://arxiv.org/abs/2402.03300
    """
    _one_of("k1", "k2", "k3", estimator=estimator)
    d = _difference(log_prob, mask, reference_log_prob=reference_log_prob)
    if estimator == "k2":
        d = d**2 / 2
    elif estimator == "k3":
        d = nn.functional.threshold(d, -20, -20)  # at least; clamp is slower
        d = (-d).expm1() + d  # exp, less 1, would lose all digits near 0
    return _reduce(d, mask, reduction)


def clipped_value_loss(
    value: Tensor,
    old_value: Tensor,
    returns: Tensor,
    mask: Tensor,
    *,
    clip: float = 0.2,
    reduction: str = "mean",
) -> Tensor:
    """Fit the critic of PPO, in steps as small as those of its policy.

    `max((v - R)**2, (v_old + clamp(v - v_old, -clip, clip) - R)**2) / 2`.

    Args:
        value: Shape (N, T), floating point: the critic's value of each token.
        old_value: Shape (N, T); what it was when the tokens were sampled. No
            gradient goes there.
        returns: Shape (N, T), floating point: what the value should be,
            `old_value` plus the advantage. No gradient goes there.
        mask: Shape (N, T), bool: True for tokens that the policy wrote.
        clip: At least 0, in units of the returns.
        reduction: "mean" divides by all tokens that count; "sum"; "none".

    Returns:
        A scalar, with "none" shape (N, T), 0 where nothing counts. At least 0;
        0 if no token counts. Its dtype is that of `value`, but float32 for
        half precision.

    Raises:
        TypeError: A tensor is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit, or an option is out of range.

    Source:
        Huang et al., The 37 Implementation Details of Proximal Policy
        Optimization, 2022, detail 9,
        https://iclr-blog-track.github.io/2022/03/25/ppo-implementation-details/
    """
    _at_least_0(clip=clip)
    change = _difference(value, mask, old_value=old_value)
    error = _difference(value, mask, returns=returns)
    near = error - change + change.clamp(-clip, clip)
    return _reduce(torch.maximum(near**2, error**2) / 2, mask, reduction)


def group_advantage(reward: Tensor, *, scale: bool = True) -> Tensor:
    """Compare each answer with the others to its prompt: GRPO's advantage.

    `(reward - mean) / std` over each row; `std` divides by K - 1.

    Args:
        reward: Shape (G, K), floating point: K answers to each of G prompts;
            K at least 2.
        scale: Whether to divide by the standard deviation; Dr. GRPO doesn't.

    Returns:
        Shape (G, K): `flatten()` it for the losses. Each row has mean 0; a row
        whose rewards are equal, but for rounding, is 0 where others divide 0
        by 0. Its dtype is that of `reward`, but float32 for half precision.

    Raises:
        TypeError: `reward` is not floating point.
        ValueError: Its shape is not (G, K) with K at least 2.

    Source:
        Shao et al., DeepSeekMath, 2024, section 4.1,
        https://arxiv.org/abs/2402.03300; without the division: Liu et al.,
        2025, section 3.2, https://arxiv.org/abs/2503.20783
    """
    _floating(reward=reward)
    if reward.ndim != 2 or reward.shape[1] < 2:
        shape = tuple(reward.shape)
        raise ValueError(f"reward must be (G, K), K at least 2, got {shape}")
    reward = reward.to(torch.promote_types(reward.dtype, torch.float32))
    centred = reward - reward.mean(-1, keepdim=True)
    if not scale:
        return centred
    size = centred.abs().amax(-1, keepdim=True)
    least = 8 * torch.finfo(reward.dtype).eps
    same = size <= least * reward.abs().amax(-1, keepdim=True)
    unit = centred / size.where(~same, 1)  # its square does not underflow
    variance = (unit**2).sum(-1, keepdim=True) / (reward.shape[1] - 1)
    return (unit / variance.where(~same, 1).sqrt()).where(~same, 0)


def _difference(first: Tensor, mask: Tensor, **other: Tensor) -> Tensor:
    """Subtract what has no gradient, where the mask is true."""
    ((name, second),) = other.items()
    own = "value" if name in ("old_value", "returns") else "log_prob"
    _floating(**{own: first, name: second})
    if mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}")
    if first.ndim != 2:
        raise ValueError(f"{own} must be (N, T), got {tuple(first.shape)}")
    for key, tensor in ((name, second), ("mask", mask)):
        if tensor.shape != first.shape:
            raise ValueError(
                f"{key} must have the shape of {own}, {tuple(first.shape)}, "
                f"got {tuple(tensor.shape)}"
            )
    dtype = torch.promote_types(first.dtype, torch.float32)
    return (first.to(dtype) - second.detach().to(dtype)).where(mask, 0)


def _cost(advantage: Tensor, ratio: Tensor) -> Tensor:
    """Turn the advantage round, one a ratio or one a row, without gradient."""
    _floating(advantage=advantage)
    if advantage.shape not in (ratio.shape, ratio.shape[:1]):
        raise ValueError(
            f"advantage must have shape {tuple(ratio.shape)} or one number a "
            f"sequence, got {tuple(advantage.shape)}"
        )
    cost = -advantage.detach().to(ratio.dtype)
    return cost if cost.ndim == ratio.ndim else cost.unsqueeze(-1)


def _clipped(ratio: Tensor, cost: Tensor, *clips: float | None) -> Tensor:
    """Stop the ratio where the smaller of both gains is the clipped one."""
    low, high, dual = clips
    bad = cost > 0
    most = torch.full_like(cost, torch.inf if dual is None else dual)
    least = torch.full_like(cost, 1 - low).where(bad, 0)
    return ratio.clamp(least, most.where(bad, 1 + high))


def _floating(**inputs: Tensor) -> None:
    for name, x in inputs.items():
        if not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")


def _at_least_0(**options: float) -> None:
    for name, value in options.items():
        if not value >= 0:
            raise ValueError(f"{name} must be at least 0, got {value}")


def _one_of(*options: str, **given: str) -> None:
    for name, value in given.items():
        if value not in options:
            raise ValueError(f"{name} must be one of {options}, got {value!r}")


def _reduce(
    loss: Tensor,
    mask: Tensor,
    reduction: str,
    each: Tensor | float | None = None,
) -> Tensor:
    """Divide by all that counts, or each row by its own divisor, then by N."""
    _one_of("mean", "sum", "none", reduction=reduction)
    if reduction == "none":
        return loss
    count = torch.count_nonzero(mask).clamp_min(1)
    if each is not None:
        count, loss = max(len(loss), 1), loss.sum(-1) / each
    return loss.sum() if reduction == "sum" else loss.sum() / count


class ClippedPolicyLoss(nn.Module):
    """`clipped_policy_loss` as a module."""

    def __init__(
        self,
        *,
        clip_low: float = 0.2,
        clip_high: float = 0.2,
        dual_clip: float | None = None,
        normalize: str = "token",
        length: float | None = None,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `clipped_policy_loss`."""
        super().__init__()
        self.clip_low, self.clip_high = clip_low, clip_high
        self.dual_clip, self.normalize = dual_clip, normalize
        self.length, self.reduction = length, reduction

    def forward(
        self,
        log_prob: Tensor,
        old_log_prob: Tensor,
        advantage: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """Compute `clipped_policy_loss`."""
        return clipped_policy_loss(
            log_prob,
            old_log_prob,
            advantage,
            mask,
            clip_low=self.clip_low,
            clip_high=self.clip_high,
            dual_clip=self.dual_clip,
            normalize=self.normalize,
            length=self.length,
            reduction=self.reduction,
        )


class SequencePolicyLoss(nn.Module):
    """`sequence_policy_loss` as a module."""

    def __init__(
        self,
        *,
        clip_low: float = 3e-4,
        clip_high: float = 4e-4,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `sequence_policy_loss`."""
        super().__init__()
        self.clip_low, self.clip_high = clip_low, clip_high
        self.reduction = reduction

    def forward(
        self,
        log_prob: Tensor,
        old_log_prob: Tensor,
        advantage: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """Compute `sequence_policy_loss`."""
        return sequence_policy_loss(
            log_prob,
            old_log_prob,
            advantage,
            mask,
            clip_low=self.clip_low,
            clip_high=self.clip_high,
            reduction=self.reduction,
        )


class CISPOLoss(nn.Module):
    """`cispo_loss` as a module."""

    def __init__(
        self, *, clip_high: float = 5.0, reduction: str = "mean"
    ) -> None:
        """Take the options of `cispo_loss`."""
        super().__init__()
        self.clip_high, self.reduction = clip_high, reduction

    def forward(
        self,
        log_prob: Tensor,
        old_log_prob: Tensor,
        advantage: Tensor,
        mask: Tensor,
    ) -> Tensor:
        """Compute `cispo_loss`."""
        return cispo_loss(
            log_prob,
            old_log_prob,
            advantage,
            mask,
            clip_high=self.clip_high,
            reduction=self.reduction,
        )


class KLPenalty(nn.Module):
    """`kl_penalty` as a module."""

    def __init__(
        self, *, estimator: str = "k3", reduction: str = "mean"
    ) -> None:
        """Take the options of `kl_penalty`."""
        super().__init__()
        self.estimator, self.reduction = estimator, reduction

    def forward(
        self, log_prob: Tensor, reference_log_prob: Tensor, mask: Tensor
    ) -> Tensor:
        """Compute `kl_penalty`."""
        return kl_penalty(
            log_prob,
            reference_log_prob,
            mask,
            estimator=self.estimator,
            reduction=self.reduction,
        )


class ClippedValueLoss(nn.Module):
    """`clipped_value_loss` as a module."""

    def __init__(self, *, clip: float = 0.2, reduction: str = "mean") -> None:
        """Take the options of `clipped_value_loss`."""
        super().__init__()
        self.clip, self.reduction = clip, reduction

    def forward(
        self, value: Tensor, old_value: Tensor, returns: Tensor, mask: Tensor
    ) -> Tensor:
        """Compute `clipped_value_loss`."""
        return clipped_value_loss(
            value,
            old_value,
            returns,
            mask,
            clip=self.clip,
            reduction=self.reduction,
        )
