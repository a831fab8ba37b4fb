"""Arguments of probabilistic, and what proves it."""

import math

import mpmath
import scipy
import torch
from probabilistic import (
    _log_norm,
    _LogNorm,
    beta_nll_loss,
    gaussian_crps,
    gaussian_mixture_nll,
    student_t_nll,
)
from torch import Tensor, distributions
from torch.nn import functional

from tests.cases._common import call_known, reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof, Same


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


def student_arguments(draw: Draw) -> Arguments:
    """Draw arguments of student_t_nll; df may be one number for all."""
    given = crps_arguments(draw)
    shape = draw.choose((1,), (draw.c,), (draw.n, draw.c))
    return {
        "df": draw.weight(*shape) * draw.choose(1.0, 1.0, 10.0, 1e3),
        "loc": given["mean"],
        "scale": given["std"],
        "target": given["target"],
        "eps": draw.choose(1e-6, 1e-3),
        "reduction": given["reduction"],
    }


def few(draw: Draw) -> Arguments:
    """Draw a df of which log-gammas are small, so that they keep digits."""
    given = student_arguments(draw)
    return given | {"df": given["df"].clamp_max(30)}


def mixture_arguments(draw: Draw) -> Arguments:
    """Draw arguments of gaussian_mixture_nll, of numbers or of vectors."""
    end = draw.choose((), (1,), (3,))
    mean = draw.real(draw.n, draw.c, *end)
    hit = draw.choose(0.0, 1.0)  # now and then the target is a mean
    one = end and draw.choose(True, False)
    shape = (*mean.shape[:-1], 1) if one else mean.shape
    return {
        "logits": draw.real(draw.n, draw.c),
        "mean": mean,
        "std": draw.weight(*shape) * draw.choose(1.0, 0.1, 10.0),
        "target": mean[:, 0] + hit * draw.real(draw.n, *end),
        "eps": draw.choose(1e-6, 1e-3),
        "reduction": draw.reduction(),
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


def student_of_torch(
    reduction: str, eps: float, target: Tensor, **given: Tensor
) -> Tensor:
    """Call torch's distribution."""
    return reduce(-distributions.StudentT(**given).log_prob(target), reduction)


def student_of_scipy(
    df: Tensor,
    loc: Tensor,
    scale: Tensor,
    target: Tensor,
    eps: float,
    reduction: str,
) -> Tensor:
    """Call scipy's distribution."""
    given = [x.numpy() for x in (target, df, loc, scale)]
    return reduce(torch.as_tensor(-scipy.stats.t.logpdf(*given)), reduction)


def density(df: float, z: float) -> float:
    """Compute the logarithm of the density to 60 digits, less its sign."""
    with mpmath.workdps(60):
        nu, z = mpmath.mpf(df), mpmath.mpf(z)
        norm = mpmath.loggamma(nu / 2) - mpmath.loggamma((nu + 1) / 2)
        norm = norm + mpmath.log(nu * mpmath.pi) / 2
        return float(norm + (nu + 1) / 2 * mpmath.log1p(z * z / nu))


FREEDOM = (1e-4, 0.1, 1.0, 2.5, 30.0, 1e4, 1e8, 1e14)
AWAY = (0.0, 1e-6, 1.0, 40.0, 1e4, 1e9)


def extremes(_: Arguments) -> Pair:
    """Go to the ends of both, where lgamma would lose the digits."""
    df, z = torch.meshgrid(
        torch.tensor(FREEDOM).double(),
        torch.tensor(AWAY).double(),
        indexing="ij",
    )
    one = torch.ones_like(z)
    ours = student_t_nll(df, 0 * z, one, z, reduction="none")
    pairs = zip(df.flatten().tolist(), z.flatten().tolist(), strict=True)
    wanted = [density(*pair) for pair in pairs]
    wanted = torch.tensor(wanted, dtype=torch.float64)
    return (ours / wanted.view_as(z)), one


def student_in_float32(_: Arguments) -> Pair:
    """Let df grow in float32: the digits stay those of float32."""
    df = torch.tensor([0.5, 3.0, 1e2, 1e4, 1e6, 1e8, 1e12, torch.inf])
    df, z = torch.meshgrid(df, torch.tensor([0.0, 0.5, 3.0]), indexing="ij")
    one = torch.ones_like(z)
    loss = student_t_nll(df, 0 * z, one, z, reduction="none")
    true = [
        density(min(nu, 1e30), away)
        for nu, away in zip(
            *(x.flatten().tolist() for x in (df, z)), strict=True
        )
    ]
    off = loss.double() - loss.double().new_tensor(true).view_as(z)
    return (off.abs() < 1e-6).double(), one.double()


def far_out(loss: object, names: tuple[str, ...]) -> Same:
    """Go as far as float32 does: loss and gradients stay numbers."""

    def same(_: Arguments) -> Pair:
        y = torch.tensor([1e18, 2e19, -1e30, 3e38])
        given = {"df": 0 * y[:, None] + 3, "logits": torch.zeros(4, 1)}
        given |= dict.fromkeys(("loc", "mean"), 0 * y[:, None])
        given |= dict.fromkeys(("scale", "std"), 0 * y[:, None] + 1)
        given = {k: given[k].clone().requires_grad_() for k in names}
        y = y[:, None] if "df" in names else y
        total = loss(*given.values(), y, reduction="sum")
        found = torch.autograd.grad(total, list(given.values()))
        found = torch.cat([total.view(1), *(x.flatten() for x in found)])
        return found.isfinite().double(), torch.ones(len(found)).double()

    return same


def like(distribution: object, df: float) -> Same:
    """Compare with the distribution that one df gives."""

    def same(given: Arguments) -> Pair:
        loc, scale = given["loc"], given["scale"]
        nll = -distribution(loc, scale).log_prob(given["target"])
        one = torch.tensor(df, dtype=loc.dtype)
        ours = student_t_nll(**given | {"df": one})
        return ours, reduce(nll, given["reduction"])

    return same


def student_slopes(given: Arguments) -> Pair:
    """Write the slopes for df, loc and scale."""
    loc, scale = given["loc"], given["scale"]
    nu = given["df"].expand_as(loc)
    given = given | {"df": nu, "reduction": "sum"}
    z = (given["target"] - loc) / scale
    pull = (nu + 1) * z / (nu + z * z)
    heavy = torch.digamma(nu / 2) - torch.digamma((nu + 1) / 2) + 1 / nu
    heavy = heavy + (z * z / nu).log1p() - z * pull / nu
    wanted = [heavy / 2, -pull / scale, (1 - z * pull) / scale]
    ours = slopes(student_t_nll, given, "df", "loc", "scale")
    return ours, torch.cat(wanted).flatten()


def fused(given: Arguments) -> Pair:
    """Differentiate what the compiler sees of df, and forward."""
    h = given["df"].clone().requires_grad_()
    (backward,) = torch.autograd.grad(_log_norm(h).sum(), h)
    (ours,) = torch.autograd.grad(_LogNorm.apply(h).sum(), h)
    _, forward = torch.func.jvp(
        _LogNorm.apply, (h.detach(),), (torch.ones_like(h),)
    )
    return torch.stack([backward, forward]), torch.stack([ours, ours])


def floored(loss: object, name: str) -> Same:
    """Go below eps: it counts as eps, and the gradient is that at eps."""

    def same(given: Arguments) -> Pair:
        given = given | {"eps": 0.3, "reduction": "sum"}
        there = given | {name: 0 * given[name] + 0.3}
        below = given | {name: 0.02 * given[name] / 30}
        return tuple(
            torch.cat([loss(**x).view(1), slopes(loss, x, name)])
            for x in (below, there)
        )

    return same


def never_seen(_: Arguments) -> Pair:
    """Give a negative df under vmap, which shows no values to refuse."""
    df = torch.tensor([-1.0, 3.0]).double()
    zero, one = torch.zeros(2).double(), torch.ones(2).double()
    found = torch.func.vmap(student_t_nll)(df, zero, one, one)
    return found.isnan().double(), torch.tensor([1.0, 0.0]).double()


def mixture_of_torch(
    logits: Tensor,
    mean: Tensor,
    std: Tensor,
    target: Tensor,
    eps: float,
    reduction: str,
) -> Tensor:
    """Call torch's distribution."""
    normal = distributions.Normal(mean, std)
    vectors = mean.ndim - logits.ndim
    mixture = distributions.MixtureSameFamily(
        distributions.Categorical(logits=logits),
        distributions.Independent(normal, vectors),
    )
    return reduce(-mixture.log_prob(target), reduction)


def mixture_slopes(given: Arguments) -> Pair:
    """Write the slopes with the posterior: equations 5.155, 5.156.

    They are those of Bishop, Pattern Recognition and Machine Learning, 2006.
    """
    given = given | {"reduction": "sum"}
    logits, mean, std = (given[k] for k in ("logits", "mean", "std"))
    vectors = mean.ndim > logits.ndim
    y = given["target"].unsqueeze(-2 if vectors else -1)
    z = (y - mean) / std
    log_density = distributions.Normal(mean, std).log_prob(y)
    log_density = log_density.sum(-1) if vectors else log_density
    posterior = (logits.log_softmax(-1) + log_density).softmax(-1)
    weight = posterior.unsqueeze(-1) if vectors else posterior
    by_std = (weight * (1 - z * z) / std).sum_to_size(std.shape)
    wanted = [logits.softmax(-1) - posterior, -weight * z / std, by_std]
    ours = slopes(gaussian_mixture_nll, given, "logits", "mean", "std")
    return ours, torch.cat([x.flatten() for x in wanted])


def one_component(given: Arguments) -> Pair:
    """Leave one component: torch's loss, its constant included."""
    first = {k: given[k][:, :1] for k in ("logits", "mean", "std")}
    given = given | first
    mean, y = given["mean"].squeeze(1), given["target"]
    var = given["std"].squeeze(1).expand_as(mean) ** 2
    nll = functional.gaussian_nll_loss(
        mean, y, var, full=True, eps=1e-12, reduction="none"
    )
    nll = nll.sum(-1) if nll.ndim > 1 else nll
    return gaussian_mixture_nll(**given), reduce(nll, given["reduction"])


def left_out(given: Arguments) -> Pair:
    """Give a component a logit of minus infinity: it is not there."""
    given = given | {"reduction": "sum"}
    out = torch.arange(given["logits"].shape[1]) == 0
    without = {k: given[k][:, 1:] for k in ("logits", "mean", "std")}
    given = given | {"logits": given["logits"].where(~out, -torch.inf)}
    found = []
    for x in (given, given | without):
        slope = slopes(gaussian_mixture_nll, x, "logits")
        slope = slope.view(x["logits"].shape)[:, -1]
        found.append(torch.cat([gaussian_mixture_nll(**x).view(1), slope]))
    return tuple(found)


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
    "by_hand_student": (student_t_nll, few),
    "by_hand_mixture": (gaussian_mixture_nll, mixture_arguments),
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
    "student_t_nll": Proof(
        draw=student_arguments,
        oracles={
            "torch.distributions.StudentT": student_of_torch,
            "scipy.stats.t": student_of_scipy,
        },
        same={
            "at extremes it is mpmath's, to 60 digits": extremes,
            "in float32 it keeps its digits as df grows": student_in_float32,
            "a df of infinity is the normal distribution": like(
                distributions.Normal, math.inf
            ),
            "a df of 1 is the Cauchy distribution": like(
                distributions.Cauchy, 1.0
            ),
            "far out it stays finite": far_out(
                student_t_nll, ("df", "loc", "scale")
            ),
            "its slopes are those of its formula": student_slopes,
            "compiled and forward the slope is the same": fused,
            "below eps counts as eps, with its gradient": floored(
                student_t_nll, "scale"
            ),
            "one df for all is that df everywhere": unchanged(
                student_t_nll,
                lambda given: {"df": given["df"].expand_as(given["loc"])},
            ),
            "in another unit it is its logarithm more": lambda given: (
                student_t_nll(**given | {"reduction": "mean"}) + math.log(3),
                student_t_nll(
                    **given
                    | {"reduction": "mean", "scale": 3 * given["scale"]}
                    | {k: -3 * given[k] for k in ("loc", "target")}
                ),
            ),
            "under vmap what is refused is nan": never_seen,
        },
        bad=[
            ({"df": torch.ones(4, 5).int()}, TypeError, "int32"),
            ({"loc": torch.zeros(4, 5).long()}, TypeError, "int64"),
            ({"target": torch.zeros(4, 5).long()}, TypeError, "int64"),
            ({"df": 4.0}, TypeError, "df must be a tensor, got float"),
            ({"df": torch.ones(4)}, ValueError, "(4, 5), or broadcast"),
            ({"df": torch.ones(1, 4, 5)}, ValueError, "got (1, 4, 5)"),
            ({"df": torch.zeros(5)}, ValueError, "above 0, such as 2 +"),
            ({"scale": torch.ones(4, 1)}, ValueError, "(4, 5), got (4, 1)"),
            ({"scale": -torch.ones(4, 5)}, ValueError, "at least 0, such as"),
            ({"target": torch.ones(4)}, ValueError, "(4, 5), got (4,)"),
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
    "gaussian_mixture_nll": Proof(
        draw=mixture_arguments,
        oracles={"torch.distributions.MixtureSameFamily": mixture_of_torch},
        same={
            "one component is gaussian_nll_loss": one_component,
            "far out it stays finite": far_out(
                gaussian_mixture_nll, ("logits", "mean", "std")
            ),
            "its slopes are those of its formula": mixture_slopes,
            "a logit of minus infinity leaves a component out": left_out,
            "the order of the components counts for nothing": unchanged(
                gaussian_mixture_nll,
                lambda given: {
                    k: given[k].flip(1) for k in ("logits", "mean", "std")
                },
            ),
            "a constant beside all logits counts for nothing": unchanged(
                gaussian_mixture_nll,
                lambda given: {"logits": given["logits"] + 3},
            ),
            "equal components are one": unchanged(
                gaussian_mixture_nll,
                lambda given: {
                    k: torch.cat([given[k], given[k]], 1)
                    for k in ("logits", "mean", "std")
                },
            ),
            "below eps counts as eps, with its gradient": floored(
                gaussian_mixture_nll, "std"
            ),
            "one deviation for all directions is that everywhere": unchanged(
                gaussian_mixture_nll,
                lambda given: {"std": given["std"].expand_as(given["mean"])},
            ),
        },
        bad=[
            ({"logits": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"mean": torch.zeros(4, 5).long()}, TypeError, "int64"),
            ({"target": torch.zeros(4).long()}, TypeError, "int64"),
            (
                {"logits": torch.tensor(0.0)},
                ValueError,
                "(*, K) with K above 0, got ()",
            ),
            ({"mean": torch.zeros(4, 3)}, ValueError, "more, got (4, 3)"),
            ({"mean": torch.zeros(5)}, ValueError, "more, got (5,)"),
            (
                {"mean": torch.zeros(4, 5, 2, 2)},
                ValueError,
                "more, got (4, 5, 2, 2)",
            ),
            ({"std": torch.ones(4, 3)}, ValueError, "or broadcast to it, got"),
            ({"std": torch.tensor(-1.0)}, ValueError, "at least 0, such"),
            ({"target": torch.ones(4, 7)}, ValueError, "that of mean without"),
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
}
