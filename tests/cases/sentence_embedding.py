"""Arguments of sentence_embedding, and what proves it."""

import math

import numpy as np
import torch
from sentence_embedding import angle_loss, cosent_loss, margin_mse_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import row_by_row, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same


def pairs(draw: Draw) -> Arguments:
    """Draw pairs of embeddings with scores, some of them equal."""
    n = draw.n if draw.n == 4 else draw.n * draw.choose(1, 2)
    d = draw.choose(2, 4, 8)
    score = draw.real(n)
    if draw.choose(False, True):
        score = torch.randint(3, (n,), generator=draw.g).double() / 2
    if draw.n == 4:  # the everyday size has something to compare
        score[:2] = torch.tensor([-0.5, 2.5])
    return {
        "input": draw.real(n, d),
        "other": draw.real(n, d),
        "score": score,
        "scale": draw.choose(1.0, 5.0, 20.0, 50.0),
    }


def triplets(draw: Draw) -> Arguments:
    """Draw embeddings so short that float32 holds a difference of products."""
    n, d = draw.n, draw.choose(1, 3, 8)
    draw.scale = min(draw.scale, 3)
    shape = draw.choose((n,), (n, 1), (n, 4))
    return {
        "query": draw.real(n, d),
        "positive": draw.real(n, d),
        "negative": draw.real(*shape, d),
        "teacher_margin": 3 * draw.real(*shape),
        "reduction": draw.reduction(),
    }


def unit(x: np.ndarray) -> np.ndarray:
    """Give a vector the length 1, if it has one."""
    length = math.sqrt(math.fsum(x**2))
    return x / length if length else x


def each(
    similarity: Loss, input: Tensor, other: Tensor, score: Tensor, scale: float
) -> Tensor:
    """Go through all pairs of pairs, one by one, as the formula is written."""
    both = zip(input.numpy(), other.numpy(), strict=True)
    value = [similarity(unit(x), unit(y)) for x, y in both]
    terms = [0.0]
    for i in range(len(value)):
        for k in range(len(value)):
            if score[i] > score[k]:
                terms.append(scale * (value[k] - value[i]))
    most = max(terms)
    total = math.fsum(math.exp(term - most) for term in terms)
    return torch.tensor(most + math.log(total), dtype=torch.float64)


def cosent_of_numpy(**given: object) -> Tensor:
    """Take cosines."""
    return each(lambda x, y: math.fsum(x * y), **given)


def angle_of_numpy(**given: object) -> Tensor:
    """Take complex numbers, as AnglE's authors do."""

    def similarity(x: np.ndarray, y: np.ndarray) -> float:
        half = len(x) // 2
        z = x[:half] + 1j * x[half:]
        w = y[:half] + 1j * y[half:]
        product = z * w.conj()
        return abs(math.fsum([*product.real, *product.imag]))

    return each(similarity, **given)


def of_sbert(name: str) -> Loss:
    """Call a loss of Sentence Transformers; only `forward` wants a model."""

    def loss(
        input: Tensor, other: Tensor, score: Tensor, scale: float
    ) -> Tensor:
        module = getattr(theirs("sentence_transformers.losses"), name)
        found = module(None, scale=scale)
        return found.compute_loss_from_embeddings([input, other], score)

    return loss


def margins_of_sbert(
    query: Tensor,
    positive: Tensor,
    negative: Tensor,
    teacher_margin: Tensor,
    reduction: str,
) -> Tensor:
    """Call theirs, which takes a mean: for each, one margin at a time."""
    module = theirs("sentence_transformers.losses").MarginMSELoss(None)
    loss = module.compute_loss_from_embeddings
    far = negative.unbind(1) if negative.ndim == 3 else [negative]
    wanted = teacher_margin.reshape(len(query), len(far))
    if reduction == "none":
        each = [
            row_by_row(lambda *x: loss(x[:3], x[3]), query, positive, x, y)
            for x, y in zip(far, wanted.unbind(1), strict=True)
        ]
        return torch.stack(each, 1).reshape(teacher_margin.shape)
    found = loss([query, positive, *far], wanted)
    return found * wanted.numel() if reduction == "sum" else found


def margins_of_torch(
    query: Tensor,
    positive: Tensor,
    negative: Tensor,
    teacher_margin: Tensor,
    reduction: str,
) -> Tensor:
    """Give torch's mean squared error two products and their difference."""
    many = negative if negative.ndim == 3 else negative[:, None]
    near = torch.einsum("nd,nd->n", query, positive)
    far = torch.einsum("nd,nkd->nk", query, many)
    found = functional.mse_loss(
        near[:, None] - far,
        teacher_margin.reshape(far.shape),
        reduction=reduction,
    )
    return found.reshape(teacher_margin.shape) if found.ndim else found


def cosines(given: Arguments) -> Tensor:
    """Take torch's cosines."""
    return functional.cosine_similarity(
        given["input"], given["other"], eps=1e-300
    )


def two_pairs(given: Arguments) -> Pair:
    """Compare the first pair, which is the better one, with the last."""
    x, y = (given[name][[0, -1]] for name in ("input", "other"))
    ours = cosent_loss(x, y, torch.tensor([1, 0]), scale=given["scale"])
    near, far = cosines({"input": x, "other": y})
    one = torch.ones((), dtype=torch.float64)
    return ours, functional.soft_margin_loss(given["scale"] * (near - far), one)


def yes_or_no(given: Arguments) -> Pair:
    """Score with 0 and 1: the sum over pairs of pairs is one of products."""
    n = len(given["score"])
    alike = torch.arange(n) % 2 == 0
    s = given["scale"] * cosines(given)
    ours = cosent_loss(**given | {"score": alike.double()})
    both = s[~alike].exp().sum() * (-s[alike]).exp().sum()
    return ours, both.log1p()


def in_float32(loss: Loss, first: str) -> Same:
    """Say that the dtype is the first argument's, whatever the others'."""

    def same(given: Arguments) -> Pair:
        found = loss(**given | {first: given[first].float()})
        bits = torch.finfo(found.dtype).bits
        return torch.tensor(bits), torch.tensor(32)

    return same


def flipped(given: Arguments) -> Arguments:
    """Turn the batch round."""
    return {name: given[name].flip(0) for name in ("input", "other", "score")}


def longer(given: Arguments) -> Arguments:
    """Make embeddings longer, each by its own factor."""
    by = torch.arange(1, 1 + len(given["score"])).double()[:, None]
    return {"input": by * given["input"], "other": 8 * given["other"]}


def off_0(given: Arguments) -> Arguments:
    """Have none of length 0, nor at the kink where the similarity is 0."""
    given = given | {}
    for name, last in {"input": 0.7183, "other": 0.4142}.items():
        x = functional.pad(given[name], (1, 0), value=1.0)
        given[name] = functional.pad(x, (0, 1), value=last)
    return given


def short(loss: Loss) -> Same:
    """Say that the gradient grows as embeddings get short, and stays finite."""

    def same(given: Arguments) -> Pair:
        given = off_0(given)
        small = given | {"input": 1e-120 * given["input"]}
        return (
            1e-120 * slopes(loss, small, "input"),
            slopes(loss, given, "input"),
        )

    return same


def ranked(given: Arguments) -> Arguments:
    """Put in place of each score its rank."""
    _, place = given["score"].unique(return_inverse=True)
    return {"score": 10 * place - 3}


def compared(score: Tensor) -> Tensor:
    """Count the pairs of pairs."""
    return (score[:, None] > score).sum()


def all_alike(loss: Loss, at: float) -> Same:
    """Say what it costs when all pairs are equally alike, as at chance."""

    def same(given: Arguments) -> Pair:
        x = functional.pad(given["input"], (1, 1), value=1.0)
        other = at * x
        return (
            loss(**given | {"input": x, "other": other}),
            compared(given["score"]).double().log1p(),
        )

    return same


def turned(given: Arguments) -> Pair:
    """Turn all but one pair by 45 degrees in the complex plane."""
    n = len(given["score"])
    re, im = functional.pad(given["input"], (1, 1), value=1.0).chunk(2, 1)
    z = torch.complex(re, im)
    w = z * np.exp(-0.25j * math.pi)
    w[0] = z[0]
    other = torch.cat([w.real, w.imag], 1)
    score = (torch.arange(n) == 0).double()  # the best is the one not turned
    ours = angle_loss(
        torch.cat([re, im], 1), other, score, scale=given["scale"]
    )
    gap = given["scale"] * (math.sqrt(2) - 1)
    total = math.log1p((n - 1) * math.exp(gap))
    return ours, torch.tensor(total, dtype=torch.float64)


def real(given: Arguments) -> Pair:
    """Take real numbers above 0 for the complex ones."""
    x, y = (
        functional.pad(given[name].abs(), (0, given[name].shape[1]))
        for name in ("input", "other")
    )
    changed = given | {"input": x, "other": y}
    return angle_loss(**changed), cosent_loss(**changed)


def angle_slope(given: Arguments) -> Pair:
    """Write the slope: by similarities, then by embeddings."""
    given = off_0(given)
    x, other, score = (given[name] for name in ("input", "other", "score"))
    norm, length = (v.norm(dim=1, keepdim=True) for v in (x, other))
    z, w = (torch.complex(*v.chunk(2, 1)) for v in (x, other))
    r = (z * w.conj()).sum(1, keepdim=True) / (norm * length)
    both = r.real + r.imag
    c, u = both.abs(), (1 + 1j) * w * both.sign()
    p = (given["scale"] * (c - c.T)).exp() * (score[:, None] < score)
    p = p / (1 + p.sum())
    by = given["scale"] * (p.sum(1) - p.sum(0)).unsqueeze(1)
    slope = torch.cat([u.real, u.imag], 1) / length - c * x / norm
    return slopes(angle_loss, given, "input"), (by * slope / norm).flatten()


def other_way(given: Arguments) -> Arguments:
    """Exchange what is compared, and so the sign of the margin."""
    positive, negative = given["positive"], given["negative"]
    if negative.ndim == 3:
        return {
            "negative": 2 * positive[:, None] - negative,
            "teacher_margin": -given["teacher_margin"],
        }
    return {
        "positive": negative,
        "negative": positive,
        "teacher_margin": -given["teacher_margin"],
    }


def one_by_one(given: Arguments) -> Pair:
    """Take each of several negatives by itself."""
    loss = margin_mse_loss(**given | {"reduction": "none"})
    if loss.ndim == 1:
        given = given | {"negative": given["negative"][:, None]}
        given |= {"teacher_margin": given["teacher_margin"][:, None]}
        return loss[:, None], margin_mse_loss(**given | {"reduction": "none"})
    return loss, torch.stack(
        [
            margin_mse_loss(
                given["query"],
                given["positive"],
                given["negative"][:, k],
                given["teacher_margin"][:, k],
                reduction="none",
            )
            for k in range(loss.shape[1])
        ],
        1,
    )


def nothing_to_compare(given: Arguments) -> Pair:
    """Make the negative 0: its score is 0."""
    query, positive = given["query"], given["positive"]
    teacher = given["teacher_margin"].reshape(len(query), -1)[:, 0]
    ours = margin_mse_loss(query, positive, 0 * positive, teacher)
    return ours, functional.mse_loss((query * positive).sum(1), teacher)


BAD = [
    ({"input": torch.zeros(4, 2).int()}, TypeError, "input must be floating"),
    ({"other": torch.zeros(4, 2).int()}, TypeError, "other must be floating"),
    ({"score": torch.zeros(4) * 1j}, TypeError, "real, got torch.complex64"),
    ({"input": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
    ({"other": torch.zeros(3, 2)}, ValueError, "and (3, 2)"),
    ({"score": torch.zeros(99)}, ValueError, "each pair, got (99,)"),
    ({"scale": 0.0}, ValueError, "scale must be above 0, got 0.0"),
]
CASES = {
    "by_hand": (cosent_loss, pairs),
    "by_hand_angle": (angle_loss, pairs),
    "by_hand_margin_mse": (margin_mse_loss, triplets),
}
PROOFS = {
    "cosent_loss": Proof(
        draw=pairs,
        oracles={
            "sentence_transformers.losses.CoSENTLoss": of_sbert("CoSENTLoss"),
            "numpy": cosent_of_numpy,
        },
        same={
            "two pairs: torch's logistic loss of their difference": two_pairs,
            "scores of 0 and 1: a sum of exponentials each": yes_or_no,
            "only the order of scores counts": unchanged(cosent_loss, ranked),
            "the order of the batch counts for nothing": unchanged(
                cosent_loss, flipped
            ),
            "length counts for nothing": unchanged(cosent_loss, longer),
            "the two texts may be exchanged": unchanged(
                cosent_loss,
                lambda given: {
                    "input": given["other"],
                    "other": given["input"],
                },
            ),
            "equal cosines: ln(1 + pairs of pairs)": all_alike(cosent_loss, -1),
            "its dtype is that of input": in_float32(cosent_loss, "input"),
            "short embeddings have a finite gradient": short(cosent_loss),
        },
        bad=BAD,
    ),
    "angle_loss": Proof(
        draw=pairs,
        oracles={
            "sentence_transformers.losses.AnglELoss": of_sbert("AnglELoss"),
            "numpy": angle_of_numpy,
        },
        same={
            "equal embeddings: ln(1 + pairs of pairs)": all_alike(
                angle_loss, 1
            ),
            "opposite embeddings: the same": all_alike(angle_loss, -1),
            "a turn by 45 degrees is a similarity of sqrt(2)": turned,
            "real and above 0: CoSENT": real,
            "its slope is that of its formula": angle_slope,
            "its dtype is that of input": in_float32(angle_loss, "input"),
            "short embeddings have a finite gradient": short(angle_loss),
            "only the order of scores counts": unchanged(angle_loss, ranked),
            "the order of the batch counts for nothing": unchanged(
                angle_loss, flipped
            ),
            "length counts for nothing": unchanged(angle_loss, longer),
        },
        bad=[
            *BAD,
            (
                {"input": torch.zeros(4, 3), "other": torch.zeros(4, 3)},
                ValueError,
                "even D, got shape (4, 3)",
            ),
        ],
    ),
    "margin_mse_loss": Proof(
        draw=triplets,
        oracles={
            "sentence_transformers.losses.MarginMSELoss": margins_of_sbert,
            "torch.nn.functional.mse_loss": margins_of_torch,
        },
        same={
            "the passages may be exchanged, and the sign": unchanged(
                margin_mse_loss, other_way
            ),
            "each of several negatives counts by itself": one_by_one,
            "a negative of 0: MSE of the score": nothing_to_compare,
            "its dtype is that of query": in_float32(margin_mse_loss, "query"),
        },
        bad=[
            ({"query": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
            ({"teacher_margin": torch.zeros(4).long()}, TypeError, "int64"),
            ({"query": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"positive": torch.zeros(3, 2)}, ValueError, "and (3, 2)"),
            ({"negative": torch.zeros(9, 9)}, ValueError, "got (9, 9)"),
            ({"teacher_margin": torch.zeros(9)}, ValueError, "got (9,)"),
        ],
    ),
}
