"""Time and memory of large cross entropies, as `make bench` measured them.

The tables are rows only: their heads are on the page.
"""

import json
import re
import statistics
from pathlib import Path

import torch

from ._figure import Curve, Figure, Panel, said

UNIT = re.compile(r" (?=m?s\b|min\b|[kM]B|×)")  # stays with its number
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
WAYS = {**NAMES, "products": {"en": "the products", "zh": "仅矩阵乘"}}
PAGES = {
    "home": {"en": "home", "zh": "首页"},
    "example": {"en": "a loss", "zh": "一个损失"},
    "long": {"en": "the longest", "zh": "最长的一页"},
}
PEER = site["peer"].partition(" — ")[0]  # without its version
SITES = {"ours": {"en": "ours", "zh": "本站"}, "peer": PEER}
COMMA = {"en": ", ", "zh": "，"}
CLASSES = {"en": "classes, thousands", "zh": "类别数（千）"}
most = max(row["tokens"] for row in found["sizes"])
largest = [row for row in found["sizes"] if row["tokens"] == most]
classes = torch.tensor([row["classes"] / 1000 for row in largest])


def curves(unit: str, *ways: str) -> list[Curve]:
    """Take one measure of each way, over the number of classes."""
    measured = {k: torch.tensor([r[k][unit] for r in largest]) for k in ways}
    return [
        Curve(WAYS[k], classes, y, list(WAYS).index(k))
        for k, y in measured.items()
    ]


def table(*lines: list[str]) -> str:
    """Write the rows of a Markdown table."""
    text = "".join(f"| {' | '.join(line)} |\n" for line in lines)
    return UNIT.sub("\N{NO-BREAK SPACE}", text)


def ratio(row: dict) -> float:
    """Divide our time by theirs."""
    return row["ours_ms"] / row["theirs_ms"]


def pairs(_: str) -> str:
    """Tell each function beside the one that people use."""
    return table(
        *(
            [
                f"[{row['function']}](losses/{row['module']}.md)",
                f"`{row['oracle']}`",
                f"{row['ours_ms']:.2f} / {row['theirs_ms']:,.2f} ms",
                f"{x:.2f}" if (x := ratio(row)) > 0.01 else f"{x:.4f}",
                f"{row['ours_mb']:.2f} / {row['theirs_mb']:,.2f} MB",
            ]
            for row in found["pairs"]
        )
    )


def summary(language: str) -> str:
    """Count who is faster."""
    return counted({x["function"]: ratio(x) for x in found["pairs"]}, language)


def counted(ratios: dict[str, float], language: str) -> str:
    """Count of how many functions ours is faster, and name the others."""
    slower = [f"`{name}` {x:.2f}" for name, x in ratios.items() if x > 1]
    return table(
        [
            f"{len(ratios)}",
            f"{len(ratios) - len(slower)}",
            f"{statistics.median(ratios.values()):.2f}",
            said(COMMA, language).join(slower),
        ]
    )


def sizes(_: str) -> str:
    """Tell the large cross entropies, every size and way."""
    return table(
        *(
            [f"{row['tokens']:,} × {row['classes']:,}"]
            + [
                f"{row[way]['s']:.2f} s<br>{row[way]['mb']:,.0f} MB"
                for way in WAYS
            ]
            for row in found["sizes"]
        )
    )


def shares(language: str) -> str:
    """Compare every way with the plain one, at the largest size."""
    row = largest[-1]
    return table(
        *(
            [
                said(name, language),
                f"{row[way]['s'] / row['plain']['s']:.2f}",
                "{:.1f}–{:.1f} s".format(*row[way]["s_range"]),
                f"{row[way]['mb'] / row['plain']['mb']:.2f}",
            ]
            for way, name in WAYS.items()
        )
    )


def facts(language: str) -> str:
    """Tell machine and versions."""
    packages = [f"{name} {x}" for name, x in found["packages"].items()]
    told = [str(found[x]) for x in ("date", "machine", "cores")]
    told += [found["torch"], found["python"]]
    return table([*told, said(COMMA, language).join(packages)])


def loads(language: str) -> str:
    """Tell how fast pages are, beside another site's."""
    return table(
        *(
            [
                f"{said(PAGES[row['page']], language)}"
                f"{said(COMMA, language)}{said(SITES[row['site']], language)}",
                f"{row['fcp_ms'] / 1000:.1f} s",
                f"{row['lcp_ms'] / 1000:.1f} s",
                f"{row['cls']:.3f}",
                f"{row['bytes'] / 1000:,.0f} kB",
                f"{row['requests']:.0f}",
            ]
            for row in site["loads"]
        )
    )


def builds(_: str) -> str:
    """Tell how long writers wait for a whole site."""
    built = {"English": site["builds"]["en"], "中文": site["builds"]["zh"]}
    return table(
        *(
            [name, f"{x['warm']['s']:.0f} s", f"{x['cold']['s']:.0f} s"]
            for name, x in built.items()
        )
    )


def waits(_: str) -> str:
    """Tell how long one waits for a page, a search, and everything."""
    suite = site.get("suite")
    return table(
        [
            f"{site['reload']['s']:.1f} s",
            f"{site['search_ms']:.0f} ms",
            f"{suite['s'] / 60:.0f} min" if suite else "–",
            site["chromium"],
        ]
    )


TABLES = (pairs, summary, sizes, shares, facts, loads, builds, waits)
FIGURE = Figure(
    alt={
        "en": "Left: time of one step against the number of classes, for the "
        "plain way, torch's linear_cross_entropy, ours, and the products "
        "alone. Right: peak memory, of torch's chunked option too. The "
        "numbers are in the table below.",
        "zh": "左：一步的时间随类别数的变化，包括普通写法、torch 的 "
        "linear_cross_entropy、本手册的写法与仅矩阵乘。右：峰值内存，另含 "
        "torch 的分块选项。数值见下表。",
    },
    panels=[
        Panel(
            {"en": "time, s", "zh": "时间（秒）"},
            CLASSES,
            # torch's chunked option would make the others one line.
            curves("s", "plain", "torch", "ours", "products"),
        ),
        Panel(
            {"en": "peak memory, MB", "zh": "峰值内存（MB）"},
            CLASSES,
            curves("mb", *NAMES),
        ),
    ],
    tables={table.__name__: table for table in TABLES},
)
