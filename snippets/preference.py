"""Preference losses: DPO, IPO, KTO, ORPO, SimPO, APO, and of reward models."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def dpo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    *,
    beta: float = 0.1,
    label_smoothing: float = 0.0,
    variant: str = "sigmoid",
    reduction: str = "mean",
) -> Tensor:
    """Make the chosen answer win over the rejected, against a reference.

    `-(1 - e) * log(sigmoid(z)) - e * log(sigmoid(-z))`, where `e` is
    `label_smoothing` and `z = beta * ((policy_chosen - policy_rejected) -
    (reference_chosen - reference_rejected))`. With `variant="robust"`,
    `(-(1 - e) * log(sigmoid(z)) + e * log(sigmoid(-z))) / (1 - 2 * e)`;
    with "hinge", `max(0, 1 - z)`.

    Args:
        policy_chosen: Any shape, one a pair, floating point: log-probability
            of the chosen answer, summed over its tokens.
        policy_rejected: Shape of `policy_chosen`; the same of the rejected.
        reference_chosen: Shape of `policy_chosen`; by the frozen model. No
            gradient goes there.
        reference_rejected: Shape of `policy_chosen`; by the frozen model. No
            gradient goes there.
        beta: Above 0; the smaller, the further from the reference.
        label_smoothing: Share of pairs that are the wrong way round, from 0
            to less than 0.5; 0 is DPO, more is conservative DPO, or robust
            DPO. Only 0 with "hinge".
        variant: "sigmoid"; "robust", DPO's loss without wrong pairs, on
            average; or "hinge", that of RSO.
        reduction: "mean" and "sum" are over all pairs; "none".

    Returns:
        A scalar, with "none" the shape of `policy_chosen`. At least 0, but
        any number if robust. Its dtype is that of `policy_chosen`, but
        float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `beta`, `label_smoothing`, `variant` or
            `reduction` is out of range. Values of tensors are not checked.

    Source:
        Rafailov et al., Direct Preference Optimization, 2023, equation 7,
        https://arxiv.org/abs/2305.18290; smoothing: Mitchell, A note on DPO
        with noisy preferences, 2023, equation 3,
        https://ericmitchell.ai/cdpo.pdf; robust: Chowdhury et al., Provably
        Robust DPO, 2024, https://arxiv.org/abs/2403.00409; hinge: Liu et al.,
        Statistical Rejection Sampling Improves Preference Optimization, 2023,
        equation 10, https://arxiv.org/abs/2309.06657
    """
    _variant(variant, "sigmoid", "robust", "hinge")
    if not 0 <= label_smoothing < 0.5:
        raise ValueError(
            "label_smoothing must be from 0 to less than 0.5, "
            f"got {label_smoothing}"
        )
    if variant == "hinge" and label_smoothing:
        raise ValueError(
            f"label_smoothing must be 0 with 'hinge', got {label_smoothing}"
        )
    _check(beta, reduction)
    pairs = policy_chosen, policy_rejected, reference_chosen, reference_rejected
    z = beta * _margin(*pairs)
    if variant == "hinge":
        return _reduce(F.relu(1 - z), reduction)
    right = (label_smoothing - 1) * F.logsigmoid(z)
    wrong = label_smoothing * F.logsigmoid(-z)
    if variant == "robust":
        return _reduce((right + wrong) / (1 - 2 * label_smoothing), reduction)
    return _reduce(right - wrong, reduction)


def ipo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    *,
    beta: float = 0.1,
    reduction: str = "mean",
) -> Tensor:
    """Make the chosen answer win by a fixed margin, and no further.

    `(h - 1 / (2 * beta))**2`, where `h = (policy_chosen - policy_rejected) -
    (reference_chosen - reference_rejected)`.

    Args:
        policy_chosen: Any shape, one a pair, floating point: log-probability
            of the chosen answer. The paper's equation takes the sum over its
            tokens; its authors, and TRL, the mean.
        policy_rejected: Shape of `policy_chosen`; the same of the rejected.
        reference_chosen: Shape of `policy_chosen`; by the frozen model. No
            gradient goes there.
        reference_rejected: Shape of `policy_chosen`; by the frozen model. No
            gradient goes there.
        beta: Above 0; the margin is `1 / (2 * beta)`. The paper's tau.
        reduction: "mean" and "sum" are over all pairs; "none".

    Returns:
        A scalar, with "none" the shape of `policy_chosen`. At least 0. Its
        dtype is that of `policy_chosen`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `beta` or `reduction` is out of range.

    Source:
        Azar et al., A General Theoretical Paradigm to Understand Learning
        from Human Preferences, 2024, equation 17,
        https://arxiv.org/abs/2310.12036
    """
    _check(beta, reduction)
    pairs = policy_chosen, policy_rejected, reference_chosen, reference_rejected
    h = _margin(*pairs)
    return _reduce((h - 1 / (2 * beta)) ** 2, reduction)


def kto_loss(
    policy: Tensor,
    reference: Tensor,
    desirable: Tensor,
    kl: Tensor,
    *,
    beta: float = 0.1,
    desirable_weight: float = 1.0,
    undesirable_weight: float = 1.0,
    reduction: str = "mean",
) -> Tensor:
    """Raise answers that are good and lower those that are bad, unpaired.

    `weight * sigmoid(-z)`, where `z = beta * (policy - reference - kl)` for
    a desirable answer and minus that for an undesirable one.

    Args:
        policy: Any shape, one an answer, floating point: log-probability of
            the answer, summed over its tokens.
        reference: Shape of `policy`; by the frozen model. No gradient goes
            there.
        desirable: Shape of `policy`, bool.
        kl: A scalar, floating point: how far the policy is from the
            reference, estimated on answers to other prompts. Counts as 0
            when negative; no gradient goes there.
        beta: Above 0; the smaller, the further from the reference.
        desirable_weight: Factor of the desirable, at least 0.
        undesirable_weight: Factor of the undesirable, at least 0.
        reduction: "mean" and "sum" are over all answers; "none".

    Returns:
        A scalar, with "none" the shape of `policy`. From 0 to the larger
        weight. Its dtype is that of `policy`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point, or `desirable` not bool.
        ValueError: Shapes don't fit; `beta`, a weight or `reduction` is out
            of range.

    Source:
        Ethayarajh et al., KTO: Model Alignment as Prospect Theoretic
        Optimization, 2024, section 4, https://arxiv.org/abs/2402.01306
    """
    _check(beta, reduction)
    for name, weight in (
        ("desirable_weight", desirable_weight),
        ("undesirable_weight", undesirable_weight),
    ):
        if not weight >= 0:
            raise ValueError(f"{name} must be at least 0, got {weight}")
    if desirable.dtype != torch.bool:
        raise TypeError(f"desirable must be bool, got {desirable.dtype}")
    if desirable.shape != policy.shape:
        raise ValueError(
            f"desirable must have the shape of policy, {tuple(policy.shape)}, "
            f"got {tuple(desirable.shape)}"
        )
    if not isinstance(kl, Tensor):
        raise TypeError(f"kl must be a tensor, got {type(kl).__name__}")
    if kl.ndim:
        raise ValueError(f"kl must be a scalar, got shape {tuple(kl.shape)}")
    _floating(kl=kl)
    policy, reference = _same(policy=policy, reference=reference)
    kl = kl.to(policy.dtype).detach().clamp_min(0)
    z = beta * (policy - reference.detach() - kl)
    loss = torch.where(
        desirable,
        desirable_weight * (-z).sigmoid(),
        undesirable_weight * z.sigmoid(),
    )
    return _reduce(loss, reduction)


def orpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    *,
    beta: float = 0.1,
    reduction: str = "mean",
) -> Tensor:
    """Make the odds of the chosen answer exceed those of the rejected.

    `-beta * log(sigmoid(log_odds(chosen) - log_odds(rejected)))`, where
    `log_odds(x) = x - log(1 - exp(x))`. This is the term that ORPO adds to
    the negative log-likelihood of the chosen answers: add that yourself.

    Args:
        chosen: Any shape, one a pair, floating point: log-probability of the
            chosen answer, averaged over its tokens; below 0. 0, whose odds
            are infinite, counts as the largest number below it.
        rejected: Shape of `chosen`; the same of the rejected.
        beta: Above 0, weight of the term. The paper's lambda.
        reduction: "mean" and "sum" are over all pairs; "none".

    Returns:
        A scalar, with "none" the shape of `chosen`. At least 0. Its dtype is
        that of `chosen`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `beta` or `reduction` is out of range.

    Source:
        Hong et al., ORPO: Monolithic Preference Optimization without
        Reference Model, 2024, equations 4 and 7,
        https://arxiv.org/abs/2403.07691
    """
    _check(beta, reduction)
    chosen, rejected = _same(chosen=chosen, rejected=rejected)
    z = _log_odds(chosen) - _log_odds(rejected)
    return _reduce(-beta * F.logsigmoid(z), reduction)


def simpo_loss(
    chosen: Tensor,
    rejected: Tensor,
    *,
    beta: float = 2.0,
    gamma: float = 0.5,
    reduction: str = "mean",
) -> Tensor:
    """Make the chosen answer win by a margin, without a reference.

    `-log(sigmoid(beta * (chosen - rejected) - gamma))`.

    Args:
        chosen: Any shape, one a pair, floating point: log-probability of the
            chosen answer, averaged over its tokens.
        rejected: Shape of `chosen`; the same of the rejected.
        beta: Above 0; scale of the difference.
        gamma: Margin that is wanted after the scaling, at least 0.
        reduction: "mean" and "sum" are over all pairs; "none".

    Returns:
        A scalar, with "none" the shape of `chosen`. At least 0. Its dtype is
        that of `chosen`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `beta`, `gamma` or `reduction` is out of
            range.

    Source:
        Meng et al., SimPO: Simple Preference Optimization with a
        Reference-Free Reward, 2024, section 2,
        https://arxiv.org/abs/2405.14734
    """
    _check(beta, reduction)
    if not gamma >= 0:
        raise ValueError(f"gamma must be at least 0, got {gamma}")
    chosen, rejected = _same(chosen=chosen, rejected=rejected)
    return _reduce(-F.logsigmoid(beta * (chosen - rejected) - gamma), reduction)


def apo_loss(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
    *,
    beta: float = 0.1,
    variant: str = "zero",
    reduction: str = "mean",
) -> Tensor:
    """Say which way the chosen answer goes, not only that it wins.

    Of `r = beta * (policy - reference)` of either answer, "zero" raises the
    chosen and lowers the rejected: `sigmoid(-r_chosen) +
    sigmoid(r_rejected)`. "down" lowers both, the rejected more:
    `sigmoid(r_chosen) + sigmoid(r_rejected - r_chosen)`.

    Args:
        policy_chosen: Any shape, one a pair, floating point: log-probability
            of the chosen answer, summed over its tokens.
        policy_rejected: Shape of `policy_chosen`; the same of the rejected.
        reference_chosen: Shape of `policy_chosen`; by the frozen model. No
            gradient goes there.
        reference_rejected: Shape of `policy_chosen`; by the frozen model. No
            gradient goes there.
        beta: Above 0; the smaller, the further from the reference.
        variant: "zero" if chosen answers are better than the model's own,
            "down" if they are worse.
        reduction: "mean" and "sum" are over all pairs; "none".

    Returns:
        A scalar, with "none" the shape of `policy_chosen`. From 0 to 2. Its
        dtype is that of `policy_chosen`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `beta`, `variant` or `reduction` is out of
            range.

    Source:
        D'Oosterlinck et al., Anchored Preference Optimization and Contrastive
        Revisions, 2024, equations 7 and 8, https://arxiv.org/abs/2408.06266
    """
    _variant(variant, "zero", "down")
    _check(beta, reduction)
    pairs = policy_chosen, policy_rejected, reference_chosen, reference_rejected
    chosen, rejected, by_chosen, by_rejected = _pairs(*pairs)
    chosen = beta * (chosen - by_chosen.detach())
    rejected = beta * (rejected - by_rejected.detach())
    if variant == "zero":
        return _reduce((-chosen).sigmoid() + rejected.sigmoid(), reduction)
    loss = chosen.sigmoid() + (rejected - chosen).sigmoid()
    return _reduce(loss, reduction)


def reward_model_loss(
    chosen: Tensor,
    rejected: Tensor,
    margin: Tensor | None = None,
    *,
    center: float = 0.0,
    reduction: str = "mean",
) -> Tensor:
    """Give the chosen answer more reward than the rejected (Bradley–Terry).

    `-log(sigmoid(chosen - rejected - margin)) + center * (chosen +
    rejected)**2`.

    Args:
        chosen: Any shape, one a pair, floating point: reward of the chosen
            answer, read at its last token.
        rejected: Shape of `chosen`; the same of the rejected.
        margin: Shape of `chosen`, floating point; how much better the chosen
            answer is. None is 0.
        center: Weight of the term that keeps rewards around 0; at least 0.
        reduction: "mean" and "sum" are over all pairs; "none".

    Returns:
        A scalar, with "none" the shape of `chosen`. At least 0. Its dtype is
        that of `chosen`, but float32 for half precision.

    Raises:
        TypeError: A tensor is not floating point.
        ValueError: Shapes differ; `center` or `reduction` is out of range.

    Source:
        Ouyang et al., Training language models to follow instructions with
        human feedback, 2022, equation 1, https://arxiv.org/abs/2203.02155;
        margin: Touvron et al., Llama 2, 2023, equation 2,
        https://arxiv.org/abs/2307.09288; centring: Eisenstein et al., Helping
        or Herding?, 2023, equation 2, https://arxiv.org/abs/2312.09244
    """
    if not center >= 0:
        raise ValueError(f"center must be at least 0, got {center}")
    _check(1.0, reduction)
    given = {} if margin is None else {"margin": margin}
    chosen, rejected, *rest = _same(chosen=chosen, rejected=rejected, **given)
    behind = rejected - chosen
    if rest:
        behind = behind + rest[0]
    loss = F.softplus(behind, threshold=40)  # where a line is exact
    if center:
        loss = loss + center * (chosen + rejected) ** 2
    return _reduce(loss, reduction)


def _margin(*pairs: Tensor) -> Tensor:
    chosen, rejected, by_chosen, by_rejected = _pairs(*pairs)
    return (chosen - rejected) - (by_chosen - by_rejected).detach()


def _pairs(*pairs: Tensor) -> list[Tensor]:
    models, answers = ("policy", "reference"), ("chosen", "rejected")
    names = [f"{model}_{answer}" for model in models for answer in answers]
    return _same(**dict(zip(names, pairs, strict=True)))


def _log_odds(x: Tensor) -> Tensor:
    x = x.clamp_max(-torch.finfo(x.dtype).tiny)
    return x - (-x.expm1()).log()


def _same(**inputs: Tensor) -> list[Tensor]:
    _floating(**inputs)
    first, *_ = inputs
    shape = inputs[first].shape
    for name, tensor in inputs.items():
        if tensor.shape != shape:
            raise ValueError(
                f"{name} must have the shape of {first}, {tuple(shape)}, "
                f"got {tuple(tensor.shape)}"
            )
    dtype = torch.promote_types(inputs[first].dtype, torch.float32)
    return [tensor.to(dtype) for tensor in inputs.values()]


def _floating(**inputs: Tensor) -> None:
    for name, tensor in inputs.items():
        if not tensor.is_floating_point():
            raise TypeError(
                f"{name} must be floating point, got {tensor.dtype}"
            )


def _variant(variant: str, *known: str) -> None:
    if variant not in known:
        raise ValueError(f"variant must be one of {known}, got {variant!r}")


def _check(beta: float, reduction: str) -> None:
    if not beta > 0:
        raise ValueError(f"beta must be above 0, got {beta}")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )


def _reduce(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else getattr(loss, reduction)()


class DPOLoss(nn.Module):
    """`dpo_loss` as a module."""

    def __init__(
        self,
        *,
        beta: float = 0.1,
        label_smoothing: float = 0.0,
        variant: str = "sigmoid",
        reduction: str = "mean",
    ) -> None:
        """Take the options of `dpo_loss`."""
        super().__init__()
        self.beta, self.label_smoothing = beta, label_smoothing
        self.variant, self.reduction = variant, reduction

    def forward(
        self,
        policy_chosen: Tensor,
        policy_rejected: Tensor,
        reference_chosen: Tensor,
        reference_rejected: Tensor,
    ) -> Tensor:
        """Compute `dpo_loss`."""
        return dpo_loss(
            policy_chosen,
            policy_rejected,
            reference_chosen,
            reference_rejected,
            beta=self.beta,
            label_smoothing=self.label_smoothing,
            variant=self.variant,
            reduction=self.reduction,
        )


class IPOLoss(nn.Module):
    """`ipo_loss` as a module."""

    def __init__(self, *, beta: float = 0.1, reduction: str = "mean") -> None:
        """Take the options of `ipo_loss`."""
        super().__init__()
        self.beta, self.reduction = beta, reduction

    def forward(
        self,
        policy_chosen: Tensor,
        policy_rejected: Tensor,
        reference_chosen: Tensor,
        reference_rejected: Tensor,
    ) -> Tensor:
        """Compute `ipo_loss`."""
        policy = policy_chosen, policy_rejected
        reference = reference_chosen, reference_rejected
        return ipo_loss(
            *policy, *reference, beta=self.beta, reduction=self.reduction
        )


class KTOLoss(nn.Module):
    """`kto_loss` as a module."""

    def __init__(
        self,
        *,
        beta: float = 0.1,
        desirable_weight: float = 1.0,
        undesirable_weight: float = 1.0,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `kto_loss`."""
        super().__init__()
        self.beta, self.reduction = beta, reduction
        self.desirable_weight = desirable_weight
        self.undesirable_weight = undesirable_weight

    def forward(
        self, policy: Tensor, reference: Tensor, desirable: Tensor, kl: Tensor
    ) -> Tensor:
        """Compute `kto_loss`."""
        return kto_loss(
            policy,
            reference,
            desirable,
            kl,
            beta=self.beta,
            desirable_weight=self.desirable_weight,
            undesirable_weight=self.undesirable_weight,
            reduction=self.reduction,
        )


class ORPOLoss(nn.Module):
    """`orpo_loss` as a module."""

    def __init__(self, *, beta: float = 0.1, reduction: str = "mean") -> None:
        """Take the options of `orpo_loss`."""
        super().__init__()
        self.beta, self.reduction = beta, reduction

    def forward(self, chosen: Tensor, rejected: Tensor) -> Tensor:
        """Compute `orpo_loss`."""
        return orpo_loss(
            chosen, rejected, beta=self.beta, reduction=self.reduction
        )


class SimPOLoss(nn.Module):
    """`simpo_loss` as a module."""

    def __init__(
        self, *, beta: float = 2.0, gamma: float = 0.5, reduction: str = "mean"
    ) -> None:
        """Take the options of `simpo_loss`."""
        super().__init__()
        self.beta, self.gamma, self.reduction = beta, gamma, reduction

    def forward(self, chosen: Tensor, rejected: Tensor) -> Tensor:
        """Compute `simpo_loss`."""
        return simpo_loss(
            chosen,
            rejected,
            beta=self.beta,
            gamma=self.gamma,
            reduction=self.reduction,
        )


class APOLoss(nn.Module):
    """`apo_loss` as a module."""

    def __init__(
        self,
        *,
        beta: float = 0.1,
        variant: str = "zero",
        reduction: str = "mean",
    ) -> None:
        """Take the options of `apo_loss`."""
        super().__init__()
        self.beta, self.variant, self.reduction = beta, variant, reduction

    def forward(
        self,
        policy_chosen: Tensor,
        policy_rejected: Tensor,
        reference_chosen: Tensor,
        reference_rejected: Tensor,
    ) -> Tensor:
        """Compute `apo_loss`."""
        policy = policy_chosen, policy_rejected
        reference = reference_chosen, reference_rejected
        options = {"beta": self.beta, "variant": self.variant}
        return apo_loss(
            *policy, *reference, **options, reduction=self.reduction
        )


class RewardModelLoss(nn.Module):
    """`reward_model_loss` as a module."""

    def __init__(self, *, center: float = 0.0, reduction: str = "mean") -> None:
        """Take the options of `reward_model_loss`."""
        super().__init__()
        self.center, self.reduction = center, reduction

    def forward(
        self, chosen: Tensor, rejected: Tensor, margin: Tensor | None = None
    ) -> Tensor:
        """Compute `reward_model_loss`."""
        return reward_model_loss(
            chosen,
            rejected,
            margin,
            center=self.center,
            reduction=self.reduction,
        )
