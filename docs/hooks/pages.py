"""What no plugin does: math at build time, pages of snippets, keyboards."""

import html
import json
import logging
import re
import subprocess
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

MODULES = Path("node_modules")
ASSETS = [
    ("katex/dist", "katex.min.css"),
    ("katex/dist", "fonts/*.woff2"),
    ("tablesort/dist", "tablesort.min.js"),
]
EXPLORERS = Path("build/figures/explorer")  # docs/figures made them
SNIPPETS = sorted(Path("snippets").glob("*.py"))
API = """---
description: "{1}"
module: {0}
search: {{ exclude: true }} # the loss page has it all
---

# {0}

::: {0}
"""
FUNCTION = re.compile(r"^def ([a-z]\w*)", re.MULTILINE)
NODE = Path(sys.executable).parent / "node"
MATH = re.compile(
    r"(?P<before>[(（“「]?)"
    r'<(?P<tag>span|div) class="arithmatex">'
    r"\\[(\[](?P<tex>.*?)\\[)\]]</(?P=tag)>"
    r"(?P<after>[.,;:!?)，。、；：！？）”」]*)",
    re.DOTALL,
)
SHORT = 40  # TeX that fits a phone's line without a break
ACCESSIBLE = {
    '<span class="katex-display">': '<span class="katex-display" tabindex="0">',
    "<table>": '<div class="wide" tabindex="0"><table>',
    "</table>": "</table></div>",
    'data-md-component="search" role="dialog"': 'data-md-component="search"',
}
logging.getLogger("jieba").setLevel(logging.WARNING)
rendered: dict[tuple[str, bool], str] = {}


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """List the API pages below the last part of the navigation."""
    (reference,) = config.nav[-1].values()
    pages = [{path.stem: f"api/{path.stem}.md"} for path in SNIPPETS]
    reference.append({"API": pages})
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add what comes from packages to the site's own assets."""
    for folder, pattern in ASSETS:
        for path in sorted((MODULES / folder).glob(pattern)):
            uri = f"assets/{path.relative_to(MODULES).as_posix()}"
            files.append(File.generated(config, uri, abs_src_path=str(path)))
    for path in sorted(EXPLORERS.glob("*.js")):
        uri = f"assets/explorer/{path.name}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
    for path in SNIPPETS:
        uri = f"code/{path.name}"
        files.append(File.generated(config, uri, abs_src_path=str(path)))
        said = config.extra["text"]["api_said"].format(
            file=path.name,
            functions=config.extra["text"]["comma"].join(
                FUNCTION.findall(path.read_text(encoding="utf-8"))
            ),
        )
        page = API.format(path.stem, said)
        uri = f"api/{path.stem}.md"
        files.append(File.generated(config, uri, content=page))
    return files


def on_post_template(output_content: str, **_: object) -> str:
    """Do for the error page what is done for the others."""
    return accessible(output_content)


def on_post_page(output: str, page: Page, **_: object) -> str:
    """Replace each formula by KaTeX's HTML, so that it needs no JavaScript."""
    formulas = {formula(match) for match in MATH.finditer(output)}
    new = sorted(formulas - rendered.keys())
    try:
        rendered.update(zip(new, katex(new), strict=True))
    except subprocess.CalledProcessError as error:
        message = next(
            line for line in error.stderr.splitlines() if "ParseError" in line
        )
        raise PluginError(f"{page.file.src_path}: {message}") from error
    return accessible(MATH.sub(shown, output))


def shown(match: re.Match[str]) -> str:
    """Keep a formula's stops and brackets on its line: Chromium would not."""
    before, after = match["before"], match["after"]
    whole = before + rendered[formula(match)] + after
    if not before + after or len(match["tex"]) > SHORT:
        return whole
    return f'<span class="whole">{whole}</span>'


def accessible(output: str) -> str:
    """Let the keyboard scroll what is wide; call no search bar a dialog."""
    for old, new in ACCESSIBLE.items():
        output = output.replace(old, new)
    return output


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
    return json.loads(run.stdout)
