"""Time and memory of large cross entropies, as `make bench` measured them."""

import json
import re
import statistics
from pathlib import Path

import torch
from _curves import said

UNIT = re.compile(r" (?=m?s\b|[kM]B|×)")  # stays with its number
found, site = (
    json.loads(Path(__file__).with_name(name).read_text(encoding="utf-8"))
    for name in ("bench.json", "bench_site.json")
)
NAMES = {
    "plain": {"en": "plain", "zh": "普通写法"},
    "torch": "F.linear_cross_entropy",
    "torch_chunked": "LinearCrossEntropyOptions()",
    "ours": "chunked_linear_cross_entropy",
}
COLUMNS = {**NAMES, "products": {"en": "the products", "zh": "仅矩阵乘"}}
largest = max(row["tokens"] for row in found["sizes"])
rows = [row for row in found["sizes"] if row["tokens"] == largest]
classes = torch.tensor([row["classes"] / 1000 for row in rows])


def curves(unit: str, *kinds: str) -> list[tuple]:
    """Take one measure of each way, over the number of classes."""
    return [
        (COLUMNS[kind], classes, torch.tensor([r[kind][unit] for r in rows]))
        for kind in kinds
    ]


def table(heads: list, lines: list[list[str]], language: str) -> str:
    """Write a Markdown table."""
    cells = [[said(head, language) for head in heads], ["---"] * len(heads)]
    lines = [
        [UNIT.sub("\N{NO-BREAK SPACE}", cell) for cell in line]
        for line in lines
    ]
    return "".join(f"| {' | '.join(line)} |\n" for line in cells + lines)


def ratio(row: dict) -> float:
    """Divide our time by theirs."""
    return row["ours_ms"] / row["theirs_ms"]


def pairs(language: str) -> str:
    """Tell each function beside the one that people use."""
    heads = [
        {"en": "Function", "zh": "函数"},
        {"en": "Beside", "zh": "对照"},
        {"en": "Time, ours / theirs", "zh": "时间：本手册 / 对照"},
        {"en": "Ratio", "zh": "比值"},
        {"en": "Memory, ours / theirs", "zh": "内存：本手册 / 对照"},
    ]
    lines = [
        [
            f"[{row['function']}](losses/{row['module']}.md)",
            f"`{row['oracle']}`",
            f"{row['ours_ms']:.2f} / {row['theirs_ms']:,.2f} ms",
            f"{ratio(row):.2f}" if ratio(row) > 0.01 else f"{ratio(row):.4f}",
            f"{row['ours_mb']:.2f} / {row['theirs_mb']:,.2f} MB",
        ]
        for row in found["pairs"]
    ]
    return table(heads, lines, language)


def sizes(language: str) -> str:
    """Tell the large cross entropies, every size and way."""
    heads = [
        {"en": "Tokens × classes", "zh": "词元数 × 类别数"},
        *COLUMNS.values(),
    ]
    lines = [
        [f"{row['tokens']:,} × {row['classes']:,}"]
        + [
            f"{row[kind]['s']:.2f} s<br>{row[kind]['mb']:,.0f} MB"
            for kind in COLUMNS
        ]
        for row in found["sizes"]
    ]
    return table(heads, lines, language)


def facts(language: str) -> str:
    """Tell machine and versions."""
    names = ", ".join(f"{k} {v}" for k, v in found["packages"].items())
    where = (
        f"{found['machine']}, {found['cores']} cores; torch {found['torch']}, "
        f"Python {found['python']}, {names}; {found['date']}."
    )
    zh = (
        f"{found['machine']}，{found['cores']} 核；torch {found['torch']}，"
        f"Python {found['python']}，{names.replace(', ', '，')}；"
        f"{found['date']}。"
    )
    return {"en": where, "zh": zh}[language] + "\n"


def summary(language: str) -> str:
    """Count who is faster."""
    ratios = {row["function"]: ratio(row) for row in found["pairs"]}
    middle = statistics.median(ratios.values())
    slower = {name: f"{x:.2f}" for name, x in ratios.items() if x > 1}
    names = {
        "en": ", ".join(f"`{name}` ({x})" for name, x in slower.items()),
        "zh": "、".join(f"`{name}`（{x}）" for name, x in slower.items()),
    }[language]
    return {
        "en": f"The median takes {middle:.2f} of the other's time; "
        f"{len(ratios) - len(slower)} of {len(ratios)} are faster. Slower: "
        f"{names}.\n",
        "zh": f"时间之比的中位数为 {middle:.2f}；{len(ratios)} 个函数中有 "
        f"{len(ratios) - len(slower)} 个更快，较慢的是：{names}。\n",
    }[language]


def largest_size(language: str) -> str:
    """Compare at the largest size."""
    row = rows[-1]
    memory = row["plain"]["mb"] / row["ours"]["mb"]
    ours, products = (
        row[kind]["s"] / row["plain"]["s"] for kind in ("ours", "products")
    )
    more = row["ours"]["s"] / row["products"]["s"]
    spread = {
        kind: "{:.1f}–{:.1f}".format(*row[kind]["s_range"])
        for kind in ("plain", "ours")
    }
    return {
        "en": f"At the largest size `chunked_linear_cross_entropy` takes "
        f"1/{memory:.1f} of the memory of the plain way and {ours:.2f} of its "
        f"time. The three products alone take {products:.2f} of it, so that "
        "no exact way can take less than that; beyond them ours spends "
        f"{more - 1:.0%}. The processes of the plain way took "
        f"{spread['plain']} s, ours {spread['ours']} s: how long the system "
        "takes to hand out gigabytes differs from time to time.\n",
        "zh": "在最大的规模上，`chunked_linear_cross_entropy` 的内存是"
        f"普通写法的 1/{memory:.1f}，时间是它的 {ours:.2f}。仅三次矩阵乘就占 "
        f"{products:.2f}，任何精确的写法都不可能更少；除此之外，本手册的写法"
        f"只多用了 {more - 1:.0%}。普通写法的各个进程耗时 "
        f"{spread['plain']} 秒，本手册的写法为 {spread['ours']} 秒："
        "系统分配数 GB 内存所用的时间，每次都不一样。\n",
    }[language]


def site_loads(language: str) -> str:
    """Tell how fast pages are, beside another site's."""
    heads = [
        {"en": "Page", "zh": "页面"},
        {"en": "First paint", "zh": "首次内容绘制"},
        {"en": "Largest paint", "zh": "最大内容绘制"},
        {"en": "Shift", "zh": "布局偏移"},
        {"en": "Sent", "zh": "传输量"},
        {"en": "Requests", "zh": "请求数"},
    ]
    pages = {
        "home": {"en": "home", "zh": "首页"},
        "example": {"en": "a loss", "zh": "一个损失"},
        "long": {"en": "the longest", "zh": "最长的一页"},
    }
    who = {"ours": {"en": "ours", "zh": "本站"}, "peer": site["peer"]}
    lines = [
        [
            said(pages[row["page"]], language)
            + said({"en": ", ", "zh": "，"}, language)
            + said(who[row["site"]], language),
            f"{row['fcp_ms'] / 1000:.1f} s",
            f"{row['lcp_ms'] / 1000:.1f} s",
            f"{row['cls']:.3f}",
            f"{row['bytes'] / 1000:,.0f} kB",
            f"{row['requests']:.0f}",
        ]
        for row in site["loads"]
    ]
    return table(heads, lines, language)


def site_builds(language: str) -> str:
    """Tell how long writers wait."""
    cold, warm = (
        [f"{site['builds'][name][kind]['s']:.0f}" for name in ("en", "zh")]
        for kind in ("cold", "warm")
    )
    suite = {"en": "", "zh": ""}
    if "suite" in site:
        minutes = f"{site['suite']['s'] / 60:.0f}"
        suite["en"] = f", all of `make test` {minutes} minutes"
        suite["zh"] = f"，完整的 `make test` 需 {minutes} 分钟"
    return {
        "en": f"Building English takes {warm[0]} s and Chinese {warm[1]} s "
        f"({cold[0]} and {cold[1]} s when no image is there yet), building an "
        f"edited page anew during a preview {site['reload']['s']:.1f} s"
        f"{suite['en']}. The search answers {site['search_ms']:.0f} ms after "
        f"the last key. Chromium {site['chromium']}.\n",
        "zh": f"构建英文站需 {warm[0]} 秒，中文站 {warm[1]} 秒（图片尚未生成时"
        f"为 {cold[0]} 秒与 {cold[1]} 秒），预览时重新构建改动的一页需 "
        f"{site['reload']['s']:.1f} 秒{suite['zh']}。搜索在最后一次按键后 "
        f"{site['search_ms']:.0f} 毫秒给出结果。Chromium "
        f"{site['chromium']}。\n",
    }[language]


tables = {
    "pairs": pairs,
    "sizes": sizes,
    "facts": facts,
    "summary": summary,
    "largest": largest_size,
    "loads": site_loads,
    "builds": site_builds,
}
alt = {
    "en": "Left: time of one step against the number of classes, for the plain "
    "way, torch's linear_cross_entropy, ours, and the products alone. Right: "
    "peak memory, of torch's chunked option too. The numbers are in the table "
    "below.",
    "zh": "左：一步的时间随类别数的变化，包括普通写法、torch 的 "
    "linear_cross_entropy、本手册的写法与仅矩阵乘。右：峰值内存，另含 torch 的"
    "分块选项。数值见下表。",
}
x_label = {"en": "classes, thousands", "zh": "类别数（千）"}
panels = [
    {
        "title": {"en": "time, s", "zh": "时间（秒）"},
        "x": x_label,
        # torch's chunked option would make the others one line.
        "curves": curves("s", "plain", "torch", "ours", "products"),
    },
    {
        "title": {"en": "peak memory, MB", "zh": "峰值内存（MB）"},
        "x": x_label,
        "curves": curves("mb", *NAMES),
    },
]
