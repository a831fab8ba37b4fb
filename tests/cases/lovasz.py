"""Arguments of lovasz, and what proves it."""

from collections.abc import Callable
from unittest import mock

import torch
from lovasz import lovasz_hinge, lovasz_softmax
from torch import Tensor
from torch.nn import functional

from tests.cases._common import shifted, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def ignoring(draw: Draw, target: Tensor, ignore_index: int) -> Tensor:
    """Ignore no, some or all pixels, or one image."""
    share = draw.choose(0.0, 0.0, 0.0, 0.3, 0.3, 1.0)
    drop = torch.rand(target.shape, generator=draw.g) < share
    if draw.choose(False, False, False, True):
        drop[0] = True
    return target.masked_fill(drop, ignore_index)


def hinge_arguments(draw: Draw) -> Arguments:
    """Draw arguments of lovasz_hinge, masks empty, full, or a pixel too."""
    shape = (max(draw.n, 1), *draw.choose((1,), (7,), (9,), (3, 4)))
    fill = draw.choose(None, None, None, 0.0, 1.0)
    target = draw.binary(*shape)
    target = target if fill is None else torch.full_like(target, fill)
    ignore = draw.choose(-100, -1)
    return {
        "logits": draw.real(*shape),
        "target": ignoring(draw, target, ignore),
        "per_image": draw.choose(False, True),
        "ignore_index": ignore,
    }


def softmax_arguments(draw: Draw) -> Arguments:
    """Draw arguments of lovasz_softmax, few classes present or all."""
    n, pixels = max(draw.n, 1), draw.choose((1,), (7,), (9,), (3, 4))
    ignore = draw.choose(-100, 0)
    top = draw.choose(draw.c, draw.c, draw.c, 1, 2)
    target = torch.randint(top, (n, *pixels), generator=draw.g)
    return {
        "logits": draw.real(n, draw.c, *pixels),
        "target": ignoring(draw, target, ignore),
        "classes": draw.choose("present", "all"),
        "per_image": draw.choose(False, True),
        "ignore_index": ignore,
    }


def images(
    loss: Callable[[Tensor, Tensor], Tensor],
    logits: Tensor,
    target: Tensor,
    per_image: bool,
    ignore_index: int,
) -> Tensor:
    """Average a loss over images, or take all pixels, without those ignored.

    `logits` has its classes first; the loss is given (classes, pixels).
    """
    pairs = [(logits.flatten(1), target.flatten())]
    if per_image:
        pairs = [
            (logits[:, i].flatten(1), target[i].flatten())
            for i in range(len(target))
        ]
    losses = []
    for x, y in pairs:
        keep = y != ignore_index
        some = keep.any()
        losses.append(loss(x[:, keep], y[keep]) if some else 0 * x.sum())
    return torch.stack(losses).mean()


def hinge_of_kornia(logits: Tensor, target: Tensor, **options) -> Tensor:
    """Call kornia's, which has no pixels to ignore."""
    loss = theirs("kornia.losses").lovasz_hinge_loss
    return images(
        lambda x, y: loss(x[None, :, None], y[None, None]),
        logits[None],
        target,
        **options,
    )


def softmax_of_kornia(
    logits: Tensor, target: Tensor, classes: str, **options
) -> Tensor:
    """Call kornia's, which averages over all classes, but takes weights."""

    def loss(x: Tensor, y: Tensor) -> Tensor:
        weight = torch.ones(len(x), dtype=x.dtype)
        if classes == "present":
            weight = torch.isin(torch.arange(len(x)), y).to(x.dtype)
            weight = weight / weight.mean()
        loss = theirs("kornia.losses").lovasz_softmax_loss
        return loss(x[None, :, None], y[None, None], weight)

    return images(loss, logits.transpose(0, 1), target, **options)


def in_double(loss: Callable[..., Tensor], *given: object, **options) -> Tensor:
    """Call what calls `.float()` in double precision."""
    with mock.patch.object(Tensor, "float", Tensor.double):
        return loss(*given, **options)


def hinge_of_toolbelt(logits: Tensor, target: Tensor, **options) -> Tensor:
    """Call pytorch_toolbelt's, the code of the paper's authors."""
    loss = theirs("pytorch_toolbelt.losses").BinaryLovaszLoss(**options)
    return in_double(loss, logits, target)


def softmax_of_toolbelt(
    logits: Tensor, target: Tensor, classes: str, **options
) -> Tensor:
    """Call pytorch_toolbelt's, the code of the paper's authors.

    Its LovaszLoss calls this function with the classes present. It gives an
    empty tensor if nothing counts.
    """
    function = theirs("pytorch_toolbelt.losses.lovasz")._lovasz_softmax
    return images(
        lambda x, y: in_double(function, x.T, y, classes=classes),
        logits.softmax(1).transpose(0, 1),
        target,
        **options,
    )


def without_ignored(given: Arguments) -> Pair:
    """Ignore pixels, or leave them out: the same."""
    x, y = given["logits"], given["target"]
    keep = y != given["ignore_index"]
    whole = lovasz_hinge(**given | {"per_image": False})
    return whole, lovasz_hinge(x[keep][None], y[keep][None])


def iou(yes: Tensor, truth: Tensor) -> Tensor:
    """Divide intersection by union; 1 if both are empty."""
    union = (yes | truth).sum()
    both = (yes & truth).sum().double()
    return (both + (union == 0)) / union.clamp_min(1)


def counts_sets(given: Arguments) -> Pair:
    """Give logits of 1 and -1: errors are 0 or 2."""
    yes, truth = given["logits"] > 0, given["target"] == 1
    loss = lovasz_hinge(2 * yes.double() - 1, truth.double())
    return loss, 2 * (1 - iou(yes, truth))


def counts_classes(given: Arguments) -> Pair:
    """Give probabilities of 0 and 1: the loss is of sets."""
    logits = given["logits"]
    chosen = logits.argmax(1)
    target = given["target"].clamp_min(0)
    sure = functional.one_hot(chosen, logits.shape[1])
    sure = 1e4 * sure.movedim(-1, 1).double()
    mean = [iou(chosen == c, target == c) for c in target.unique()]
    return lovasz_softmax(sure, target), 1 - torch.stack(mean).mean()


def leaves_out(given: Arguments) -> Pair:
    """Ignore pixels, or leave them out: the same."""
    given = given | {"per_image": False}
    x, y = given["logits"].movedim(1, -1), given["target"]
    keep = y != given["ignore_index"]
    if not keep.any():
        return lovasz_softmax(**given), torch.zeros((), dtype=x.dtype)
    kept = {"logits": x[keep].T[None], "target": y[keep][None]}
    return lovasz_softmax(**given), lovasz_softmax(**given | kept)


CASES = {
    "by_hand": (lovasz_hinge, hinge_arguments),
    "by_hand_softmax": (lovasz_softmax, softmax_arguments),
}
PROOFS = {
    "lovasz_hinge": Proof(
        draw=hinge_arguments,
        oracles={
            "kornia.losses.lovasz_hinge_loss": hinge_of_kornia,
            "pytorch_toolbelt.losses.BinaryLovaszLoss": hinge_of_toolbelt,
        },
        same={
            "logits of 1 and -1 cost 2 * (1 - IoU)": counts_sets,
            "ignored pixels are as good as left out": without_ignored,
            "the order of pixels changes nothing": unchanged(
                lovasz_hinge,
                lambda given: {
                    "logits": given["logits"].flip(1),
                    "target": given["target"].flip(1),
                },
            ),
            "right beyond the margin of 1 costs nothing": lambda given: (
                lovasz_hinge(
                    (2 * given["target"] - 1) * (1 + given["logits"].abs()),
                    given["target"],
                    ignore_index=given["ignore_index"],
                ),
                torch.zeros((), dtype=torch.float64),
            ),
        },
        bad=[
            (
                {"target": torch.zeros(4, 2)},
                ValueError,
                "target must have the same shape (N, d1, ...), got",
            ),
            ({"logits": torch.zeros(4).int()}, TypeError, "got torch.int32"),
            ({"target": torch.zeros(4).long()}, TypeError, "got torch.int64"),
        ],
    ),
    "lovasz_softmax": Proof(
        draw=softmax_arguments,
        oracles={
            "kornia.losses.lovasz_softmax_loss": softmax_of_kornia,
            "pytorch_toolbelt.losses.LovaszLoss": softmax_of_toolbelt,
        },
        same={
            "sure logits cost 1 - mean IoU": counts_classes,
            "ignored pixels are as good as left out": leaves_out,
            "a constant added to the logits changes nothing": unchanged(
                lovasz_softmax, shifted
            ),
        },
        bad=[
            ({"target": torch.zeros(4, 7)}, TypeError, "got torch.float32"),
            ({"logits": torch.zeros(4, 5).int()}, TypeError, "torch.int32"),
            (
                {"target": torch.zeros(9).long()},
                ValueError,
                "(N, C, d1, ...) and (N, d1, ...), got (4, 5",
            ),
            ({"classes": "some"}, ValueError, "or 'all', got 'some'"),
        ],
    ),
}
