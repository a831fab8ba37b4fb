"""Arguments of policy_gradient, and what proves it."""

import mpmath
import numpy as np
import torch
from policy_gradient import (
    cispo_loss,
    clipped_policy_loss,
    clipped_value_loss,
    group_advantage,
    kl_penalty,
    sequence_policy_loss,
)
from torch import Tensor

from tests.cases._common import reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same


def sampled(draw: Draw, other: str) -> Arguments:
    """Draw log-probabilities of tokens by two models, now and then alike."""
    shape = (draw.n, draw.c)
    log_prob = -draw.real(*shape).abs()
    apart = draw.choose(0.0, 0.1, 3.0)  # or the ratio leaves float64
    return {
        "log_prob": log_prob,
        other: log_prob + apart * (draw.weight(*shape) - 1.6),
    }


def counted(draw: Draw) -> Tensor:
    """Draw a mask; it may be all true, or all false."""
    mask = draw.choose(torch.ones, torch.zeros, draw.binary, draw.binary)
    return mask(draw.n, draw.c).bool()


def rollouts(draw: Draw, tokens: bool = True) -> Arguments:
    """Draw what policies are trained on, with advantages of size 1."""
    advantage = draw.real(draw.n, draw.c) / draw.scale
    if not tokens or draw.choose(True, False):
        advantage = advantage[:, 0]
    return sampled(draw, "old_log_prob") | {
        "advantage": advantage,
        "mask": counted(draw),
    }


def clipped_arguments(draw: Draw) -> Arguments:
    """Draw arguments of clipped_policy_loss."""
    dual = draw.choose(None, None, 3.0)
    # Liger bounds gains too, where the upper clip is above its dual one.
    normalize = draw.choose("token", "sequence", "length")
    return rollouts(draw) | {
        "clip_low": draw.choose(0.1, 0.2, torch.inf),
        "clip_high": 0.28 if dual else draw.choose(0.2, torch.inf),
        "dual_clip": dual,
        "normalize": normalize,
        "length": draw.choose(8, 20.5) if normalize == "length" else None,
        "reduction": draw.reduction(),
    }


def sequence_arguments(draw: Draw) -> Arguments:
    """Draw arguments of sequence_policy_loss."""
    return rollouts(draw, tokens=False) | {
        "clip_low": draw.choose(3e-4, 0.2, torch.inf),
        "clip_high": draw.choose(4e-4, 0.2, torch.inf),
        "reduction": draw.reduction(),
    }


def cispo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of cispo_loss."""
    return rollouts(draw) | {
        "clip_high": draw.choose(1.28, 5.0, torch.inf),
        "reduction": draw.reduction(),
    }


def kl_arguments(draw: Draw) -> Arguments:
    """Draw arguments of kl_penalty."""
    return sampled(draw, "reference_log_prob") | {
        "mask": counted(draw),
        "estimator": draw.choose("k1", "k2", "k3"),
        "reduction": draw.reduction(),
    }


def value_arguments(draw: Draw) -> Arguments:
    """Draw arguments of clipped_value_loss."""
    shape = (draw.n, draw.c)
    value = draw.real(*shape)
    return {
        "value": value,
        "old_value": value + draw.choose(0.0, 0.1, 1.0) * draw.real(*shape),
        "returns": draw.real(*shape),
        "mask": counted(draw),
        "clip": draw.choose(0.2, 10.0, torch.inf),
        "reduction": draw.reduction(),
    }


def advantage_arguments(draw: Draw) -> Arguments:
    """Draw arguments of group_advantage; right or wrong is a reward too."""
    kind = draw.choose(draw.binary, draw.unit, draw.real)
    return {
        "reward": kind(draw.n, draw.c),
        "scale": draw.choose(True, True, False),
    }


def of_liger(
    kind: str,
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    **options: object,
) -> Tensor:
    """Call Liger's mean, of one kind, over sequences and their advantages."""
    module = theirs("liger_kernel.chunked_loss.grpo_loss")
    loss, _ = module.LigerFusedLinearGRPOFunction.ppo_loss_fn(
        log_prob,
        mask.double(),
        advantage,
        mask.double(),
        old_per_token_logps=old_log_prob,
        beta=0.0,
        loss_type=kind,
        **options,
    )
    return loss


def columns(*given: Tensor) -> list[Tensor]:
    """Make each token a sequence of its own, with its advantage."""
    log_prob, old, advantage, mask = given
    rows = advantage if advantage.ndim == 2 else advantage.unsqueeze(1)
    advantage = rows.expand_as(mask).reshape(-1)
    return [x.reshape(-1, 1) for x in (log_prob, old)] + [
        advantage,
        mask.reshape(-1, 1),
    ]


def each_token(kind: str, *given: Tensor, **options: object) -> Tensor:
    """Call Liger's for each token alone."""
    tokens = [
        of_liger(kind, *(x[i : i + 1] for x in columns(*given)), **options)
        for i in range(given[0].numel())
    ]
    return torch.stack(tokens).view(given[0].shape)


def of_liger_clipped(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    clip_low: float,
    clip_high: float,
    dual_clip: float | None,
    normalize: str,
    length: float | None,
    reduction: str,
) -> Tensor:
    """Call Liger's, which has one advantage a sequence, and only the mean."""
    given = log_prob, old_log_prob, advantage, mask
    options = {
        "epsilon_low": clip_low,
        "epsilon_high": clip_high,
        "delta": dual_clip,
    }
    if reduction == "none":
        return each_token("bnpo", *given, **options)
    n, t = mask.shape
    counts = n if normalize != "token" else mask.sum().clamp(min=1)
    times = counts if reduction == "sum" else 1
    if normalize == "length":
        options["max_completion_length"] = length
    kinds = {"token": "bnpo", "sequence": "grpo", "length": "dr_grpo"}
    kind = kinds[normalize]
    if advantage.ndim == 1:
        return times * of_liger(kind, *given, **options)
    if normalize == "sequence":  # each row is a mean over its tokens
        rows = [columns(*(x[i : i + 1] for x in given)) for i in range(n)]
        means = [of_liger("bnpo", *row, **options) for row in rows]
        return times * torch.stack(means).mean()
    if normalize == "length":
        options["max_completion_length"] = length / t
    return times * of_liger(kind, *columns(*given), **options)


def of_liger_sequence(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    clip_low: float,
    clip_high: float,
    reduction: str,
) -> Tensor:
    """Call Liger's with ratios of whole sequences, one after the other."""
    given = log_prob, old_log_prob, advantage, mask
    rows = [
        of_liger(
            "grpo",
            *(x[i : i + 1] for x in given),
            epsilon_low=clip_low,
            epsilon_high=clip_high,
            importance_sampling_level="sequence",
        )
        for i in range(len(mask))
    ]
    return reduce(torch.stack(rows), reduction)


def of_liger_cispo(
    log_prob: Tensor,
    old_log_prob: Tensor,
    advantage: Tensor,
    mask: Tensor,
    clip_high: float,
    reduction: str,
) -> Tensor:
    """Call Liger's, whose upper epsilon is the bound itself, too."""
    given = log_prob, old_log_prob, advantage, mask
    if reduction == "none":
        return each_token("cispo", *given, epsilon_high=clip_high)
    times = mask.sum().clamp(min=1) if reduction == "sum" else 1
    given = columns(*given) if advantage.ndim == 2 else given
    return times * of_liger("cispo", *given, epsilon_high=clip_high)


def over_tokens(loss: Tensor, mask: Tensor, reduction: str) -> Tensor:
    """Reduce what an oracle gives token by token."""
    return reduce(loss.where(mask, 0), reduction, mask.sum().clamp(min=1))


def of_liger_kl(
    log_prob: Tensor,
    reference_log_prob: Tensor,
    mask: Tensor,
    estimator: str,
    reduction: str,
) -> Tensor:
    """Call Liger's k3, and take the others out of its odd part."""
    k3 = theirs("liger_kernel.chunked_loss.grpo_loss").k3_loss_fn
    there = k3(reference_log_prob, log_prob)
    back = k3(log_prob, reference_log_prob)
    d = (there - back) / 2 + (log_prob - reference_log_prob).sinh()
    loss = {"k1": d, "k2": d * d / 2, "k3": there}[estimator]
    return over_tokens(loss, mask, reduction)


def high(loss: Loss, *given: Tensor) -> Tensor:
    """Compute each number in 50 digits."""
    with mpmath.workdps(50):
        rows = zip(*(x.flatten().tolist() for x in given), strict=True)
        found = [float(loss(*map(mpmath.mpf, row))) for row in rows]
    return torch.tensor(found, dtype=torch.float64).view(given[0].shape)


def of_schulman(
    log_prob: Tensor,
    reference_log_prob: Tensor,
    mask: Tensor,
    estimator: str,
    reduction: str,
) -> Tensor:
    """Compute Schulman's estimators of r = p / q, with samples of q."""
    formulas = {
        "k1": lambda r: -mpmath.log(r),
        "k2": lambda r: mpmath.log(r) ** 2 / 2,
        "k3": lambda r: (r - 1) - mpmath.log(r),
    }
    loss = high(
        lambda q, p: formulas[estimator](mpmath.exp(p) / mpmath.exp(q)),
        log_prob,
        reference_log_prob,
    )
    return over_tokens(loss, mask, reduction)


def of_huang(
    value: Tensor,
    old_value: Tensor,
    returns: Tensor,
    mask: Tensor,
    clip: float,
    reduction: str,
) -> Tensor:
    """Compute the larger of two squares, the clipped and the plain."""

    def one(v: mpmath.mpf, old: mpmath.mpf, r: mpmath.mpf) -> mpmath.mpf:
        near = min(max(v, old - clip), old + clip)
        return max((v - r) ** 2, (near - r) ** 2) / 2

    return over_tokens(high(one, value, old_value, returns), mask, reduction)


def of_numpy(reward: Tensor, scale: bool) -> Tensor:
    """Center and scale by what numpy calls mean and std."""
    x = reward.numpy()
    centred = x - x.mean(1, keepdims=True)
    if scale:
        std = x.std(1, ddof=1, keepdims=True)
        same = np.ptp(x, axis=1, keepdims=True) == 0
        centred = np.where(same, 0, centred / np.where(same, 1, std))
    return torch.from_numpy(centred)


def broadcast(given: Arguments) -> Tensor:
    """Give each token its advantage, 0 where it does not count."""
    a, mask = given["advantage"], given["mask"]
    return (a if a.ndim == 2 else a.unsqueeze(1)) * mask


def per_token(loss: Tensor, given: Arguments) -> Tensor:
    """Take the mean over the tokens that count."""
    return (loss * given["mask"]).sum() / given["mask"].sum().clamp(min=1)


def first_step(given: Arguments) -> Arguments:
    """Let the policy that sampled be the one that is trained."""
    return given | {"old_log_prob": given["log_prob"].clone()}


def mean_of(given: Arguments) -> Arguments:
    """Take the mean over tokens."""
    plain = {"normalize": "token", "length": None, "reduction": "mean"}
    return given | {k: v for k, v in plain.items() if k in given}


def reinforce(given: Arguments) -> Tensor:
    """Write down the gradient of the mean of -A log p."""
    return -broadcast(given) / given["mask"].sum().clamp(min=1)


def alone(given: Arguments) -> Arguments:
    """Keep the first token of each sequence, as the mean over N wants it."""
    first = {
        k: v[:, :1]
        for k, v in given.items()
        if isinstance(v, Tensor) and v.ndim == 2
    }
    return given | first | {"mask": torch.ones_like(first["mask"])}


def summed(given: Arguments) -> str:
    """Name the reduction whose slopes are those of the sum of all."""
    return "mean" if given["reduction"] == "mean" else "sum"


def near(given: Arguments) -> Arguments:
    """Make logits small, so that a ratio of probabilities stays below e^20."""
    return given | {
        name: given[name].clamp(-9, 9)
        for name in ("log_prob", "reference_log_prob")
    }


def spoilt(given: Arguments) -> Arguments:
    """Put nan where nothing counts."""
    tokens = {
        k: v.masked_fill(~given["mask"], torch.nan)
        for k, v in given.items()
        if isinstance(v, Tensor) and v.shape == given["mask"].shape
        if v.is_floating_point()
    }
    return given | tokens


UNBOUND = {"clip_low": torch.inf, "clip_high": torch.inf, "dual_clip": None}


def capped(loss: Loss, other: str) -> Same:
    """Say that a log-ratio of 25, without clips, costs what one of 20 does."""

    def both(given: Arguments) -> Pair:
        ones = torch.ones_like(given["log_prob"])
        free = {k: v for k, v in UNBOUND.items() if k in given}
        given = given | free | {"log_prob": -ones}
        return tuple(loss(**given | {other: -ones - x}) for x in (25, 20))

    return both


def with_nan(loss: Loss, leaf: str) -> dict:
    """Say that neither value nor gradient looks where nothing counts."""
    return {
        "nan where nothing counts changes no value": lambda given: (
            loss(**spoilt(given)),
            loss(**given),
        ),
        "nan where nothing counts changes no gradient": lambda given: (
            slopes(loss, spoilt(given), leaf),
            slopes(loss, given, leaf),
        ),
    }


def full(given: Arguments, normalize: str) -> Tensor:
    """Divide in one way, where all tokens count."""
    length = given["mask"].shape[1] if normalize == "length" else None
    return clipped_policy_loss(
        **given
        | {"mask": torch.ones_like(given["mask"]), "reduction": "mean"}
        | {"normalize": normalize, "length": length}
    )


def vocabulary(given: Arguments) -> tuple[Tensor, Tensor, Tensor]:
    """Take rows as logits: two models, and the samples that there can be."""
    q = given["log_prob"].log_softmax(1)
    p = given["reference_log_prob"].log_softmax(1)
    return q, p, torch.ones_like(q).bool()


def expected(given: Arguments, estimator: str) -> Tensor:
    """Sum an estimator over all tokens, by their probability."""
    q, p, all_ = vocabulary(given)
    each = kl_penalty(q, p, all_, estimator=estimator, reduction="none")
    return (q.exp() * each).sum(1)


def exact(given: Arguments) -> Tensor:
    """Sum the KL divergence over all tokens."""
    q, p, _ = vocabulary(given)
    return (q.exp() * (q - p)).sum(1)


def pulled(given: Arguments, estimator: str) -> Tensor:
    """Take the mean gradient by logits, of samples that stay as they are."""
    logits = given["log_prob"].clone().requires_grad_()
    q, p, all_ = vocabulary(given | {"log_prob": logits})
    each = kl_penalty(q, p, all_, estimator=estimator, reduction="none")
    return torch.autograd.grad((q.exp().detach() * each).sum(), logits)[0]


def weighed(given: Arguments) -> Tensor:
    """Take the mean gradient of k3 times the ratio; all tokens are sampled."""
    logits = given["log_prob"].clone().requires_grad_()
    q, p, all_ = vocabulary(given | {"log_prob": logits})
    each = kl_penalty(q, p, all_, reduction="none")
    sampler = torch.zeros_like(q).log_softmax(1)
    loss = (sampler.exp() * (q - sampler).exp() * each).sum()
    return torch.autograd.grad(loss, logits)[0]


def wanted(given: Arguments, forward: bool) -> Tensor:
    """Differentiate the exact KL, of either direction, by logits."""
    logits = given["log_prob"].clone().requires_grad_()
    q, p, _ = vocabulary(given | {"log_prob": logits})
    a, b = (p, q) if forward else (q, p)
    return torch.autograd.grad((a.exp() * (a - b)).sum(), logits)[0]


def sequence_slope(given: Arguments) -> Pair:
    """Write the slope of the sum: none where the clipped gain is smaller."""
    given = given | {"reduction": "sum"}
    mask, a = given["mask"], given["advantage"].unsqueeze(1)
    t = mask.sum(1, keepdim=True).clamp(min=1)
    apart = (given["log_prob"] - given["old_log_prob"]).where(mask, 0)
    s = (apart.sum(1, keepdim=True) / t).exp()
    near = s.clamp(1 - given["clip_low"], 1 + given["clip_high"])
    loss = -torch.minimum(s * a, near * a)
    slope = (-s * a / t * (loss == -s * a)).where(mask, 0)
    return slopes(sequence_policy_loss, given, "log_prob"), slope.flatten()


def kl_slope(given: Arguments) -> Pair:
    """Write the slope of the sum."""
    given = given | {"reduction": "sum"}
    d = given["log_prob"] - given["reference_log_prob"]
    slope = {"k1": torch.ones_like(d), "k2": d, "k3": 1 - (-d).exp()}
    slope = slope[given["estimator"]].where(given["mask"], 0)
    return slopes(kl_penalty, given, "log_prob"), slope.flatten()


def value_slope(given: Arguments) -> Pair:
    """Write the slope of the sum: none where the clipped error is larger."""
    clip = 0.98765 * given["clip"]  # so that no value stands right at its end
    given = given | {"clip": clip, "reduction": "sum"}
    v, old, r = (given[name] for name in ("value", "old_value", "returns"))
    near = v.clamp(old - clip, old + clip)
    loss = torch.maximum((v - r) ** 2, (near - r) ** 2) / 2
    slope = ((v - r) * (loss == (v - r) ** 2 / 2)).where(given["mask"], 0)
    return slopes(clipped_value_loss, given, "value"), slope.flatten()


CASES = {
    "by_hand": (clipped_policy_loss, clipped_arguments),
    "by_hand_sequence": (sequence_policy_loss, sequence_arguments),
    "by_hand_cispo": (cispo_loss, cispo_arguments),
    "by_hand_kl": (kl_penalty, kl_arguments),
    "by_hand_value": (clipped_value_loss, value_arguments),
    "by_hand_advantage": (group_advantage, advantage_arguments),
}
LIGER = "liger_kernel.chunked_loss.LigerFusedLinearGRPOLoss"
SHAPE = "must have the shape of"
TOKENS = (4, 5)
BAD = [
    ({"log_prob": torch.zeros(TOKENS).int()}, TypeError, "int32"),
    ({"log_prob": torch.zeros(4)}, ValueError, "(N, T), got (4,)"),
    ({"mask": torch.ones(TOKENS)}, TypeError, "bool, got torch.float32"),
    ({"mask": torch.ones(4, 1).bool()}, ValueError, "(4, 5), got (4, 1)"),
]
BAD_POLICY = [
    *BAD,
    ({"old_log_prob": torch.zeros(TOKENS).long()}, TypeError, "int64"),
    ({"old_log_prob": torch.zeros(4, 6)}, ValueError, SHAPE),
    ({"advantage": torch.zeros(4).long()}, TypeError, "int64"),
    ({"advantage": torch.zeros(5)}, ValueError, "sequence, got (5,)"),
    ({"advantage": torch.zeros(4, 1)}, ValueError, "sequence, got (4, 1)"),
]
BAD_CLIPS = [
    ({"clip_low": -0.1}, ValueError, "at least 0, got -0.1"),
    ({"clip_high": float("nan")}, ValueError, "at least 0, got nan"),
]
PROOFS = {
    "clipped_policy_loss": Proof(
        draw=clipped_arguments,
        oracles={LIGER: of_liger_clipped},
        same={
            "at the first step it is minus the mean advantage": lambda given: (
                clipped_policy_loss(**mean_of(first_step(given))),
                -per_token(broadcast(given), given),
            ),
            "its first gradient is that of REINFORCE": lambda given: (
                slopes(
                    clipped_policy_loss, mean_of(first_step(given)), "log_prob"
                ),
                reinforce(given).flatten(),
            ),
            "without clips it is the plain ratio": lambda given: (
                clipped_policy_loss(
                    **mean_of(given)
                    | {"clip_low": torch.inf, "clip_high": torch.inf}
                    | {"dual_clip": None}
                ),
                -per_token(
                    (given["log_prob"] - given["old_log_prob"]).exp()
                    * broadcast(given),
                    given,
                ),
            ),
            "divisors agree when lengths do": lambda given: (
                torch.stack([full(given, "sequence"), full(given, "length")]),
                full(given, "token").expand(2),
            ),
            "a token that gained enough has no gradient": lambda given: (
                slopes(
                    clipped_policy_loss,
                    given
                    | {"old_log_prob": given["log_prob"] - 1}
                    | {"advantage": given["advantage"].abs()}
                    | {"clip_high": 0.2},
                    "log_prob",
                ),
                torch.zeros(given["mask"].numel()),
            ),
            "a log-ratio above 20 counts as 20": capped(
                clipped_policy_loss, "old_log_prob"
            ),
            **with_nan(clipped_policy_loss, "log_prob"),
        },
        bad=[
            *BAD_POLICY,
            *BAD_CLIPS,
            ({"dual_clip": 1.0}, ValueError, "above 1, got 1.0"),
            ({"normalize": "batch"}, ValueError, "got 'batch'"),
            (
                {"normalize": "length", "length": None},
                ValueError,
                "got None with 'length'",
            ),
            ({"normalize": "length", "length": 0}, ValueError, "above 0"),
            ({"normalize": "token", "length": 8}, ValueError, "else None"),
        ],
    ),
    "sequence_policy_loss": Proof(
        draw=sequence_arguments,
        oracles={LIGER: of_liger_sequence},
        same={
            "one token a sequence is clipped_policy_loss": lambda given: (
                sequence_policy_loss(**alone(given)),
                clipped_policy_loss(**alone(given)).view(
                    -1 if given["reduction"] == "none" else ()
                ),
            ),
            "its first gradient is GRPO's": lambda given: (
                slopes(sequence_policy_loss, first_step(given), "log_prob"),
                slopes(
                    lambda **x: clipped_policy_loss(**x, normalize="sequence"),
                    first_step(given) | {"reduction": summed(given)},
                    "log_prob",
                ),
            ),
            "its slope is that of its formula": sequence_slope,
            "a log-ratio above 20 counts as 20": capped(
                sequence_policy_loss, "old_log_prob"
            ),
            **with_nan(sequence_policy_loss, "log_prob"),
        },
        bad=[
            *BAD_POLICY,
            *BAD_CLIPS,
            ({"advantage": torch.zeros(TOKENS)}, ValueError, "got (4, 5)"),
        ],
    ),
    "cispo_loss": Proof(
        draw=cispo_arguments,
        oracles={LIGER: of_liger_cispo},
        same={
            "its first gradient is that of REINFORCE": lambda given: (
                slopes(cispo_loss, mean_of(first_step(given)), "log_prob"),
                reinforce(given).flatten(),
            ),
            "its gradient has the bounded weight": lambda given: (
                slopes(cispo_loss, mean_of(given), "log_prob"),
                (
                    reinforce(given)
                    * (given["log_prob"] - given["old_log_prob"])
                    .exp()
                    .clamp(max=given["clip_high"])
                ).flatten(),
            ),
            "without a bound its gradient is the plain ratio's": lambda given: (
                slopes(
                    cispo_loss,
                    mean_of(given) | {"clip_high": torch.inf},
                    "log_prob",
                ),
                slopes(
                    clipped_policy_loss,
                    mean_of(given)
                    | {"clip_high": torch.inf, "clip_low": torch.inf},
                    "log_prob",
                ),
            ),
            "a log-ratio above 20 counts as 20": capped(
                cispo_loss, "old_log_prob"
            ),
            **with_nan(cispo_loss, "log_prob"),
        },
        bad=[
            *BAD_POLICY,
            ({"clip_high": 0.0}, ValueError, "above 0, got 0.0"),
        ],
        gradcheck="the ratio is a weight without gradient",
    ),
    "kl_penalty": Proof(
        draw=kl_arguments,
        oracles={
            "liger_kernel.chunked_loss.grpo_loss.k3_loss_fn": of_liger_kl,
            "mpmath": of_schulman,
        },
        same={
            "the mean of k1 is the KL divergence": lambda given: (
                expected(near(given), "k1"),
                exact(near(given)),
            ),
            "the mean of k3 is the KL divergence": lambda given: (
                expected(near(given), "k3"),
                exact(near(given)),
            ),
            "the mean gradient of k1 is nothing": lambda given: (
                pulled(near(given), "k1"),
                torch.zeros_like(given["log_prob"]),
            ),
            "the mean gradient of k2 is that of KL": lambda given: (
                pulled(near(given), "k2"),
                wanted(near(given), forward=False),
            ),
            "the mean gradient of k3 is that of forward KL": lambda given: (
                pulled(near(given), "k3"),
                wanted(near(given), forward=True),
            ),
            "k3 times the ratio has it from any sampler": lambda given: (
                weighed(near(given)),
                wanted(near(given), forward=False),
            ),
            "a policy is at no distance from itself": lambda given: (
                kl_penalty(
                    **given | {"reference_log_prob": given["log_prob"].clone()}
                ),
                torch.zeros(
                    given["mask"].shape if given["reduction"] == "none" else ()
                ),
            ),
            "in k3 a -d above 20 counts as 20": lambda given: tuple(
                kl_penalty(
                    given["log_prob"] - given["log_prob"],
                    torch.full_like(given["log_prob"], x),
                    given["mask"],
                    reduction=given["reduction"],
                )
                for x in (25.0, 20.0)
            ),
            "its slope is that of its formula": kl_slope,
            **with_nan(kl_penalty, "log_prob"),
        },
        bad=[
            *BAD,
            ({"reference_log_prob": torch.zeros(4)}, ValueError, SHAPE),
            ({"reference_log_prob": torch.zeros(4, 5).int()}, TypeError, "int"),
            ({"estimator": "k4"}, ValueError, "got 'k4'"),
        ],
    ),
    "clipped_value_loss": Proof(
        draw=value_arguments,
        oracles={"mpmath": of_huang},
        same={
            "without a clip it is half the squared error": lambda given: (
                clipped_value_loss(**given | {"clip": torch.inf}),
                over_tokens(
                    (given["value"] - given["returns"]) ** 2 / 2,
                    given["mask"],
                    given["reduction"],
                ),
            ),
            "at the first step it is half the squared error": lambda given: (
                clipped_value_loss(
                    **given | {"old_value": given["value"].clone()}
                ),
                clipped_value_loss(**given | {"clip": torch.inf}),
            ),
            "a shift of all values changes nothing": unchanged(
                clipped_value_loss,
                lambda given: {
                    name: given[name] + 8
                    for name in ("value", "old_value", "returns")
                },
            ),
            "its slope is that of its formula": value_slope,
            **with_nan(clipped_value_loss, "value"),
        },
        bad=[
            ({"value": torch.zeros(TOKENS).int()}, TypeError, "int32"),
            ({"value": torch.zeros(4)}, ValueError, "(N, T), got (4,)"),
            ({"old_value": torch.zeros(4, 1)}, ValueError, SHAPE),
            ({"returns": torch.zeros(4)}, ValueError, SHAPE),
            ({"returns": torch.zeros(TOKENS).long()}, TypeError, "int64"),
            ({"mask": torch.ones(TOKENS).int()}, TypeError, "bool, got"),
            ({"mask": torch.ones(5).bool()}, ValueError, "got (5,)"),
            ({"clip": -1.0}, ValueError, "at least 0, got -1.0"),
        ],
    ),
    "group_advantage": Proof(
        draw=advantage_arguments,
        oracles={"numpy": of_numpy},
        same={
            "each group has mean 0": lambda given: (
                group_advantage(given["reward"]).mean(1),
                torch.zeros(len(given["reward"])),
            ),
            "unscaled, each group has mean 0": lambda given: (
                group_advantage(given["reward"], scale=False).mean(1),
                torch.zeros(len(given["reward"])),
            ),
            "units of reward don't count": lambda given: (
                group_advantage(given["reward"] * 1e-200),
                group_advantage(given["reward"]),
            ),
            "equal rewards teach nothing": lambda given: (
                group_advantage(given["reward"][:, :1].expand(-1, 7)),
                torch.zeros(len(given["reward"]), 7),
            ),
        },
        bad=[
            ({"reward": torch.zeros(4)}, ValueError, "got (4,)"),
            ({"reward": torch.zeros(4, 1)}, ValueError, "got (4, 1)"),
            ({"reward": torch.zeros(4, 5).long()}, TypeError, "int64"),
        ],
    ),
}
