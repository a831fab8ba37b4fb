"""Arguments of z_loss, and what proves it."""

import torch
from torch import Tensor
from torch.nn import functional
from z_loss import z_loss

from tests.cases._common import reduce_counted, row_by_row
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Proof


def tokens(draw: Draw) -> Arguments:
    """Draw arguments of z_loss."""
    ignore = draw.choose(-100, 0)
    return {
        "logits": draw.real(draw.n, draw.c),
        "target": draw.classes(ignore),
        "coefficient": draw.choose(0.0, 1e-4, 1e-3, 1.0),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def of_transformers(
    logits: Tensor, target: Tensor, coefficient: float, **options: object
) -> Tensor:
    """Call transformers' loss of a router, which gives the mean of groups."""
    name = "transformers.models.switch_transformers"
    loss = theirs(f"{name}.modeling_switch_transformers").router_z_loss_func
    if options["reduction"] == "mean":
        counts = target != options["ignore_index"]
        return coefficient * loss(logits[counts][None])
    each = row_by_row(lambda x: loss(x[None]), logits)
    return reduce_counted(coefficient * each, target, **options)


PROOFS = {
    "z_loss": Proof(
        draw=tokens,
        oracles={
            "transformers.models.switch_transformers.router_z_loss_func": (
                of_transformers
            ),
        },
        same={
            "log-probabilities cost nothing": lambda given: (
                z_loss(
                    given["logits"].log_softmax(-1),
                    coefficient=given["coefficient"],
                ),
                torch.zeros((), dtype=given["logits"].dtype),
            ),
            "without a target all count": lambda given: (
                z_loss(**given | {"target": None}),
                z_loss(
                    **given
                    | {
                        "target": torch.ones_like(given["target"]),
                        "ignore_index": -100,
                    }
                ),
            ),
            "a constant on log-probabilities costs its square": lambda given: (
                z_loss(
                    given["logits"].log_softmax(-1) + 3,
                    given["target"],
                    coefficient=2.0,
                    ignore_index=given["ignore_index"],
                    reduction="none",
                ),
                18.0 * (given["target"] != given["ignore_index"]).double(),
            ),
            "it is the square of cross entropy with a logit of 0": (
                lambda given: (
                    z_loss(**given | {"target": None, "reduction": "none"}),
                    given["coefficient"]
                    * functional.cross_entropy(
                        given["logits"] - given["logits"][:, :1],
                        torch.zeros(len(given["logits"])).long(),
                        reduction="none",
                    ).add(given["logits"][:, 0])
                    ** 2,
                )
            ),
        },
        bad=[
            ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"logits": torch.zeros(())}, ValueError, "(..., C), got ()"),
            ({"target": torch.zeros(4)}, TypeError, "int64, got torch.float32"),
            ({"target": torch.zeros(3).long()}, ValueError, "(4, 5) and (3,)"),
            ({"coefficient": -1.0}, ValueError, "at least 0, got -1.0"),
        ],
    ),
}
CASES = {"by_hand": (z_loss, tokens)}
