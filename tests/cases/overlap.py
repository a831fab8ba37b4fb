"""Arguments of overlap, and what proves it."""

import torch
from overlap import dice_loss, focal_tversky_loss, jaccard_loss, tversky_loss
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Proof


def masks(draw: Draw, pixels: int | None = None) -> Arguments:
    """Draw arguments of dice_loss and jaccard_loss, masks empty or full too."""
    shape = (draw.n, draw.c, pixels or draw.choose(1, 3, 4))
    activation = draw.choose("sigmoid", "softmax", None)
    logits = draw.unit(*shape) if activation is None else draw.real(*shape)
    target = draw.choose(draw.unit, draw.binary)(*shape)
    target = draw.choose(target, target, torch.zeros(shape), torch.ones(shape))
    return {
        "logits": logits,
        "target": target.double(),
        "activation": activation,
        # The slope of a probability reaches 1 / smooth: float16 ends at 65504.
        "smooth": draw.choose(1.0, 0.1, 1e-5 if activation else 1e-4),
        "batch": draw.choose(False, True),
        "reduction": draw.reduction(),
    }


def weighed(draw: Draw, pixels: int | None = None) -> Arguments:
    """Draw arguments of tversky_loss."""
    drawn = masks(draw, pixels)
    return {
        "logits": drawn.pop("logits"),
        "target": drawn.pop("target"),
        "alpha": draw.choose(0.0, 0.3, 0.5, 1.0),
        "beta": draw.choose(0.7, 0.5, 1.0, 0.0),
        **drawn,
    }


def focused(draw: Draw) -> Arguments:
    """Draw arguments of focal_tversky_loss, away from its kink at 0."""
    drawn = weighed(draw, pixels=4)
    # Without these the loss is 0, where the slope of a power isn't finite.
    drawn["alpha"] = drawn["alpha"] or 0.3
    drawn["beta"] = drawn["beta"] or 0.7
    gamma = {"gamma": draw.choose(0.75, 1.0, 4 / 3, 2.0)}
    keys = list(drawn)
    return {
        **{key: drawn[key] for key in keys[:4]},
        **gamma,
        **{key: drawn[key] for key in keys[4:]},
    }


def activated(logits: Tensor, activation: str | None) -> Tensor:
    """Make probabilities for oracles that take nothing else."""
    if activation == "sigmoid":
        return logits.sigmoid()
    return logits if activation is None else logits.softmax(1)


def reduce(loss: Tensor, reduction: str) -> Tensor:
    """Reduce what an oracle gives mask by mask."""
    return loss if reduction == "none" else getattr(loss, reduction)()


def of_monai(loss: str, smooth: float, **options: object):
    """Make a loss of MONAI, which has a flag for each activation."""
    activation = options.pop("activation")
    return getattr(theirs("monai.losses"), loss)(
        sigmoid=activation == "sigmoid",
        softmax=activation == "softmax",
        smooth_nr=smooth,
        smooth_dr=smooth,
        **options,
    )


def dice_of_monai(logits: Tensor, target: Tensor, **options: object) -> Tensor:
    """Call MONAI's DiceLoss."""
    return of_monai("DiceLoss", **options)(logits, target)


def jaccard_of_monai(
    logits: Tensor, target: Tensor, smooth: float, **options: object
) -> Tensor:
    """Call MONAI's DiceLoss, whose Jaccard doubles all but the smoothing."""
    loss = of_monai("DiceLoss", smooth=2 * smooth, jaccard=True, **options)
    return loss(logits, target)


def tversky_of_monai(
    logits: Tensor, target: Tensor, **options: object
) -> Tensor:
    """Call MONAI's TverskyLoss."""
    return of_monai("TverskyLoss", **options)(logits, target)


def of_toolbelt(name: str):
    """Call a score of pytorch_toolbelt, given probabilities."""

    def call(
        logits: Tensor,
        target: Tensor,
        activation: str | None,
        smooth: float,
        batch: bool,
        reduction: str,
    ) -> Tensor:
        score = getattr(theirs("pytorch_toolbelt.losses.functional"), name)
        p = activated(logits, activation)
        dims = (0, 2) if batch else 2
        loss = 1 - score(p, target, smooth=smooth, eps=0, dims=dims)
        return reduce(loss, reduction)

    return call


def of_optax(
    logits: Tensor,
    target: Tensor,
    alpha: float,
    beta: float,
    activation: str | None,
    smooth: float,
    batch: bool,
    reduction: str,
    gamma: float = 1.0,
) -> Tensor:
    """Call optax's dice_loss, a Tversky loss with its classes last."""
    n, c, _ = logits.shape
    if activation == "sigmoid":  # of one class: each mask by itself
        logits = logits.transpose(0, 1)[..., None]
        target = target.transpose(0, 1)[..., None]
    elif activation is None:  # probabilities must sum to 1
        logits = torch.stack([logits, 1 - logits], -1).transpose(0, 1)
        target = torch.stack([target, 1 - target], -1).transpose(0, 1)
    else:
        logits = logits.transpose(1, 2)[None]
        target = target.transpose(1, 2)[None]
    loss = optax(
        "dice_loss",
        logits.contiguous(),
        target.contiguous(),
        smooth=smooth,
        alpha=alpha,
        beta=beta,
        apply_softmax=activation is not None,
        reduction="none",
        axis=(1, 2) if batch else 2,
    )
    if activation == "softmax":
        loss = loss[0]
    else:
        loss = loss[..., 0]
        loss = loss if batch else loss.T
    assert loss.shape == ((c,) if batch else (n, c))
    return reduce(loss**gamma, reduction)


def dice_of_optax(
    logits: Tensor, target: Tensor, smooth: float, **options: object
) -> Tensor:
    """Call optax's, which halves all of Dice but the smoothing."""
    return of_optax(logits, target, 0.5, 0.5, smooth=smooth / 2, **options)


def jaccard_of_optax(
    logits: Tensor, target: Tensor, **options: object
) -> Tensor:
    """Call optax's with the weights that make it a Jaccard loss."""
    return of_optax(logits, target, 1.0, 1.0, **options)


def focal_of_monai(
    logits: Tensor,
    target: Tensor,
    gamma: float,
    reduction: str,
    **options: object,
) -> Tensor:
    """Call MONAI's TverskyLoss and take the power of each mask."""
    loss = of_monai("TverskyLoss", reduction="none", **options)
    return reduce(loss(logits, target) ** gamma, reduction)


def present_mean(loss: Tensor, target: Tensor) -> Tensor:
    """Average over the classes that a sample has, then over samples."""
    has = target.flatten(2).sum(2) > 0
    return ((loss * has).sum(1) / has.sum(1)).mean()


def is_kornias_tversky(given: Arguments) -> tuple[Tensor, Tensor]:
    """Compare with kornia's, which smooths only below: here not at all."""
    x = given["logits"].unsqueeze(-1)
    y = given["target"].argmax(1).unsqueeze(-1)
    one_hot = functional.one_hot(y, x.shape[1]).movedim(-1, 1).double()
    options = {"activation": "softmax", "smooth": 0.0, "reduction": "none"}
    loss = tversky_loss(x, one_hot, alpha=0.2, beta=0.9, **options)
    kornia = theirs("kornia.losses").tversky_loss(x, y, 0.2, 0.9, eps=0.0)
    return present_mean(loss, one_hot), kornia


def is_kornias_dice(given: Arguments) -> tuple[Tensor, Tensor]:
    """Compare with kornia's, which smooths only below: here not at all."""
    x = given["logits"].unsqueeze(-1)
    y = given["target"].argmax(1).unsqueeze(-1)
    one_hot = functional.one_hot(y, x.shape[1]).movedim(-1, 1).double()
    options = {"activation": "softmax", "smooth": 0.0, "reduction": "none"}
    loss = dice_loss(x, one_hot, **options)
    kornia = theirs("kornia.losses").dice_loss(x, y, "macro", eps=0.0)
    return present_mean(loss, one_hot), kornia


def is_detrs(given: Arguments) -> tuple[Tensor, Tensor]:
    """Compare with the Dice loss of DETR's masks, one mask a row."""
    x, y = given["logits"], given["target"]
    detr = theirs("transformers.loss.loss_for_object_detection").dice_loss
    rows = x.flatten(0, 1).flatten(1), y.flatten(0, 1).flatten(1)
    return dice_loss(x, y), detr(*rows, num_boxes=len(rows[0]))


def is_unified(given: Arguments) -> tuple[Tensor, Tensor]:
    """Compare with MONAI's asymmetric loss: its second channel is focal.

    It clamps probabilities by what it smooths with, so both are tiny.
    """
    p = 0.05 + 0.9 * given["logits"].sigmoid().flatten(0, 1).flatten(1)[:, None]
    y = given["target"].flatten(0, 1).flatten(1)[:, None]
    loss = theirs("monai.losses.unified_focal_loss")
    loss = loss.AsymmetricFocalTverskyLoss(
        delta=0.7, gamma=0.25, epsilon=1e-14, reduction="none"
    )
    both = loss(p.expand(-1, 2, -1), y.expand(-1, 2, -1))
    options = {"activation": None, "smooth": 1e-14, "reduction": "none"}
    return focal_tversky_loss(p, y, **options)[:, 0], both[:, 1]


def bad(**options: float) -> list[tuple[Arguments, type[Exception], str]]:
    """List what each of the losses must refuse, and some options of one."""
    shape = "shape of logits, (4, 5, 4), got (4, 5)"
    return [
        (
            {"target": torch.zeros(4, 5), "logits": torch.zeros(4, 5, 4)},
            ValueError,
            shape,
        ),
        (
            {"target": torch.zeros(4, 5), "logits": torch.zeros(4, 5)},
            ValueError,
            "logits must have shape (N, C, d1, ...), got (4, 5)",
        ),
        ({"target": torch.zeros(4, 4).long()}, TypeError, "got torch.int64"),
        ({"logits": torch.zeros(4, 5, 4).int()}, TypeError, "torch.int32"),
        ({"activation": "relu"}, ValueError, "or None, got 'relu'"),
        ({"smooth": -1.0}, ValueError, "at least 0, got -1.0"),
        *(({key: value}, ValueError, key) for key, value in options.items()),
    ]


def without(given: Arguments, *names: str) -> Arguments:
    """Leave out arguments."""
    return {key: given[key] for key in given if key not in names}


def relate(smooth: float, reduction: str, **given: object):
    """Compare a Jaccard loss with the Dice loss of the same masks."""
    jaccard = jaccard_loss(smooth=smooth, reduction="none", **given)
    dice = dice_loss(smooth=2 * smooth, reduction="none", **given)
    return jaccard, 2 * dice / (1 + dice)


CASES = {
    "by_hand": (dice_loss, masks),
    "by_hand_jaccard": (jaccard_loss, masks),
    "by_hand_tversky": (tversky_loss, weighed),
    "by_hand_focal_tversky": (focal_tversky_loss, focused),
}
PROOFS = {
    "dice_loss": Proof(
        draw=masks,
        oracles={
            "monai.losses.DiceLoss": dice_of_monai,
            "pytorch_toolbelt.losses.functional.soft_dice_score": of_toolbelt(
                "soft_dice_score"
            ),
            "optax.losses.dice_loss": dice_of_optax,
        },
        same={
            "smooth=1 is the Dice loss of DETR in transformers": is_detrs,
            "smooth=0 over the classes present is kornia's": is_kornias_dice,
            "the order of pixels changes nothing": lambda given: (
                dice_loss(given["logits"], given["target"]),
                dice_loss(given["logits"].flip(2), given["target"].flip(2)),
            ),
        },
        bad=bad(),
    ),
    "jaccard_loss": Proof(
        draw=masks,
        oracles={
            "monai.losses.DiceLoss": jaccard_of_monai,
            "pytorch_toolbelt.losses.functional.soft_jaccard_score": (
                of_toolbelt("soft_jaccard_score")
            ),
            "optax.losses.dice_loss": jaccard_of_optax,
        },
        same={
            "is 2 d / (1 + d) of a Dice loss d that smooths twice as much": (
                lambda given: relate(**given)
            ),
            "masks swapped cost the same": lambda given: (
                jaccard_loss(
                    activated(given["logits"], given["activation"]),
                    given["target"],
                    activation=None,
                ),
                jaccard_loss(
                    given["target"],
                    activated(given["logits"], given["activation"]),
                    activation=None,
                ),
            ),
        },
        bad=bad(),
    ),
    "tversky_loss": Proof(
        draw=weighed,
        oracles={
            "monai.losses.TverskyLoss": tversky_of_monai,
            "optax.losses.dice_loss": of_optax,
        },
        same={
            "alpha=beta=1 is the Jaccard loss": lambda given: (
                tversky_loss(**given | {"alpha": 1.0, "beta": 1.0}),
                jaccard_loss(**without(given, "alpha", "beta")),
            ),
            "alpha=beta=0.5 is Dice that smooths twice as much": lambda given: (
                tversky_loss(**given | {"alpha": 0.5, "beta": 0.5}),
                dice_loss(
                    **without(given, "alpha", "beta")
                    | {"smooth": 2 * given["smooth"]}
                ),
            ),
            "smooth=0 over the classes present is kornia's": is_kornias_tversky,
        },
        bad=bad(alpha=-0.1, beta=float("nan")),
    ),
    "focal_tversky_loss": Proof(
        draw=focused,
        oracles={
            "monai.losses.TverskyLoss": focal_of_monai,
            "optax.losses.dice_loss": of_optax,
        },
        same={
            "gamma=1 is the Tversky loss": lambda given: (
                focal_tversky_loss(**given | {"gamma": 1.0}),
                tversky_loss(**without(given, "gamma")),
            ),
            "is a channel of MONAI's AsymmetricFocalTverskyLoss": is_unified,
        },
        bad=bad(alpha=-0.1, beta=-1.0, gamma=0.0),
    ),
}
