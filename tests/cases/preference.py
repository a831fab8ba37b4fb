"""Arguments of preference, and what proves it."""

from collections.abc import Iterator
from functools import partial

import mpmath
import torch
from preference import (
    apo_loss,
    dpo_loss,
    ipo_loss,
    kto_loss,
    orpo_loss,
    reward_model_loss,
    simpo_loss,
)
from ranking import bpr_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    call_known,
    reduce,
    row_by_row,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof


def summed(draw: Draw) -> Tensor:
    """Draw log-probabilities of answers, zeros (nothing to say) among them."""
    return -draw.real(draw.n).abs()


def averaged(draw: Draw) -> Tensor:
    """Draw log-probabilities of tokens, below 0: at 0 the odds are infinite."""
    return -draw.weight(draw.n) * draw.scale


def pairs(draw: Draw) -> Arguments:
    """Draw what both models say of both answers, now and then the same."""
    policy = {"policy_chosen": summed(draw), "policy_rejected": summed(draw)}
    equal = draw.choose(False, False, False, True)
    reference = list(policy.values()) if equal else [summed(draw), summed(draw)]
    return policy | {
        "reference_chosen": reference[0],
        "reference_rejected": reference[1],
    }


def dpo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of dpo_loss."""
    variant = draw.choose("sigmoid", "robust", "hinge")
    smoothed = variant != "hinge"
    return pairs(draw) | {
        "beta": draw.choose(0.01, 0.1, 1.0),
        "label_smoothing": draw.choose(0.0, 0.1, 0.45) if smoothed else 0.0,
        "variant": variant,
        "reduction": draw.reduction(),
    }


def ipo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of ipo_loss."""
    return pairs(draw) | {
        "beta": draw.choose(0.01, 0.1, 1.0),
        "reduction": draw.reduction(),
    }


def kto_arguments(draw: Draw) -> Arguments:
    """Draw arguments of kto_loss; all may be desirable, or none."""
    labels = draw.choose(torch.zeros, torch.ones, draw.binary)
    return {
        "policy": summed(draw),
        "reference": summed(draw),
        "desirable": labels(draw.n).bool(),
        "kl": draw.real(1)[0],
        "beta": draw.choose(0.01, 0.1, 1.0),
        "desirable_weight": draw.choose(0.0, 1.0, 1.33),
        "undesirable_weight": draw.choose(0.0, 1.0, 2.0),
        "reduction": draw.reduction(),
    }


def orpo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of orpo_loss."""
    return {
        "chosen": averaged(draw),
        "rejected": averaged(draw),
        "beta": draw.choose(0.1, 1.0),
        "reduction": draw.reduction(),
    }


def simpo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of simpo_loss."""
    return {
        "chosen": averaged(draw),
        "rejected": averaged(draw),
        "beta": draw.choose(0.1, 2.0, 2.5),
        "gamma": draw.choose(0.0, 0.5, 1.6),
        "reduction": draw.reduction(),
    }


def apo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of apo_loss."""
    return pairs(draw) | {
        "beta": draw.choose(0.01, 0.1, 1.0),
        "variant": draw.choose("zero", "down"),
        "reduction": draw.reduction(),
    }


def reward_arguments(draw: Draw) -> Arguments:
    """Draw arguments of reward_model_loss; some margins are 0."""
    margin = draw.real(draw.n).relu()
    return {
        "chosen": draw.real(draw.n),
        "rejected": draw.real(draw.n),
        "margin": draw.choose(margin, torch.zeros_like(margin)),
        "center": draw.choose(0.0, 0.01, 1.0),
        "reduction": draw.reduction(),
    }


def liger(name: str) -> Loss:
    """Take Liger's loss of sums or averages of log-probabilities."""
    module = theirs(f"liger_kernel.chunked_loss.{name.lower()}_loss")
    return getattr(module, f"LigerFusedLinear{name}Function").preference_loss_fn


def by_pair(loss: Loss, reduction: str, *given: Tensor) -> Tensor:
    """Call Liger's, which divides by the rows of a target: two a pair."""
    if reduction == "none":
        pair = given[0].new_zeros(2)
        return row_by_row(lambda *row: loss(*row, pair), *given)
    pairs_ = len(given[0]) if reduction == "mean" else 1
    return loss(*given, given[0].new_zeros(2 * pairs_))


def of_liger(
    name: str,
    chosen: Tensor,
    rejected: Tensor,
    reduction: str,
    **options: float,
) -> Tensor:
    """Call Liger's; its ORPO has no likelihood in it either."""
    return by_pair(
        lambda *given: liger(name)(*given, **options)[0],
        reduction,
        chosen,
        rejected,
    )


def of_liger_dpo(
    beta: float,
    label_smoothing: float,
    variant: str,
    reduction: str,
    **given: Tensor,
) -> Tensor:
    """Call Liger's DPO, whose sigmoid smooths nothing: mix both ways round."""
    its = liger("DPO")
    e = label_smoothing if variant == "sigmoid" else 0.0
    options = {"loss_type": variant, "label_smoothing": label_smoothing}

    def mixed(a: Tensor, b: Tensor, c: Tensor, d: Tensor, n: Tensor) -> Tensor:
        right, *_ = its(a, b, n, c, d, beta, **options)
        wrong, *_ = its(b, a, n, d, c, beta, **options)
        return (1 - e) * right + e * wrong

    return by_pair(mixed, reduction, *(given[name] for name in PAIRS))


def of_liger_apo(
    beta: float, variant: str, reduction: str, **given: Tensor
) -> Tensor:
    """Call Liger's, a loss type of its DPO."""

    def its(a: Tensor, b: Tensor, c: Tensor, d: Tensor, n: Tensor) -> Tensor:
        kind = {"loss_type": f"apo_{variant}"}
        return liger("DPO")(a, b, n, c, d, beta, **kind)[0]

    return by_pair(its, reduction, *(given[name] for name in PAIRS))


def of_optax_reward(
    chosen: Tensor,
    rejected: Tensor,
    margin: Tensor,
    center: float,
    reduction: str,
) -> Tensor:
    """Call optax's cross entropy of the lead; add the paper's centring."""
    lead = chosen - rejected - margin
    loss = optax("sigmoid_binary_cross_entropy", lead, torch.ones_like(lead))
    return reduce(loss + center * (chosen + rejected).square(), reduction)


def of_liger_cpo(
    variant: str, label_smoothing: float, reduction: str, **given: object
) -> Tensor:
    """Call Liger's CPO, of log-ratios: the same with a reference.

    Its smoothing is ours; robust is a negative share. It has no hinge, so
    that its DPO says it here too.
    """
    if variant == "hinge":
        return of_liger_dpo(
            variant=variant, label_smoothing=0.0, reduction=reduction, **given
        )
    if variant == "robust":
        label_smoothing /= 2 * label_smoothing - 1
    a, b, c, d = (given[name] for name in PAIRS)
    options = {"beta": given["beta"], "label_smoothing": label_smoothing}
    return of_liger("CPO", a - c, b - d, reduction, **options)


def of_azar(beta: float, reduction: str, **given: Tensor) -> Tensor:
    """Compute equation 17 of Azar et al. in 50 digits."""
    with mpmath.workdps(50):
        losses = []
        columns = (given[name].tolist() for name in PAIRS)
        for row in zip(*columns, strict=True):
            chosen, rejected, by_chosen, by_rejected = map(mpmath.mpf, row)
            # The logarithm of a ratio of products of probabilities.
            h = chosen + by_rejected - (rejected + by_chosen)
            losses.append(float((h - 1 / (2 * mpmath.mpf(beta))) ** 2))
    return reduce(torch.tensor(losses, dtype=torch.float64), reduction)


def of_liger_kto(
    policy: Tensor,
    reference: Tensor,
    desirable: Tensor,
    kl: Tensor,
    beta: float,
    desirable_weight: float,
    undesirable_weight: float,
    reduction: str,
) -> Tensor:
    """Call Liger's, once an answer: it knows no weights."""
    its, kl, one = liger("KTO"), kl.clamp(min=0), torch.zeros(1)
    loss = row_by_row(
        lambda x, y, x0: its(x, y, one, x0, beta, kl)[0],
        policy,
        desirable,
        reference,
    )
    loss = torch.where(
        desirable, desirable_weight * loss, undesirable_weight * loss
    )
    return reduce(loss, reduction)


def margin(given: Arguments) -> Tensor:
    """Say how much more than its reference the policy tells them apart."""
    policy = given["policy_chosen"] - given["policy_rejected"]
    return policy - (given["reference_chosen"] - given["reference_rejected"])


def swapped(given: Arguments) -> Arguments:
    """Exchange what is chosen and what is rejected."""
    other = {"chosen": "rejected", "rejected": "chosen"}
    return {
        "_".join(other.get(part, part) for part in name.split("_")): value
        for name, value in given.items()
    }


def directions(given: Arguments) -> Iterator[Tensor]:
    """Say how each variant moves the chosen, once the rejected is lower."""
    same = {name: given[name] for name in PAIRS[:2]} | {
        name.replace("policy", "reference"): given[name] for name in PAIRS[:2]
    }
    same["policy_rejected"] = same["policy_rejected"] - 20
    for variant in ("zero", "down"):
        chosen = given["policy_chosen"].clone().requires_grad_()
        loss = apo_loss(**same | {"policy_chosen": chosen}, variant=variant)
        (slope,) = torch.autograd.grad(loss, chosen)
        yield slope.sign().mean()


def apo_slopes(given: Arguments) -> Pair:
    """Write the slopes of the sum by both answers' log-probabilities."""
    beta, given = given["beta"], given | {"reduction": "sum"}
    r_w, r_l = (
        beta * (given[f"policy_{which}"] - given[f"reference_{which}"])
        for which in ("chosen", "rejected")
    )

    def bend(z: Tensor) -> Tensor:
        return z.sigmoid() * (1 - z.sigmoid())

    if given["variant"] == "zero":
        slope = [-beta * bend(r_w), beta * bend(r_l)]
    else:
        slope = [beta * (bend(r_w) - bend(r_l - r_w)), beta * bend(r_l - r_w)]
    return slopes(apo_loss, given, *PAIRS[:2]), torch.cat(slope)


def reward_slopes(given: Arguments) -> Pair:
    """Write the slopes of the sum by both rewards."""
    given = given | {"reduction": "sum"}
    s_w, s_l, m = (given[name] for name in ("chosen", "rejected", "margin"))
    miss = torch.sigmoid(s_l - s_w + m)
    pull = 2 * given["center"] * (s_w + s_l)
    ours = slopes(reward_model_loss, given, "chosen", "rejected")
    return ours, torch.cat([-miss + pull, miss + pull])


CASES = {
    "by_hand": (dpo_loss, dpo_arguments),
    "by_hand_ipo": (ipo_loss, ipo_arguments),
    "by_hand_kto": (kto_loss, kto_arguments),
    "by_hand_orpo": (orpo_loss, orpo_arguments),
    "by_hand_simpo": (simpo_loss, simpo_arguments),
    "by_hand_apo": (apo_loss, apo_arguments),
    "by_hand_reward": (reward_model_loss, reward_arguments),
}
PAIRS = (
    "policy_chosen",
    "policy_rejected",
    "reference_chosen",
    "reference_rejected",
)
LIGER = "liger_kernel.chunked_loss.LigerFusedLinear"
ALONE = {"margin": None, "center": 0.0}
NO_SMOOTHING = {"label_smoothing": 0.0}
SHAPE = "must have the shape of"
BAD_PAIRS = [
    ({"policy_chosen": torch.zeros(4).int()}, TypeError, "int32"),
    ({"policy_rejected": torch.zeros(3)}, ValueError, SHAPE),
    ({"reference_chosen": torch.zeros(4, 1)}, ValueError, "(4, 1)"),
    ({"reference_rejected": torch.zeros(())}, ValueError, "got ()"),
]
BAD_AVERAGES = [
    ({"chosen": torch.zeros(4).int()}, TypeError, "int32"),
    ({"rejected": torch.zeros(3)}, ValueError, SHAPE),
    ({"beta": 0.0}, ValueError, "above 0, got 0.0"),
]
PROOFS = {
    "dpo_loss": Proof(
        draw=dpo_arguments,
        oracles={
            f"{LIGER}DPOLoss": of_liger_dpo,
            f"{LIGER}CPOLoss": of_liger_cpo,
        },
        same={
            "it is binary cross entropy of the margin": lambda given: (
                dpo_loss(**given | {"variant": "sigmoid"}),
                functional.binary_cross_entropy_with_logits(
                    z := given["beta"] * margin(given),
                    torch.full_like(z, 1 - given["label_smoothing"]),
                    reduction=given["reduction"],
                ),
            ),
            "a model is its own reference at chance": lambda given: (
                dpo_loss(
                    given["policy_chosen"],
                    given["policy_rejected"],
                    given["policy_chosen"],
                    given["policy_rejected"],
                    label_smoothing=given["label_smoothing"],
                    reduction="none",
                ),
                torch.full_like(given["policy_chosen"], 2.0).log(),
            ),
            "robust to no wrong pair it is DPO": lambda given: (
                dpo_loss(**given | {"variant": "robust"} | NO_SMOOTHING),
                dpo_loss(**given | {"variant": "sigmoid"} | NO_SMOOTHING),
            ),
            "robust, on average over wrong pairs, it is DPO": lambda given: (
                (1 - (e := given["label_smoothing"]))
                * dpo_loss(**given | {"variant": "robust"})
                + e * dpo_loss(**swapped(given) | {"variant": "robust"}),
                dpo_loss(**given | {"variant": "sigmoid"} | NO_SMOOTHING),
            ),
            "hinge is torch's, of both log-ratios": lambda given: (
                dpo_loss(**given | {"variant": "hinge"} | NO_SMOOTHING),
                functional.hinge_embedding_loss(
                    z := given["beta"] * margin(given),
                    -torch.ones_like(z),
                    margin=1.0,
                    reduction=given["reduction"],
                ),
            ),
            "what both models say more of a prompt cancels": unchanged(
                dpo_loss,
                lambda given: {
                    name: given[name] - 8
                    for name in ("policy_chosen", "policy_rejected")
                },
            ),
        },
        bad=[
            *BAD_PAIRS,
            ({"reference_rejected": torch.zeros(4).long()}, TypeError, "int64"),
            ({"beta": 0.0}, ValueError, "above 0, got 0.0"),
            ({"label_smoothing": 0.5}, ValueError, "than 0.5, got 0.5"),
            ({"label_smoothing": -0.1}, ValueError, "got -0.1"),
            (
                {"variant": "hinge", "label_smoothing": 0.1},
                ValueError,
                "must be 0 with 'hinge', got 0.1",
            ),
            ({"variant": "ipo"}, ValueError, "got 'ipo'"),
        ],
    ),
    "ipo_loss": Proof(
        draw=ipo_arguments,
        oracles={"mpmath": of_azar},
        same={
            "it is squared error of the margin": lambda given: (
                ipo_loss(**given),
                functional.mse_loss(
                    z := margin(given),
                    torch.full_like(z, 0.5 / given["beta"]),
                    reduction=given["reduction"],
                ),
            ),
            "the margin reached costs nothing": lambda given: (
                ipo_loss(
                    given["reference_chosen"] + 5,
                    given["reference_rejected"],
                    given["reference_chosen"],
                    given["reference_rejected"],
                    beta=0.1,
                ),
                torch.zeros(()),
            ),
        },
        bad=[
            *BAD_PAIRS,
            ({"beta": -1.0}, ValueError, "above 0, got -1.0"),
        ],
    ),
    "kto_loss": Proof(
        draw=kto_arguments,
        oracles={f"{LIGER}KTOLoss": of_liger_kto},
        same={
            "good and bad are mirror images": lambda given: (
                kto_loss(**given | {"kl": torch.zeros(())}),
                kto_loss(
                    **given
                    | {
                        "policy": given["reference"],
                        "reference": given["policy"],
                        "desirable": ~given["desirable"],
                        "kl": torch.zeros(()),
                        "desirable_weight": given["undesirable_weight"],
                        "undesirable_weight": given["desirable_weight"],
                    }
                ),
            ),
            "a model is its own reference at one half": lambda given: (
                kto_loss(
                    given["policy"],
                    given["policy"],
                    given["desirable"],
                    torch.tensor(-3.0),
                ),
                torch.tensor(0.5),
            ),
        },
        bad=[
            ({"policy": torch.zeros(4).int()}, TypeError, "int32"),
            ({"reference": torch.zeros(3)}, ValueError, SHAPE),
            ({"desirable": torch.ones(4)}, TypeError, "bool, got torch.float"),
            ({"desirable": torch.ones(3).bool()}, ValueError, "(4,), got (3,)"),
            ({"kl": torch.zeros(4)}, ValueError, "scalar, got shape (4,)"),
            ({"kl": torch.tensor(1)}, TypeError, "int64"),
            ({"kl": 0.0}, TypeError, "must be a tensor, got float"),
            ({"beta": 0.0}, ValueError, "above 0, got 0.0"),
            ({"desirable_weight": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"undesirable_weight": -2.0}, ValueError, "at least 0, got -2.0"),
        ],
    ),
    "orpo_loss": Proof(
        draw=orpo_arguments,
        oracles={f"{LIGER}ORPOLoss": partial(of_liger, "ORPO")},
        same={
            "either way round differs by the odds": lambda given: (
                orpo_loss(**given | {"reduction": "none"})
                - orpo_loss(**swapped(given) | {"reduction": "none"}),
                given["beta"]
                * (
                    given["rejected"]
                    - given["chosen"]
                    + torch.log1p(-given["chosen"].exp())
                    - torch.log1p(-given["rejected"].exp())
                ),
            ),
            "what is certain stays finite": lambda given: (
                orpo_loss(given["chosen"] * 0, given["rejected"]),
                torch.zeros(()),
            ),
        },
        bad=BAD_AVERAGES,
    ),
    "simpo_loss": Proof(
        draw=simpo_arguments,
        oracles={f"{LIGER}SimPOLoss": partial(of_liger, "SimPO")},
        same={
            "without a margin it is DPO of averages": lambda given: (
                simpo_loss(**given | {"gamma": 0.0}),
                call_known(
                    dpo_loss,
                    given,
                    policy_chosen=given["chosen"],
                    policy_rejected=given["rejected"],
                    reference_chosen=torch.zeros_like(given["chosen"]),
                    reference_rejected=torch.zeros_like(given["chosen"]),
                ),
            ),
            "the margin is a shift of the chosen": unchanged(
                simpo_loss,
                lambda given: {
                    "chosen": given["chosen"] - given["gamma"] / given["beta"],
                    "gamma": 0.0,
                },
            ),
        },
        bad=[
            *BAD_AVERAGES,
            ({"gamma": -0.5}, ValueError, "at least 0, got -0.5"),
        ],
    ),
    "apo_loss": Proof(
        draw=apo_arguments,
        oracles={f"{LIGER}DPOLoss": of_liger_apo},
        same={
            "a model is its own reference at 1": lambda given: (
                apo_loss(
                    given["policy_chosen"],
                    given["policy_rejected"],
                    given["policy_chosen"],
                    given["policy_rejected"],
                    variant=given["variant"],
                ),
                torch.ones(()),
            ),
            "zero is KTO, of a good and a bad answer": lambda given: (
                apo_loss(**given | {"variant": "zero"}),
                sum(
                    call_known(
                        kto_loss,
                        given,
                        policy=(policy := given[f"policy_{which}"]),
                        reference=given[f"reference_{which}"],
                        desirable=torch.full_like(policy, good).bool(),
                        kl=torch.zeros(()),
                    )
                    for which, good in (("chosen", 1), ("rejected", 0))
                ),
            ),
            "the chosen goes up with zero, down with down": lambda given: (
                torch.stack([*directions(given)]),
                torch.tensor([-1.0, 1.0]),
            ),
            "its slope is that of its formula": apo_slopes,
        },
        bad=[
            *BAD_PAIRS,
            ({"beta": 0.0}, ValueError, "above 0, got 0.0"),
            ({"variant": "up"}, ValueError, "('zero', 'down'), got 'up'"),
        ],
    ),
    "reward_model_loss": Proof(
        draw=reward_arguments,
        oracles={"optax.losses.sigmoid_binary_cross_entropy": of_optax_reward},
        same={
            "alone it is BPR": lambda given: (
                reward_model_loss(**given | ALONE),
                bpr_loss(
                    given["chosen"],
                    given["rejected"],
                    reduction=given["reduction"],
                ),
            ),
            "it is DPO of rewards": lambda given: (
                reward_model_loss(**given | ALONE),
                dpo_loss(
                    given["chosen"],
                    given["rejected"],
                    *[torch.zeros_like(given["chosen"])] * 2,
                    beta=1.0,
                    reduction=given["reduction"],
                ),
            ),
            "without centring, what all rewards have more cancels": unchanged(
                lambda **given: reward_model_loss(**given | {"center": 0.0}),
                lambda given: {
                    name: given[name] + 8 for name in ("chosen", "rejected")
                },
            ),
            "an equal pair costs ln 2, and what is off the centre": (
                lambda given: (
                    reward_model_loss(
                        given["chosen"],
                        given["chosen"],
                        center=given["center"],
                        reduction="none",
                    ),
                    torch.tensor(2.0).double().log()
                    + 4 * given["center"] * given["chosen"] ** 2,
                )
            ),
            "its slope is that of its formula": reward_slopes,
        },
        bad=[
            ({"chosen": torch.zeros(4).int()}, TypeError, "int32"),
            ({"rejected": torch.zeros(3)}, ValueError, SHAPE),
            ({"margin": torch.zeros(4, 1)}, ValueError, "(4, 1)"),
            ({"margin": torch.zeros(4).int()}, TypeError, "int32"),
            ({"center": -0.1}, ValueError, "at least 0, got -0.1"),
        ],
    ),
}
