"""The explorers: what their data say, and what a reader's keyboard does.

The data are compared with formulas written here by hand; the gradient must
lie between the slopes on either side of each x, so that kinks need no care.
"""

import inspect
import json
import re
from collections.abc import Callable
from functools import cache
from itertools import product
from pathlib import Path

import pytest
import torch
from lxml import html
from playwright.sync_api import Browser, Locator, Page, expect
from torch import Tensor

from docs.grammar import front_matter
from tests.blocks import ROOT
from tests.browser import PAINT, PHONE, SHIFTS, Address, Open, contrast
from tests.site import ROOTS, SITE, language, tree

LIMIT = 120_000  # bytes, of a file of data
MODULES = sorted(p.stem for p in (ROOT / "docs/figures").glob("[a-z]*.py"))
ROUNDED = 5.001e-4  # half of the last of four digits
# Pages with numeric arguments that have no explorer, and why.
WITHOUT = {
    "box_iou": "no argument shapes it",
    "chunked_cross_entropy": "memory; its arguments are on z_loss's page",
    "linear_cross_entropy_loss": "its arguments are on cross entropy's page",
    "poisson_nll_loss": "eps is for rounding only",
    "token_loss": "only counts",
}
# What keeps a number finite, not what shapes a loss.
NOT_SLIDERS = {"eps", "size_average", "reduce"}


def softplus(x: Tensor) -> Tensor:
    """Take -log(sigmoid(-x))."""
    return torch.log1p(torch.exp(x))


def bernoulli_kl(p: Tensor, q: Tensor) -> Tensor:
    """Take the divergence of two classes."""
    return p * (p / q).log() + (1 - p) * ((1 - p) / (1 - q)).log()


def jsd(x: Tensor, beta: float, temperature: float) -> Tensor:
    """Mix teacher and student, but at the ends."""
    t = torch.sigmoid(torch.full_like(x, 2) / temperature)
    s = torch.sigmoid(x / temperature)
    if beta in (0, 1):
        return bernoulli_kl(s, t) if beta else bernoulli_kl(t, s)
    m = beta * t + (1 - beta) * s
    return beta * bernoulli_kl(t, m) + (1 - beta) * bernoulli_kl(s, m)


def asymmetric(x: Tensor, gamma_neg: float, clip: float) -> Tensor:
    """Focus on what is left of the probability."""
    p = (torch.sigmoid(x) - clip).clamp_min(1e-300)
    return -(p**gamma_neg) * torch.log1p(-p)


def crps(x: Tensor, std: float) -> Tensor:
    """Write the CRPS with the normal distribution."""
    normal = torch.distributions.Normal(0.0, 1.0)
    z = x / std
    pdf = normal.log_prob(z).exp()
    cdf = normal.cdf(z)
    return std * (z * (2 * cdf - 1) + 2 * pdf - torch.pi**-0.5)


def general_robust(x: Tensor, alpha: float, scale: float) -> Tensor:
    """Write Barron's loss, and its limits at 2 and 0."""
    z, b = (x / scale) ** 2, 2 - alpha
    if alpha in (0, 2):
        return z / 2 if alpha else torch.log1p(z / 2)
    return b / alpha * ((z / b + 1) ** (alpha / 2) - 1)


def negative_binomial(x: Tensor, dispersion: float) -> Tensor:
    """Take a count of 5, its gammas as a product."""
    m, ways = x.exp(), torch.tensor(120.0, dtype=x.dtype).log()
    if not dispersion:
        return m - 5 * x + ways
    k = 1 + dispersion * torch.arange(5, dtype=x.dtype)
    grown = (5 + 1 / dispersion) * (dispersion * m).log1p()
    return grown - 5 * x + ways - k.log().sum()


def tweedie(x: Tensor, power: float) -> Tensor:
    """Take a target of 5, and the limits at both ends."""
    y, z = 5.0, x - torch.tensor(5.0, dtype=x.dtype).log()
    if power == 1:
        return y * (z.exp() - 1 - z)
    if power == 2:
        return z + (-z).exp() - 1
    one, two = 1 - power, 2 - power
    mean = (two * x).exp() / two - y * (one * x).exp() / one
    return mean + y**two / (one * two)


def tversky(x: Tensor, alpha: float, beta: float) -> Tensor:
    """Count a mask of 100 pixels, and 100 others with half the chance."""
    wrong = alpha * 50 * x + beta * 100 * (1 - x)
    return wrong / (100 * x + wrong + 1)


def focal_tversky(x: Tensor, gamma: float) -> Tensor:
    """Take a power of misses only."""
    return (70 * (1 - x) / (100 * x + 70 * (1 - x) + 1)) ** gamma


def arcface(x: Tensor, margin: float, scale: float) -> Tensor:
    """Add the margin to the angle, as long as it stays below pi."""
    m = torch.tensor(margin, dtype=x.dtype)
    far = x.cos() - m * m.sin()
    return softplus(-scale * torch.where(x + m <= torch.pi, (x + m).cos(), far))


def vicreg(x: Tensor, gamma: float, variance: float) -> Tensor:
    """Take 256 samples of standard deviation x, unbiased."""
    return variance * (gamma - (x**2 * 256 / 255 + 1e-4).sqrt()).relu()


def warped(x: Tensor, gamma: float) -> Tensor:
    """Align a series that stays at x with 0, 1: three ways, and their own."""
    first, last = x**2, (x - 1) ** 2
    ways = torch.stack([first + last, 2 * first + last, first + 2 * last])
    own = torch.stack(
        [
            torch.tensor([0.0, 0.0, 0.0], dtype=x.dtype),
            torch.tensor([0.0, 1.0, 1.0], dtype=x.dtype),
        ]
    )
    least = -gamma * (-own / gamma).logsumexp(1)
    return -gamma * (-ways / gamma).logsumexp(0) - least.mean()


def barlow(x: Tensor, lambd: float) -> Tensor:
    """Take two views alike, their dimensions correlated."""
    one = 1 / (1 + 1e-5)
    return 2 * (1 - one) ** 2 + 2 * lambd * (x * one) ** 2


def focused(x: Tensor, beta: float, target: float) -> Tensor:
    """Weigh cross entropy by the distance of the score."""
    ce = target * softplus(-x) + (1 - target) * softplus(x)
    return (target - torch.sigmoid(x)).abs() ** beta * ce


def peaked(x: Tensor, alpha: float, beta: float, target: float) -> Tensor:
    """Focus on a peak; count what is none by its distance from 1."""
    if target == 1:
        return torch.sigmoid(-x) ** alpha * softplus(-x)
    return (1 - target) ** beta * torch.sigmoid(x) ** alpha * softplus(x)


def shifted(x: Tensor, l1: float, giou: float) -> Tensor:
    """Move a square of 0.2 along x: it overlaps by what is left of 0.2."""
    inter, hull = 0.2 * (0.2 - x.abs()).relu(), 0.2 * (0.2 + x.abs())
    union = 2 * 0.2**2 - inter
    return l1 * x.abs() + giou * (2 - inter / union - union / hull)


def gce(x: Tensor, q: float) -> Tensor:
    """Take a power of the probability, its logarithm at the limit."""
    return (1 - torch.sigmoid(x) ** q) / q if q else softplus(-x)


def dino(
    x: Tensor, teacher_temperature: float, student_temperature: float
) -> Tensor:
    """Take the cross entropy of two, the teacher's logit being 0.1."""
    q = torch.sigmoid(torch.tensor(0.1 / teacher_temperature, dtype=x.dtype))
    x = x / student_temperature
    return q * softplus(-x) + (1 - q) * softplus(x)


def zlpr(x: Tensor, target: float, zeros: float, one: float) -> Tensor:
    """Add up what is not true, nine others too, and what is, one other too."""
    false = 9 * torch.tensor(zeros, dtype=x.dtype).exp()
    true = torch.tensor(-one, dtype=x.dtype).exp()
    return torch.log1p(false + (1 - target) * x.exp()) + torch.log1p(
        true + target * (-x).exp()
    )


def hardest(x: Tensor, threshold: float, min_fraction: float) -> Tensor:
    """Sort a pixel and 15 others, and cut where easy ones begin."""
    others = torch.arange(15, dtype=x.dtype) * 1.2 - 0.43
    flat = x.flatten().unsqueeze(1)
    leads = torch.cat([flat, others.expand(len(flat), -1)], 1).sort(1).values
    hard = (torch.sigmoid(leads) < threshold).sum(1, keepdim=True)
    n = hard.clamp_min(int(16 * min_fraction))
    kept = softplus(-leads) * (torch.arange(16) < n)
    return (kept.sum(1) / n.squeeze(1)).view_as(x)


def broken(x: Tensor, missing: float, smooth: float) -> Tensor:
    """Count what is missing of a line that is its own skeleton."""
    absent = missing * torch.sigmoid(-x)
    return absent / (2 * (16 + smooth) - absent)


def distant(x: Tensor, distance: float, weight: float) -> Tensor:
    """Add the distance of a pixel to what it costs by itself."""
    area = softplus(-x) if distance <= 0 else softplus(x)
    return area + weight * distance * torch.sigmoid(x)


def balanced(x: Tensor, spread: float, top_k: float) -> Tensor:
    """Count in float64 which experts tokens prefer, the first ahead."""
    steps = torch.tensor([2.0, 3, 5, 7, 11, 13, 17, 19], dtype=x.dtype) ** 0.5
    own = torch.arange(1, 257, dtype=x.dtype).unsqueeze(1) * steps
    own = spread * (2 * (own - own.floor()) - 1)
    first = (torch.arange(8) == 0).to(x)
    logits = own + x[..., None, None] * first
    rank = logits.argsort(-1, descending=True).argsort(-1)
    load = (rank < top_k).to(x).mean(-2)
    chance = logits.exp() / logits.exp().sum(-1, keepdim=True)
    return 8 * (load * chance.mean(-2)).sum(-1)


def tagged(x: Tensor, score: float, before: float) -> Tensor:
    """Add up all 27 paths of three tags: O, B, I."""

    def total(path: tuple[int, ...]) -> Tensor:
        one, two, three = path
        steps = ((one, two) == (0, 2)) + ((two, three) == (0, 2))
        fixed = (2.0, before, 0.0)[one] + (2.0, 0.0, 0.0)[three]
        fixed += score * steps
        return fixed + x if two == 2 else fixed + 0 * x

    paths = torch.stack([total(path) for path in product(range(3), repeat=3)])
    return paths.logsumexp(0) - total((1, 2, 0))


def late(x: Tensor, frequency: float, noise: float) -> Tensor:
    """Take the cosine of a tone and what is late, with noise beside it."""
    turned = (2 * torch.pi * frequency / 16000 * x).cos() ** 2
    share = turned / (1 + 10 ** (noise / 10))
    return -10 * (share / (1 - share + 1e-8) + 1e-8).log10()


def treble(x: Tensor, sc_weight: float, level: float) -> Tensor:
    """Compare spectrograms of torch.stft, the upper half at another volume."""
    generator = torch.Generator().manual_seed(0)
    signal = torch.randn(2, 4000, generator=generator, dtype=x.dtype)[0, :2400]
    bins = torch.fft.rfft(signal)
    upper = torch.arange(len(bins)) >= 600
    bass = torch.fft.irfft(bins * ~upper)
    high = torch.fft.irfft(bins * upper) * 10 ** (level / 20)
    estimates = bass + 10 ** (x.reshape(-1, 1) / 20) * high
    loss = torch.zeros_like(x.flatten())
    for n_fft, hop, length in (
        (1024, 120, 600),
        (2048, 240, 1200),
        (512, 50, 240),
    ):
        one, other = (
            torch.stft(
                wave,
                n_fft,
                hop,
                length,
                torch.hann_window(length, dtype=x.dtype),
                return_complex=True,
            )
            .abs()
            .clamp_min(1e-7**0.5)
            for wave in (estimates, (bass + high).unsqueeze(0))
        )
        norms = [
            torch.linalg.vector_norm(z, dim=(1, 2))
            for z in (one - other, other)
        ]
        loss = loss + (one.log() - other.log()).abs().mean((1, 2)) / 3
        loss = loss + sc_weight * norms[0] / norms[1] / 3
    return loss.view_as(x)


def dropped(x: Tensor, weight: float, other: float) -> Tensor:
    """Take the cross entropy of both passes, and half of both divergences."""
    y = torch.full_like(x, other)
    p, q = torch.sigmoid(x), torch.sigmoid(y)
    apart = bernoulli_kl(p, q) + bernoulli_kl(q, p)
    return (softplus(-x) + softplus(-y) + weight * apart) / 2


def seen(x: Tensor, views: float, other: float) -> Tensor:
    """Take the divergences of one view and of others from their mean."""
    p, q = torch.sigmoid(x), torch.sigmoid(torch.full_like(x, other))
    rest = views - 1
    m = (p + rest * q) / views
    return (bernoulli_kl(p, m) + rest * bernoulli_kl(q, m)) / views


def preferred(
    x: Tensor, beta: float, label_smoothing: float, variant: str
) -> Tensor:
    """Add what a wrong pair costs, or take it off again."""
    e, own = label_smoothing, softplus(-beta * x)
    if variant == "robust":
        return ((1 - e) * own - e * softplus(beta * x)) / (1 - 2 * e)
    return (1 - e) * own + e * softplus(beta * x)


def swallowed(x: Tensor, power: float, size: float) -> Tensor:
    """Give a class of 10 pixels what its larger neighbour leaves of them."""
    w, lost = (10 / size) ** power, 10 * (1 - x)
    both = 2 * (10 * x + w * size)
    return 1 - (both + 1) / (both + lost + w * lost + 1)


BY_HAND: dict[str, Callable[..., Tensor]] = {
    "approx_ndcg_loss": lambda x, temperature, others: (
        1 - 1 / (2 + others * torch.sigmoid(-x / temperature)).log2()
    ),
    "arcface_loss": arcface,
    "asymmetric_loss": asymmetric,
    "barlow_twins_loss": barlow,
    "boundary_loss": distant,
    "beta_nll_loss": lambda x, beta, var: (
        var**beta * (torch.tensor(var).log() + x**2 / var) / 2
    ),
    "binary_cross_entropy_with_logits": lambda x, pos_weight, target: (
        pos_weight * target * softplus(-x) + (1 - target) * softplus(x)
    ),
    "charbonnier_loss": lambda x, eps: (x**2 + eps**2).sqrt(),
    "batch_hard_triplet_loss": lambda x, margin, positive: (
        positive - x + margin
    ).relu(),
    "cispo_loss": lambda x, clip_high, advantage: (
        -advantage * x.detach().exp().clamp_max(clip_high) * (x - 2)
    ),
    "cldice_loss": broken,
    "contrastive_pair_loss": lambda x, margin: (margin - x).relu() ** 2 / 2,
    "cosent_loss": lambda x, scale: softplus(-scale * x),
    "clipped_policy_loss": lambda x, clip_high, advantage: (
        -advantage
        * (
            torch.minimum(x, torch.tensor(1 + clip_high, dtype=x.dtype))
            if advantage > 0
            else x.clamp_min(0.8)  # the default of clip_low
        )
    ),
    "clipped_value_loss": lambda x, clip, returns: (
        torch.maximum(
            (x - returns).abs(), (x.clamp(-clip, clip) - returns).abs()
        )
        ** 2
        / 2
    ),
    "edge_aware_smoothness_loss": lambda x, edge_weight, edge: (
        x.abs() * torch.exp(torch.tensor(-edge_weight * edge).to(x))
    ),
    "min_snr_weight": lambda x, gamma: torch.minimum(x, gamma * (1 - x)),
    "cosface_loss": lambda x, margin, scale: softplus(
        -scale * (x.cos() - margin)
    ),
    "cosine_embedding_loss": lambda x, margin, target: (
        1 - x.cos() if target > 0 else (x.cos() - margin).relu()
    ),
    "cox_ph_loss": lambda x, others: torch.log1p(others * torch.exp(-x)),
    "crf_nll": tagged,
    "cross_entropy": lambda x, label_smoothing: (
        (x.exp() + 2).log() - (1 - label_smoothing * 2 / 3) * x
    ),
    "dpo_loss": preferred,
    "dino_loss": dino,
    "focal_tversky_loss": focal_tversky,
    "gaussian_crps": crps,
    "gaussian_mixture_nll": lambda x, std, apart: (
        torch.tensor(8 * torch.pi * std**2, dtype=x.dtype).log() / 2
        - torch.stack([x**2, (x - apart) ** 2]).div(-2 * std**2).logsumexp(0)
    ),
    "general_robust_loss": general_robust,
    "gaussian_focal_loss": peaked,
    "gaussian_kl": lambda x, log_variance, free_bits: (
        (x**2 + torch.tensor(log_variance).to(x).exp() - 1 - log_variance) / 2
    ).clamp(min=free_bits),
    "gaussian_nll_loss": lambda x, var: (
        (torch.tensor(var).log() + x**2 / var) / 2
    ),
    "generalized_cross_entropy": gce,
    "generalized_dice_loss": swallowed,
    "generalized_jsd": jsd,
    "hinge_embedding_loss": lambda x, margin, target: (
        1 * x if target > 0 else (margin - x).relu()
    ),
    "huber_loss": lambda x, delta: torch.where(
        x.abs() < delta, x**2 / 2, delta * (x.abs() - delta / 2)
    ),
    "info_nce": lambda x, temperature, count: torch.log1p(
        count * torch.exp(-x / temperature)
    ),
    "ipo_loss": lambda x, beta: (x - 0.5 / beta) ** 2,
    "jsd_consistency": seen,
    "ldam_loss": lambda x, max_margin, scale: torch.log1p(
        2 * torch.exp(-scale * (x - max_margin))
    ),
    "load_balancing_loss": balanced,
    "logit_adjusted_cross_entropy": lambda x, tau, n: torch.log1p(
        torch.exp(-x) * (1000 / n) ** tau
    ),
    "lsgan_loss": lambda x, c: (x - c) ** 2 / 2,
    "mape_loss": lambda x, eps: (x - 2).abs() / max(2, eps),
    "margin_ranking_loss": lambda x, margin, target: (
        margin - target * x
    ).relu(),
    "mmd_loss": lambda x, bandwidth: (
        2 - 2 * torch.exp(-((x / bandwidth) ** 2) / 2)
    ),
    "multi_margin_loss": lambda x, margin, p: (margin - x).relu() ** p / 2,
    "multi_resolution_stft_loss": treble,
    "multi_similarity_loss": lambda x, base, beta: (
        softplus(beta * (x - base)) / beta
    ),
    "negative_binomial_nll": negative_binomial,
    "negative_sampling_loss": lambda x, count: (
        softplus(-x) + count * torch.tensor(2.0, dtype=x.dtype).log()
    ),
    "ohem_cross_entropy": hardest,
    "poly1_cross_entropy": lambda x, epsilon: (
        softplus(-x) + epsilon * torch.sigmoid(-x)
    ),
    "proxy_anchor_loss": lambda x, margin, scale: (
        softplus(-scale * (x.cos() - margin))
        + softplus(torch.tensor(scale * margin)) / 2
    ),
    "proxy_nca_loss": lambda x, temperature: softplus(
        -2 * x.cos() / temperature
    ),
    "quality_focal_loss": focused,
    "quantile_loss": lambda x, q: torch.maximum(-q * x, (1 - q) * x),
    "r_drop_loss": dropped,
    "ranknet_loss": lambda x, sigma: softplus(-sigma * x),
    "rmse_loss": lambda x, eps: ((x - 2) ** 2 + eps**2).sqrt(),
    "sampled_softmax_loss": lambda x, count, often: torch.log1p(
        count * often * torch.exp(-x)
    ),
    "set_prediction_loss": shifted,
    "si_sdr_loss": late,
    "sigmoid_focal_loss": lambda x, gamma, alpha: (
        alpha * (1 + x.exp()) ** -gamma * softplus(-x)
    ),
    "silog_loss": lambda x, variance_focus, wrong: (
        x**2 * (wrong / 4 - variance_focus * wrong**2 / 16)
    ),
    "simpo_loss": lambda x, beta, gamma: softplus(gamma - beta * x),
    "smooth_l1_loss": lambda x, beta: (
        torch.where(x.abs() < beta, x**2 / (2 * beta), x.abs() - beta / 2)
        if beta
        else x.abs()
    ),
    "ssim_loss": lambda x, data_range: (
        (x - 0.5) ** 2 / (x**2 + 0.25 + (0.01 * data_range) ** 2)
    ),
    "symmetric_cross_entropy": lambda x, alpha, beta: (
        alpha * softplus(-x) + 4 * beta * torch.sigmoid(-x)
    ),
    "total_variation_loss": lambda x, power: x.abs() ** power,
    "triplet_margin_loss": lambda x, margin, positive: (
        margin + positive - x
    ).relu(),
    "triplet_margin_with_distance_loss": lambda x, margin, positive: (
        margin
        + x.deg2rad().cos()
        - torch.tensor(positive, dtype=x.dtype).deg2rad().cos()
    ).relu(),
    "tversky_loss": tversky,
    "tweedie_loss": tweedie,
    "varifocal_loss": lambda x, alpha, gamma: (
        alpha * torch.sigmoid(x) ** gamma * softplus(x)
    ),
    "soft_dtw_loss": warped,
    "vicreg_loss": vicreg,
    "weibull_nll": lambda x, shape, event: (
        (5 * torch.exp(-x)) ** shape
        - event * ((5 * torch.exp(-x)) ** shape * shape / 5).log()
    ),
    "student_t_nll": lambda x, df, scale: (
        -torch.distributions.StudentT(x.new_tensor(df), 0.0, scale).log_prob(x)
    ),
    "wing_loss": lambda x, width, curvature: torch.where(
        x.abs() < width,
        width * (1 + x.abs() / curvature).log(),
        x.abs()
        - width
        + width * torch.tensor(1 + width / curvature, dtype=x.dtype).log(),
    ),
    "z_loss": lambda x, coefficient: (
        (x.exp() + 2).log() - x + coefficient * (x.exp() + 2).log() ** 2
    ),
    "zero_inflated_poisson_nll": lambda x, always: (
        -(always + (1 - always) * (-x.exp()).exp()).log()
    ),
    "zlpr_loss": zlpr,
}


def boxes(page: str) -> list[html.HtmlElement]:
    """List the explorers of a page."""
    return tree(page).xpath("//*[@data-explorer]")


@cache
def pages() -> dict[str, list[str]]:
    """Map each loss page to the names of its explorers."""
    found = {name: boxes(f"losses/{name}/") for name in loss_pages()}
    return {
        f"losses/{name}/": [box.get("data-explorer") for box in listed]
        for name, listed in found.items()
        if listed
    }


def loss_pages() -> list[str]:
    """Name the pages of losses."""
    folder = ROOT / "docs/en/losses"
    return [name for name in MODULES if (folder / f"{name}.md").exists()]


EVERYWHERE = [root + page for page in pages() for root in ROOTS.values()]
SOME = [f"{root}losses/focal_loss/" for root in ROOTS.values()]
on_every_page = pytest.mark.parametrize("page", EVERYWHERE)
in_both_languages = pytest.mark.parametrize("page", SOME)


@cache
def data(name: str) -> dict[str, list]:
    """Read an explorer's curves as they are published."""
    text = (SITE / f"assets/explorer/{name}.js").read_text(encoding="utf-8")
    return json.loads(text.partition("=")[2].partition("=")[2].rstrip(";\n"))


def sliders(box: html.HtmlElement) -> dict[str, list[float | str]]:
    """Read the arguments of an explorer, and their values."""
    name = box.get("data-explorer")
    return {
        found.get("id").removeprefix(f"{name}-"): [
            value if value.isalpha() else float(value)
            for value in json.loads(found.get("data-values"))
        ]
        for found in box.xpath(".//input[@data-values]")
    }


def slopes(loss: Callable[[Tensor], Tensor], x: Tensor) -> Tensor:
    """Differentiate a hair to the left and to the right of each x."""
    both = torch.stack([x - 1e-9, x + 1e-9]).requires_grad_()
    return torch.autograd.grad(loss(both).sum(), both)[0]


@pytest.mark.parametrize(
    ("page", "name"),
    [(p, name) for p, names in pages().items() for name in names],
)
def test_what_is_published_is_the_formula(page: str, name: str) -> None:
    (box,) = [b for b in boxes(page) if b.get("data-explorer") == name]
    arguments, found = sliders(box), data(name)
    x = torch.tensor(found["x"], dtype=torch.float64)
    positions = list(product(*arguments.values()))
    assert len(found["loss"]) == len(found["gradient"]) == len(positions) > 4
    for at, chosen in enumerate(positions):
        options = dict(zip(arguments, chosen, strict=True))

        def loss(x: Tensor, options: dict = options) -> Tensor:
            return BY_HAND[name](x, **options)

        told, gradient = (
            torch.tensor(found[key][at], dtype=torch.float64)
            for key in ("loss", "gradient")
        )
        close = {"rtol": ROUNDED, "atol": 1e-7}
        torch.testing.assert_close(told, loss(x), **close)
        left, right = slopes(loss, x)
        room = ROUNDED * gradient.abs() + 1e-7
        assert (gradient >= torch.minimum(left, right) - room).all(), options
        assert (gradient <= torch.maximum(left, right) + room).all(), options


def numbers(function: Callable) -> set[str]:
    """Name a function's arguments that are a number by default."""
    return {
        name
        for name, given in inspect.signature(function).parameters.items()
        if isinstance(given.default, float) and name not in NOT_SLIDERS
    }


def functions(page: str) -> list[Callable]:
    """List the functions of a loss page."""
    source = ROOT / f"docs/en/losses/{page}.md"
    meta, _ = front_matter(source.read_text(encoding="utf-8"))
    if name := meta.get("functional", "").rpartition(".")[2]:
        function = getattr(torch.nn.functional, name, None)
        return [function] if function else []
    module = __import__(meta["module"]) if "module" in meta else None
    return [
        member
        for name, member in vars(module or object).items()
        if inspect.isfunction(member)
        and member.__module__ == page
        and not name.startswith("_")
    ]


@pytest.mark.parametrize("page", loss_pages())
def test_a_page_with_a_numeric_argument_has_an_explorer(page: str) -> None:
    wanted = set().union(*map(numbers, functions(page)))
    shown = boxes(f"losses/{page}/")
    slid = {key for box in shown for key in sliders(box)}
    if page in WITHOUT:
        assert not shown, f"{page} has an explorer: take it out of WITHOUT"
    elif wanted:
        assert wanted & slid, f"{page}: no explorer slides any of {wanted}"


def test_explorers_are_many_small_and_the_same_in_both_languages() -> None:
    assert len(pages()) >= 20
    assert {name for names in pages().values() for name in names} == {*BY_HAND}
    files = [*(SITE / "assets/explorer").glob("*.js")]
    assert {file.stem for file in files} == {*BY_HAND}
    for file in files:
        assert file.stat().st_size < LIMIT, file
        twin = SITE / "zh" / file.relative_to(SITE)
        assert twin.read_bytes() == file.read_bytes()
    for page in pages():
        one, other = (
            [(box.get("data-explorer"), sliders(box)) for box in boxes(p)]
            for p in (page, f"zh/{page}")
        )
        assert one == other


@on_every_page
def test_what_a_reader_is_told_is_in_the_pages_language(page: str) -> None:
    for box in boxes(page):
        label, said = box.get("aria-label"), box.xpath(".//@data-says")[0]
        chinese = language(page) == "zh"
        assert ("试" in label) == ("损失" in said) == chinese
        assert label.endswith(box.get("data-explorer"))
        for found in box.xpath(".//input"):
            (name,) = box.xpath(f".//label[@for='{found.get('id')}']")
            assert name.text_content().strip()


# All that an explorer shows, at once: each question to the browser takes time.
SHOWN = """(box) => ({
    state: [...box.querySelectorAll("input")].map((e) => [+e.value, +e.max]),
    said: [...box.querySelectorAll("input")].map((e) => e.ariaValueText),
    outputs: [...box.querySelectorAll("output:not(.told)")]
        .map((e) => e.innerText),
    told: box.querySelector(".told").innerText,
    paths: Object.fromEntries([...box.querySelectorAll("[data-of]")].map(
        (e) => [e.dataset.of, [".now", ".at"].map(
            (x) => e.querySelector(x).getAttribute("d"))])),
})"""


def points(d: str) -> list[list[float]]:
    """Read a curve that is drawn, as points in the units of the data."""
    return [
        [float(number) for number in point.split()]
        for point in d.removeprefix("M").removesuffix("h0").split("L")
    ]


def shown(box: Locator, name: str) -> dict[str, list]:
    """See that all that is shown is the data of where the sliders are."""
    found, now = data(name), box.evaluate(SHOWN)
    *chosen, (read, _) = now["state"]
    at = 0
    for index, last in chosen:
        at = at * (last + 1) + index
    wanted = [found["x"][read]]
    for key in ("loss", "gradient"):
        drawn = [points(d) for d in now["paths"][key]]
        line = [list(p) for p in zip(found["x"], found[key][at], strict=True)]
        assert drawn == [line, [line[read]]], key
        wanted.append(line[read][1])
    told = re.findall(r"-?\d[\d.e-]*", now["told"])
    assert [float(number) for number in told] == wanted
    assert now["outputs"] == now["said"]
    return now


def loaded(box: Locator) -> str:
    """Unfold an explorer and wait until its sliders work."""
    name = box.get_attribute("data-explorer")
    box.locator("summary").click()
    box.locator(".panels").scroll_into_view_if_needed()
    box.page.wait_for_function(f"window.explorers?.['{name}']")
    shown(box, name)
    return name


def press(box: Locator, name: str, slider: int, key: str) -> dict[str, list]:
    """Press a key on a slider, and see what is drawn."""
    box.locator("input").nth(slider).press(key)
    return shown(box, name)


@pytest.mark.parametrize("page", [*pages(), SOME[-1]])
def test_the_keyboard_moves_the_curves(page: str, visit: Open) -> None:
    opened = visit(page)
    explorers = opened.locator(".explorer")
    assert explorers.count() == len(pages()[page.removeprefix("zh/")])
    assert opened.evaluate(SHIFTS) < 0.02
    found = [(box, loaded(box)) for box in explorers.all()]
    unfolded = opened.evaluate(SHIFTS)  # what is below has moved, as asked
    for box, name in found:
        for i, (_, last) in enumerate(shown(box, name)["state"]):
            keys = ("Home", "ArrowRight", "End")
            one, two, three = [press(box, name, i, key) for key in keys]
            assert one["paths"] != two["paths"], "nothing moved"
            assert last == 1 or two["paths"] != three["paths"], "nothing moved"
    assert opened.evaluate(SHIFTS) - unfolded < 0.02


@in_both_languages
def test_nothing_is_requested_before_it_is_seen(
    page: str, browser: Browser, address: Address
) -> None:
    asked = []
    with browser.new_context() as context:
        context.on("request", lambda x: asked.append(x.url))
        opened = context.new_page()
        opened.goto(address(page), wait_until="networkidle")
        assert asked
        assert not [url for url in asked if "/explorer/" in url]
        loaded(opened.locator(".explorer"))
        assert len([url for url in asked if "/explorer/" in url]) == 1


@in_both_languages
def test_the_pointer_reads_a_curve(page: str, visit: Open) -> None:
    box = visit(page).locator(".explorer")
    name = loaded(box)
    svg = box.locator("svg").nth(1)
    size = svg.bounding_box()
    seen = []
    for share in (0.3, 0.8):
        svg.hover(
            position={"x": size["width"] * share, "y": size["height"] / 2}
        )
        ((x, _),) = points(shown(box, name)["paths"]["loss"][1])
        seen.append(x)
        dot = box.locator("[data-of=gradient] .at").bounding_box()
        at = dot["x"] + dot["width"] / 2
        assert abs(at - size["x"] - size["width"] * share) < 4, "misses it"
    assert seen[0] < seen[1]


@in_both_languages
def test_the_palette_recolours_the_curves(page: str, visit: Open) -> None:
    opened = visit(page)
    body, found = opened.locator("body"), []
    for scheme in ("default", "slate"):
        expect(body).to_have_attribute("data-md-color-scheme", scheme)
        ground = body.evaluate("e => getComputedStyle(e).backgroundColor")
        lines = opened.locator(".explorer [data-of] path")
        found.append(lines.evaluate_all(PAINT, "stroke"))
        assert len({*found[-1]}) == 2  # the curve, where it began
        assert min(contrast(line, ground) for line in found[-1]) >= 3
        opened.locator("[data-md-component=palette] label:visible").click()
    assert not {*found[0]} & {*found[1]}


@in_both_languages
def test_without_script_or_on_paper_only_the_figure_is_shown(
    page: str, visit: Open
) -> None:
    bare, paper = visit(page, java_script_enabled=False), visit(page)
    assert paper.locator(".explorer:visible").count()
    paper.emulate_media(media="print")
    for opened in (bare, paper):
        assert opened.locator(".explorer").count()
        expect(opened.locator("figure.panels")).to_be_visible()
        assert not opened.locator(".explorer:visible").count()


@in_both_languages
def test_it_works_from_a_file(page: str, browser: Browser) -> None:
    with browser.new_context(viewport=PHONE) as context:
        opened: Page = context.new_page()
        opened.goto((Path(SITE) / page / "index.html").as_uri())
        box = opened.locator(".explorer")
        name = loaded(box)
        assert press(box, name, 0, "Home") != press(box, name, 0, "End")
