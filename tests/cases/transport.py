"""Arguments of transport, and what proves it."""

import math
from collections.abc import Iterator

import mpmath
import numpy as np
import torch
from torch import Tensor
from transport import chamfer_loss, mmd_loss, sinkhorn_loss, soft_dtw_loss

from tests.cases._common import reduce, turned, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Loss, Pair, Proof, Same

NEAR = 3  # so that Sinkhorn has converged, and squares keep their digits


def clouds(draw: Draw, points: int) -> Arguments:
    """Draw as many clouds as samples, in the plane."""
    return {
        "input": draw.real(draw.n, points, 2).clamp(-NEAR, NEAR),
        "target": draw.real(draw.n, 3, 2).clamp(-NEAR, NEAR),
    }


def chamfer_arguments(draw: Draw) -> Arguments:
    """Draw arguments of chamfer_loss, of which some clouds are empty."""
    return {
        "input": draw.real(draw.n, draw.c, 2),
        "target": draw.real(draw.n, 3, 2),
        "input_mask": draw.binary(draw.n, draw.c).bool(),
        "target_mask": draw.binary(draw.n, 3).bool(),
        "squared": draw.choose(True, False),
        "reduction": draw.reduction(),
    }


def sinkhorn_arguments(draw: Draw) -> Arguments:
    """Draw arguments of sinkhorn_loss, with a blur at which it converges."""
    return clouds(draw, draw.c) | {
        "blur": draw.choose(4.0, 6.0),
        "iterations": 60,
        "debiased": draw.choose(True, False),
        "reduction": draw.reduction(),
    }


def mmd_arguments(draw: Draw) -> Arguments:
    """Draw arguments of mmd_loss."""
    return clouds(draw, draw.c) | {
        "bandwidths": draw.choose((0.7,), (1.0, 2.0, 4.0)),
        "unbiased": draw.choose(True, False),
        "reduction": draw.reduction(),
    }


def dtw_arguments(draw: Draw) -> Arguments:
    """Draw arguments of soft_dtw_loss, of up to four steps."""
    return clouds(draw, 2 + draw.c % 3) | {
        "gamma": draw.choose(0.1, 1.0, 10.0),
        "divergence": draw.choose(True, False),
        "reduction": draw.reduction(),
    }


def chamfer_of_scipy(
    input: Tensor,
    target: Tensor,
    input_mask: Tensor,
    target_mask: Tensor,
    squared: bool,
    reduction: str,
) -> Tensor:
    """Ask scipy's tree for the nearest points, cloud by cloud."""
    tree, each = theirs("scipy.spatial").cKDTree, []
    rows = zip(input, target, input_mask, target_mask, strict=True)
    for x, y, x_mask, y_mask in rows:
        x, y = x[x_mask].numpy(), y[y_mask].numpy()
        if not (len(x) and len(y)):
            each.append(0.0)
            continue
        both = tree(y).query(x)[0], tree(x).query(y)[0]
        each.append(sum((d ** (1 + squared)).mean() for d in both))
    return reduce(torch.tensor(each, dtype=torch.float64), reduction)


def sinkhorn_of_transformers(
    input: Tensor,
    target: Tensor,
    blur: float,
    iterations: int,
    debiased: bool,
    reduction: str,
) -> Tensor:
    """Take the plan of SuperGlue's matcher, and what it and entropy cost."""
    glue = theirs("transformers.models.superglue.modeling_superglue")

    def cost(x: Tensor, y: Tensor) -> Tensor:
        n, m = x.shape[1], y.shape[1]
        apart = torch.cdist(x, y).square() / 2
        plan = glue.log_sinkhorn_iterations(
            -apart / blur**2,
            torch.full_like(x[..., 0], -math.log(n)),
            torch.full_like(y[..., 0], -math.log(m)),
            2 * iterations,
        )
        entropy = plan + math.log(n * m)
        return (plan.exp() * (apart + blur**2 * entropy)).sum((1, 2))

    loss = cost(input, target)
    if debiased:
        loss = loss - (cost(input, input) + cost(target, target)) / 2
    return reduce(loss, reduction)


def mmd_of_sklearn(
    input: Tensor,
    target: Tensor,
    bandwidths: tuple[float, ...],
    unbiased: bool,
    reduction: str,
) -> Tensor:
    """Average scikit-learn's kernel."""
    kernel, each = theirs("sklearn.metrics.pairwise").rbf_kernel, []
    for x, y in zip(input.numpy(), target.numpy(), strict=True):
        total = 0.0
        for h in bandwidths:
            xx, yy, xy = (
                kernel(a, b, gamma=1 / (2 * h * h))
                for a, b in ((x, x), (y, y), (x, y))
            )
            for own in (xx, yy):
                n = len(own)
                off = own[~np.eye(n, dtype=bool)]
                total += off.mean() if unbiased else own.mean()
            total -= 2 * xy.mean()
        each.append(total / len(bandwidths))
    return reduce(torch.tensor(each, dtype=torch.float64), reduction)


def alignments(n: int, m: int) -> Iterator[list[tuple[int, int]]]:
    """List the ways from the first of both to the last of both."""
    if n < 1 or m < 1:
        return
    if n == m == 1:
        yield [(0, 0)]
    for i, j in ((1, 0), (0, 1), (1, 1)):
        for way in alignments(n - i, m - j):
            yield [*way, (n - 1, m - 1)]


def dtw_of_mpmath(
    input: Tensor,
    target: Tensor,
    gamma: float,
    divergence: bool,
    reduction: str,
) -> Tensor:
    """Add the paper's exponentials of all alignments, to 60 digits."""

    def soft(x: list, y: list) -> mpmath.mpf:
        apart = [
            [
                sum((mpmath.mpf(a) - b) ** 2 for a, b in zip(u, v, strict=True))
                for v in y
            ]
            for u in x
        ]
        ways = alignments(len(x), len(y))
        costs = [sum(apart[i][j] for i, j in way) for way in ways]
        return -gamma * mpmath.log(
            mpmath.fsum(mpmath.exp(-cost / gamma) for cost in costs)
        )

    each = []
    with mpmath.workdps(60):
        for x, y in zip(input.tolist(), target.tolist(), strict=True):
            loss = soft(x, y)
            if divergence:
                loss -= (soft(x, x) + soft(y, y)) / 2
            each.append(float(loss))
    return reduce(torch.tensor(each, dtype=torch.float64), reduction)


def printed_by_kaolin(_: Arguments) -> Pair:
    """Compare with what the docstring of Kaolin's chamfer_distance prints.

    kaolin/metrics/pointcloud.py of NVIDIAGameWorks/kaolin, 4e07173.
    """
    x = torch.tensor(
        [
            [[8.8977, 4.1709, 1.2839], [8.5640, 7.7767, 9.4214]],
            [[0.5431, 6.4495, 11.4914], [3.2126, 8.0865, 3.1018]],
        ]
    )
    y = torch.tensor(
        [
            [[6.9340, 6.1152, 3.4435], [0.1032, 9.8181, 11.3350]],
            [[11.4006, 2.2154, 7.9589], [4.2586, 1.4133, 7.2606]],
        ]
    )
    loss = chamfer_loss(x.double(), y.double(), reduction="none")
    exact = torch.tensor([72.5838, 151.0809]).double()
    # Its points are printed to four digits, and so is what it makes of them.
    return ((loss - exact).abs() < 5e-3).double(), torch.ones(2).double()


def printed_by_tslearn(_: Arguments) -> Pair:
    """Compare with what tslearn's soft_dtw prints.

    https://github.com/tslearn-team/tslearn/issues/100.
    """
    x, y = torch.tensor([[[1.0], [2.0]], [[3.0], [2.0]]]).double()
    loss = soft_dtw_loss(x, y, gamma=0.01, divergence=False)
    return loss, torch.tensor(4.0).double()


def removed(given: Arguments) -> Pair:
    """Take the points out that don't count, in place of masks."""
    plain = {k: given[k] for k in ("squared",)}
    each = []
    for x, y, a, b in zip(
        *(given[k] for k in ("input", "target", "input_mask", "target_mask")),
        strict=True,
    ):
        some = a.any() and b.any()
        loss = chamfer_loss(x[a], y[b], **plain) if some else 0 * x.sum()
        each.append(loss)
    return chamfer_loss(**given), reduce(torch.stack(each), given["reduction"])


def padded(given: Arguments) -> Arguments:
    """Fill what doesn't count with nan."""
    x, mask = given["input"], given["input_mask"]
    return {"input": x.where(mask.unsqueeze(-1), torch.nan)}


def nothing(loss: Loss, **options: object) -> Same:
    """Compare with itself."""

    def same(given: Arguments) -> Pair:
        own = given | {"target": given["input"], "reduction": "sum"} | options
        return loss(**own), torch.zeros((), dtype=torch.float64)

    return same


def symmetric(loss: Loss) -> Same:
    """Exchange both."""
    return unchanged(
        loss,
        lambda given: {"input": given["target"], "target": given["input"]},
    )


def any_order(loss: Loss) -> Same:
    """Turn the points of each cloud round."""
    return unchanged(loss, lambda given: {"input": given["input"].flip(1)})


def turned_points(given: Arguments) -> Pair:
    """Turn the points of a cloud round, and their mask."""
    flipped = {k: given[k].flip(1) for k in ("input", "input_mask")}
    return chamfer_loss(**given | flipped), chamfer_loss(**given)


def moved(given: Arguments) -> Pair:
    """Move a cloud: the divergence is half the square of how far."""
    far = torch.tensor([0.5, -1.0]).double()
    given = given | {"debiased": True, "reduction": "none"}
    given |= {"target": given["input"] + far}
    loss = sinkhorn_loss(**given)
    return loss, torch.full_like(loss, 0.625)


def assigned(given: Arguments) -> Pair:
    """Nearly without blur it is scipy's assignment, and a little entropy."""
    x, y = given["input"][0, :2], given["target"][0, :2]
    blur = 0.5
    loss = sinkhorn_loss(x, y, blur=blur, iterations=500, debiased=False)
    cost = (torch.cdist(x, y).square() / 2).numpy()
    rows, columns = theirs("scipy.optimize").linear_sum_assignment(cost)
    more = loss - cost[rows, columns].mean()
    return more.clamp(-1e-6, blur**2 * math.log(2) + 1e-6), more


def blurred(given: Arguments) -> Pair:
    """With a huge blur all is moved everywhere: the means are compared."""
    given = given | {"blur": 1e4, "debiased": True, "reduction": "none"}
    apart = given["input"].mean(1) - given["target"].mean(1)
    half = apart.square().sum(-1) / 2
    # The entropy's share is beyond the seventh digit.
    return (sinkhorn_loss(**given) - half).mul(1e5).round(), 0 * half


def forwards(given: Arguments) -> Pair:
    """Take the slope in a direction, also after few iterations."""
    given = given | {"reduction": "sum", "iterations": 2}
    x, step = given["input"], torch.ones_like(given["input"])

    def loss(x: Tensor) -> Tensor:
        return sinkhorn_loss(**given | {"input": x})

    slope = torch.func.grad(loss)(x)
    return torch.func.jvp(loss, (x,), (step,))[1], (slope * step).sum()


def plan_is_fixed(given: Arguments) -> Pair:
    """Take second slopes: what a point moves is its share, 1 / N."""
    given = given | {"reduction": "sum", "debiased": False}
    x = given["input"][:1]
    given |= {"target": given["target"][:1], "iterations": 200}

    def loss(x: Tensor) -> Tensor:
        return sinkhorn_loss(**given | {"input": x})

    n = x.numel()
    second = torch.func.hessian(loss)(x).reshape(n, n)
    both = torch.autograd.functional.hessian(loss, x).reshape(n, n)
    mass = second.diagonal().view(-1, 2).sum() / 2
    wanted = second.diagonal().view(-1, 2).mean(1).repeat_interleave(2).diag()
    return (
        torch.cat([second, both, mass.expand(1, n)]),
        torch.cat([wanted, wanted, torch.ones(1, n).double()]),
    )


def far_clusters(_: Arguments) -> Pair:
    """Compare float32 with float64 where all is near one of two places."""
    x = torch.tensor([[0.0], [0.3], [9000.0], [9000.25]])
    y = torch.tensor([[0.125], [0.5], [9000.125], [9000.5]])
    both = mmd_loss(x, y).double(), mmd_loss(x.double(), y.double())
    return tuple((1e5 * loss).round() for loss in both)


def mixed(given: Arguments) -> Pair:
    """Average the losses of each bandwidth."""
    each = [
        mmd_loss(**given | {"bandwidths": (h,)}) for h in given["bandwidths"]
    ]
    return mmd_loss(**given), torch.stack(each).mean(0)


def one_point(given: Arguments) -> Pair:
    """Compare single points: twice one minus the kernel."""
    x, y = given["input"][:, :1], given["target"][:, :1]
    loss = mmd_loss(x, y, bandwidths=(2.0,), reduction="none")
    square = (x - y).square().sum((1, 2))
    return loss, 2 - 2 * (-square / 8).exp()


def hard(given: Arguments) -> Pair:
    """Bound what the best alignment costs by the soft minimum."""
    given = given | {"divergence": False, "reduction": "none"}
    x, y = given["input"], given["target"]
    apart = torch.cdist(x, y).square()
    ways = [*alignments(x.shape[1], y.shape[1])]
    costs = [sum(apart[:, i, j] for i, j in way) for way in ways]
    less = torch.stack(costs).amin(0) - soft_dtw_loss(**given)
    most = given["gamma"] * math.log(len(ways))
    return less.clamp(-1e-12, most + 1e-12), less


def one_step(given: Arguments) -> Pair:
    """Compare with a single step: all distances add up."""
    given = given | {"divergence": False, "target": given["target"][:, :1]}
    apart = (given["input"] - given["target"]).square().sum((1, 2))
    return soft_dtw_loss(**given), reduce(apart, given["reduction"])


CASES = {
    "by_hand": (chamfer_loss, chamfer_arguments),
    "by_hand_sinkhorn": (sinkhorn_loss, sinkhorn_arguments),
    "by_hand_mmd": (mmd_loss, mmd_arguments),
    "by_hand_dtw": (soft_dtw_loss, dtw_arguments),
}
FOUR = torch.zeros(4, 5, 2)  # as many clouds and points as are drawn


def bad(steps: int = 5) -> list:
    """List the clouds that all refuse."""
    good = FOUR[:, :steps]
    return [
        ({"input": good.int()}, TypeError, "torch.int32"),
        ({"target": good.long()}, TypeError, "torch.int64"),
        ({"input": good[0, 0]}, ValueError, "got (2,) and"),
        ({"input": good[:, :0]}, ValueError, "got (4, 0, 2) and (4, 3, 2)"),
        ({"target": good[:3]}, ValueError, f"and (3, {steps}, 2)"),
        ({"target": FOUR.new_zeros(4, 3, 1)}, ValueError, "and (4, 3, 1)"),
    ]


PROOFS = {
    "chamfer_loss": Proof(
        draw=chamfer_arguments,
        oracles={"scipy.spatial.cKDTree": chamfer_of_scipy},
        same={
            "it is what Kaolin prints": printed_by_kaolin,
            "a mask is as good as taking points out": removed,
            "padding may be nan": unchanged(chamfer_loss, padded),
            "the order of points counts for nothing": turned_points,
            "both may be exchanged": lambda given: (
                chamfer_loss(**given),
                chamfer_loss(
                    given["target"],
                    given["input"],
                    given["target_mask"],
                    given["input_mask"],
                    squared=given["squared"],
                    reduction=given["reduction"],
                ),
            ),
            "of the same cloud it is 0": nothing(
                chamfer_loss, input_mask=None, target_mask=None
            ),
            "the order of clouds counts for nothing": turned(
                chamfer_loss, "input", "target", "input_mask", "target_mask"
            ),
        },
        bad=[
            *bad(),
            ({"input_mask": FOUR[..., 0]}, TypeError, "torch.float32"),
            ({"target_mask": FOUR[..., 0].bool()}, ValueError, "(4, 3), got"),
        ],
    ),
    "sinkhorn_loss": Proof(
        draw=sinkhorn_arguments,
        oracles={
            "transformers.models.superglue.modeling_superglue": (
                sinkhorn_of_transformers
            )
        },
        same={
            "of a cloud that was moved it is half the square": moved,
            "nearly without blur it is scipy's assignment": assigned,
            "with a huge blur only the means count": blurred,
            "of the same cloud it is 0": nothing(sinkhorn_loss, debiased=True),
            "both may be exchanged": symmetric(sinkhorn_loss),
            "forward mode says what backward says": forwards,
            "its second slope leaves the plan's change out": plan_is_fixed,
            "the order of points counts for nothing": any_order(sinkhorn_loss),
            "the order of clouds counts for nothing": turned(
                sinkhorn_loss, "input", "target"
            ),
        },
        bad=[
            *bad(),
            ({"blur": 0.0}, ValueError, "above 0 and finite, got 0.0"),
            ({"blur": math.inf}, ValueError, "got inf"),
            ({"iterations": 0}, ValueError, "at least 1, got 0"),
            ({"iterations": 1.5}, ValueError, "must be an int, at least 1"),
        ],
    ),
    "mmd_loss": Proof(
        draw=mmd_arguments,
        oracles={"sklearn.metrics.pairwise.rbf_kernel": mmd_of_sklearn},
        same={
            "several bandwidths are a mean": mixed,
            "of two points it is 2 less twice the kernel": one_point,
            "of the same sample it is 0": nothing(mmd_loss, unbiased=False),
            "clusters far apart keep float32's digits": far_clusters,
            "both may be exchanged": symmetric(mmd_loss),
            "the order of points counts for nothing": any_order(mmd_loss),
            "the order of samples counts for nothing": turned(
                mmd_loss, "input", "target"
            ),
        },
        bad=[
            *bad(),
            ({"bandwidths": ()}, ValueError, "finite, got none"),
            ({"bandwidths": (1.0, -2.0)}, ValueError, "got 1.0, -2.0"),
            ({"bandwidths": 2.0}, TypeError, "must be a tuple, got 2.0"),
            (
                {"input": FOUR[:, :1], "unbiased": True},
                ValueError,
                "2 points each if unbiased, got 1 and 3",
            ),
        ],
    ),
    "soft_dtw_loss": Proof(
        draw=dtw_arguments,
        oracles={"mpmath": dtw_of_mpmath},
        same={
            "it is what tslearn prints": printed_by_tslearn,
            "it is within the number of alignments of DTW": hard,
            "against one step all distances add up": one_step,
            "of the same series the divergence is 0": nothing(
                soft_dtw_loss, divergence=True
            ),
            "both may be exchanged": symmetric(soft_dtw_loss),
            "backwards it is the same": unchanged(
                soft_dtw_loss,
                lambda given: {
                    k: given[k].flip(1) for k in ("input", "target")
                },
            ),
            "the order of series counts for nothing": turned(
                soft_dtw_loss, "input", "target"
            ),
        },
        bad=[
            *bad(4),
            ({"gamma": 0}, ValueError, "above 0 and finite, got 0"),
            ({"gamma": -1.0}, ValueError, "got -1.0"),
        ],
    ),
}
