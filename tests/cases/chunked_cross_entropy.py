"""Arguments of chunked_cross_entropy, and what proves it."""

import torch
from chunked_cross_entropy import chunked_linear_cross_entropy
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    call_known,
    reduce_counted,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Proof


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of chunked_linear_cross_entropy."""
    ignore = draw.choose(-100, 0)
    return {
        "hidden": draw.real(draw.n, 3),
        "weight": draw.real(draw.c, 3) / draw.scale,
        "target": draw.classes(ignore),
        "bias": draw.real(draw.c),
        "chunk_size": draw.choose(1, 2, 256),
        "ignore_index": ignore,
        "label_smoothing": draw.choose(0.0, 0.1, 1.0),
        "z_loss": draw.choose(0.0, 1e-4, 0.1),
        "reduction": draw.reduction(),
        "softcap": draw.choose(None, 0.5, 30.0),
    }


def uncapped(draw: Draw) -> Arguments:
    """Draw arguments without a soft cap."""
    given = arguments(draw)
    del given["softcap"]
    return given


def all_logits(given: Arguments) -> Tensor:
    """Compute all logits at once."""
    x = functional.linear(given["hidden"], given["weight"], given["bias"])
    cap = given["softcap"]
    return x if cap is None else cap * torch.tanh(x / cap)


def with_z(loss: Tensor, given: Arguments) -> Tensor:
    """Add the z-loss of a mixture's router, token by token, and reduce."""
    router = theirs(
        "transformers.models.switch_transformers.modeling_switch_transformers"
    ).router_z_loss_func
    each = [router(x[None, None]) for x in all_logits(given)]
    loss = loss + given["z_loss"] * torch.stack(each)
    options = (given["target"], given["ignore_index"], given["reduction"])
    return reduce_counted(loss, *options)


def of_torch(**given: object) -> Tensor:
    """Call torch's, which has no z-loss, and no soft cap."""
    if given["softcap"] is not None:
        return of_transformers(**given)
    loss = call_known(
        functional.linear_cross_entropy,
        given,
        input=given["hidden"],
        linear_weight=given["weight"],
        linear_bias=given["bias"],
        weight=None,
        reduction="none" if given["z_loss"] else given["reduction"],
    )
    return with_z(loss, given) if given["z_loss"] else loss


def of_optax(**given: object) -> Tensor:
    """Call optax's for the target and for the share of all classes."""
    logits, smooth = all_logits(given), given["label_smoothing"]
    name = "softmax_cross_entropy_with_integer_labels"
    hard = optax(name, logits, given["target"].clamp_min(0))
    even = torch.full_like(logits, 1 / logits.shape[1])
    soft = optax("softmax_cross_entropy", logits, even)
    return with_z((1 - smooth) * hard + smooth * soft, given)


def cross_entropy(given: Arguments, **options: object) -> Tensor:
    """Take torch's cross entropy of all logits at once."""
    options = {"input": all_logits(given), "weight": None} | options
    return call_known(functional.cross_entropy, given, **options)


def of_transformers(**given: object) -> Tensor:
    """Add their z-loss to torch's cross entropy of all logits."""
    return with_z(cross_entropy(given, reduction="none"), given)


LEARNED = ("hidden", "weight", "bias")
ORACLES = {
    "optax.losses.softmax_cross_entropy_with_integer_labels": of_optax,
    "transformers.models.switch_transformers.modeling_switch_transformers"
    ".router_z_loss_func": of_transformers,
}
if hasattr(functional, "linear_cross_entropy"):  # since torch 2.13
    name = "torch.nn.functional.linear_cross_entropy"
    ORACLES = {name: of_torch} | ORACLES

CASES = {"by_hand": (chunked_linear_cross_entropy, uncapped)}
PROOFS = {
    "chunked_linear_cross_entropy": Proof(
        draw=arguments,
        oracles=ORACLES,
        same={
            "one chunk is one matrix product": lambda given: (
                chunked_linear_cross_entropy(
                    **given | {"chunk_size": 256, "z_loss": 0.0}
                ),
                cross_entropy(given),
            ),
            "the size of a chunk changes nothing": lambda given: (
                chunked_linear_cross_entropy(**given | {"chunk_size": 1}),
                chunked_linear_cross_entropy(**given | {"chunk_size": 3}),
            ),
            "gradients of forward are those of backward": lambda given: (
                slopes(
                    chunked_linear_cross_entropy,
                    given | {"reduction": "sum"},
                    *LEARNED,
                ),
                slopes(
                    chunked_linear_cross_entropy,
                    given | {"reduction": "none"},
                    *LEARNED,
                ),
            ),
            "a large soft cap is none": lambda given: (
                chunked_linear_cross_entropy(**given | {"softcap": 1e8}),
                chunked_linear_cross_entropy(**given | {"softcap": None}),
            ),
            "no bias is a bias of 0": lambda given: (
                chunked_linear_cross_entropy(**given | {"bias": None}),
                chunked_linear_cross_entropy(
                    **given | {"bias": torch.zeros_like(given["bias"])}
                ),
            ),
            "tokens in a grid are tokens in a row": unchanged(
                chunked_linear_cross_entropy,
                lambda given: {
                    k: given[k][:, None] for k in ("hidden", "target")
                },
            ),
        },
        bad=[
            ({"hidden": torch.zeros(4, 3).int()}, TypeError, "int32"),
            ({"weight": torch.zeros(5, 3).int()}, TypeError, "int32"),
            ({"bias": torch.zeros(5).int()}, TypeError, "int32"),
            ({"target": torch.zeros(4)}, TypeError, "int64, got torch.float32"),
            ({"target": torch.zeros(3).long()}, ValueError, "(3,)"),
            ({"target": torch.full((4,), 5)}, IndexError, "out of bounds"),
            ({"hidden": torch.zeros(4, 2)}, ValueError, "(4, 2), (5, 3)"),
            ({"weight": torch.zeros(3)}, ValueError, "(C, D)"),
            ({"bias": torch.zeros(4)}, ValueError, "shape (5,), got (4,)"),
            ({"chunk_size": 0}, ValueError, "at least 1, got 0"),
            ({"label_smoothing": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"z_loss": -1.0}, ValueError, "at least 0, got -1.0"),
            ({"softcap": 0.0}, ValueError, "above 0, or None, got 0.0"),
        ],
        autocast=2e-2,  # the logits are a product in bfloat16
    ),
}
