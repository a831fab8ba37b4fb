"""Render formulas with KaTeX into the built HTML: readers need no JavaScript.

Last, in the whole page: what is searched is the page's text before this.
"""

import html
import json
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.exceptions import PluginError
from mkdocs.structure.pages import Page

NODE = Path(sys.executable).parent / "node"
MATH = re.compile(
    r"(?P<before>[(（“「]?)"
    r'<(?P<tag>span|div) class="arithmatex">'
    r"\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>"
    r"(?P<after>[.,;:!?)，。、；：！？）”」]*)",
    re.DOTALL,
)
SHORT = 40  # TeX that fits a phone's line without a break
WIDE = '<span class="katex-display"'
rendered: dict[tuple[str, bool], str] = {}


def on_page_context(context: dict, page: Page, **_: object) -> dict:
    """Tell the theme whether the page needs KaTeX's fonts."""
    page.math = bool(MATH.search(page.content))
    return context


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Render the formulas of a page, or say which page has a wrong one."""
    try:
        return render(output)
    except subprocess.CalledProcessError as error:
        message = next(
            line for line in error.stderr.splitlines() if "ParseError" in line
        )
        raise PluginError(f"{page.file.src_path}: {message}") from error


def render(page: str) -> str:
    """Replace each formula of a page, whoever built it, by KaTeX's HTML."""
    formulas = {formula(match) for match in MATH.finditer(page)}
    new = sorted(formulas - rendered.keys())
    rendered.update(zip(new, katex(new), strict=True))
    return MATH.sub(shown, page)


def shown(match: re.Match[str]) -> str:
    """Keep a formula's stops and brackets on its line: Chromium would not."""
    before, after = match["before"], match["after"]
    whole = before + rendered[formula(match)] + after
    if not before + after or len(match["tex"]) > SHORT:
        return whole
    return f'<span class="whole">{whole}</span>'


def formula(match: re.Match[str]) -> tuple[str, bool]:
    """Read TeX and whether it is displayed from a matched element."""
    return html.unescape(match["tex"]).strip(), match["tag"] == "div"


def katex(formulas: list[tuple[str, bool]]) -> list[str]:
    """Render formulas with KaTeX, in one run of node."""
    if not formulas:
        return []
    run = subprocess.run(
        [NODE, Path(__file__).with_name("katex.mjs")],
        input=json.dumps(formulas),
        capture_output=True,
        check=True,
        encoding="utf-8",
    )
    # The keyboard can scroll what is wide.
    return [
        text.replace(WIDE, f'{WIDE} tabindex="0"')
        for text in json.loads(run.stdout)
    ]
