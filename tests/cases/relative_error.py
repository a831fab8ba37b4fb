"""Arguments of relative_error, and what proves it."""

import numpy as np
import torch
from relative_error import (
    ccc_loss,
    mape_loss,
    msle_loss,
    rmse_loss,
    smape_loss,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    call_known,
    of_mean,
    reduce,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof


def pair(draw: Draw) -> Arguments:
    """Draw an input and its target, some of them hit exactly."""
    target = draw.real(draw.n, draw.c)
    away = draw.real(draw.n, draw.c)
    hit = draw.unit(draw.n, draw.c) < draw.choose(0.0, 0.3)
    hit &= target.abs() > 0.5  # else a ratio bends within gradcheck's step
    return {"input": target + away * ~hit, "target": target}


def far_from_zero(_: Arguments) -> Pair:
    """Take means of 10,000 in float32: agreement, none, and a level target."""
    torch.manual_seed(0)
    x, y = 1e4 + torch.randn(8, 3), 1e4 + torch.randn(8, 3)
    y[:, 1], y[:, 2] = x[:, 1] + 0.25, 1e4
    leaf = x.clone().requires_grad_()
    loss = ccc_loss(leaf, y, reduction="none")
    loss.sum().backward()
    exact = ccc_loss(x.double(), y.double(), reduction="none")
    apart = torch.stack([loss - exact, leaf.grad[:, 2].abs().amax().expand(3)])
    return (apart.detach().double() / 1e-4).round(), 0.0 * apart.double()


def faint(_: Arguments) -> Pair:
    """Take float32 numbers near none: 2 without slope, of two zeros 0."""
    x = torch.tensor([1e-33, -2e-38, 3e-38, 0.0], requires_grad=True)
    y = torch.tensor([0.0, 2e-38, 0.0, 0.0])
    loss = smape_loss(x, y, reduction="none")
    (slope,) = torch.autograd.grad(loss.sum(), x, create_graph=True)
    (bend,) = torch.autograd.grad(slope[-1], x)
    found = torch.cat([loss, slope, bend[-1:]]).double()
    return found, torch.tensor([2.0] * 3 + [0.0] * 6, dtype=torch.float64)


def rmse_arguments(draw: Draw) -> Arguments:
    """Draw arguments of rmse_loss."""
    return pair(draw) | {
        "dim": draw.choose(None, 0, 1, -1),
        "eps": draw.choose(0.0, 1e-3, 1.0),
        "reduction": draw.reduction(),
    }


def msle_arguments(draw: Draw) -> Arguments:
    """Draw arguments of msle_loss, whose numbers are at least 0."""
    numbers = {name: x.abs() for name, x in pair(draw).items()}
    return numbers | {"reduction": draw.reduction()}


def mape_arguments(draw: Draw) -> Arguments:
    """Draw arguments of mape_loss."""
    eps = draw.choose(1e-3, 0.5, 10.0)
    return pair(draw) | {"eps": eps, "reduction": draw.reduction()}


def smape_arguments(draw: Draw) -> Arguments:
    """Draw arguments of smape_loss."""
    return pair(draw) | {"reduction": draw.reduction()}


def ccc_arguments(draw: Draw) -> Arguments:
    """Draw arguments of ccc_loss."""
    return pair(draw) | {
        "dim": draw.choose(0, 1, -1),
        "reduction": draw.reduction(),
    }


def each_column(name: str, input: Tensor, target: Tensor) -> Tensor:
    """Call a metric of sklearn, whose columns are outputs."""
    metric = getattr(theirs("sklearn.metrics"), name)
    found = metric(target.numpy(), input.numpy(), multioutput="raw_values")
    return torch.from_numpy(found)


def each(name: str, input: Tensor, target: Tensor) -> Tensor:
    """Call a metric of sklearn as if each number were an output."""
    found = each_column(name, input.reshape(1, -1), target.reshape(1, -1))
    return found.reshape(input.shape)


def rmse_of_sklearn(
    input: Tensor, target: Tensor, dim: int | None, eps: float, reduction: str
) -> Tensor:
    """Call sklearn's, which has no eps: a leg of a triangle here."""
    if dim is None:
        input, target = input.reshape(-1, 1), target.reshape(-1, 1)
    elif dim:
        input, target = input.T, target.T
    loss = each_column("root_mean_squared_error", input, target)
    loss = torch.from_numpy(np.hypot(loss.numpy(), eps))
    return reduce(loss[0] if dim is None else loss, reduction)


def msle_of_sklearn(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call sklearn's."""
    return reduce(each("mean_squared_log_error", input, target), reduction)


def mape_of_sklearn(
    input: Tensor, target: Tensor, eps: float, reduction: str
) -> Tensor:
    """Call sklearn's, whose eps is 2**-52: smaller targets become ours."""
    small = target.abs() < eps
    given = torch.where(small, input - target + eps, input), target
    target = torch.where(small, eps, target)
    loss = each("mean_absolute_percentage_error", given[0], target)
    return reduce(loss, reduction)


def smape_of_scipy(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call scipy's distance of Canberra, half of it, a number at a time."""
    distance = theirs("scipy.spatial.distance").canberra
    pairs = zip(
        input.flatten().tolist(), target.flatten().tolist(), strict=True
    )
    loss = [2 * distance([x], [y]) for x, y in pairs]
    return reduce(
        torch.tensor(loss, dtype=torch.float64).reshape(input.shape), reduction
    )


def smape_of_torchmetrics(
    input: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call theirs, which takes a mean: for each, a number at a time.

    It divides by at least 1.17e-6; nothing drawn is smaller, but 0.
    """
    name = SMAPE.removeprefix("torchmetrics.functional.")
    metric = getattr(theirs("torchmetrics.functional"), name)
    return of_mean(metric, input, target, reduction)


def ccc_of_torchmetrics(
    input: Tensor, target: Tensor, dim: int, reduction: str
) -> Tensor:
    """Call theirs, with N - 1 below variances, but not below the means' square.

    So the means get N / (N - 1) too. What is constant is nan there: numpy's.
    """
    if dim:
        input, target = input.T, target.T
    loss = ccc_of_numpy(input, target, 0, "none")
    some = ~((input == input[0]).all(0) | (target == target[0]).all(0))
    if some.any():
        x, y = input[:, some], target[:, some]
        more = (len(x) / (len(x) - 1)) ** 0.5 - 1
        metric = theirs("torchmetrics.functional").concordance_corrcoef
        loss[some] = 1 - metric(x + more * x.mean(0), y + more * y.mean(0))
    return reduce(loss, reduction)


def ccc_of_numpy(
    input: Tensor, target: Tensor, dim: int, reduction: str
) -> Tensor:
    """Take Lin's formula with numpy's covariance, constants apart."""
    if dim:
        input, target = input.T, target.T
    loss = []
    for x, y in zip(input.T.numpy(), target.T.numpy(), strict=True):
        (xx, xy), (_, yy) = np.cov(x, y, bias=True)
        below = xx + yy + (x.mean() - y.mean()) ** 2
        loss.append(1 - 2 * xy / below if (x != y).any() else 0.0)
    return reduce(torch.tensor(loss, dtype=torch.float64), reduction)


def of_pearson(given: Arguments) -> Pair:
    """Compare with Pearson's coefficient and Lin's factor of bias."""
    x, y = torch.arange(7).double() ** 1.5, 3 - torch.arange(7).double()
    x, y = x + given["input"].mean(), y + given["target"].mean()
    pearson = theirs("scipy.stats").pearsonr(x, y).statistic
    u, v = x.std(correction=0), y.std(correction=0)
    shift = (x.mean() - y.mean()) ** 2 / (u * v)
    return ccc_loss(x, y), 1 - 2 * pearson / (u / v + v / u + shift)


def mirrored(given: Arguments) -> Pair:
    """Turn round what has no mean: the coefficient changes its sign."""
    x = torch.cat([given["input"], -given["input"]]) + 0.0
    y = torch.cat([given["target"], -given["target"]]) + 0.0
    some = (x != 0).any(0) | (y != 0).any(0)  # else 0 / 0 is 0 twice
    plus = ccc_loss(x, y, reduction="none")
    return (plus + ccc_loss(-x, y, reduction="none"))[some], 2.0 * some[some]


def rmsle(given: Arguments) -> Pair:
    """Compare logarithms' RMSE with sklearn's RMSLE."""
    x, y = given["input"].abs(), given["target"].abs()
    loss = theirs("sklearn.metrics").root_mean_squared_log_error
    expected = loss(y.flatten().numpy(), x.flatten().numpy())
    return rmse_loss(x.log1p(), y.log1p()), torch.tensor(
        expected, dtype=torch.float64
    )


def hyperbolic(given: Arguments) -> Pair:
    """Write sMAPE of positive numbers as a tangent of their logarithms."""
    x, y = (given[name].abs() + 0.1 for name in ("input", "target"))
    tangent = 2 * torch.tanh((x.log() - y.log()).abs() / 2)
    return smape_loss(x, y, reduction="none"), tangent


def msle_slope(given: Arguments) -> Pair:
    """Write the slope of the sum."""
    x, y = given["input"], given["target"]
    slope = 2 * torch.log((1 + x) / (1 + y)) / (1 + x)
    given = given | {"reduction": "sum"}
    return slopes(msle_loss, given, "input"), slope.flatten()


def mape_slope(given: Arguments) -> Pair:
    """Write the slope of the sum."""
    x, y = given["input"], given["target"]
    slope = (x - y).sign() / y.abs().clamp_min(given["eps"])
    given = given | {"reduction": "sum"}
    return slopes(mape_loss, given, "input"), slope.flatten()


def smape_slope(given: Arguments) -> Pair:
    """Write the slope of the sum, of positive numbers."""
    x, y = (given[name].abs() + 0.1 for name in ("input", "target"))
    slope = 4 * y * (x - y).sign() / (x + y) ** 2
    given = {"input": x, "target": y, "reduction": "sum"}
    return slopes(smape_loss, given, "input"), slope.flatten()


def ccc_slope(given: Arguments) -> Pair:
    """Write the slope of the sum; 0 where both are constant and equal."""
    x, y, dim = (given[name] for name in ("input", "target", "dim"))
    mean_x, mean_y = x.mean(dim, keepdim=True), y.mean(dim, keepdim=True)
    below = ((x - mean_x) ** 2 + (y - mean_y) ** 2).mean(dim, keepdim=True)
    below = below + (mean_x - mean_y) ** 2
    loss = ccc_loss(**given | {"reduction": "none"}).unsqueeze(dim)
    above = (1 - loss) * (x - mean_y) - (y - mean_y)
    slope = 2 / x.shape[dim] * above / below.where(below > 0, 1)
    given = given | {"reduction": "sum"}
    return slopes(ccc_loss, given, "input"), slope.flatten()


SMAPE = "torchmetrics.functional.symmetric_mean_absolute_percentage_error"
CASES = {
    "by_hand": (rmse_loss, rmse_arguments),
    "by_hand_msle": (msle_loss, msle_arguments),
    "by_hand_mape": (mape_loss, mape_arguments),
    "by_hand_smape": (smape_loss, smape_arguments),
    "by_hand_ccc": (ccc_loss, ccc_arguments),
}
BAD = [
    ({"target": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"input": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"target": torch.zeros(4)}, ValueError, "shape of input, (4, 5)"),
]
BOTH = ("input", "target")


def swapped(given: Arguments) -> Arguments:
    """Take each for the other."""
    return {"input": given["target"], "target": given["input"]}


PROOFS = {
    "rmse_loss": Proof(
        draw=rmse_arguments,
        oracles={"sklearn.metrics.root_mean_squared_error": rmse_of_sklearn},
        same={
            "squared it is the mean squared error": lambda given: (
                rmse_loss(given["input"], given["target"]) ** 2,
                functional.mse_loss(given["input"], given["target"]),
            ),
            "of log1p it is sklearn's RMSLE": rmsle,
            "scaled with eps, it scales": lambda given: (
                3 * rmse_loss(**given),
                rmse_loss(**given | {k: 3 * given[k] for k in (*BOTH, "eps")}),
            ),
        },
        bad=[*BAD, ({"eps": -1.0}, ValueError, "at least 0, got -1.0")],
    ),
    "msle_loss": Proof(
        draw=msle_arguments,
        oracles={"sklearn.metrics.mean_squared_log_error": msle_of_sklearn},
        same={
            "both signs of the ratio cost the same": unchanged(
                msle_loss, swapped
            ),
            "only the ratio of 1 + input and 1 + target counts": unchanged(
                msle_loss, lambda x: {k: 3 * (1 + x[k]) - 1 for k in BOTH}
            ),
            "its slope is that of its formula": msle_slope,
        },
        bad=BAD,
    ),
    "mape_loss": Proof(
        draw=mape_arguments,
        oracles={
            "sklearn.metrics.mean_absolute_percentage_error": mape_of_sklearn
        },
        same={
            "scaled with eps, it is the same": unchanged(
                mape_loss, lambda x: {k: 3 * x[k] for k in (*BOTH, "eps")}
            ),
            "below eps it is the absolute error divided by eps": (
                lambda given: (
                    mape_loss(**given | {"eps": 1e6}),
                    call_known(functional.l1_loss, given) / 1e6,
                )
            ),
            "its slope is that of its formula": mape_slope,
        },
        bad=[*BAD, ({"eps": 0.0}, ValueError, "above 0, got 0.0")],
    ),
    "smape_loss": Proof(
        draw=smape_arguments,
        oracles={
            SMAPE: smape_of_torchmetrics,
            "scipy.spatial.distance.canberra": smape_of_scipy,
        },
        same={
            "input and target count alike": unchanged(smape_loss, swapped),
            "scaled, it is the same": unchanged(
                smape_loss, lambda x: {k: 3 * x[k] for k in BOTH}
            ),
            "of positive numbers it is a hyperbolic tangent": hyperbolic,
            "of the smallest numbers it is still 2, of two zeros 0": faint,
            "its slope is that of its formula": smape_slope,
        },
        bad=BAD,
    ),
    "ccc_loss": Proof(
        draw=ccc_arguments,
        oracles={
            "torchmetrics.functional.concordance_corrcoef": ccc_of_torchmetrics,
            "numpy.cov": ccc_of_numpy,
        },
        same={
            "input and target count alike": unchanged(ccc_loss, swapped),
            "scaled, it is the same": unchanged(
                ccc_loss, lambda x: {k: 3 * x[k] for k in BOTH}
            ),
            "it is one less Pearson's coefficient and Lin's factor": (
                of_pearson
            ),
            "without means, turned round it has the other sign": mirrored,
            "far from 0 it keeps its digits, and a level target": far_from_zero,
            "its slope is that of its formula": ccc_slope,
        },
        bad=BAD,
    ),
}
