"""Arguments of depth, and what proves it."""

import math

import numpy as np
import torch
from depth import (
    edge_aware_smoothness_loss,
    scale_shift_invariant_loss,
    silog_loss,
)
from torch import Tensor

from tests.cases._common import reduce, slopes, turned, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof, Same


def silog_arguments(draw: Draw) -> Arguments:
    """Draw arguments of silog_loss; some pixels have no depth."""
    shape = draw.n, 1, draw.c, 2
    depth = draw.weight(*shape) * (draw.unit(*shape) > 0.2)
    return {
        "input": draw.weight(*shape) ** 2,
        "target": depth,
        "mask": draw.unit(*shape) >= draw.choose(0.0, 0.3, 0.9),
        "variance_focus": draw.choose(0.0, 0.5, 0.85),
        "root": draw.choose(False, True),
        "reduction": draw.reduction(),
    }


def smooth_arguments(draw: Draw) -> Arguments:
    """Draw arguments of edge_aware_smoothness_loss."""
    h, w = draw.c, draw.choose(2, 3)
    return {
        "disparity": draw.weight(draw.n, 1, h, w),
        "image": draw.unit(draw.n, draw.choose(1, 3), h, w),
        "edge_weight": draw.choose(0.0, 1.0, 10.0),
        "normalize": draw.choose(True, False),
        "reduction": draw.reduction(),
    }


def invariant_arguments(draw: Draw) -> Arguments:
    """Draw arguments of scale_shift_invariant_loss."""
    shape = draw.n, 1, draw.c, 3
    return {
        "input": draw.real(*shape),
        "target": draw.real(*shape),
        "mask": draw.unit(*shape) >= draw.choose(0.0, 0.2, 0.8),
        "align": draw.choose("least_squares", "median"),
        "trim": draw.choose(0.0, 0.0, 0.2, 0.5),
        "alpha": draw.choose(0.0, 0.5, 2.0),
        "scales": draw.choose(1, 2, 4),
        "reduction": draw.reduction(),
    }


def moderate(draw: Draw) -> Arguments:
    """Draw maps near 0, of which a pseudoinverse has all digits."""
    draw.scale = min(draw.scale, 1)
    given = invariant_arguments(draw)
    return {k: v for k, v in given.items() if k not in ("trim", "reduction")}


def over_images(loss: list, counts: list, reduction: str) -> Tensor:
    """Reduce what an oracle gives for each image."""
    each = torch.tensor(loss, dtype=torch.float64)
    images = torch.tensor(counts).count_nonzero().clamp_min(1)
    return reduce(each, reduction, images)


def silog_of_transformers(
    input: Tensor,
    target: Tensor,
    mask: Tensor,
    variance_focus: float,
    root: bool,
    reduction: str,
) -> Tensor:
    """Call GLPN's loss on each image: it has a root, always."""
    module = theirs("transformers.models.glpn.modeling_glpn")
    loss = module.SiLogLoss(lambd=variance_focus)
    each, counts = [], []
    for x, y in zip(input, target * mask, strict=True):
        counts.append((y > 0).sum().item())
        found = loss(x, y).item() if counts[-1] else 0.0
        each.append(found if root else found**2)
    return over_images(each, counts, reduction)


def silog_of_numpy(
    input: Tensor,
    target: Tensor,
    mask: Tensor,
    variance_focus: float,
    root: bool,
    reduction: str,
) -> Tensor:
    """Write equations 2 and 4 of Eigen et al.: all pairs of pixels."""
    each, counts = [], []
    for x, y in zip(input.numpy(), (target * mask).numpy(), strict=True):
        d = np.log(x[y > 0]) - np.log(y[y > 0])
        n = max(1, len(d))
        pairs = ((d[:, None] - d) ** 2).sum() / (2 * n**2)
        loss = variance_focus * pairs + (1 - variance_focus) * (d @ d) / n
        each.append(math.sqrt(loss) if root else loss)
        counts.append(len(d))
    return over_images(each, counts, reduction)


def smooth_of_kornia(
    disparity: Tensor,
    image: Tensor,
    edge_weight: float,
    normalize: bool,
    reduction: str,
) -> Tensor:
    """Call kornia's on each image; a map is divided as monodepth2 does."""
    loss = theirs("kornia.losses").inverse_depth_smoothness_loss
    if normalize:
        disparity = disparity / disparity.mean((2, 3), keepdim=True)
    rows = zip(disparity.split(1), image.split(1), strict=True)
    each = torch.stack([loss(x, edge_weight * i) for x, i in rows])
    return reduce(each, reduction)


def invariant_of_numpy(
    input: Tensor,
    target: Tensor,
    mask: Tensor,
    align: str,
    trim: float,
    alpha: float,
    scales: int,
    reduction: str,
) -> Tensor:
    """Call numpy's least squares, and add up differences pixel by pixel."""
    each, counts = [], []
    images = zip(input[:, 0], target[:, 0], mask[:, 0], strict=True)
    for x, y, seen in ([z.numpy() for z in image] for image in images):
        p, q, n = x[seen], y[seen], int(seen.sum())
        counts.append(n)
        error = np.zeros_like(x)
        if n and align == "least_squares":
            table = np.stack([p, np.ones(n)], 1)
            error[seen] = table @ np.linalg.lstsq(table, q)[0] - q
        elif n:
            error[seen] = by_median(p) - by_median(q)
        rest = np.sort(np.abs(error[seen]))[: math.floor(n * (1 - trim) + 1e-9)]
        power = 2 if align == "least_squares" else 1
        loss = (rest**power).sum() / (2 * max(1, n))
        for step in (2**k for k in range(scales)):
            e, s = error[::step, ::step], seen[::step, ::step]
            rough = sum(
                abs(e[i, j] - e[a, b])
                for i, j in np.argwhere(s)
                for a, b in ((i + 1, j), (i, j + 1))
                if a < s.shape[0] and b < s.shape[1] and s[a, b]
            )
            loss += alpha * rough / max(1, s.sum())
        each.append(loss)
    return over_images(each, counts, reduction)


def by_median(x: np.ndarray) -> np.ndarray:
    """Centre on the lower median, and divide by the mean distance."""
    x = x - np.sort(x)[(len(x) - 1) // 2]
    return x / (np.abs(x).mean() or 1)


def pairs_of(given: Arguments) -> Pair:
    """Take all of the variance: torch's, of the logarithms of ratios."""
    given = given | {"variance_focus": 1.0, "root": False}
    given |= {"target": given["target"] + 0.1, "reduction": "none"}
    given |= {"mask": given["mask"] | True}
    d = (given["input"] / given["target"]).log().flatten(1)
    return silog_loss(**given), d.var(1, correction=0)


def farther(given: Arguments) -> Pair:
    """Double all depths: only the squared mean sees it."""
    given = given | {"root": False, "reduction": "none"}
    given |= {"target": given["input"] * (given["target"] > 0)}
    seen = ((given["target"] > 0) & given["mask"]).flatten(1).any(1)
    twice = given | {"input": 2 * given["input"]}
    left = (1 - given["variance_focus"]) * math.log(2) ** 2
    return silog_loss(**twice), seen.double() * left


def same_factor(given: Arguments) -> Arguments:
    """Change the unit of both."""
    return {k: 1000 * given[k] for k in ("input", "target")}


def missing(value: float) -> Same:
    """Say that a target of some value is as one that the mask leaves out."""

    def same(given: Arguments) -> Pair:
        y = given["target"]
        gone = torch.arange(y.numel()).view(y.shape) % 3 == 0
        return silog_loss(
            **given | {"target": y.where(~gone, value)}
        ), silog_loss(**given | {"mask": given["mask"] & ~gone})

    return same


def silog_slopes(given: Arguments) -> Pair:
    """Write the slope of the sum."""
    given = given | {"reduction": "sum"}
    x, y = given["input"], given["target"]
    known = (y > 0) & given["mask"]
    n = known.double().sum((1, 2, 3), True).clamp_min(1)
    d = (x.log() - y.log()).where(known, 0)
    mean = d.sum((1, 2, 3), True) / n
    slope = 2 / n * (d - given["variance_focus"] * mean) / x
    if given["root"]:
        each = silog_loss(**given | {"reduction": "none"})
        slope = slope / (2 * each.view(-1, 1, 1, 1)).where(
            n * each.sum() > 0, 1
        )
    slope = slope.where(known, 0)
    return slopes(silog_loss, given, "input"), slope.flatten()


def no_slope_at_0(given: Arguments) -> Pair:
    """Look for the slope of a root where there is no error."""
    x = given["input"]
    given = given | {"target": x, "root": True, "reduction": "sum"}
    loss = silog_loss(**given)
    found = torch.cat([slopes(silog_loss, given, "input"), loss.view(1)])
    return found, torch.zeros_like(found)


def unseen(given: Arguments) -> Pair:
    """Look for nan where vmap shows no values to refuse."""
    x = torch.tensor([[1.0, 2.0], [0.0, 2.0], [-1.0, 2.0]]).double()
    y = torch.ones(3, 2).double()
    found = torch.func.vmap(
        lambda x, y: silog_loss(
            x[None], y[None], reduction="sum", root=given["root"]
        )
    )(x, y)
    return found.isnan().double(), torch.tensor([0.0, 1, 1]).double()


def behind_mask(loss: object) -> Same:
    """Put nan where nothing counts: neither loss nor slope sees it."""

    def same(given: Arguments) -> Pair:
        given = given | {"reduction": "sum"}
        hidden = {"input": given["input"].where(given["mask"], torch.nan)}
        hidden["target"] = given["target"].where(given["mask"], torch.nan)
        return tuple(
            torch.cat(
                [loss(**which).view(1), slopes(loss, which, "input").flatten()]
            )
            for which in (given | hidden, given)
        )

    return same


def at_an_edge(given: Arguments) -> Pair:
    """Let the disparity step where the image does, and elsewhere."""
    step = torch.tensor([0.0, 0, 1, 1]).double().expand(2, 1, 3, 4)
    image = torch.stack([step[0], 0 * step[0]])
    ours = edge_aware_smoothness_loss(
        1 + step,
        image,
        edge_weight=given["edge_weight"],
        normalize=False,
        reduction="none",
    )
    third = 1 / 3
    edge = third * math.exp(-given["edge_weight"])
    return ours, torch.tensor([edge, third], dtype=torch.float64)


def one_row(given: Arguments) -> Pair:
    """Take single rows: nothing is below them."""
    row = {k: given[k][:, :, :1] for k in ("disparity", "image")}
    given = given | row | {"normalize": False, "reduction": "none"}
    x, image = given["disparity"], given["image"]
    weight = -given["edge_weight"] * image.diff(dim=3).abs().mean(1, True)
    rough = x.diff(dim=3).abs() * weight.exp()
    pixel = {k: v[..., :1] for k, v in row.items()}
    none = edge_aware_smoothness_loss(**given | pixel)
    ours = edge_aware_smoothness_loss(**given)
    return torch.cat([ours, none]), torch.cat(
        [rough.mean((1, 2, 3)), torch.zeros_like(none)]
    )


def tiny_mean(given: Arguments) -> Pair:
    """Divide maps whose mean is below 1e-7 by that."""
    given = given | {"disparity": 1e-9 * given["disparity"]}
    plain = edge_aware_smoothness_loss(**given | {"normalize": False})
    ours = edge_aware_smoothness_loss(**given | {"normalize": True})
    return ours, plain / 1e-7


def smooth_slopes(given: Arguments) -> Pair:
    """Write the slope of the sum, without dividing."""
    given = given | {"normalize": False, "reduction": "sum"}
    x, image = given["disparity"], given["image"]
    slope = torch.zeros_like(x)
    for dim in (2, 3):
        weight = -given["edge_weight"] * image.diff(dim=dim).abs().mean(1, True)
        pull = x.diff(dim=dim).sign() * weight.exp()
        pull = pull / pull[0].numel()
        pad = [0, 0, 1, 1] if dim == 2 else [1, 1]
        slope = slope - torch.nn.functional.pad(pull, pad).diff(dim=dim)
    return slopes(edge_aware_smoothness_loss, given, "disparity"), (
        slope.flatten()
    )


def mended(given: Arguments) -> Pair:
    """Scale and shift each image: least squares also turn it round."""
    sign = -1 if given["align"] == "least_squares" else 1
    n = len(given["input"])
    by = sign * (1 + torch.arange(n).double()).view(-1, 1, 1, 1)
    other = given | {"input": by * given["input"] - 7 * by}
    return (
        scale_shift_invariant_loss(**other),
        scale_shift_invariant_loss(**given),
    )


def any_size(given: Arguments) -> Pair:
    """Make the input tiny or huge: its square is no number of float64."""
    plain = scale_shift_invariant_loss(**given)
    other = [
        scale_shift_invariant_loss(**given | {"input": by * given["input"]})
        for by in (2.0**-600, 2.0**600)
    ]
    return torch.stack(other), torch.stack([plain, plain])


def whole_share(_: Arguments) -> Pair:
    """Count what costs nothing, of errors that all are 1 or -1."""
    y = torch.tensor([1.0, -1.0] * 50).double().view(1, 10, 10)
    free = {"align": "least_squares", "alpha": 0.0}
    kept = [
        200 * scale_shift_invariant_loss(0 * y, y, trim=k / 100, **free)
        for k in range(101)
    ]
    return torch.stack(kept).round(), torch.arange(100.0, -1, -1).double()


def target_shifted(given: Arguments) -> Pair:
    """Scale and shift the target: the median's loss doesn't see it."""
    given = given | {"align": "median"}
    other = given | {"target": 3 * given["target"] + 5}
    return (
        scale_shift_invariant_loss(**other),
        scale_shift_invariant_loss(**given),
    )


def perfect(given: Arguments) -> Pair:
    """Take the target itself, in another unit."""
    given = given | {"input": 2 * given["target"] + 1}
    loss = scale_shift_invariant_loss(**given)
    return loss, torch.zeros_like(loss)


def correlated(given: Arguments) -> Pair:
    """Write the least squares that are left with the correlation."""
    x, y = given["input"], given["target"]
    given = given | {"align": "least_squares", "mask": None, "trim": 0.0}
    given |= {"alpha": 0.0, "reduction": "none"}
    x, y = (z.flatten(1) - z.flatten(1).mean(1, True) for z in (x, y))
    both, own = (x * y).mean(1), x.square().mean(1)
    left = y.square().mean(1) - both**2 / own.where(own > 1e-20, 1)
    return scale_shift_invariant_loss(**given), left / 2


def flat_input(given: Arguments) -> Pair:
    """Predict one number: half the variance is left, and no slope."""
    given = given | {"align": "least_squares", "mask": None, "trim": 0.0}
    given |= {"input": 0 * given["input"] + 0.1, "reduction": "none"}
    found = slopes(scale_shift_invariant_loss, given, "input")
    loss = scale_shift_invariant_loss(**given | {"alpha": 0.0})
    half = given["target"].flatten(1).var(1, correction=0) / 2
    return torch.cat([loss, found]), torch.cat([half, 0 * found])


def invariant_slopes(given: Arguments) -> Pair:
    """Write the slope of least squares: the fit itself adds none."""
    given = given | {"align": "least_squares", "trim": 0.0, "alpha": 0.0}
    given |= {"mask": None, "reduction": "sum"}
    x, y = (given[k].flatten(1) for k in ("input", "target"))
    x, y = (z - z.mean(1, True) for z in (x, y))
    own = x.square().sum(1, True)
    scale = (x * y).sum(1, True) / own.where(own > 1e-20, 1)
    scale = scale.where(own > 1e-20, 0)
    slope = scale * (scale * x - y) / x.shape[1]
    return slopes(scale_shift_invariant_loss, given, "input"), slope.flatten()


def infinite_targets(given: Arguments) -> Pair:
    """Make some targets nan and infinite: they don't count."""
    y, mask = given["target"], given["mask"]
    which = torch.arange(y.numel()).view(y.shape) % 4
    bad = y.where(which > 0, torch.nan).where(which != 1, torch.inf)
    return (
        scale_shift_invariant_loss(**given | {"target": bad}),
        scale_shift_invariant_loss(**given | {"mask": mask & (which > 1)}),
    )


def large_shift(_: Arguments) -> Pair:
    """Shift an input far away, in float32: no digit that it has is lost."""
    g = torch.Generator().manual_seed(0)
    y = torch.randint(256, (1, 32, 32), generator=g).float()
    loss = scale_shift_invariant_loss(y / 256 + 2048, y).double()
    return loss.round(decimals=3), torch.zeros_like(loss)


WHOLE = torch.zeros(4, 1, 5, 2)
BAD_PIXELS = [
    ({"input": WHOLE.int()}, TypeError, "torch.int32"),
    ({"target": WHOLE.long()}, TypeError, "torch.int64"),
    ({"target": WHOLE[:, 0]}, ValueError, "(4, 5, 2)"),
    ({"mask": WHOLE}, TypeError, "bool, True: counts, got"),
    ({"mask": WHOLE[:1].bool()}, ValueError, "(1, 1, 5, 2)"),
    ({"reduction": "batch"}, ValueError, "got 'batch'"),
]
EMPTY = dict.fromkeys(("input", "target"), WHOLE[:, :, :0]) | {"mask": None}
CASES = {
    "by_hand": (silog_loss, silog_arguments),
    "by_hand_smoothness": (edge_aware_smoothness_loss, smooth_arguments),
    "by_hand_invariant": (scale_shift_invariant_loss, moderate),
}
PROOFS = {
    "silog_loss": Proof(
        draw=silog_arguments,
        oracles={
            "transformers.models.glpn.modeling_glpn.SiLogLoss": (
                silog_of_transformers
            ),
            "numpy": silog_of_numpy,
        },
        same={
            "all of the variance is that of the logarithms": pairs_of,
            "twice the depths cost what is left of the mean": farther,
            "the unit counts for nothing": unchanged(silog_loss, same_factor),
            "the order of the batch counts for nothing": turned(
                silog_loss, "input", "target", "mask"
            ),
            "0 is no depth": missing(0.0),
            "nan is no depth": missing(torch.nan),
            "what is infinite is no depth": missing(torch.inf),
            "what is below 0 is no depth": missing(-1.0),
            "its slope is that of its formula": silog_slopes,
            "the root has no slope at 0": no_slope_at_0,
            "nan behind the mask is not seen": behind_mask(silog_loss),
            "under vmap what is refused is nan": unseen,
        },
        bad=[
            *BAD_PIXELS,
            (
                {"input": WHOLE[:, 0, 0, 0]},
                ValueError,
                "(N, *) with pixels, got (4,),",
            ),
            (
                {"input": WHOLE, "target": WHOLE + 1, "mask": None},
                ValueError,
                "got 0.0",
            ),
            (EMPTY, ValueError, "with pixels"),
            ({"variance_focus": 1.5}, ValueError, "0 to 1, got 1.5"),
            ({"variance_focus": -0.5}, ValueError, "0 to 1, got -0.5"),
        ],
    ),
    "edge_aware_smoothness_loss": Proof(
        draw=smooth_arguments,
        oracles={
            "kornia.losses.inverse_depth_smoothness_loss": smooth_of_kornia
        },
        same={
            "divided by its mean, a factor counts for nothing": unchanged(
                lambda disparity, normalize, **given: (
                    edge_aware_smoothness_loss(disparity, **given)
                ),
                lambda given: {"disparity": 9 * given["disparity"]},
            ),
            "a step costs less at an edge": at_an_edge,
            "a row has nothing below it, a pixel no neighbour": one_row,
            "a mean below 1e-7 is taken as 1e-7": tiny_mean,
            "its slope is that of its formula": smooth_slopes,
            "turned images cost the same": unchanged(
                edge_aware_smoothness_loss,
                lambda given: {
                    k: given[k].flip(-1).mT for k in ("disparity", "image")
                },
            ),
            "the order of the batch counts for nothing": turned(
                edge_aware_smoothness_loss, "disparity", "image"
            ),
        },
        bad=[
            ({"disparity": WHOLE.int()}, TypeError, "torch.int32"),
            ({"image": WHOLE.byte()}, TypeError, "torch.uint8"),
            ({"disparity": WHOLE[:, 0]}, ValueError, "got (4, 5, 2) and"),
            (
                {"disparity": torch.zeros(4, 2, 5, 3)},
                ValueError,
                "(4, 2, 5, 3)",
            ),
            ({"image": torch.zeros(4, 3, 9, 9)}, ValueError, "(4, 3, 9, 9)"),
            ({"edge_weight": -1.0}, ValueError, "and finite, got -1.0"),
            ({"edge_weight": math.inf}, ValueError, "and finite, got inf"),
            (
                {"disparity": WHOLE[..., :0], "image": WHOLE[..., :0]},
                ValueError,
                "only N may be 0, got (4, 1, 5, 0) and (4, 1, 5, 0)",
            ),
        ],
    ),
    "scale_shift_invariant_loss": Proof(
        draw=invariant_arguments,
        oracles={"numpy.linalg.lstsq": invariant_of_numpy},
        same={
            "scale and shift of an image count for nothing": mended,
            "by the median those of the target neither": target_shifted,
            "the target in another unit costs nothing": perfect,
            "least squares leave what is not correlated": correlated,
            "one number for all costs half the variance": flat_input,
            "its slope is that of its formula": invariant_slopes,
            "targets that are not finite don't count": infinite_targets,
            "nan behind the mask is not seen": behind_mask(
                scale_shift_invariant_loss
            ),
            "far from 0 no digits are lost": large_shift,
            "however small or large, it is scaled": any_size,
            "a share of whole pixels is that many": whole_share,
            "the order of the batch counts for nothing": turned(
                scale_shift_invariant_loss, "input", "target", "mask"
            ),
        },
        bad=[
            *BAD_PIXELS,
            ({"input": WHOLE[0, 0]}, ValueError, "(N, *, H, W) with pixels"),
            (EMPTY, ValueError, "with pixels"),
            ({"align": "mean"}, ValueError, "'median', got 'mean'"),
            ({"trim": 1.5}, ValueError, "0 to 1, got 1.5"),
            ({"alpha": -0.5}, ValueError, "0 and finite, got -0.5"),
            ({"scales": -1}, ValueError, "0 and finite, got -1"),
            ({"scales": 1.5}, TypeError, "scales must be an int, got 1.5"),
        ],
    ),
}
