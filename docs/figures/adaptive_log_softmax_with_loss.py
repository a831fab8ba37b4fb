"""Parameters of the adaptive softmax, cluster by cluster."""

import torch
from torch import nn

alt = {
    "en": "Left: of 100,000 classes the head holds the first 2,000 with half a "
    "million parameters; the last of three clusters holds 50,000 classes with "
    "two hundred thousand. Right: weights kept for one class: 256 in the head, "
    "64, 16 and 4 in the clusters.",
    "zh": "左：100,000 个类别中，头部存放前 2,000 个，约五十万个参数；"
    "三个簇中最后一个存放 50,000 个类别，却只有约二十万个参数。"
    "右：每个类别的权重个数：头部 256 个，三个簇依次为 64、16、4 个。",
}

torch.manual_seed(0)
module = nn.AdaptiveLogSoftmaxWithLoss(256, 100_000, [2000, 10_000, 50_000])
parts = [module.head, *module.tail]
counts = [sum(p.numel() for p in part.parameters()) for part in parts]
widths = [256, *(project.out_features for project, _ in module.tail)]
classes = [
    module.shortlist_size,
    *(part[1].out_features for part in module.tail),
]


def bars(values: list[int]):
    """Draw one bar for the head and one for each cluster."""

    def draw(axes, language: str) -> None:
        head, cluster = {"en": ("head", "cluster"), "zh": ("头部", "簇")}[
            language
        ]
        names = [head] + [f"{cluster} {i}" for i in range(1, len(values))]
        names = [
            f"{name}\n{count:,}"
            for name, count in zip(names, classes, strict=True)
        ]
        drawn = axes.bar(names, values, color="#000001")
        labels = [f"{value:,}" for value in values]
        axes.bar_label(drawn, labels, color="#000000", fontsize=9)
        axes.set_yticks([])
        axes.margins(y=0.12)
        axes.grid(False)

    return draw


x_label = {"en": "classes in each", "zh": "各自的类别数"}
panels = [
    {
        "title": {"en": "parameters", "zh": "参数个数"},
        "x": x_label,
        "draw": bars(counts),
    },
    {
        "title": {"en": "weights for each class", "zh": "每个类别的权重个数"},
        "x": x_label,
        "draw": bars(widths),
    },
]
