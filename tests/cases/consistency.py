"""Arguments of consistency, and what proves it."""

import math
from unittest import mock

import numpy as np
import torch
from consistency import jsd_consistency, r_drop_loss
from distillation import forward_kl, generalized_jsd, reverse_kl
from torch import Tensor

from tests.cases._common import slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof, Same


def drop_arguments(draw: Draw) -> Arguments:
    """Draw arguments of r_drop_loss, of samples or of tokens."""
    samples = draw.choose((draw.n,), (draw.n, 2))
    return {
        "logits": draw.real(*samples, draw.c),
        "other": draw.real(*samples, draw.c),
        "mask": draw.choose(draw.binary, torch.ones, torch.zeros)(
            *samples
        ).bool(),
        "reduction": draw.reduction(),
    }


def modest(draw: Draw) -> Arguments:
    """Draw logits whose round-off stays small: the slope has it squared."""
    draw.scale = min(draw.scale, 50)
    return drop_arguments(draw)


def jsd_arguments(draw: Draw) -> Arguments:
    """Draw arguments of jsd_consistency, of one view to four."""
    draw.scale = min(draw.scale, 50)
    samples = draw.choose((draw.n,), (draw.n, 2))
    return {
        "logits": draw.real(draw.choose(1, 2, 3, 4), *samples, draw.c),
        "mask": draw.choose(draw.binary, torch.ones, torch.zeros)(
            *samples
        ).bool(),
        "reduction": draw.reduction(),
    }


def counted(loss: Tensor, mask: Tensor, reduction: str) -> Tensor:
    """Reduce what an oracle gives sample by sample."""
    loss = loss.where(mask, 0)
    if reduction == "mean":
        return loss.sum() / mask.sum().clamp_min(1)
    return loss if reduction == "none" else loss.sum()


def drop_of_optax(
    logits: Tensor, other: Tensor, mask: Tensor, reduction: str
) -> Tensor:
    """Average optax's divergences, both ways."""
    log_p, log_q = logits.log_softmax(-1), other.log_softmax(-1)
    both = [
        optax("kl_divergence_with_log_targets", a, b)
        for a, b in ((log_p, log_q), (log_q, log_p))
    ]
    return counted((both[0] + both[1]) / 2, mask, reduction)


def drop_of_torch(
    logits: Tensor, other: Tensor, mask: Tensor, reduction: str
) -> Tensor:
    """Average torch's divergences of distributions, both ways."""
    p, q = (
        torch.distributions.Categorical(logits=x, validate_args=False)
        for x in (logits, other)
    )
    kl = torch.distributions.kl_divergence
    return counted((kl(p, q) + kl(q, p)) / 2, mask, reduction)


def jsd_of_timm(logits: Tensor, mask: Tensor, reduction: str) -> Tensor:
    """Call timm's loss of each sample, less its cross entropy, unclamped."""
    module = theirs("timm.loss.jsd")
    views = len(logits)
    whole, part = (
        module.JsdCrossEntropy(num_splits=views, alpha=alpha, smoothing=0)
        for alpha in (1, 0)
    )
    target = torch.zeros(views, dtype=torch.int64)
    rows = logits.flatten(1, -2).unbind(1)
    with mock.patch.object(module.torch, "clamp", lambda x, *_: x):
        each = [whole(row, target) - part(row, target) for row in rows]
    return counted(torch.stack(each).view(mask.shape), mask, reduction)


def jsd_of_scipy(logits: Tensor, mask: Tensor, reduction: str) -> Tensor:
    """Take the mean of entropies from the entropy of the mean."""
    entropy = theirs("scipy.stats").entropy
    p = logits.softmax(-1).numpy()
    loss = entropy(p.mean(0), axis=-1) - entropy(p, axis=-1).mean(0)
    return counted(torch.from_numpy(np.asarray(loss)), mask, reduction)


def of_distillation(given: Arguments) -> Pair:
    """Average both directions of the distillation page's KL."""
    x, y, mask = given["logits"], given["other"], given["mask"]
    ours = r_drop_loss(x, y, mask, reduction="none")
    both = [kl(x, y, reduction="none") for kl in (forward_kl, reverse_kl)]
    return ours, ((both[0] + both[1]) / 2).where(mask, 0)


def of_generalized(given: Arguments) -> Pair:
    """Take two views: the JSD of distillation, halfway."""
    x = torch.cat([given["logits"][:1], given["logits"][:1].flip(-1) / 2])
    return (
        jsd_consistency(x, reduction="none"),
        generalized_jsd(x[0], x[1], beta=0.5, reduction="none"),
    )


def shifted(given: Arguments) -> Arguments:
    """Add another constant to each row."""
    x = given["logits"]
    rows = torch.arange(x[..., 0].numel()).view(x[..., :1].shape)
    return {"logits": x + rows}


def hidden(loss: Loss, *names: str) -> Same:
    """Make nan of what doesn't count: value and gradient."""

    def both(given: Arguments) -> Tensor:
        value = loss(**given).reshape(-1)
        return torch.cat([value, slopes(loss, given, *names)])

    def same(given: Arguments) -> Pair:
        out = ~given["mask"].unsqueeze(-1)
        nan = {k: given[k].masked_fill(out, torch.nan) for k in names}
        return both(given | nan), both(given)

    return same


def excluded(loss: Loss, *names: str) -> Same:
    """Add a class that all exclude: value and gradient."""

    def same(given: Arguments) -> Pair:
        kept = given[names[0]].shape[-1]

        def call(options: Arguments) -> Tensor:
            leaves = {k: options[k].clone().requires_grad_() for k in names}
            value = loss(**options | leaves)
            found = torch.autograd.grad(value.sum(), [*leaves.values()])
            parts = [x[..., :kept].flatten() for x in found]
            return torch.cat([value.detach().reshape(-1), *parts])

        wide = {
            k: torch.nn.functional.pad(given[k], (0, 1), value=-torch.inf)
            for k in names
        }
        return call(given | wide), call(given)

    return same


def drop_gradient(given: Arguments) -> Pair:
    """Differentiate by hand, by the first logits."""
    given = given | {"reduction": "sum"}
    p, q = given["logits"].softmax(-1), given["other"].softmax(-1)
    apart = given["logits"].log_softmax(-1) - given["other"].log_softmax(-1)
    slope = p * (apart - (p * apart).sum(-1, keepdim=True)) + p - q
    slope = (slope / 2).where(given["mask"].unsqueeze(-1), 0)
    return slopes(r_drop_loss, given, "logits"), slope.flatten()


def jsd_gradient(given: Arguments) -> Pair:
    """Differentiate by hand."""
    given = given | {"reduction": "sum"}
    p = given["logits"].softmax(-1)
    apart = given["logits"].log_softmax(-1) - p.mean(0).log()
    slope = p * (apart - (p * apart).sum(-1, keepdim=True)) / len(p)
    slope = slope.where(given["mask"].unsqueeze(-1), 0)
    return slopes(jsd_consistency, given, "logits"), slope.flatten()


def certain(given: Arguments) -> Pair:
    """Let each view be sure of another class: log(V)."""
    x = 800 * torch.eye(len(given["logits"]), dtype=torch.float64)
    loss = jsd_consistency(x, reduction="none")
    return loss, torch.full_like(loss, math.log(len(x)))


BAD = [
    ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"mask": torch.ones(4).long()}, TypeError, "mask.bool()"),
    ({"mask": torch.ones(9).bool()}, ValueError, "got (9,)"),
]
PROOFS = {
    "r_drop_loss": Proof(
        draw=drop_arguments,
        oracles={
            "optax.losses.kl_divergence_with_log_targets": drop_of_optax,
            "torch.distributions.kl_divergence": drop_of_torch,
        },
        same={
            "it is the mean of both directions of KL": of_distillation,
            "the two may be exchanged": unchanged(
                r_drop_loss,
                lambda x: {"logits": x["other"], "other": x["logits"]},
            ),
            "a constant added to a sample's logits changes nothing": unchanged(
                r_drop_loss, shifted
            ),
            "what doesn't count may be nan": hidden(
                r_drop_loss, "logits", "other"
            ),
            "a class that both exclude changes nothing": excluded(
                r_drop_loss, "logits", "other"
            ),
            "its gradient is that of the formula": drop_gradient,
        },
        bad=[
            *BAD,
            ({"other": torch.zeros(4, 5).bool()}, TypeError, "torch.bool"),
            ({"other": torch.zeros(3)}, ValueError, "got (3,)"),
            ({"logits": torch.tensor(1.0)}, ValueError, "(..., C), got ()"),
        ],
    ),
    "jsd_consistency": Proof(
        draw=jsd_arguments,
        oracles={
            "timm.loss.JsdCrossEntropy": jsd_of_timm,
            "scipy.stats.entropy": jsd_of_scipy,
        },
        same={
            "of two views it is generalized_jsd at 0.5": of_generalized,
            "the order of views changes nothing": unchanged(
                jsd_consistency, lambda x: {"logits": x["logits"].flip(0)}
            ),
            "each view twice is as each once": unchanged(
                jsd_consistency,
                lambda x: {"logits": torch.cat([x["logits"]] * 2)},
            ),
            "views that are sure of as many classes cost log(V)": certain,
            "a constant added to a row changes nothing": unchanged(
                jsd_consistency, shifted
            ),
            "what doesn't count may be nan": hidden(jsd_consistency, "logits"),
            "a class that all exclude changes nothing": excluded(
                jsd_consistency, "logits"
            ),
            "its gradient is that of the formula": jsd_gradient,
        },
        bad=[
            *BAD,
            ({"logits": torch.zeros(4)}, ValueError, "(V, ..., C)"),
            ({"logits": torch.zeros(0, 4, 5)}, ValueError, "V at least 1"),
        ],
    ),
}
CASES = {
    "by_hand": (r_drop_loss, modest),
    "by_hand_jsd": (jsd_consistency, jsd_arguments),
}
