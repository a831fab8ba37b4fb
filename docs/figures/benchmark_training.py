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
    ("images", "splits", "tags", "tokens", "experts"): {
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
    ("pixels",): {"en": "restored images", "zh": "图像复原"},
    ("scores", "digits", "codes", "latents"): {
        "en": "generative models",
        "zh": "生成模型",
    },
    ("series", "loads"): {"en": "forecasts", "zh": "预测"},
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
}
# Why ours is slower, or takes more memory, than it may: tests/test_bench.py.
SLOWER: dict[str, Words] = {
    "lovasz_softmax": {
        "en": "; ours orders equal errors alike on every processor",
        "zh": "；本手册对相等的误差，在任何处理器上排序都一致",
    },
    "lovasz_hinge": {
        "en": "; ours orders equal errors alike on every processor",
        "zh": "；本手册对相等的误差，在任何处理器上排序都一致",
    },
    "ldam_loss": {
        "en": "; ours subtracts a margin from each target's logit",
        "zh": "；本手册要从每个目标的 logit 减去间隔",
    },
    "reverse_kl": {
        "en": "; ours leaves such classes out",
        "zh": "；本手册会略过这样的类别",
    },
    "log_cosh_loss": {
        "en": "; ours keeps the digits near 0 that subtracting ln 2 loses",
        "zh": "；本手册保住了 0 附近减去 ln 2 时会丢掉的位数",
    },
}
LARGER: dict[str, Words] = {}
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
        notes = [said(note, language) for note in (LESS[row["less"]], *whys)]
        ours = row["float32"]["ours"][1]
        lines.append(
            [
                f"[{row['function']}](losses/{row['module']}.md)",
                f"[{recipe['size']}]({recipe['link']})",
                f"`{row['oracle']}`{''.join(notes)}",
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
