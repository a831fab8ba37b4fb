"""Arguments of robust_regression, and what proves it."""

import math

import mpmath
import torch
from robust_regression import (
    _general,
    charbonnier_loss,
    general_robust_loss,
    log_cosh_loss,
    quantile_loss,
    wing_loss,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    call_known,
    reduce,
    row_by_row,
    slopes,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof, Same, change


def pair(draw: Draw) -> Arguments:
    """Draw an input and its target, some of them hit exactly."""
    target = draw.real(draw.n, draw.c)
    away = draw.real(draw.n, draw.c)
    hit = draw.unit(draw.n, draw.c) < draw.choose(0.0, 0.3)
    return {"input": target + away * ~hit, "target": target}


def log_cosh_arguments(draw: Draw) -> Arguments:
    """Draw arguments of log_cosh_loss."""
    return pair(draw) | {"reduction": draw.reduction()}


def charbonnier_arguments(draw: Draw) -> Arguments:
    """Draw arguments of charbonnier_loss."""
    eps = draw.choose(1e-3, 0.5, 1.0)
    return pair(draw) | {"eps": eps, "reduction": draw.reduction()}


def wing_arguments(draw: Draw) -> Arguments:
    """Draw arguments of wing_loss; whole residuals meet its kink."""
    return pair(draw) | {
        "width": draw.choose(1.0, 5.0, 10.0),
        "curvature": draw.choose(0.5, 2.0),
        "reduction": draw.reduction(),
    }


def quantile_arguments(draw: Draw) -> Arguments:
    """Draw arguments of quantile_loss, with one quantile or several."""
    q = draw.choose(0.1, 0.5, 0.9, (0.5,), (0.1, 0.5, 0.9))
    target = draw.real(draw.n, draw.c)
    shape = (*target.shape, len(q)) if isinstance(q, tuple) else target.shape
    return {
        "input": draw.real(*shape),
        "target": target,
        "q": q,
        "reduction": draw.reduction(),
    }


def general_arguments(draw: Draw) -> Arguments:
    """Draw arguments of general_robust_loss, at its limits and between."""
    return pair(draw) | {
        "alpha": draw.choose(2.0, 1.0, 0.0, -2.0, -math.inf, 1.6, 0.5, -7.3),
        "scale": draw.choose(0.5, 1.0, 3.0),
        "reduction": draw.reduction(),
    }


def log_cosh_of_toolbelt(
    input: Tensor, target: Tensor, reduction: str
) -> Tensor:
    """Call pytorch_toolbelt's, which only takes the mean: one by one."""
    loss = theirs("pytorch_toolbelt.losses.functional").log_cosh_loss
    if reduction == "mean":
        return loss(input, target)
    each = row_by_row(loss, input.flatten(), target.flatten())
    return reduce(each.reshape(input.shape), reduction)


def log_cosh_of_optax(input: Tensor, target: Tensor, reduction: str) -> Tensor:
    """Call optax's."""
    return reduce(optax("log_cosh", input, target), reduction)


def charbonnier_of_kornia(
    input: Tensor, target: Tensor, eps: float, reduction: str
) -> Tensor:
    """Call kornia's, whose eps is 1, and which subtracts it."""
    loss = theirs("kornia.losses").charbonnier_loss
    return reduce(eps * loss(input / eps, target / eps) + eps, reduction)


def wing_of_toolbelt(**given: object) -> Tensor:
    """Call pytorch_toolbelt's, whose prediction is named output."""
    loss = theirs("pytorch_toolbelt.losses.functional").wing_loss
    return loss(given.pop("input"), **given)


def quantile_of_scoringrules(
    input: Tensor,
    target: Tensor,
    q: float | tuple[float, ...],
    reduction: str,
) -> Tensor:
    """Call scoringrules', which takes numbers and arrays."""
    score = theirs("scoringrules").quantile_score
    if isinstance(q, tuple):
        target = target.unsqueeze(-1)
    q = torch.tensor(q, dtype=input.dtype)
    return reduce(score(target, input, q, backend="torch"), reduction)


def quantile_of_sklearn(
    input: Tensor,
    target: Tensor,
    q: float | tuple[float, ...],
    reduction: str,
) -> Tensor:
    """Call sklearn's as if each element were an output of its own."""
    score = theirs("sklearn.metrics").mean_pinball_loss
    levels = q if isinstance(q, tuple) else (q,)
    y = target.reshape(1, -1).numpy()
    loss = [
        score(y, x.numpy(), alpha=level, multioutput="raw_values")
        for x, level in zip(
            input.reshape(-1, len(levels)).T.unsqueeze(1), levels, strict=True
        )
    ]
    each = torch.stack([torch.from_numpy(x) for x in loss], 1)
    return reduce(each.reshape(input.shape), reduction)


def barron(r: float, alpha: float, scale: float) -> mpmath.mpf:
    """Compute the paper's equation 8, with its limits only where they are."""
    half = (mpmath.mpf(r) / scale) ** 2 / 2
    if alpha == 2:
        return half
    if alpha == 0:
        return mpmath.log1p(half)
    if alpha == -math.inf:
        return -mpmath.expm1(-half)
    a = mpmath.mpf(alpha)
    b = abs(a - 2)
    return b / a * ((2 * half / b + 1) ** (a / 2) - 1)


def general_of_mpmath(
    input: Tensor, target: Tensor, alpha: float, scale: float, reduction: str
) -> Tensor:
    """Compute the paper's equation to 60 digits."""
    with mpmath.workdps(60):
        each = [
            float(barron(r, alpha, scale))
            for r in (input - target).flatten().tolist()
        ]
    loss = torch.tensor(each, dtype=input.dtype).reshape(input.shape)
    return reduce(loss, reduction)


def of_kornia(name: str, alpha: float) -> Same:
    """Compare with kornia's, which know no scale."""

    def same(given: Arguments) -> Pair:
        loss, c = getattr(theirs("kornia.losses"), name), given["scale"]
        return (
            general_robust_loss(**given | {"alpha": alpha}),
            loss(given["input"] / c, given["target"] / c, given["reduction"]),
        )

    return same


RESIDUALS = (1e-8, 1e-3, 0.7, 30.0, 1e5)
NEAR = (1e-9, -1e-9, 1e-15, 1e-17, 1e-40, 2 - 1e-6, 2 - 1e-12, 2 - 4e-16)


def near_limits(_: Arguments) -> Pair:
    """Go near the limits, where the formula would divide by almost 0."""
    x = torch.tensor(RESIDUALS).double()
    ours, wanted = [], []
    with mpmath.workdps(80):
        for alpha in (*NEAR, -1e6, -1e12, -1e15, -1e17, -1e40):
            given = {"alpha": alpha, "reduction": "none"}
            ours.append(general_robust_loss(x, 0 * x, **given))
            wanted.append([float(barron(r, alpha, 1)) for r in x.tolist()])
    wanted = torch.tensor(wanted, dtype=torch.float64)
    return torch.stack(ours) / wanted, torch.ones_like(wanted)


def in_float32(_: Arguments) -> Pair:
    """Keep the digits of float32, of small errors too, whatever alpha is."""
    x = torch.tensor(RESIDUALS)
    loss = torch.stack(
        [
            general_robust_loss(x, 0 * x, alpha=alpha, reduction="none")
            / general_robust_loss(
                x.double(), 0 * x.double(), alpha=alpha, reduction="none"
            )
            for alpha in (2.0, 1.9, 1.0, 1e-6, 0.0, -2.0, -1e6, -math.inf)
        ]
    )
    off = (loss - 1).abs() / torch.finfo(x.dtype).eps
    return (off < 40).double(), torch.ones_like(loss)


def slope_in_float32(_: Arguments) -> Pair:
    """Keep the digits of the slope too, however low alpha is."""
    x = torch.tensor([1e-8, 1e-3, 0.7, 3.0, 5.0], requires_grad=True)
    off = []
    for alpha in (1.9, 1.0, 0.0, -2.0, -9.0, -1e4, -1e6, -1e8, -1e12):
        loss = general_robust_loss(x, 0 * x, alpha=alpha, reduction="sum")
        (slope,) = torch.autograd.grad(loss, x)
        with mpmath.workdps(60):
            true = [
                float(mpmath.diff(lambda r, a=alpha: barron(r, a, 1), r))
                for r in x.tolist()
            ]
        off.append((slope.double() / slope.double().new_tensor(true) - 1).abs())
    off = torch.stack(off) / torch.finfo(x.dtype).eps
    return (off < 40).double(), torch.ones_like(off).double()


def general_slopes(given: Arguments) -> Pair:
    """Write the slope of the paper's formula."""
    alpha, c = given["alpha"], given["scale"]
    r = given["input"] - given["target"]
    z, b = (r / c) ** 2, 2 - alpha
    pull = r / c**2
    if alpha == -math.inf:
        pull = pull * (-z / 2).exp()
    elif b:
        pull = pull * (z / b + 1) ** (alpha / 2 - 1)
    given = given | {"reduction": "sum"}
    ours = slopes(general_robust_loss, given, "input", "target")
    return ours, torch.cat([pull, -pull]).flatten()


def fused(given: Arguments) -> Pair:
    """Differentiate what the compiler sees, and forward."""
    r = (given["input"] - given["target"]).flatten()
    options = given["alpha"], given["scale"]
    x = r.clone().requires_grad_()
    (backward,) = torch.autograd.grad(_general(x, *options).sum(), x)
    _, forward = torch.func.jvp(
        lambda r: general_robust_loss(
            r, 0 * r, alpha=options[0], scale=options[1], reduction="none"
        ),
        (r,),
        (torch.ones_like(r),),
    )
    given = given | {"reduction": "sum"}
    wanted = slopes(general_robust_loss, given, "input")
    return torch.stack([backward, forward]), torch.stack([wanted, wanted])


def curved(given: Arguments) -> Pair:
    """Take the second derivative: where there is no error 1 / scale**2."""
    options = {k: given[k] for k in ("alpha", "scale")}
    x = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    loss = general_robust_loss(x, 0 * x, **options, reduction="sum")
    (slope,) = torch.autograd.grad(loss, x, create_graph=True)
    (curve,) = torch.autograd.grad(slope.sum(), x)
    return curve * given["scale"] ** 2, torch.ones_like(curve)


def lower_alpha(given: Arguments) -> Pair:
    """Lower alpha: no error costs more."""
    steps = [
        general_robust_loss(**given | {"alpha": alpha, "reduction": "none"})
        for alpha in (2.0, 1.9, 1.0, 0.0, -2.0, -50.0, -math.inf)
    ]
    fall = -torch.stack(steps).diff(dim=0)
    return (fall >= -1e-12).double(), torch.ones_like(fall)


def as_far_as_it_goes(_: Arguments) -> Pair:
    """Go as far as float32 does: loss and slope stay numbers, and agree."""
    far = [0.0, 1e10, 1e18, 1e19, 1e30, -3e38, torch.inf]
    x = torch.tensor(far, requires_grad=True)
    zero, found = torch.zeros_like(x), []
    for alpha in (1.9, 1.0, 0.5, 0.0, -2.0, -math.inf):
        for scale in (1e-200, 1e-20, 1.0, 1e20, 1e200):
            loss = general_robust_loss(
                x, zero, alpha=alpha, scale=scale, reduction="none"
            )
            (slope,) = torch.autograd.grad(loss.sum(), x)
            seen = _general(x, alpha, scale)  # what the compiler sees
            (other,) = torch.autograd.grad(seen.sum(), x)
            near = torch.isclose(slope, other, rtol=1e-4, atol=1e-30)
            found += [loss.isfinite(), slope.isfinite(), near]
    found = torch.stack(found).double()
    return found, torch.ones_like(found)


def far_in_float64(_: Arguments) -> Pair:
    """Go farther than float32 would in float64: no clamp is there."""
    x = torch.tensor([1e30, 1e100], dtype=torch.float64)
    ours = general_robust_loss(x, 0 * x, reduction="none")
    return ours / x, torch.ones_like(x)


def bounded(_: Arguments) -> Pair:
    """Go far with an alpha below 0: the loss nears a limit."""
    x = torch.full((1,), 1e12, dtype=torch.float64)
    found = [
        general_robust_loss(x, 0 * x, alpha=alpha)
        for alpha in (-math.inf, -8.0, -2.0)
    ]
    return torch.stack(found), torch.tensor([1, 1.25, 2]).double()


def tiny(given: Arguments) -> Pair:
    """Compare small residuals with half the square, relative to it."""
    x = given["input"].float()
    x = x.sign() * (x.abs() * 1e-4).clamp(1e-8, 1e-2)
    loss = log_cosh_loss(x, 0 * x, reduction="none").double()
    series = x.double() ** 2 / 2 - x.double() ** 4 / 12
    ratio = torch.where(x != 0, loss / series, 1.0)
    return ratio.round(decimals=6), torch.ones_like(ratio)


def scaled(function: Loss, *options: str) -> Same:
    """Say that a loss grows as its residual and these options do."""
    names = ("input", "target", *options)
    return lambda given: (
        3 * function(**given),
        function(**given | {name: 3 * given[name] for name in names}),
    )


def turned(given: Arguments) -> Pair:
    """Mirror both numbers and the quantile."""
    q = given["q"]
    other = tuple(1 - x for x in q) if isinstance(q, tuple) else 1 - q
    return (
        quantile_loss(**given),
        quantile_loss(**change(given, Tensor.neg) | {"q": other}),
    )


def smallest(given: Arguments) -> Pair:
    """Find the least loss of all the targets, and their quantile."""
    y = given["target"].flatten().sort().values
    if len(y) % 2 == 0:
        y = y[1:]
    guess, target = torch.meshgrid(y, y, indexing="ij")
    each = quantile_loss(guess, target, q=0.5, reduction="none").mean(1)
    return y[each.argmin()], y.median()


CASES = {
    "by_hand": (log_cosh_loss, log_cosh_arguments),
    "by_hand_charbonnier": (charbonnier_loss, charbonnier_arguments),
    "by_hand_wing": (wing_loss, wing_arguments),
    "by_hand_general": (general_robust_loss, general_arguments),
    "by_hand_quantile": (quantile_loss, quantile_arguments),
}
BAD = [
    ({"target": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"input": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"target": 0.0}, TypeError, "target must be a tensor, got float"),
]
SHAPES = [({"target": torch.zeros(4)}, ValueError, "shape of input, (4, 5)")]
PROOFS = {
    "log_cosh_loss": Proof(
        draw=log_cosh_arguments,
        oracles={
            "pytorch_toolbelt.losses.functional.log_cosh_loss": (
                log_cosh_of_toolbelt
            ),
            "optax.losses.log_cosh": log_cosh_of_optax,
        },
        same={
            "both signs cost the same": unchanged(
                log_cosh_loss,
                lambda x: {"input": x["target"], "target": x["input"]},
            ),
            "small errors cost half their square, to float32's last digits": (
                tiny
            ),
            "far away it is the absolute error less log(2)": lambda given: (
                log_cosh_loss(given["input"] + 1e3, 0 * given["target"] - 1e3),
                functional.l1_loss(
                    given["input"] + 1e3, 0 * given["target"] - 1e3
                )
                - torch.tensor(2, dtype=torch.float64).log(),
            ),
        },
        bad=[*BAD, *SHAPES],
    ),
    "charbonnier_loss": Proof(
        draw=charbonnier_arguments,
        oracles={"kornia.losses.charbonnier_loss": charbonnier_of_kornia},
        same={
            "a tiny eps gives the absolute error": lambda given: (
                charbonnier_loss(**given | {"eps": 1e-12}),
                call_known(functional.l1_loss, given),
            ),
            "scaled with eps, it scales": scaled(charbonnier_loss, "eps"),
        },
        bad=[
            *BAD,
            *SHAPES,
            ({"eps": 0.0}, ValueError, "above 0, got 0.0"),
        ],
    ),
    "wing_loss": Proof(
        draw=wing_arguments,
        oracles={
            "pytorch_toolbelt.losses.functional.wing_loss": wing_of_toolbelt
        },
        same={
            "scaled with width and curvature, it scales": scaled(
                wing_loss, "width", "curvature"
            ),
            "beyond width it is the absolute error and a constant": (
                lambda given: (
                    wing_loss(given["input"].abs() + 10, 0 * given["target"]),
                    given["input"].abs().mean()
                    + 10 * torch.tensor(6, dtype=torch.float64).log(),
                )
            ),
        },
        bad=[
            *BAD,
            *SHAPES,
            ({"width": 0.0}, ValueError, "above 0, got 0.0"),
            ({"curvature": -1.0}, ValueError, "above 0, got -1.0"),
        ],
    ),
    "general_robust_loss": Proof(
        draw=general_arguments,
        oracles={"mpmath": general_of_mpmath},
        same={
            "2 is half the square": lambda given: (
                general_robust_loss(**given | {"alpha": 2.0}),
                call_known(functional.mse_loss, given)
                / (2 * given["scale"] ** 2),
            ),
            "1 is kornia.losses.charbonnier_loss": of_kornia(
                "charbonnier_loss", 1.0
            ),
            "0 is kornia.losses.cauchy_loss": of_kornia("cauchy_loss", 0.0),
            "-2 is kornia.losses.geman_mcclure_loss": of_kornia(
                "geman_mcclure_loss", -2.0
            ),
            "-inf is kornia.losses.welsch_loss": of_kornia(
                "welsch_loss", -math.inf
            ),
            "near its limits it keeps its digits": near_limits,
            "float32 keeps its digits": in_float32,
            "float32 keeps the digits of its slope": slope_in_float32,
            "its slope is that of its formula": general_slopes,
            "compiled and forward the slope is the same": fused,
            "its curve at no error is 1 over the square of scale": curved,
            "in another unit it is the same": lambda given: (
                general_robust_loss(**given),
                general_robust_loss(
                    **given
                    | {k: 3 * given[k] for k in ("input", "target", "scale")}
                ),
            ),
            "a lower alpha costs less": lower_alpha,
            "below 0 it has a limit": bounded,
            "it is finite as far as float32 goes": as_far_as_it_goes,
            "float64 goes farther": far_in_float64,
        },
        bad=[
            *BAD,
            *SHAPES,
            ({"alpha": 2.5}, ValueError, "at most 2, got 2.5"),
            ({"alpha": math.nan}, ValueError, "at most 2, got nan"),
            ({"alpha": torch.tensor(1.0)}, TypeError, "a number, got a tensor"),
            ({"scale": torch.tensor(1.0)}, TypeError, "a number, got a tensor"),
            ({"scale": 0.0}, ValueError, "above 0 and finite, got 0.0"),
            ({"scale": math.inf}, ValueError, "above 0 and finite, got inf"),
        ],
    ),
    "quantile_loss": Proof(
        draw=quantile_arguments,
        oracles={
            "scoringrules.quantile_score": quantile_of_scoringrules,
            "sklearn.metrics.mean_pinball_loss": quantile_of_sklearn,
        },
        same={
            "q=0.5 is half the absolute error": lambda given: (
                2 * quantile_loss(given["target"] + 1, 2 * given["target"]),
                functional.l1_loss(given["target"] + 1, 2 * given["target"]),
            ),
            "mirrored, q becomes 1 - q": turned,
            "the median has the least loss for q=0.5": smallest,
        },
        bad=[
            (
                {
                    "input": torch.zeros(4, 5),
                    "target": torch.zeros(4, 5).long(),
                },
                TypeError,
                "target must be floating point, got torch.int64",
            ),
            ({"input": torch.zeros(4).int()}, TypeError, "int32"),
            ({"target": [0.0]}, TypeError, "must be a tensor, got list"),
            ({"q": 1.0}, ValueError, "between 0 and 1, got 1.0"),
            ({"q": (0.5, 0.0)}, ValueError, "between 0 and 1, got (0.5, 0.0)"),
            (
                {"q": 0.5, "target": torch.zeros(7)},
                ValueError,
                "shape (7,), for q=0.5",
            ),
            (
                {"q": (0.1, 0.9), "target": torch.zeros(7)},
                ValueError,
                "shape (7, 2), for q=(0.1, 0.9)",
            ),
        ],
    ),
}
