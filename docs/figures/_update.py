"""Draw what is out of date, two at a time: torch is loaded only for that.

A figure is made of its module, of the files here that are no figure, of the
snippets and the data that it names, of torch and of matplotlib. The list of
what was written for it, in build/figures/drawn, is as old as what it shows.
"""

import os
import re
import time
import traceback
from concurrent.futures import ProcessPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from docs.generate.files import write
from docs.grammar import ROOT

HERE = Path(__file__).parent
BUILD = Path(os.environ.get("FIGURES", ROOT / "build/figures"))
DRAWN = BUILD / "drawn"
SHARED = [
    *HERE.glob("_*.py"),
    *(Path(find_spec(name).origin) for name in ("torch", "matplotlib")),
]
NAMED = re.compile(r'^from (\w+) import|"(\w+\.json)"', re.MULTILINE)


def made_of(module: Path) -> list[Path]:
    """List the files that a figure is made of."""
    found = [module, *SHARED]
    for match in NAMED.finditer(module.read_text(encoding="utf-8")):
        snippet, data = match.groups()
        path = HERE / data if data else ROOT / "snippets" / f"{snippet}.py"
        found += [path] if path.exists() else []
    return found


def listed() -> set[str]:
    """Name every file that was written."""
    lists = DRAWN.glob("*")
    return {line for one in lists for line in one.read_text("utf-8").split()}


def is_stale(module: Path) -> bool:
    """Tell whether a figure is older than what it is made of, or not whole."""
    drawn = DRAWN / module.stem
    if not drawn.exists():
        return True
    whole = all((BUILD / x).exists() for x in drawn.read_text("utf-8").split())
    newest = max(path.stat().st_mtime for path in made_of(module))
    return not whole or newest >= drawn.stat().st_mtime


def update(module: Path) -> str:
    """Draw a figure; say in one line what is wrong with it, if anything."""
    name, begun = module.stem, time.time()
    try:
        from ._page import render

        texts = render(name, import_module(f"docs.figures.{name}").FIGURE)
    except Exception as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [x.lineno for x in frames if x.filename == str(module)]
        text = module.read_text(encoding="utf-8")
        # Where it was raised, or can't be read, or where the figure begins.
        line = lines[-1] if lines else getattr(error, "lineno", None)
        line = line or 1 + text[: text.find("\nFIGURE =") + 1].count("\n")
        what = str(error).partition("\n")[0]
        return f"docs/figures/{name}.py:{line}: {type(error).__name__}: {what}"
    for path, text in texts.items():
        write(BUILD / path, text.encode())
    write(DRAWN / name, "".join(f"{path}\n" for path in texts).encode())
    os.utime(DRAWN / name, (begun, begun))
    return ""


def main(arguments: list[str]) -> str | None:
    """Draw what is asked for; say what is wrong, a line a figure."""
    modules = {path.stem: path for path in sorted(HERE.glob("[a-z]*.py"))}
    chosen = [x for x in arguments if x != "--all"] or list(modules)
    if missing := [f"docs/figures/{x}.py" for x in chosen if x not in modules]:
        return f"{missing[0]}:1: is not there: write it, or name another"
    before = listed()
    for drawn in DRAWN.glob("*"):
        if drawn.name not in modules:
            drawn.unlink()
    todo = [
        modules[name]
        for name in chosen
        if "--all" in arguments or is_stale(modules[name])
    ]
    faults = []
    if todo:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        with ProcessPoolExecutor(min(2, len(todo))) as pool:
            faults = list(filter(None, pool.map(update, todo)))
    for path in before - listed():
        (BUILD / path).unlink(missing_ok=True)
    return "\n".join(faults) or None
