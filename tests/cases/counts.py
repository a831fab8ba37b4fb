"""Arguments of counts, and what proves it."""

import mpmath
import torch
from counts import (
    negative_binomial_nll,
    tweedie_loss,
    zero_inflated_poisson_nll,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import reduce, slopes, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof

# Others lose their digits, or their range, where numbers are extreme: those
# are compared with mpmath below.
MODEST = 3


def real(draw: Draw, *shape: int) -> Tensor:
    """Draw modest real numbers, or one of no dimension."""
    return draw.real(*(shape or [1])).clamp(-MODEST, MODEST).view(shape)


def whole(draw: Draw) -> Tensor:
    """Draw counts, zeros among them."""
    return ((3 * draw.unit(draw.n, draw.c)).exp() - 1).floor()


def shape(draw: Draw) -> tuple[int, ...]:
    """Choose a shape that broadcasts: one number for all, for a column."""
    return draw.choose((), (draw.c,), (draw.n, draw.c))


def negative_binomial_arguments(draw: Draw) -> Arguments:
    """Draw arguments of negative_binomial_nll."""
    return {
        "log_mean": real(draw, draw.n, draw.c),
        "log_dispersion": real(draw, *shape(draw)),
        "target": whole(draw),
        "reduction": draw.reduction(),
    }


def small(draw: Draw) -> Arguments:
    """Draw sizes of which lgamma is small, so that it keeps its digits."""
    given = negative_binomial_arguments(draw)
    return given | {"log_dispersion": given["log_dispersion"].abs()}


def tweedie_arguments(draw: Draw) -> Arguments:
    """Draw arguments of tweedie_loss, zeros too: power=2 takes none."""
    some = draw.binary(draw.n, draw.c)
    return {
        "log_mean": real(draw, draw.n, draw.c),
        "target": draw.weight(draw.n, draw.c) * some,
        "power": draw.choose(1.0, 1.1, 1.5, 1.9),
        "reduction": draw.reduction(),
    }


def zero_inflated_arguments(draw: Draw) -> Arguments:
    """Draw arguments of zero_inflated_poisson_nll."""
    return {
        "log_rate": real(draw, draw.n, draw.c),
        "zero_logit": 4 * real(draw, *shape(draw)),
        "target": whole(draw),
        "reduction": draw.reduction(),
    }


def of_scipy(
    log_mean: Tensor, log_dispersion: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call scipy's, of a size and a probability."""
    size = (-log_dispersion).exp().numpy()
    found = theirs("scipy.stats").nbinom.logpmf(
        target.numpy(), size, size / (size + log_mean.exp().numpy())
    )
    return reduce(torch.as_tensor(-found), reduction)


def of_scoringrules(given: Arguments) -> Pair:
    """Call scoringrules', which is infinite where a size is below 1."""
    given = given | {"log_dispersion": -given["log_dispersion"].abs()}
    found = theirs("scoringrules").logs_negbinom(
        given["target"].numpy(),
        (-given["log_dispersion"]).exp().numpy(),
        mu=given["log_mean"].exp().numpy(),
        backend="numpy",
    )
    found = reduce(torch.as_tensor(found), given["reduction"])
    return negative_binomial_nll(**given), found


def of_distributions(
    log_mean: Tensor, log_dispersion: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call torch's, whose logit is that of a success, as it calls it."""
    found = torch.distributions.NegativeBinomial(
        (-log_dispersion).exp(), logits=log_mean + log_dispersion
    ).log_prob(target)
    return reduce(-found, reduction)


def numbers(of: Loss, *given: Tensor) -> Tensor:
    """Compute a loss in mpmath, number by number."""
    given = torch.broadcast_tensors(*given)
    with mpmath.workdps(60):
        rows = zip(*(x.flatten().tolist() for x in given), strict=True)
        each = [float(of(*map(mpmath.mpf, row))) for row in rows]
    return torch.tensor(each, dtype=torch.float64).view(given[0].shape)


def negative_binomial(m: mpmath.mpf, a: mpmath.mpf, y: mpmath.mpf) -> object:
    """Write the paper's equation with as many digits as it takes."""
    size, mean = mpmath.exp(-a), mpmath.exp(m)
    loss = mpmath.loggamma(y + 1) + mpmath.loggamma(size)
    loss -= mpmath.loggamma(y + size)
    loss += size * mpmath.log1p(mean / size)
    return loss + y * mpmath.log1p(size / mean)


def zero_inflated(m: mpmath.mpf, z: mpmath.mpf, y: mpmath.mpf) -> object:
    """Write the paper's equations."""
    rate, other = mpmath.exp(m), 1 / (1 + mpmath.exp(z))
    if not y:
        return -mpmath.log(1 - other + other * mpmath.exp(-rate))
    return rate - y * m + mpmath.loggamma(y + 1) - mpmath.log(other)


def tweedie(m: mpmath.mpf, y: mpmath.mpf, p: mpmath.mpf) -> object:
    """Integrate what defines a deviance: (t - y) / t**p up to the mean."""
    if p == 2:
        return m - mpmath.log(y) + y * mpmath.exp(-m) - 1
    if p == 1:
        return mpmath.exp(m) - y + (y * (mpmath.log(y) - m) if y else 0)
    loss = mpmath.power(y, 2 - p) / ((1 - p) * (2 - p))
    loss -= y * mpmath.exp((1 - p) * m) / (1 - p)
    return loss + mpmath.exp((2 - p) * m) / (2 - p)


def of_mpmath(
    log_mean: Tensor, log_dispersion: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Compute the paper's equation to 60 digits."""
    found = numbers(negative_binomial, log_mean, log_dispersion, target)
    return reduce(found, reduction)


def zero_inflated_of_mpmath(
    log_rate: Tensor, zero_logit: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Compute the paper's equations to 60 digits."""
    found = numbers(zero_inflated, log_rate, zero_logit, target)
    return reduce(found, reduction)


def zero_inflated_of_distributions(
    log_rate: Tensor, zero_logit: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Mix a rate of 0 with the other, as torch's distributions do."""
    rate, logit = torch.broadcast_tensors(log_rate.exp(), zero_logit)
    some = torch.distributions
    mixture = some.MixtureSameFamily(
        some.Categorical(logits=torch.stack([logit, 0 * logit], -1)),
        some.Poisson(torch.stack([0 * rate, rate], -1)),
    )
    return reduce(-mixture.log_prob(target), reduction)


def of_sklearn(
    log_mean: Tensor, target: Tensor, power: float, reduction: str
) -> Tensor:
    """Call sklearn's a number at a time: twice ours."""
    deviance = theirs("sklearn.metrics").mean_tweedie_deviance
    pairs = zip(
        target.flatten().tolist(),
        log_mean.exp().flatten().tolist(),
        strict=True,
    )
    loss = [deviance([y], [mean], power=power) / 2 for y, mean in pairs]
    loss = torch.tensor(loss, dtype=torch.float64).view(target.shape)
    return reduce(loss, reduction)


def gamma(given: Arguments) -> Pair:
    """Take the power 2, which wants targets above 0."""
    given = given | {"power": 2, "target": given["target"] + 0.1}
    return tweedie_loss(**given), of_sklearn(**given)


def poisson(log_rate: Tensor, target: Tensor) -> Tensor:
    """Take torch's Poisson loss, with its constant."""
    loss = functional.poisson_nll_loss(log_rate, target, reduction="none")
    return loss + (target + 1).lgamma()


def extremes(given: Arguments) -> tuple[Tensor, Tensor, Tensor]:
    """Take means, counts near them up to millions, and any dispersion."""
    y = torch.tensor([1.0, 7, 8, 1e3, 1e6, 1e8]).double()
    m = y.log() + given["log_mean"].flatten()[0] / 1e3
    a = torch.tensor([-100.0, -39, -20, -8, -2, 0, 5, 39]).double()
    return m, a.unsqueeze(-1), y


def all_digits(given: Arguments) -> Pair:
    """Compare with mpmath where differences of lgamma lose their digits."""
    m, a, y = extremes(given)
    ours = negative_binomial_nll(
        m.expand(8, 6), a, y.expand(8, 6), reduction="none"
    )
    return ours, numbers(negative_binomial, m, a.clamp(-40, 40), y)


def single(given: Arguments) -> Pair:
    """Compute where the mean is the count in float32 too."""
    m, a, y = (x.float() for x in extremes(given))
    m = y.log()
    ours = negative_binomial_nll(
        m.expand(8, 6), a, y.expand(8, 6), reduction="none"
    )
    exact = numbers(negative_binomial, m, a.clamp(-40, 40), y)
    return (ours / exact).double().round(decimals=5), torch.ones_like(exact)


def to_one(function: Loss, other: str) -> Loss:
    """Add the probabilities of all counts up to where none is left."""

    def total(given: Arguments) -> Pair:
        first = next(iter(given))
        m = given[first].flatten()[0].clamp(max=1.0).expand(400)
        a = given[other].flatten()[0].clamp(max=0.0).expand(400)
        loss = function(m, a, torch.arange(400), reduction="none")
        return (-loss).exp().sum(), torch.ones((), dtype=torch.float64)

    return total


def unseen(function: Loss, outputs: int) -> Loss:
    """Look for nan where vmap shows no values to refuse."""

    def below(given: Arguments) -> Pair:
        x = torch.zeros(3).double()
        y = torch.tensor([2.0, -1.0, 0.0]).double()
        loss = torch.func.vmap(function)(*[x] * outputs, y)
        return loss.isnan().double(), torch.tensor([0.0, 1.0, 0.0]).double()

    return below


def geometric(given: Arguments) -> Pair:
    """Take a dispersion of 1."""
    m, y = given["log_mean"], given["target"]
    ours = negative_binomial_nll(m, 0 * m, y, reduction="none")
    return ours, (1 + y) * functional.softplus(m) - y * m


def spread_slope(given: Arguments) -> Pair:
    """Write the slope for the dispersion with digamma."""
    m, a, y = (given[k] for k in ("log_mean", "log_dispersion", "target"))
    size, mean = (-a).exp(), m.exp()
    slope = size * (
        (y + size).digamma() - size.digamma() - (mean / size).log1p()
    )
    slope = slope + (mean - y) / (1 + mean / size)
    given = given | {"reduction": "sum"}
    ours = slopes(negative_binomial_nll, given, "log_dispersion")
    return ours, slope.sum_to_size(a.shape).flatten()


def tweedie_limit(given: Arguments) -> Pair:
    """Compare powers next to 1 and to 2 with them, zeros apart."""
    m, y = given["log_mean"], given["target"] + 0.1
    near = [tweedie_loss(m, y, power=p) for p in (1 + 1e-12, 2 - 1e-12)]
    at = [tweedie_loss(m, y, power=p) for p in (1, 2)]
    return torch.stack(near), torch.stack(at)


def tweedie_slope(given: Arguments) -> Pair:
    """Write the slope, which XGBoost and LightGBM call their gradient."""
    given = given | {"reduction": "sum"}
    m, y, p = (given[k] for k in ("log_mean", "target", "power"))
    slope = ((2 - p) * m).exp() - y * ((1 - p) * m).exp()
    return slopes(tweedie_loss, given, "log_mean"), slope.flatten()


def tweedie_extremes(given: Arguments) -> Pair:
    """Compare with mpmath where targets are tiny and huge."""
    y = torch.tensor([0.0, 1e-6, 1.0, 1e3, 1e6]).double()
    m = (y + 1e-3).log() + given["log_mean"].flatten()[0] / 100
    p = torch.tensor([1.0, 1 + 1e-9, 1.3, 1.7, 1.99]).double()
    ours = [tweedie_loss(m, y, power=x, reduction="none") for x in p.tolist()]
    return torch.stack(ours), numbers(tweedie, m, y, p.unsqueeze(-1))


def tangent(loss: Loss) -> Loss:
    """Compare beyond 40 with a straight line from there."""

    def beyond(given: Arguments) -> Pair:
        x = torch.tensor([40.0, 41.0, 50.0]).double()
        at, one, ten = loss(x)
        return (ten - at) / (one - at), torch.tensor(10.0).double()

    return beyond


def twice(given: Arguments) -> Pair:
    """Double all numbers: a deviance scales with the power."""
    p = given["power"]
    scaled = {
        "log_mean": given["log_mean"] + torch.tensor(2.0).double().log(),
        "target": 2 * given["target"],
    }
    return tweedie_loss(**given | scaled), 2 ** (2 - p) * tweedie_loss(**given)


def rare_zeros(given: Arguments) -> Pair:
    """Compare logarithms of the loss of 0 where that is tiny, and is not."""
    z = torch.tensor([-60.0, -30, -1, 0, 1, 30, 60]).double()
    m = torch.tensor([-30.0, -1, 0, 1, 5, 15]).double().unsqueeze(-1)
    m = m + given["log_rate"].flatten()[0] / 100
    m, z = torch.broadcast_tensors(m, z)
    ours = zero_inflated_poisson_nll(m, z, 0 * m, reduction="none")
    return ours.log(), numbers(zero_inflated, m, z, 0 * m).log()


CASES = {
    "by_hand": (negative_binomial_nll, small),
    "by_hand_tweedie": (tweedie_loss, tweedie_arguments),
    "by_hand_zero_inflated": (
        zero_inflated_poisson_nll,
        zero_inflated_arguments,
    ),
}
BAD = [
    ({"target": torch.zeros(4)}, ValueError, "(4, 5), got (4,)"),
    ({"target": torch.zeros(4, 5).bool()}, TypeError, "torch.bool"),
    (
        {"target": torch.zeros(4, 5) - 3},
        ValueError,
        "target must be at least 0, got -3.0",
    ),
    (
        {"target": torch.full((4, 5), -1)},
        ValueError,
        "target must be at least 0, got -1",
    ),
]


def bad(first: str, second: str) -> list:
    """List what is refused of two outputs of a model."""
    return [
        *BAD,
        ({first: torch.zeros(4, 5).int()}, TypeError, "int32"),
        ({second: torch.zeros(4, 5).int()}, TypeError, "int32"),
        (
            {second: torch.zeros(4)},
            ValueError,
            "(4, 5), or broadcast to it, got (4,)",
        ),
        (
            {second: torch.zeros(1, 4, 5)},
            ValueError,
            "(4, 5), or broadcast to it, got (1, 4, 5)",
        ),
    ]


PROOFS = {
    "negative_binomial_nll": Proof(
        draw=negative_binomial_arguments,
        oracles={
            "scipy.stats.nbinom": of_scipy,
            "torch.distributions.NegativeBinomial": of_distributions,
            "mpmath": of_mpmath,
        },
        same={
            "of sizes from 1 on it is scoringrules'": of_scoringrules,
            "it has all digits, whatever the dispersion": all_digits,
            "float32 has five digits where the mean is the count": single,
            "without dispersion it is Poisson": lambda given: (
                negative_binomial_nll(
                    given["log_mean"],
                    torch.tensor(-1e3).double(),
                    given["target"],
                    reduction="none",
                ),
                poisson(given["log_mean"], given["target"]),
            ),
            "above 40 the dispersion counts as 40": unchanged(
                lambda log_dispersion, **given: negative_binomial_nll(
                    log_dispersion=log_dispersion.abs() + 40, **given
                ),
                lambda x: {"log_dispersion": 2 * x["log_dispersion"]},
            ),
            "a dispersion of 1 is the geometric distribution": geometric,
            "the probabilities add up to 1": to_one(
                negative_binomial_nll, "log_dispersion"
            ),
            "its slope for the dispersion is one of digamma": spread_slope,
            "under vmap a negative count is nan": unseen(
                negative_binomial_nll, 2
            ),
            "counts may be integers": unchanged(
                negative_binomial_nll, lambda x: {"target": x["target"].long()}
            ),
            "one dispersion for all is one repeated": unchanged(
                negative_binomial_nll,
                lambda x: {
                    "log_dispersion": x["log_dispersion"].expand_as(x["target"])
                },
            ),
        },
        bad=bad("log_mean", "log_dispersion"),
    ),
    "tweedie_loss": Proof(
        draw=tweedie_arguments,
        oracles={"sklearn.metrics.mean_tweedie_deviance": of_sklearn},
        same={
            "power=1 is Poisson's loss, less its least": lambda given: (
                tweedie_loss(given["log_mean"], given["target"], power=1),
                functional.poisson_nll_loss(given["log_mean"], given["target"])
                - (
                    given["target"] - given["target"].xlogy(given["target"])
                ).mean(),
            ),
            "power=2 is sklearn's deviance of gamma": gamma,
            "powers next to 1 and 2 are as good as 1 and 2": tweedie_limit,
            "it has all digits of tiny and huge targets": tweedie_extremes,
            "its slope is mean**(2 - p) - y * mean**(1 - p)": tweedie_slope,
            "above 40 an exponent goes on as a tangent": tangent(
                lambda x: tweedie_loss(
                    x, torch.zeros(3), power=1, reduction="none"
                )
            ),
            "of twice the mean and target it is 2**(2 - p) times": twice,
            "under vmap a negative target is nan": unseen(tweedie_loss, 1),
            "targets may be integers": unchanged(
                lambda target, **given: tweedie_loss(
                    target=target.ceil(), **given
                ),
                lambda x: {"target": x["target"].ceil().long()},
            ),
        },
        bad=[
            *BAD,
            ({"log_mean": torch.zeros(4, 5).int()}, TypeError, "int32"),
            ({"power": 2.5}, ValueError, "from 1 to 2, got 2.5"),
            ({"power": 0.9}, ValueError, "from 1 to 2, got 0.9"),
            (
                {"power": 2, "target": torch.zeros(4, 5)},
                ValueError,
                "target must be above 0 with power=2, got 0.0",
            ),
        ],
    ),
    "zero_inflated_poisson_nll": Proof(
        draw=zero_inflated_arguments,
        oracles={
            "mpmath": zero_inflated_of_mpmath,
            "torch.distributions.MixtureSameFamily": (
                zero_inflated_of_distributions
            ),
        },
        same={
            "a logit of -1000 is Poisson": lambda given: (
                zero_inflated_poisson_nll(
                    given["log_rate"],
                    torch.tensor(-1e3),
                    given["target"],
                    reduction="none",
                ),
                poisson(given["log_rate"], given["target"]),
            ),
            "the loss of 0 has all digits, where it is tiny too": rare_zeros,
            "the probabilities add up to 1": to_one(
                zero_inflated_poisson_nll, "zero_logit"
            ),
            "above 40 an exponent goes on as a tangent": tangent(
                lambda x: (
                    zero_inflated_poisson_nll(
                        x, 0 * x, torch.ones(3), reduction="none"
                    )
                    + x
                )
            ),
            "under vmap a negative count is nan": unseen(
                zero_inflated_poisson_nll, 2
            ),
            "counts may be integers": unchanged(
                zero_inflated_poisson_nll,
                lambda x: {"target": x["target"].long()},
            ),
        },
        bad=bad("log_rate", "zero_logit"),
    ),
}
