"""Time of a step at training sizes, ours over theirs, as `make bench` measured.

The table is rows only: its head is on the page.
"""

from collections.abc import Callable

from matplotlib.axes import Axes

from ._figure import Figure, Panel, Words, said
from ._svg import COLOURS, INK
from .benchmark import counted, found, table

Measured = dict[str, list[float]]
RECIPES = found["recipes"]
FIELDS: dict[tuple[str, ...], Words] = {
    ("masks", "mask"): {"en": "masks", "zh": "分割掩码"},
    ("anchors", "boxes", "bins", "centers", "queries"): {
        "en": "detection",
        "zh": "目标检测",
    },
    (
        "images",
        "splits",
        "tags",
        "tokens",
        "experts",
        "words",
        "skipgrams",
    ): {
        "en": "classes and tokens",
        "zh": "类别与词元",
    },
    ("answers", "preferences"): {
        "en": "answers of language models",
        "zh": "语言模型的回答",
    },
    ("pairs", "projections", "faces", "proxies", "texts"): {
        "en": "pairs of embeddings, faces",
        "zh": "成对的嵌入、人脸",
    },
    ("views", "crops", "features"): {
        "en": "a batch of embeddings",
        "zh": "一批嵌入",
    },
    ("lists", "ages", "clicks"): {
        "en": "ranking, ordered classes",
        "zh": "排序、有序类别",
    },
    ("sentences", "mixtures", "sources", "waveforms", "utterances"): {
        "en": "speech, tagging",
        "zh": "语音、序列标注",
    },
    ("pixels", "depths"): {"en": "images and depth", "zh": "图像与深度"},
    ("scores", "digits", "codes", "latents", "worlds"): {
        "en": "generative models",
        "zh": "生成模型",
    },
    ("series", "loads", "patients"): {"en": "forecasts", "zh": "预测"},
    ("clouds", "domains", "warped"): {
        "en": "clouds of points, domains, series",
        "zh": "点云、领域、序列",
    },
}
LESS: dict[str, Words] = {
    "": "",
    "plain": {
        "en": "; another, smaller loss",
        "zh": "；是另一个更简单的损失",
    },
    "zero": {
        "en": "; nan where a class has probability 0",
        "zh": "；某类概率为 0 时得到 nan",
    },
    "share": {
        "en": "; takes its share of all pixels, ignored ones too",
        "zh": "；按全部像素取比例，被忽略的也算在内",
    },
    "unit": {
        "en": "; leaves it to the caller to bring embeddings to length 1",
        "zh": "；嵌入的归一化由调用者完成",
    },
    "root": {
        "en": "; its gradient is nan where there is no error",
        "zh": "；没有误差时梯度为 nan",
    },
    "both": {
        "en": "; nan where both sides are constant",
        "zh": "；两边都是常数时得到 nan",
    },
    "mask": {
        "en": "; padding must be finite",
        "zh": "；填充处必须是有限数",
    },
    "checks": {
        "en": "; takes intervals unchecked",
        "zh": "；不检查区间",
    },
    "floor": {
        "en": "; nan where the variance is 0",
        "zh": "；方差为 0 时得到 nan",
    },
}
# Why ours is slower, or takes more memory, than it may: tests/test_bench.py.
SLOWER: dict[str, Words] = {
    "topk_cross_entropy": {
        "en": "; ours goes back only through the pixels that it keeps",
        "zh": "；本手册只对保留的像素做反向",
    },
    "negative_binomial_nll": {
        "en": "; its log-gammas lose digits near Poisson, ours does not",
        "zh": "；接近泊松时，它的对数伽马相减会丢掉位数，本手册不会",
    },
    "ipo_loss": {
        "en": "; of 64 numbers the checks of arguments count",
        "zh": "；只有 64 个数，参数检查占了时间",
    },
    "tweedie_loss": {
        "en": "; ours is a deviance, 0 at best, and does not overflow",
        "zh": "；本手册算的是偏差，最好时为 0，也不会上溢",
    },
    "koleo_loss": {
        "en": "; ours tells samples apart that have nearly collapsed",
        "zh": "；几乎坍缩的样本，本手册仍能区分",
    },
    "student_t_nll": {
        "en": "; ours keeps digits near the normal distribution, and is finite "
        "far out",
        "zh": "；接近正态分布时本手册不丢位数，离群极远时也是有限数",
    },
    "gaussian_mixture_nll": {
        "en": "; ours is finite far from all components, and has a least "
        "deviation",
        "zh": "；远离所有分量时本手册仍是有限数，标准差也有下限",
    },
}
LARGER: dict[str, Words] = {
    "soft_dtw_loss": {
        "en": "; it goes cell by cell, which keeps less and takes longer",
        "zh": "；它逐格计算，占用较少，耗时更长",
    },
    "cox_ph_loss": {
        "en": "; ours adds in float64: thousands of ties lose no digits",
        "zh": "；本手册以 float64 求和，上千个并列也不丢位数",
    },
    "softmax_focal_loss": {
        "en": "; it goes in chunks, which keeps less and takes longer",
        "zh": "；它分块计算，占用较少，耗时更长",
    },
    "jsd_consistency": {
        "en": "; ours keeps logarithms: views that agree cost exactly 0",
        "zh": "；本手册保留对数概率，视图一致时恰好为 0",
    },
    "ciou_loss": {
        "en": "; ours keeps which boxes those are",
        "zh": "；本手册要记下是哪些框",
    },
    "dino_loss": {
        "en": "; it goes pair by pair, which keeps less and takes longer",
        "zh": "；它逐对计算，占用较少，耗时更长",
    },
    "gaussian_crps": {
        "en": "; ours multiplies the residual itself, so that no small "
        "deviation makes it overflow",
        "zh": "；本手册直接乘以残差，标准差很小时也不会上溢",
    },
    "crf_nll": {
        "en": "; ours keeps each step's score of the target, and its digits",
        "zh": "；本手册保留目标在每一步的得分，不丢有效数字",
    },
    "zero_inflated_poisson_nll": {
        "en": "; ours has a second sum for where the first loses digits",
        "zh": "；本手册另有一个和式，用在前一个会丢掉位数的地方",
    },
    "ms_ssim_loss": {
        "en": "; ours computes from sums and differences of both images",
        "zh": "；本手册由两张图像的和与差计算",
    },
    "listmle_loss": {
        "en": "; ours treats ties alike, and keeps digits of scores far apart",
        "zh": "；本手册对并列项一视同仁，得分相差悬殊时也不丢位数",
    },
}
for sampled in ("sampled_softmax_loss", "negative_sampling_loss"):
    LARGER[sampled] = {
        "en": "; ours takes all rows at once: weight has one gradient",
        "zh": "；本手册一次取出所有行，weight 只有一份梯度",
    }
for box in ("giou_loss", "diou_loss"):
    LARGER[box] = {
        "en": "; ours goes coordinate by coordinate, which is faster",
        "zh": "；本手册逐个坐标计算，因而更快",
    }
for both in (
    "negative_binomial_nll",
    "tweedie_loss",
    "student_t_nll",
    "gaussian_mixture_nll",
):
    LARGER[both] = SLOWER[both]
RATIO = {"en": "ours / theirs", "zh": "本手册 / 对照"}


def divide(measured: Measured | str) -> float | None:
    """Divide our median by theirs, if both ran."""
    if isinstance(measured, str):
        return None
    return measured["ours"][1] / measured["theirs"][1]


def twins(*recipes: str) -> list[dict]:
    """Choose the rows of some recipes whose rival computes the same."""
    return [
        row
        for row in found["training"]
        if row["recipe"] in recipes and row["less"] != "plain"
    ]


def bars(rows: list[dict]) -> Callable[[Axes, str], None]:
    """Draw a bar for each function, and a line where both take as long."""

    def draw(axes: Axes, _: str) -> None:
        ratios = [divide(row["float32"]) for row in rows]
        names = [row["function"].removesuffix("_loss") for row in rows]
        axes.barh(names, ratios, color=COLOURS[0], height=0.6)
        axes.axvline(1, color=INK, lw=1, ls=(0, (4, 2)))
        right = 1.25 * max(1.2, *ratios)  # a column that neither reaches
        for i, ratio in enumerate(ratios):
            place = {"ha": "right", "va": "center", "fontsize": 9}
            axes.text(right, i, f"{ratio:.2f}", color=INK, **place)
        axes.invert_yaxis()
        axes.tick_params(axis="y", labelsize=8.5)
        axes.set_xlim(0, right)
        axes.grid(False)

    return draw


def spread(measured: Measured | str) -> str:
    """Tell the ratio, and of its quartiles the least and the largest."""
    ratio = divide(measured)
    if ratio is None:
        return "–"
    (low, _, high), (less, _, more) = measured["ours"], measured["theirs"]
    return f"{ratio:.2f} ({low / more:.2f}–{high / less:.2f})"


def rows(language: str) -> str:
    """Tell each function at its training size."""
    lines = []
    for row in found["training"]:
        recipe = RECIPES[row["recipe"]]
        whys = (of.get(row["function"], "") for of in (SLOWER, LARGER))
        notes = (said(note, language) for note in (LESS[row["less"]], *whys))
        ours = row["float32"]["ours"][1]
        lines.append(
            [
                f"[{row['function']}](losses/{row['module']}.md)",
                f"[{recipe['size']}]({recipe['link']})",
                f"`{row['oracle']}`{''.join(dict.fromkeys(notes))}",
                spread(row["float32"]),
                f"{x:.2f}" if (x := divide(row["bfloat16"])) else "–",
                f"{x:.2f}" if (x := divide(row["compiled"])) else "–",
                f"{row['ours_mb'] / row['theirs_mb']:.2f}",
                f"{ours:,.1f} ms, {ours / row['float32']['floor'][1]:.1f}×",
            ]
        )
    return table(*lines)


def total(language: str) -> str:
    """Count who is faster, and name those that are not."""
    ratios = {
        row["function"]: divide(row["float32"])
        for recipes in FIELDS
        for row in twins(*recipes)
    }
    return counted(ratios, language)


FIGURE = Figure(
    alt={
        "en": "Bars, one a function, field by field: the time of a step at a "
        "training's size, ours over theirs, with a line at 1. The numbers are "
        "in the table below.",
        "zh": "分领域的条形图，每个函数一条：训练规模下一步的时间，"
        "本手册与对照之比，1 处有一条线。数值见下表。",
    },
    panels=[
        Panel(title, RATIO, draw=bars(twins(*recipes)))
        for recipes, title in FIELDS.items()
        if twins(*recipes)
    ],
    tables={"rows": rows, "total": total},
)
