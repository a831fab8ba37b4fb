"""What noise costs in SI-SDR, and what a wrong volume costs in STFT."""

import torch
from audio import multi_resolution_stft_loss, si_sdr_loss
from torch import Tensor

from ._figure import Curve, Explorer, Figure, Panel, Slider

GENERATOR = torch.Generator().manual_seed(0)
SIGNAL, NOISE = torch.randn(2, 4000, generator=GENERATOR, dtype=torch.float64)
LEVELS = torch.linspace(-120, 120, 121, dtype=torch.float64)
GAINS = torch.linspace(-40, 20, 121, dtype=torch.float64)


def noisy(eps: float) -> tuple[Tensor, Tensor]:
    """Take the loss at each level of noise, and the length of its gradient."""
    along = (SIGNAL * NOISE).sum() / SIGNAL.square().sum()
    noise = NOISE - along * SIGNAL  # at a right angle
    noise = noise * SIGNAL.norm() / noise.norm()
    parts = 10 ** (LEVELS / 20)
    x = SIGNAL + parts.unsqueeze(1) * noise
    x = (x / x.norm(dim=1, keepdim=True)).requires_grad_()
    loss = si_sdr_loss(
        x, SIGNAL.expand_as(x), zero_mean=False, eps=eps, reduction="none"
    )
    (slope,) = torch.autograd.grad(loss.sum(), x)
    return loss.detach(), slope.norm(dim=1).clamp_min(1e-3).log10()


def louder(sc_weight: float) -> Tensor:
    """Take the loss of the signal itself, at each gain."""
    x = 10 ** (GAINS / 20).unsqueeze(1) * SIGNAL
    return multi_resolution_stft_loss(
        x, SIGNAL.expand_as(x), sc_weight=sc_weight, reduction="none"
    )


def late(x: Tensor, frequency: float, noise: float) -> Tensor:
    """Delay a tone at 16 kHz by x samples; its noise is another tone."""
    turn = torch.arange(1600).to(x) * 2 * torch.pi / 16000
    hum = 10 ** (noise / 20) * (50 * turn).sin()
    target = (frequency * turn).sin().expand(len(x), -1)
    delay = x.unsqueeze(1) * 2 * torch.pi / 16000
    estimate = (frequency * (turn - delay)).sin() + hum
    return si_sdr_loss(estimate, target, reduction="none")


def treble(x: Tensor, sc_weight: float, level: float) -> Tensor:
    """Give the upper half of all frequencies a wrong volume."""
    bins = torch.fft.rfft(SIGNAL[:2400].to(x))
    low, high = bins.clone(), bins.clone()
    low[600:], high[:600] = 0, 0
    low, high = torch.fft.irfft(low), 10 ** (level / 20) * torch.fft.irfft(high)
    estimate = low + 10 ** (x / 20).unsqueeze(1) * high
    options = {"sc_weight": sc_weight, "reduction": "none"}
    target = (low + high).expand_as(estimate)
    return multi_resolution_stft_loss(estimate, target, **options)


SDR = {f"eps={eps:g}": noisy(eps) for eps in (1e-8, 1e-5, 1e-3)}
LEVEL = {"en": "noise over signal, dB", "zh": "噪声与信号之比（dB）"}
FIGURE = Figure(
    alt={
        "en": "Left: SI-SDR loss against the noise, both in decibels: a "
        "straight line of slope 1 through 0, which turns flat at -80 and 80 "
        "for an eps of 1e-8, at -50 and 50 for 1e-5, at -30 and 30 for 1e-3. "
        "Middle: the logarithm of its gradient's length, for an estimate of "
        "length 1: least where noise and signal are equal, rising to either "
        "side, and falling again beyond where eps takes over. Right: STFT "
        "loss of the target at another volume, from -40 to 20 decibels: 0 at "
        "0 decibels. Without spectral convergence a V of straight sides; with "
        "it, it rises steeply for what is too loud, and little more for what "
        "is too quiet.",
        "zh": "左：SI-SDR 损失随噪声的变化，两者都以分贝计：过原点、斜率"
        "为 1 的直线，eps 为 1e-8 时在 ±80 处变平，1e-5 时在 ±50 处，1e-3"
        " 时在 ±30 处。中：估计的范数为 1 时，梯度范数的对数：噪声与信号"
        "一样大时最小，向两边增大，到 eps 起作用之后又减小。右：音量不同"
        "的目标本身的 STFT 损失，从 -40 到 20 分贝：0 分贝处为 0。没有谱"
        "收敛项时是两边笔直的 V 形；加上它，太响时陡增，太轻时只略有增加"
        "。",
    },
    panels=[
        Panel(
            {"en": "SI-SDR loss, dB", "zh": "SI-SDR 损失（dB）"},
            LEVEL,
            [Curve(label, LEVELS, loss) for label, (loss, _) in SDR.items()],
        ),
        Panel(
            {"en": "its gradient, log10", "zh": "梯度范数，log10"},
            LEVEL,
            [Curve(label, LEVELS, slope) for label, (_, slope) in SDR.items()],
        ),
        Panel(
            {"en": "STFT loss", "zh": "STFT 损失"},
            {"en": "volume, dB", "zh": "音量（dB）"},
            [Curve(f"sc_weight={w:g}", GAINS, louder(w)) for w in (1.0, 0.0)],
        ),
    ],
    explorers={
        "si_sdr_loss": Explorer(
            late,
            (0.025, 2.025),
            {
                "frequency": Slider(
                    [100.0, 200.0, 400.0, 800.0, 1600.0],
                    400.0,
                    {"en": "frequency (Hz)", "zh": "频率（Hz）"},
                ),
                "noise": Slider(
                    [-20.0, -15.0, -10.0, -5.0, 0.0],
                    -20.0,
                    {
                        "en": "noise over signal (dB)",
                        "zh": "噪声与信号之比（dB）",
                    },
                ),
            },
            {
                "en": "delay in samples, at 16 kHz",
                "zh": "延迟（采样点数，16 kHz）",
            },
        ),
        "multi_resolution_stft_loss": Explorer(
            treble,
            (-40, 10),
            {
                "sc_weight": Slider([0.0, 0.25, 0.5, 1.0], 1.0),
                "level": Slider(
                    [-40.0, -20.0, -10.0, 0.0],
                    -20.0,
                    {
                        "en": "treble over bass in the target (dB)",
                        "zh": "目标的高频与低频之比（dB）",
                    },
                ),
            },
            {
                "en": "volume of the treble, dB",
                "zh": "高频的音量（dB）",
            },
        ),
    },
)
