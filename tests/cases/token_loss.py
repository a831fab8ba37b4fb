"""Arguments of token_loss, and what proves it."""

from functools import partial

import torch
from token_loss import causal_lm_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import row_by_row, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Proof


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of causal_lm_loss, some or all labels ignored."""
    length, ignore = draw.choose(1, 2, 4), draw.choose(-100, 0)
    shape = draw.n, length
    labels = torch.randint(draw.c, shape, generator=draw.g)
    share = draw.choose(0.0, 0.3, 1.0)
    labels[torch.rand(shape, generator=draw.g) < share] = ignore
    return {
        "logits": draw.real(*shape, draw.c),
        "labels": labels,
        "num_items": torch.randint(1, 99, (), generator=draw.g),
        "ignore_index": ignore,
    }


def of_transformers(
    logits: Tensor, labels: Tensor, num_items: Tensor, ignore_index: int
) -> Tensor:
    """Call the loss of transformers' models."""
    loss = theirs("transformers.loss.loss_utils").ForCausalLMLoss
    vocabulary = logits.shape[-1]
    return loss(logits, labels, vocabulary, num_items, ignore_index)


def of_trainer(
    logits: Tensor, labels: Tensor, num_items: Tensor, ignore_index: int
) -> Tensor:
    """Call the loss of transformers' trainer, without its smoothing."""
    smoother = theirs("transformers.trainer_pt_utils").LabelSmoother
    loss = smoother(epsilon=0.0, ignore_index=ignore_index)
    return loss((logits,), labels, True, num_items)


def of_optax(
    logits: Tensor, labels: Tensor, num_items: Tensor, ignore_index: int
) -> Tensor:
    """Call optax's, which neither shifts nor ignores."""
    target = labels[:, 1:]
    counts = target != ignore_index
    name = "softmax_cross_entropy_with_integer_labels"
    each = optax(name, logits[:, :-1], target.where(counts, 0))
    return (each * counts).sum() / num_items


def counted(given: Arguments) -> Tensor:
    """Count the labels that count."""
    return (given["labels"][:, 1:] != given["ignore_index"]).sum()


def accumulated(logits: Tensor, labels: Tensor, **options: object) -> Tensor:
    """Accumulate over micro-batches of one row."""
    loss = partial(causal_lm_loss, **options)
    return row_by_row(loss, logits, labels).sum()


def packed(given: Arguments) -> Arguments:
    """Put all rows into one, their first tokens ignored."""
    labels = given["labels"].clone()
    labels[:, 0] = given["ignore_index"]
    return {
        "logits": given["logits"].flatten(0, 1)[None],
        "labels": labels.flatten()[None],
    }


def ends_changed(given: Arguments) -> Arguments:
    """Change what can't count: the first labels and the last logits."""
    logits, labels = given["logits"].clone(), given["labels"].clone()
    logits[:, -1], labels[:, 0] = 7.0, 1
    return {"logits": logits, "labels": labels}


CASES = {"by_hand": (causal_lm_loss, arguments)}
PROOFS = {
    "causal_lm_loss": Proof(
        draw=arguments,
        oracles={
            "transformers.loss.loss_utils.ForCausalLMLoss": of_transformers,
            "transformers.trainer_pt_utils.LabelSmoother": of_trainer,
            "optax.losses.softmax_cross_entropy_with_integer_labels": of_optax,
        },
        same={
            "it is cross entropy of the next token": lambda given: (
                causal_lm_loss(**given | {"num_items": None}),
                functional.cross_entropy(
                    given["logits"][:, :-1].flatten(0, 1),
                    given["labels"][:, 1:].flatten(),
                    ignore_index=given["ignore_index"],
                ),
            ),
            "micro-batches add up": lambda given: (
                accumulated(**given),
                causal_lm_loss(**given),
            ),
            "packed documents are rows": unchanged(causal_lm_loss, packed),
            "None is the count": lambda given: (
                causal_lm_loss(**given | {"num_items": None}),
                causal_lm_loss(**given | {"num_items": counted(given)}),
            ),
            "a number is a tensor": lambda given: (
                causal_lm_loss(**given | {"num_items": 7}),
                causal_lm_loss(**given | {"num_items": torch.tensor(7)}),
            ),
            "first labels and last logits don't count": unchanged(
                causal_lm_loss, ends_changed
            ),
        },
        bad=[
            ({"logits": torch.zeros(4, 2, 5).int()}, TypeError, "int32"),
            ({"logits": torch.zeros(4, 5)}, ValueError, "got (4, 5)"),
            ({"labels": torch.zeros(4, 2)}, TypeError, "got torch.float32"),
            ({"labels": torch.zeros(4).long()}, ValueError, "and (4,)"),
            ({"num_items": 0}, ValueError, "more than 0, got 0"),
            ({"num_items": torch.ones(2)}, ValueError, "a scalar, got (2,)"),
        ],
        tolerance=1e-6,  # ForCausalLMLoss computes in float32
    ),
}
