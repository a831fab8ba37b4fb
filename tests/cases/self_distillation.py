"""Arguments of self_distillation, and what proves it."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from self_distillation import dino_loss, koleo_loss, negative_cosine_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof


def cosine_arguments(draw: Draw) -> Arguments:
    """Draw arguments of negative_cosine_loss, now and then of many axes."""
    shape = draw.choose((draw.n, draw.c), (2, draw.n, draw.c))
    return {
        "prediction": draw.real(*shape),
        "target": draw.real(*shape),
        "reduction": draw.reduction(),
    }


def dino_arguments(draw: Draw) -> Arguments:
    """Draw arguments of dino_loss: as many views, or local crops as well."""
    global_views = draw.choose(1, 2, 2, 3)
    views = max(2, global_views + draw.choose(0, 1, 4))
    draw.scale = min(draw.scale, 20)
    return {
        "student": draw.real(views, draw.n, draw.c),
        "teacher": draw.real(global_views, draw.n, draw.c),
        "center": draw.real(draw.c),
        "student_temperature": draw.choose(0.1, 0.5, 1.0),
        "teacher_temperature": draw.choose(0.04, 0.07, 1.0),
        "reduction": draw.reduction(),
    }


def koleo_arguments(draw: Draw) -> Arguments:
    """Draw arguments of koleo_loss; no two neighbours are equally near."""
    n, d = draw.n * draw.choose(1, 8), draw.c + 2
    apart = torch.randn(n, d, dtype=torch.float64, generator=draw.g)
    return {
        "input": draw.real(n, d) + apart / 4,
        "eps": draw.choose(1e-8, 1e-3, 0.1),
        "chunk_size": draw.choose(1, 3, 256),
        "reduction": draw.reduction(),
    }


def apart(
    distance: Loss, prediction: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Take 1 from a cosine distance of theirs, where no vector is zero."""
    short = (prediction.norm(dim=-1) == 0) | (target.norm(dim=-1) == 0)
    one = torch.ones(1, dtype=torch.float64)
    p, z = (x.where(~short[..., None], one) for x in (prediction, target))
    return reduce((distance(p, z) - 1).where(~short, 0), reduction)


def cosine_of_sklearn(p: Tensor, z: Tensor) -> Tensor:
    """Call sklearn, which takes rows."""
    distance = theirs("sklearn.metrics.pairwise").paired_cosine_distances
    rows = [x.flatten(0, -2).numpy() for x in (p, z)]
    return torch.from_numpy(distance(*rows)).view(p.shape[:-1])


def cosine_of_torch(
    prediction: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call torch's cosine."""
    return reduce(
        -functional.cosine_similarity(prediction, target, dim=-1), reduction
    )


def byol(given: Arguments) -> Pair:
    """Compute equation 2 of BYOL, between unit vectors."""
    p, z = (
        functional.pad(given[k], (0, 1), value=1.0)
        for k in ("prediction", "target")
    )
    p, z = (functional.normalize(x, dim=-1) for x in (p, z))
    ours = negative_cosine_loss(p, z, reduction="none")
    return 2 + 2 * ours, (p - z).square().sum(-1)


def cosine_gradient(given: Arguments) -> Pair:
    """Differentiate by hand, of vectors that aren't zero."""
    p, z = (
        functional.pad(given[k], (0, 1), value=1.0)
        for k in ("prediction", "target")
    )
    size = p.norm(dim=-1, keepdim=True)
    z = functional.normalize(z, dim=-1)
    cosine = (p / size * z).sum(-1, keepdim=True)
    both = {"prediction": p, "target": z, "reduction": "sum"}
    slope = -(z - cosine * p / size) / size
    return slopes(negative_cosine_loss, both, "prediction"), slope.flatten()


def softmax(x: np.ndarray) -> np.ndarray:
    """Make probabilities."""
    x = np.exp(x - x.max(-1, keepdims=True))
    return x / x.sum(-1, keepdims=True)


def dino_of_numpy(
    student: Tensor,
    teacher: Tensor,
    center: Tensor,
    student_temperature: float,
    teacher_temperature: float,
    reduction: str,
) -> Tensor:
    """Go over pairs of views, as the authors' main_dino.py does."""
    s = student.numpy() / student_temperature
    q = softmax((teacher.numpy() - center.numpy()) / teacher_temperature)
    top = s.max(-1, keepdims=True)
    log_p = s - top - np.log(np.exp(s - top).sum(-1, keepdims=True))
    each = [
        -(q[g] * log_p[v]).sum(-1)
        for g in range(len(q))
        for v in range(len(s))
        if g != v
    ]
    return reduce(torch.from_numpy(np.mean(each, 0)), reduction)


def dino_of_torch(
    student: Tensor,
    teacher: Tensor,
    center: Tensor,
    student_temperature: float,
    teacher_temperature: float,
    reduction: str,
) -> Tensor:
    """Call torch's cross entropy of probabilities, pair by pair."""
    q = ((teacher - center) / teacher_temperature).softmax(-1)
    each = [
        functional.cross_entropy(s / student_temperature, q_g, reduction="none")
        for g, q_g in enumerate(q)
        for v, s in enumerate(student)
        if g != v
    ]
    return reduce(torch.stack(each).mean(0), reduction)


def dino_of_lightly(
    student: Tensor,
    teacher: Tensor,
    center: Tensor,
    student_temperature: float,
    teacher_temperature: float,
    reduction: str,
) -> Tensor:
    """Call lightly's module, which takes a mean, one sample at a time."""
    loss = theirs("lightly.loss").DINOLoss(
        student.shape[-1], student_temp=student_temperature
    )
    # Of a Python number it would make float32.
    temperature = np.float64(teacher_temperature)
    each = []
    for n in range(student.shape[1]):
        loss.center = center.view(1, 1, -1)  # each call moves it
        views = [list(x[:, n : n + 1]) for x in (teacher, student)]
        each.append(loss(*views, teacher_temp=temperature))
    return reduce(torch.stack(each), reduction)


def silent(given: Arguments) -> Pair:
    """Let the student say nothing: log(K), whatever the teacher says."""
    student = torch.zeros_like(given["student"])
    loss = dino_loss(**given | {"student": student, "reduction": "none"})
    return loss, torch.full_like(loss, math.log(student.shape[-1]))


def blind(given: Arguments) -> Pair:
    """Change of a lone global view what only it could have taught."""
    given = given | {"teacher": given["teacher"][:1]}
    student = given["student"]
    student = torch.cat([student[:1].flip(-1) - 7, student[1:]])
    return dino_loss(**given), dino_loss(**given | {"student": student})


def dino_gradient(given: Arguments) -> Pair:
    """Differentiate by hand: probabilities minus those of the teacher."""
    given = given | {"reduction": "mean"}
    s, t = given["student"], given["teacher"]
    q = ((t - given["center"]) / given["teacher_temperature"]).softmax(-1)
    p = (s / given["student_temperature"]).softmax(-1)
    taught = torch.full((len(s), 1, 1), float(len(t))).double()
    taught[: len(t)] -= 1
    wanted = q.sum(0).expand_as(s).clone()
    wanted[: len(t)] -= q
    pairs = len(t) * (len(s) - 1) * s.shape[1]
    slope = (taught * p - wanted) / given["student_temperature"] / pairs
    return slopes(dino_loss, given, "student"), slope.flatten()


def units(x: Tensor) -> np.ndarray:
    """Divide by the norm, unless that is 0."""
    size = np.linalg.norm(x.numpy(), axis=1, keepdims=True)
    return x.numpy() / np.where(size > 0, size, 1)


def koleo_of(nearest: Callable[[np.ndarray], np.ndarray]) -> Loss:
    """Take how far the nearest of unit vectors is from another's code."""

    def loss(
        input: Tensor, eps: float, chunk_size: int, reduction: str
    ) -> Tensor:
        del chunk_size
        if len(input) == 1:
            return reduce(torch.zeros(1, dtype=torch.float64), reduction)
        distance = torch.from_numpy(nearest(units(input)))
        return reduce(-(distance + eps).log(), reduction)

    return loss


def by_tree(x: np.ndarray) -> np.ndarray:
    """Ask a tree for the second nearest, the nearest being oneself."""
    return theirs("scipy.spatial").cKDTree(x).query(x, k=2)[0][:, 1]


def by_products(x: np.ndarray) -> np.ndarray:
    """Take the greatest product, as DINOv2's koleo_loss.py does."""
    dots = x @ x.T
    np.fill_diagonal(dots, -2)
    return np.linalg.norm(x - x[dots.argmax(1)], axis=1)


def koleo_of_lightly(
    input: Tensor, eps: float, chunk_size: int, reduction: str
) -> Tensor:
    """Call lightly's module: a mean, and `eps` in the difference as well."""
    del chunk_size
    loss = theirs("lightly.loss").KoLeoLoss(eps=eps)
    loss.pairwise_distance.eps = 0.0
    x, n = torch.from_numpy(units(input)), range(len(input))
    if len(n) == 1:  # to lightly its own neighbour
        return reduce(x.new_zeros(1), reduction)
    if reduction == "mean":
        return loss(x)
    # Of all pairs of a sample, that of the nearest costs most.
    pairs = [[loss(x[[i, j]]) for j in n if j != i] for i in n]
    return reduce(torch.tensor(pairs, dtype=x.dtype).amax(1), reduction)


def opposite(given: Arguments) -> Pair:
    """Put two points as far apart as can be."""
    x = functional.pad(given["input"][:1], (0, 1), value=1.0)
    x = torch.cat([x, -3 * x])
    loss = koleo_loss(x, eps=given["eps"])
    return loss, torch.full_like(loss, -math.log(2 + given["eps"]))


def identical(given: Arguments) -> Pair:
    """Give one point twice: -log(eps), and no gradient."""
    x = torch.cat([given["input"], given["input"]])
    again = given | {"input": x, "reduction": "mean"}
    loss = koleo_loss(**again)
    slope = slopes(koleo_loss, again, "input").abs().amax()
    both = torch.stack([loss, slope])
    return both, both.new_tensor([-math.log(given["eps"]), 0.0])


def koleo_gradient(given: Arguments) -> Pair:
    """Differentiate by hand: from the nearest, along the sphere."""
    x, eps = given["input"], given["eps"]
    given = given | {"reduction": "sum"}
    if len(x) == 1:
        return slopes(koleo_loss, given, "input"), torch.zeros_like(x[0])
    size = x.norm(dim=1, keepdim=True)
    unit = x / size
    apart = torch.cdist(unit, unit).fill_diagonal_(torch.inf)
    distance, nearest = apart.min(1, keepdim=True)
    push = (unit - unit[nearest[:, 0]]) / distance / (distance + eps)
    total = torch.zeros_like(x).index_add(0, nearest[:, 0], push) - push
    slope = (total - (total * unit).sum(1, keepdim=True) * unit) / size
    return slopes(koleo_loss, given, "input"), slope.flatten()


def other_order(given: Arguments) -> Arguments:
    """Turn the batch round."""
    return {"input": given["input"].flip(0), "reduction": "mean"}


DINO = {"student": torch.zeros(3, 4, 5), "teacher": torch.zeros(2, 4, 5)}
PROOFS = {
    "negative_cosine_loss": Proof(
        draw=cosine_arguments,
        oracles={
            "optax.losses.cosine_distance": partial(
                apart, partial(optax, "cosine_distance")
            ),
            "sklearn.metrics.pairwise.paired_cosine_distances": partial(
                apart, cosine_of_sklearn
            ),
            "torch.nn.functional.cosine_similarity": cosine_of_torch,
        },
        same={
            "BYOL's loss is 2 + 2 times this": byol,
            "length counts for nothing": unchanged(
                negative_cosine_loss,
                lambda given: {
                    "prediction": 3 * given["prediction"],
                    "target": given["target"] / 7,
                },
            ),
            "the other way round is the other sign": lambda given: (
                negative_cosine_loss(**given | {"target": -given["target"]}),
                -negative_cosine_loss(**given),
            ),
            "its gradient is that of the formula": cosine_gradient,
        },
        bad=[
            ({"prediction": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"target": torch.zeros(4, 5).bool()}, TypeError, "torch.bool"),
            ({"target": torch.zeros(3)}, ValueError, "(..., D)"),
            (
                {"prediction": torch.tensor(1.0), "target": torch.tensor(1.0)},
                ValueError,
                "got () and ()",
            ),
        ],
    ),
    "dino_loss": Proof(
        draw=dino_arguments,
        oracles={
            "lightly.loss.DINOLoss": dino_of_lightly,
            "numpy": dino_of_numpy,
            "torch.nn.functional.cross_entropy": dino_of_torch,
        },
        same={
            "a student that says nothing costs log(K)": silent,
            "a view isn't taught by itself": blind,
            "what is added to teacher and center counts for nothing": unchanged(
                dino_loss,
                lambda given: {
                    "teacher": given["teacher"] + 3,
                    "center": given["center"] + 3,
                },
            ),
            "a constant added to logits changes nothing": unchanged(
                dino_loss,
                lambda given: {
                    "student": given["student"] - 2,
                    "teacher": given["teacher"] + 5,
                },
            ),
            "its gradient is that of the formula": dino_gradient,
        },
        bad=[
            ({"student": torch.zeros(2, 4, 5).int()}, TypeError, "int32"),
            ({"center": torch.zeros(5).long()}, TypeError, "int64"),
            ({"student": torch.zeros(8, 5)}, ValueError, "(V, N, K)"),
            (
                {k: torch.zeros(1, 4, 5) for k in DINO},
                ValueError,
                "at least 2",
            ),
            (
                {"student": DINO["teacher"], "teacher": DINO["student"]},
                ValueError,
                "G from 1 to V",
            ),
            (DINO | {"center": torch.zeros(1, 5)}, ValueError, "(K,), (5,)"),
            ({"student_temperature": 0.0}, ValueError, "above 0, got 0.0"),
            ({"teacher_temperature": -1.0}, ValueError, "above 0, got -1.0"),
        ],
    ),
    "koleo_loss": Proof(
        draw=koleo_arguments,
        oracles={
            "scipy.spatial.cKDTree": koleo_of(by_tree),
            "numpy": koleo_of(by_products),
            "lightly.loss.KoLeoLoss": koleo_of_lightly,
        },
        same={
            "two opposite points cost -log(2 + eps)": opposite,
            "the same point twice costs -log(eps), without gradient": identical,
            "the size of a chunk changes nothing": unchanged(
                koleo_loss, lambda _: {"chunk_size": 2}
            ),
            "length counts for nothing": unchanged(
                koleo_loss, lambda given: {"input": 8 * given["input"]}
            ),
            "the order of the batch counts for nothing": lambda given: (
                koleo_loss(**given | {"reduction": "mean"}),
                koleo_loss(**given | other_order(given)),
            ),
            "its gradient is that of the formula": koleo_gradient,
        },
        bad=[
            ({"input": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"input": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
            ({"chunk_size": 0}, ValueError, "at least 1, got 0"),
        ],
    ),
}
CASES = {
    "by_hand": (negative_cosine_loss, cosine_arguments),
    "by_hand_dino": (dino_loss, dino_arguments),
    "by_hand_koleo": (koleo_loss, koleo_arguments),
}
