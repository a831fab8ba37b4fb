"""Parameters of the adaptive softmax, cluster by cluster."""

import torch
from matplotlib.axes import Axes
from torch import nn

from ._figure import Figure, Panel
from ._svg import COLOURS, INK

EACH = {"en": "classes in each", "zh": "各自的类别数"}
torch.manual_seed(0)
module = nn.AdaptiveLogSoftmaxWithLoss(256, 100_000, [2000, 10_000, 50_000])
parts = [module.head, *module.tail]
counts = [sum(p.numel() for p in part.parameters()) for part in parts]
widths = [256, *(project.out_features for project, _ in module.tail)]
classes = [module.shortlist_size, *(p[1].out_features for p in module.tail)]


def bars(values: list[int]):
    """Draw one bar for the head and one for each cluster."""

    def draw(axes: Axes, language: str) -> None:
        head, cluster = {"en": ("head", "cluster"), "zh": ("头部", "簇")}[
            language
        ]
        names = [head, *(f"{cluster} {i}" for i in range(1, len(values)))]
        both = zip(names, classes, strict=True)
        names = [f"{name}\n{count:,}" for name, count in both]
        drawn = axes.bar(names, values, color=COLOURS[0])
        labels = [f"{value:,}" for value in values]
        axes.bar_label(drawn, labels, color=INK, fontsize=9)
        axes.set_yticks([])
        axes.margins(y=0.12)
        axes.grid(False)

    return draw


FIGURE = Figure(
    alt={
        "en": "Left: of 100,000 classes the head holds the first 2,000 with "
        "half a million parameters; the last of three clusters holds 50,000 "
        "classes with two hundred thousand. Right: weights kept for one "
        "class: 256 in the head, 64, 16 and 4 in the clusters.",
        "zh": "左：100,000 个类别中，头部存放前 2,000 个，约五十万个参数；三个"
        "簇中最后一个存放 50,000 个类别，却只有约二十万个参数。右：每个类别的"
        "权重个数：头部 256 个，三个簇依次为 64、16、4 个。",
    },
    panels=[
        Panel({"en": "parameters", "zh": "参数个数"}, EACH, draw=bars(counts)),
        Panel(
            {"en": "weights for each class", "zh": "每个类别的权重个数"},
            EACH,
            draw=bars(widths),
        ),
    ],
)
