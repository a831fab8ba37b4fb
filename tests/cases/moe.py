"""Arguments of moe, and what proves it."""

from unittest import mock

import numpy as np
import torch
from moe import load_balancing_loss
from torch import Tensor

from tests.cases._common import slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof

MODELS = "transformers.models"


def arguments(draw: Draw) -> Arguments:
    """Draw arguments of load_balancing_loss, logits that tie nowhere.

    They are small enough for no probability to be 0: theirs choose by those.
    """
    draw.scale = min(draw.scale, 50)
    shape = (draw.n, draw.choose(1, 3, 6), draw.c)
    apart = torch.randn(shape, dtype=torch.float64, generator=draw.g) / 64
    return {
        "router_logits": draw.real(*shape) + apart,
        "mask": draw.choose(torch.ones, torch.zeros, draw.binary, draw.binary)(
            *shape[:2]
        ).bool(),
        "top_k": min(draw.choose(1, 2, 4), draw.c),
        "per_sequence": draw.choose(False, True),
    }


def exactly(loss: object, *given: object, **options: object) -> Tensor:
    """Call what turns probabilities to float32, without that."""
    with mock.patch.object(Tensor, "float", lambda x: x):
        return loss(*given, **options)


def by_sequence(
    router_logits: Tensor, mask: Tensor, per_sequence: bool
) -> list[Pair]:
    """List logits and masks of what is balanced by itself, if not empty."""
    pairs = [(router_logits.flatten(0, 1), mask.flatten())]
    if per_sequence:
        pairs = list(zip(router_logits, mask, strict=True))
    return [(x, keep) for x, keep in pairs if keep.any()]


def mean(found: list[Tensor], like: Tensor) -> Tensor:
    """Average what was found, 0 if nothing."""
    return torch.stack(found).mean() if found else 0 * like.sum()


def of_mixtral(
    router_logits: Tensor, mask: Tensor, top_k: int, per_sequence: bool
) -> Tensor:
    """Call transformers' loss of Mixtral, one layer at a time."""
    loss = theirs(f"{MODELS}.mixtral.modeling_mixtral").load_balancing_loss_func
    found = [
        exactly(loss, (x,), x.shape[-1], top_k, keep)
        for x, keep in by_sequence(router_logits, mask, per_sequence)
    ]
    return mean(found, router_logits)


def of_switch(
    router_logits: Tensor, mask: Tensor, top_k: int, per_sequence: bool
) -> Tensor:
    """Call transformers' loss of Switch, which is given who is chosen."""
    name = f"{MODELS}.switch_transformers.modeling_switch_transformers"
    loss = theirs(name)
    found = []
    for x, keep in by_sequence(router_logits, mask, per_sequence):
        p = x[keep].softmax(-1)[None]
        chosen = p.topk(top_k).indices
        found.append(loss.load_balancing_loss_func(p, chosen))
    return mean(found, router_logits)


def of_numpy(
    router_logits: Tensor, mask: Tensor, top_k: int, per_sequence: bool
) -> Tensor:
    """Compute equations 4 to 6 of the paper, expert by expert."""
    found = []
    for x, keep in by_sequence(router_logits, mask, per_sequence):
        x = x[keep].numpy()
        p = np.exp(x) / np.exp(x).sum(-1, keepdims=True)
        f = (x >= np.sort(x)[:, -top_k, None]).mean(0)
        experts = range(len(f))
        loss = len(f) * sum(f[e] * p[:, e].mean() for e in experts)
        found.append(torch.tensor(loss))
    return mean(found, router_logits)


def padded(given: Arguments) -> Arguments:
    """Add tokens that don't count."""
    x, mask = given["router_logits"], given["mask"]
    return {
        "router_logits": torch.cat([x, 9 * x[:, :1].flip(-1)], 1),
        "mask": torch.cat([mask, torch.zeros_like(mask[:, :1])], 1),
    }


def hidden(given: Arguments) -> Pair:
    """Make nan of the tokens that don't count: value and gradient."""
    padding = ~given["mask"].unsqueeze(-1)
    x = given["router_logits"].masked_fill(padding, torch.nan)

    def both(given: Arguments) -> Tensor:
        slope = slopes(load_balancing_loss, given, "router_logits")
        return torch.cat([load_balancing_loss(**given).reshape(1), slope])

    return both(given | {"router_logits": x}), both(given)


def balanced(given: Arguments) -> Pair:
    """Route token by token to the next expert: as many to each."""
    e, k = given["router_logits"].shape[-1], given["top_k"]
    x = torch.stack([(-torch.arange(e).double()).roll(i) for i in range(e)])
    loss = load_balancing_loss(x[None], top_k=k)
    return loss, torch.tensor(float(k)).double()


def one_expert(given: Arguments) -> Pair:
    """Send all tokens to one expert, surely: the loss is the number of them."""
    x = torch.zeros_like(given["router_logits"])
    x[..., 0] = 800.0
    e = torch.tensor(float(x.shape[-1])).double()
    whole = torch.ones_like(given["mask"])
    return load_balancing_loss(x, whole, top_k=1), e if x.numel() else 0 * e


def gradient(given: Arguments) -> Pair:
    """Differentiate probabilities alone, at the counts that there are."""
    given = given | {"per_sequence": False}
    x, keep = given["router_logits"], given["mask"].double().unsqueeze(-1)
    n = keep.sum().clamp_min(1)
    bound = x.sort(-1).values[..., -given["top_k"], None]
    f = ((x >= bound) * keep).sum((0, 1)) / n
    p = x.softmax(-1)
    slope = x.shape[-1] * keep / n * p * (f - (f * p).sum(-1, keepdim=True))
    return slopes(load_balancing_loss, given, "router_logits"), slope.flatten()


PROOFS = {
    "load_balancing_loss": Proof(
        draw=arguments,
        oracles={
            f"{MODELS}.mixtral.load_balancing_loss_func": of_mixtral,
            f"{MODELS}.switch_transformers.load_balancing_loss_func": of_switch,
            "numpy": of_numpy,
        },
        tolerance=1e-6,  # theirs divide counts in float32
        same={
            "tokens that don't count change nothing": unchanged(
                load_balancing_loss, padded
            ),
            "tokens that don't count may be nan": hidden,
            "a constant added to a token's logits changes nothing": unchanged(
                load_balancing_loss,
                lambda given: {
                    "router_logits": given["router_logits"]
                    + torch.arange(given["router_logits"].shape[1])[:, None]
                },
            ),
            "the order of experts changes nothing": unchanged(
                load_balancing_loss,
                lambda x: {"router_logits": x["router_logits"].flip(-1)},
            ),
            "as many tokens to each expert cost top_k": balanced,
            "all tokens to one expert cost the number of experts": one_expert,
            "its gradient is that of the probabilities alone": gradient,
        },
        bad=[
            (
                {"router_logits": torch.zeros(4, 3, 5).int()},
                TypeError,
                "int32",
            ),
            ({"mask": torch.ones(4, 3).long()}, TypeError, "mask.bool()"),
            (
                {
                    "router_logits": torch.zeros(4, 3, 5),
                    "mask": torch.ones(3).bool(),
                },
                ValueError,
                "(4, 3), got (3,)",
            ),
            ({"top_k": 0}, ValueError, "from 1 to"),
            ({"top_k": 99}, ValueError, "got 99"),
            (
                {
                    "router_logits": torch.zeros(4, 5),
                    "mask": None,
                    "per_sequence": True,
                },
                ValueError,
                "(N, T, E), got (4, 5)",
            ),
        ],
    ),
}
CASES = {"by_hand": (load_balancing_loss, arguments)}
