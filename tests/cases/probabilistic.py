"""Arguments of probabilistic, and what proves it."""

import mpmath
import torch
from probabilistic import beta_nll_loss, gaussian_crps
from torch import Tensor
from torch.nn import functional

from tests.cases._common import call_known, reduce, slopes
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def crps_arguments(draw: Draw) -> Arguments:
    """Draw arguments of gaussian_crps, now and then an exact hit."""
    mean = draw.real(draw.n, draw.c)
    target = draw.choose(draw.real(draw.n, draw.c), mean)
    return {
        "mean": mean,
        "std": draw.weight(draw.n, draw.c) * draw.choose(1.0, 0.1, 10.0),
        "target": target,
        "reduction": draw.reduction(),
    }


def beta_nll_arguments(draw: Draw) -> Arguments:
    """Draw arguments of beta_nll_loss, now and then below eps."""
    given = crps_arguments(draw)
    var = 0.6 + given["std"]
    if draw.scale < 50:  # else its gradient is beyond float16's range
        var = given["std"] * draw.choose(1.0, 0.1)
    return {
        "mean": given["mean"],
        "var": var,
        "target": given["target"],
        "beta": draw.choose(0.0, 0.3, 0.5, 1.0),
        "eps": draw.choose(1e-6, 0.2, 2.0),
        "reduction": given["reduction"],
    }


def of_scoringrules(
    reduction: str, backend: str = "torch", **given: Tensor
) -> Tensor:
    """Call scoringrules'."""
    score = theirs("scoringrules").crps_normal
    given = [given[name] for name in ("target", "mean", "std")]
    if backend == "numpy":
        given = [x.numpy() for x in given]
    return reduce(torch.as_tensor(score(*given, backend=backend)), reduction)


def of_mpmath(
    mean: Tensor,
    var: Tensor,
    target: Tensor,
    beta: float,
    eps: float,
    reduction: str,
) -> Tensor:
    """Compute the paper's definition to 50 digits."""
    with mpmath.workdps(50):
        each = []
        flat = (x.flatten().tolist() for x in (mean, var, target))
        for m, v, y in zip(*flat, strict=True):
            v = max(mpmath.mpf(v), mpmath.mpf(eps))
            normal = mpmath.npdf(0, 0, mpmath.sqrt(v))
            exponent = (mpmath.mpf(y) - m) ** 2 / (2 * v)
            # torch leaves the constant out, and so does the paper.
            constant = mpmath.log(2 * mpmath.pi) / 2
            nll = exponent - mpmath.log(normal) - constant
            each.append(float(v**beta * nll))
    loss = torch.tensor(each, dtype=mean.dtype).reshape(mean.shape)
    return reduce(loss, reduction)


def integral(given: Arguments) -> Pair:
    """Integrate the definition numerically, for one number."""
    m, s, y = (given[k].flatten()[0] for k in ("mean", "std", "target"))
    z = (y - m) / s
    # From the truth to 40 deviations beyond it and beyond the mean.
    ends = torch.stack([z.clamp_max(0) - 40, z, z.clamp_min(0) + 40])
    total = torch.zeros_like(z)
    for i, truth in ((0, 0.0), (1, 1.0)):
        x = torch.linspace(0, 1, 200001, dtype=m.dtype)
        x = ends[i] + (ends[i + 1] - ends[i]) * x
        f = (torch.special.ndtr(x) - truth) ** 2
        total = total + torch.trapezoid(f, x)
    ours = gaussian_crps(m[None], s[None], y[None]) / s
    # A trapezoid of this step is good to 7 digits.
    return (ours / total).round(decimals=6), torch.ones_like(total)


def scaled(given: Arguments) -> Pair:
    """Take another unit of measurement."""
    scale = {k: -3 * given[k] for k in ("mean", "target")}
    return (
        3 * gaussian_crps(**given),
        gaussian_crps(**given | scale | {"std": 3 * given["std"]}),
    )


def nll(**given: object) -> Tensor:
    """Call torch's, which beta=0 is."""
    return call_known(functional.gaussian_nll_loss, given, input=given["mean"])


def weighted(given: Arguments) -> Pair:
    """Weigh the gradients of torch's loss by hand."""
    given = given | {"reduction": "sum"}
    weight = given["var"].clamp_min(given["eps"]) ** given["beta"]
    return (
        slopes(beta_nll_loss, given, *LEARNED),
        slopes(nll, given, *LEARNED) * torch.cat([weight, weight]).flatten(),
    )


def squared(given: Arguments) -> Pair:
    """Differentiate half the squared error, which beta=1 gives the mean."""
    given = given | {"beta": 1.0, "reduction": "mean"}
    return (
        slopes(beta_nll_loss, given, "mean"),
        (given["mean"] - given["target"]) / given["mean"].numel(),
    )


LEARNED = ("mean", "var")
CASES = {
    "by_hand": (gaussian_crps, crps_arguments),
    "by_hand_beta_nll": (beta_nll_loss, beta_nll_arguments),
}
PROOFS = {
    "gaussian_crps": Proof(
        draw=crps_arguments,
        oracles={"scoringrules.crps_normal": of_scoringrules},
        tolerance=1e-6,  # with torch its constants are float32
        same={
            "it is scoringrules' with NumPy, in float64": lambda given: (
                gaussian_crps(**given),
                of_scoringrules(**given, backend="numpy"),
            ),
            "it is the integral of the definition": integral,
            "in another unit it is another number": scaled,
            "without spread it is the absolute error": lambda given: (
                gaussian_crps(
                    given["mean"], 1e-12 * given["std"], given["target"]
                ),
                functional.l1_loss(given["mean"], given["target"]),
            ),
        },
        bad=[
            ({"mean": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"std": torch.ones(4, 5).long()}, TypeError, "int64"),
            ({"target": torch.zeros(4, 5).long()}, TypeError, "int64"),
            ({"std": torch.ones(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
            ({"target": torch.ones(4)}, ValueError, "(4, 5), got (4,)"),
        ],
    ),
    "beta_nll_loss": Proof(
        draw=beta_nll_arguments,
        oracles={"mpmath": of_mpmath},
        same={
            "beta=0 is gaussian_nll_loss": lambda given: (
                beta_nll_loss(**given | {"beta": 0.0}),
                nll(**given),
            ),
            "beta=0 has the gradients of gaussian_nll_loss": lambda given: (
                slopes(beta_nll_loss, given | {"beta": 0.0}, *LEARNED),
                slopes(nll, given, *LEARNED),
            ),
            "beta weighs those gradients and adds none": weighted,
            "beta=1 gives the mean the gradient of half the MSE": squared,
        },
        bad=[
            ({"mean": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"var": torch.ones(4, 5).long()}, TypeError, "int64"),
            ({"var": torch.ones(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
            ({"target": torch.ones(4)}, ValueError, "(4, 5), got (4,)"),
            ({"beta": 1.5}, ValueError, "from 0 to 1, got 1.5"),
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
        ],
        gradcheck="its weight var**beta has no gradient, as in the paper",
    ),
}
