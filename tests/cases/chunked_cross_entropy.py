"""Arguments of chunked_cross_entropy, and what proves it."""

import torch
from chunked_cross_entropy import chunked_linear_cross_entropy
from torch import Tensor
from torch.nn import functional

from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Proof


def chunked(draw: Draw) -> Arguments:
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
    }


def with_z(
    loss: Tensor,
    logits: Tensor,
    target: Tensor,
    z_loss: float,
    ignore_index: int,
    reduction: str,
) -> Tensor:
    """Add the z-loss of a mixture's router, token by token, and reduce."""
    router = theirs(
        "transformers.models.switch_transformers.modeling_switch_transformers"
    ).router_z_loss_func
    each = [router(x[None, None]) for x in logits]
    counts = target != ignore_index
    loss = loss + z_loss * (counts * torch.stack(each))
    if reduction == "none":
        return loss
    return loss.sum() if reduction == "sum" else loss.sum() / counts.sum()


def of_torch(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    bias: Tensor,
    chunk_size: int,
    ignore_index: int,
    label_smoothing: float,
    z_loss: float,
    reduction: str,
) -> Tensor:
    """Call torch's, which has no z-loss."""
    options = {
        "ignore_index": ignore_index,
        "label_smoothing": label_smoothing,
        "reduction": "none" if z_loss else reduction,
    }
    loss = functional.linear_cross_entropy(
        hidden, weight, target, linear_bias=bias, **options
    )
    if not z_loss:
        return loss
    logits = hidden @ weight.T + bias
    return with_z(loss, logits, target, z_loss, ignore_index, reduction)


def of_optax(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    bias: Tensor,
    chunk_size: int,
    ignore_index: int,
    label_smoothing: float,
    z_loss: float,
    reduction: str,
) -> Tensor:
    """Call optax's for the target and for the share of all classes."""
    logits = hidden @ weight.T + bias
    counts = target != ignore_index
    name = "softmax_cross_entropy_with_integer_labels"
    hard = optax(name, logits, target.where(counts, 0))
    even = torch.full_like(logits, 1 / logits.shape[1])
    soft = optax("softmax_cross_entropy", logits, even)
    loss = (1 - label_smoothing) * hard + label_smoothing * soft
    loss = loss * counts
    return with_z(loss, logits, target, z_loss, ignore_index, reduction)


def of_transformers(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    bias: Tensor,
    chunk_size: int,
    ignore_index: int,
    label_smoothing: float,
    z_loss: float,
    reduction: str,
) -> Tensor:
    """Add their z-loss to torch's cross entropy of all logits."""
    logits = functional.linear(hidden, weight, bias)
    loss = functional.cross_entropy(
        logits,
        target,
        ignore_index=ignore_index,
        label_smoothing=label_smoothing,
        reduction="none",
    )
    return with_z(loss, logits, target, z_loss, ignore_index, reduction)


def all_logits(given: Arguments) -> Tensor:
    """Take torch's cross entropy of all logits at once."""
    return functional.cross_entropy(
        functional.linear(given["hidden"], given["weight"], given["bias"]),
        given["target"],
        ignore_index=given["ignore_index"],
        label_smoothing=given["label_smoothing"],
        reduction=given["reduction"],
    )


def gradients(given: Arguments, grads_in_backward: bool) -> Tensor:
    """Take all gradients of the sum, formed in either pass."""
    names = ("hidden", "weight", "bias")
    leaves = {name: given[name].clone().requires_grad_() for name in names}
    reduction = "none" if grads_in_backward else "sum"
    loss = chunked_linear_cross_entropy(
        **given | leaves | {"reduction": reduction}
    )
    found = torch.autograd.grad(loss.sum(), list(leaves.values()))
    return torch.cat([x.reshape(-1) for x in found])


ORACLES = {
    "optax.losses.softmax_cross_entropy_with_integer_labels": of_optax,
    "transformers.models.switch_transformers.modeling_switch_transformers"
    ".router_z_loss_func": of_transformers,
}
if hasattr(functional, "linear_cross_entropy"):  # since torch 2.13
    name = "torch.nn.functional.linear_cross_entropy"
    ORACLES = {name: of_torch} | ORACLES

CASES = {"by_hand": (chunked_linear_cross_entropy, chunked)}
PROOFS = {
    "chunked_linear_cross_entropy": Proof(
        draw=chunked,
        oracles=ORACLES,
        same={
            "one chunk is one matrix product": lambda given: (
                chunked_linear_cross_entropy(
                    **given | {"chunk_size": 256, "z_loss": 0.0}
                ),
                all_logits(given),
            ),
            "the size of a chunk changes nothing": lambda given: (
                chunked_linear_cross_entropy(**given | {"chunk_size": 1}),
                chunked_linear_cross_entropy(**given | {"chunk_size": 3}),
            ),
            "gradients of forward are those of backward": lambda given: (
                gradients(given, False),
                gradients(given, True),
            ),
            "no bias is a bias of 0": lambda given: (
                chunked_linear_cross_entropy(**given | {"bias": None}),
                chunked_linear_cross_entropy(
                    **given | {"bias": torch.zeros_like(given["bias"])}
                ),
            ),
            "tokens in a grid are tokens in a row": lambda given: (
                chunked_linear_cross_entropy(
                    **given
                    | {
                        "hidden": given["hidden"][:, None],
                        "target": given["target"][:, None],
                    }
                ).flatten(),
                chunked_linear_cross_entropy(**given).flatten(),
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
        ],
        differentiable=("hidden", "weight", "bias"),
        autocast=2e-2,  # the logits are a product in bfloat16
    ),
}
