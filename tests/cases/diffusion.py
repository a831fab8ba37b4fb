"""Arguments of diffusion, and what proves it."""

from unittest import mock

import mpmath
import numpy as np
import torch
from diffusion import diffusion_loss, flow_matching_loss, min_snr_weight
from torch import Tensor
from torch.nn import functional

from tests.blocks import ROOT
from tests.cases._common import reduce
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof

PREDICTIONS = ("epsilon", "v", "sample")


def tensors(draw: Draw) -> Arguments:
    """Draw an output, data and noise: vectors, or small images."""
    shape = draw.choose((draw.n, draw.c), (draw.n, 2, draw.c, draw.c))
    return {key: draw.real(*shape) for key in ("input", "sample", "noise")}


def diffusion_arguments(draw: Draw) -> Arguments:
    """Draw arguments of diffusion_loss, all noise and all data among them."""
    return tensors(draw) | {
        "alpha_bar": draw.unit(draw.n),
        "prediction": draw.choose(*PREDICTIONS),
        "min_snr": draw.choose(None, 0.1, 5.0),
        "reduction": draw.reduction(),
    }


def inside(draw: Draw) -> Arguments:
    """Draw arguments of diffusion_loss where the SNR is a number above 0."""
    given = diffusion_arguments(draw)
    return given | {"alpha_bar": 0.05 + 0.9 * given["alpha_bar"]}


def weight_arguments(draw: Draw) -> Arguments:
    """Draw arguments of min_snr_weight."""
    return {
        "alpha_bar": draw.unit(draw.n, draw.c),
        "gamma": draw.choose(0.1, 1.0, 5.0, 20.0),
        "prediction": draw.choose(*PREDICTIONS),
    }


def weight_inside(draw: Draw) -> Arguments:
    """Draw arguments of min_snr_weight, but 0 and 1."""
    given = weight_arguments(draw)
    return given | {"alpha_bar": 0.05 + 0.9 * given["alpha_bar"]}


def flow_arguments(draw: Draw) -> Arguments:
    """Draw arguments of flow_matching_loss."""
    return tensors(draw) | {
        "weight": draw.weight(draw.n),
        "reduction": draw.reduction(),
    }


def weight_of(alpha_bar: float, gamma: float, prediction: str) -> float:
    """Write the weight with the SNR in mpmath, its limits at both ends."""
    if alpha_bar in (0, 1):
        ends = {"epsilon": (1, 0), "v": (0, 0), "sample": (0, gamma)}
        return float(ends[prediction][int(alpha_bar)])
    with mpmath.workdps(50):
        snr = mpmath.mpf(alpha_bar) / (1 - mpmath.mpf(alpha_bar))
        by = {"epsilon": snr, "v": snr + 1, "sample": 1}[prediction]
        return float(min(snr, mpmath.mpf(gamma)) / by)


def of_hang(alpha_bar: Tensor, gamma: float, prediction: str) -> Tensor:
    """Weigh each number."""
    each = [
        weight_of(a, gamma, prediction) for a in alpha_bar.flatten().tolist()
    ]
    return torch.tensor(each, dtype=torch.float64).view(alpha_bar.shape)


def by_sample(value: Tensor, x: Tensor) -> Tensor:
    """Give each sample of x its value."""
    return value.view(-1, *[1] * (x.ndim - 1))


def schedule(alpha_bar: Tensor) -> tuple[object, Tensor]:
    """Make a schedule of diffusers of these, each a step of its own."""
    made = theirs("diffusers").DDPMScheduler()
    made.alphas_cumprod = alpha_bar.flatten()
    return made, torch.arange(alpha_bar.numel()).view(alpha_bar.shape)


def weight_of_diffusers(
    alpha_bar: Tensor, gamma: float, prediction: str
) -> Tensor:
    """Take their SNR, of which their training scripts make the weight.

    In float64, which they make float32. Where the SNR is 0, theirs of the
    noise is 0 / 0, the limit of which is 1.
    """
    compute_snr = theirs("diffusers.training_utils").compute_snr
    with mock.patch.object(Tensor, "float", Tensor.double):
        snr = compute_snr(*schedule(alpha_bar))
    weight = snr.clamp_max(gamma)
    if prediction == "epsilon":
        return (weight / snr).where(snr > 0, 1)
    return weight / (snr + 1) if prediction == "v" else weight


def of_diffusers(
    input: Tensor,
    sample: Tensor,
    noise: Tensor,
    alpha_bar: Tensor,
    prediction: str,
    min_snr: float | None,
    reduction: str,
) -> Tensor:
    """Do as training scripts; only v and the weights are diffusers'."""
    target = sample if prediction == "sample" else noise
    if prediction == "v":
        made, steps = schedule(alpha_bar)
        target = made.get_velocity(sample, noise, steps)
    loss = functional.mse_loss(input, target, reduction="none")
    if min_snr is not None:
        weight = weight_of_diffusers(alpha_bar, min_snr, prediction)
        loss = loss * by_sample(weight, loss)
    return reduce(loss, reduction)


def flow_of_diffusers(
    input: Tensor, sample: Tensor, noise: Tensor, weight: Tensor, reduction: str
) -> Tensor:
    """Go from a quarter to three quarters of their way, in half the time."""
    module = theirs("diffusers").FlowMatchEulerDiscreteScheduler
    made = module(num_train_timesteps=4)
    late, early = (
        made.scale_noise(sample, made.timesteps[[i] * len(sample)], noise)
        for i in (1, 3)
    )
    velocity = (late - early) / (made.sigmas[1] - made.sigmas[3])
    loss = functional.mse_loss(input, velocity, reduction="none")
    return reduce(loss * by_sample(weight, loss), reduction)


def of_angle(
    input: Tensor,
    sample: Tensor,
    noise: Tensor,
    alpha_bar: Tensor,
    prediction: str,
    min_snr: float | None,
    reduction: str,
) -> Tensor:
    """Write v as the slope of z by its angle; weigh in mpmath."""
    a, x, e, out = (y.numpy() for y in (alpha_bar, sample, noise, input))
    angle = np.arctan2(np.sqrt(1 - a), np.sqrt(a))
    angle = angle.reshape(-1, *[1] * (x.ndim - 1))
    v = np.cos(angle) * e - np.sin(angle) * x
    error = out - {"epsilon": e, "v": v, "sample": x}[prediction]
    if min_snr is not None:
        weight = of_hang(alpha_bar, min_snr, prediction).numpy()
        error = error * np.sqrt(weight).reshape(angle.shape)
    return reduce(torch.from_numpy(np.abs(error) ** 2), reduction)


def of_endpoint(
    input: Tensor, sample: Tensor, noise: Tensor, weight: Tensor, reduction: str
) -> Tensor:
    """Follow the velocity back from halfway, and measure what is missed."""
    x, e, out, w = (y.numpy() for y in (sample, noise, input, weight))
    halfway = (x + e) / 2
    missed = (halfway - out / 2 - x) * 2
    each = missed**2 * w.reshape(-1, *[1] * (x.ndim - 1))
    return reduce(torch.from_numpy(each), reduction)


def costs(given: Arguments, prediction: str, min_snr: float | None) -> Tensor:
    """Take the loss of one estimate of the data, said in a prediction.

    What the network sees is that of diffusers.
    """
    estimate, x, e = (given[key] for key in ("input", "sample", "noise"))
    a = by_sample(given["alpha_bar"], x)
    made, steps = schedule(given["alpha_bar"])
    z = made.add_noise(x, e, steps)
    said = {
        "sample": estimate,
        "epsilon": (z - a.sqrt() * estimate) / (1 - a).sqrt(),
        "v": (a.sqrt() * z - estimate) / (1 - a).sqrt(),
    }
    return diffusion_loss(
        **given
        | {"input": said[prediction], "prediction": prediction}
        | {"min_snr": min_snr, "reduction": "none"}
    )


def weighed(given: Arguments, prediction: str, plus: float) -> Pair:
    """Compare with the SNR, plus a number, times the sample's errors."""
    x, a = given["sample"], 0.05 + 0.9 * given["alpha_bar"]
    given = given | {"alpha_bar": a}
    snr = by_sample(a / (1 - a) + plus, x)
    return costs(given, prediction, None), snr * costs(given, "sample", None)


def alike(given: Arguments, prediction: str) -> Pair:
    """Compare a prediction with another, under min_snr."""
    given = given | {"alpha_bar": 0.05 + 0.9 * given["alpha_bar"]}
    return costs(given, prediction, 5.0), costs(given, "sample", 5.0)


def ends(given: Arguments) -> Pair:
    """Compare v without noise, and without data, with what it is there."""
    out, x, e = (given[key] for key in ("input", "sample", "noise"))
    a = torch.tensor([1.0, 0.0]).repeat_interleave(len(x))
    twice = (torch.cat([y, y]) for y in (out, x, e))
    ours = diffusion_loss(*twice, a, prediction="v", reduction="none")
    return ours, torch.cat([out - e, out + x]) ** 2


def cosmap(given: Arguments) -> Pair:
    """Weigh as Stable Diffusion 3 does, and by the line of the page's block."""
    t = torch.linspace(0, 1, len(given["input"])).double()
    block = ROOT / "snippets" / "examples" / "diffusion.md"
    line = "2 / (torch.pi * (1 - 2 * t + 2 * t**2))"
    assert f"cosmap = {line}\n" in block.read_text(encoding="utf-8")
    ours = 2 / (torch.pi * (1 - 2 * t + 2 * t**2))
    weigh = theirs("diffusers.training_utils").compute_loss_weighting_for_sd3
    return (
        flow_matching_loss(**given | {"weight": ours}),
        flow_matching_loss(**given | {"weight": weigh("cosmap", t)}),
    )


BAD = [
    ({"input": torch.zeros(4, 5).int()}, TypeError, "int32"),
    ({"input": torch.tensor(0.0)}, ValueError, "(N, *), got ()"),
    ({"sample": torch.zeros(4, 1)}, ValueError, "got (4, 1)"),
    ({"sample": torch.zeros(4, 5).long()}, TypeError, "int64"),
    ({"noise": torch.zeros(5)}, ValueError, "got (5,)"),
    ({"noise": torch.zeros(4, 5).long()}, TypeError, "int64"),
]
PREDICTION = ({"prediction": "x0"}, ValueError, "got 'x0'")
CASES = {
    "by_hand": (diffusion_loss, inside),
    "by_hand_weight": (min_snr_weight, weight_inside),
    "by_hand_flow": (flow_matching_loss, flow_arguments),
}
PROOFS = {
    "diffusion_loss": Proof(
        draw=diffusion_arguments,
        oracles={"diffusers.DDPMScheduler": of_diffusers, "numpy": of_angle},
        same={
            "an error of the noise is SNR times one of the sample": lambda x: (
                weighed(x, "epsilon", 0.0)
            ),
            "an error of v is SNR + 1 times one of the sample": lambda x: (
                weighed(x, "v", 1.0)
            ),
            "under min_snr epsilon costs what sample does": lambda x: alike(
                x, "epsilon"
            ),
            "under min_snr v costs what sample does": lambda x: alike(x, "v"),
            "epsilon is MSE of the noise": lambda given: (
                diffusion_loss(
                    **given | {"prediction": "epsilon", "min_snr": None}
                ),
                functional.mse_loss(
                    given["input"], given["noise"], reduction=given["reduction"]
                ),
            ),
            "at all data v is the noise, at all noise minus the data": ends,
        },
        bad=[
            *BAD,
            ({"alpha_bar": torch.ones(4, 1)}, ValueError, "got (4, 1)"),
            ({"alpha_bar": torch.ones(5)}, ValueError, "(4,), got (5,)"),
            ({"alpha_bar": torch.ones(4).long()}, TypeError, "int64"),
            PREDICTION,
            ({"min_snr": 0.0}, ValueError, "above 0, got 0.0"),
            ({"min_snr": torch.inf}, ValueError, "finite"),
        ],
    ),
    "min_snr_weight": Proof(
        draw=weight_arguments,
        oracles={
            "diffusers.training_utils.compute_snr": weight_of_diffusers,
            "mpmath": of_hang,
        },
        same={
            "noise weighs as the sample does, by the SNR": lambda given: (
                min_snr_weight(**given | {"prediction": "epsilon"})
                * given["alpha_bar"],
                min_snr_weight(**given | {"prediction": "v"}),
            ),
            "the sample weighs as v does, by 1 - alpha_bar": lambda given: (
                min_snr_weight(**given | {"prediction": "sample"})
                * (1 - given["alpha_bar"]),
                min_snr_weight(**given | {"prediction": "v"}),
            ),
            "nothing weighs more than gamma or 1": lambda given: (
                (
                    min_snr_weight(**given)
                    - (
                        given["gamma"]
                        if given["prediction"] == "sample"
                        else 1.0
                    )
                ).clamp_min(0),
                torch.zeros_like(given["alpha_bar"]),
            ),
        },
        bad=[
            ({"alpha_bar": torch.ones(4).long()}, TypeError, "int64"),
            ({"gamma": -1.0}, ValueError, "above 0, got -1.0"),
            PREDICTION,
        ],
    ),
    "flow_matching_loss": Proof(
        draw=flow_arguments,
        oracles={
            "diffusers.FlowMatchEulerDiscreteScheduler": flow_of_diffusers,
            "numpy": of_endpoint,
        },
        same={
            "without weights it is MSE of noise - sample": lambda given: (
                flow_matching_loss(**given | {"weight": None}),
                functional.mse_loss(
                    given["input"],
                    given["noise"] - given["sample"],
                    reduction=given["reduction"],
                ),
            ),
            "weights of 1 change nothing": lambda given: (
                flow_matching_loss(
                    **given | {"weight": torch.ones_like(given["weight"])}
                ),
                flow_matching_loss(**given | {"weight": None}),
            ),
            "cosmap is diffusers' for Stable Diffusion 3": cosmap,
            "turned round, minus the output costs the same": lambda given: (
                flow_matching_loss(
                    **given
                    | {
                        "input": -given["input"],
                        "sample": given["noise"],
                        "noise": given["sample"],
                    }
                ),
                flow_matching_loss(**given),
            ),
        },
        bad=[
            *BAD,
            ({"weight": torch.ones(4, 1)}, ValueError, "got (4, 1)"),
            ({"weight": torch.ones(4).long()}, TypeError, "int64"),
        ],
    ),
}
