"""Generate first, build after: all that a renderer reads, into build/docs/.

`python -m docs.generate` draws the figures that changed, says what printed
each page, executes the notebooks that changed, and writes a tree for each
language: pages of plain Markdown with all that they include, API pages, files
to download, assets. mkdocs only renders. What is as it was is not written
again, so that a preview rebuilds no more than an edit changes. With --watch it
goes on, and does so at each edit.
"""

import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from docs import facts, printed
from docs.generate import curves, heads, notebooks, pages, take
from docs.generate.files import MendError, fill
from docs.grammar import LANGUAGES, ROOT

BUILD = ROOT / "build" / "docs"
WATCHED = ("docs", "snippets")
SUFFIXES = {".md", ".py", ".json", ".yml"}
PAUSE = 0.3  # seconds between two looks


def generate(changed: set[str] | None = None) -> None:
    """Make anew what changed: all, or what is made of these files."""
    if touches(changed, "docs/figures/", "snippets/*.py"):
        draw()
    if touches(changed, "snippets/notebooks/", "snippets/*.py"):
        notebooks.execute()
    printed.main()
    facts.main()
    heads.main()
    curves.main()
    for language in LANGUAGES:
        staged = pages.staged(language)  # says what to mend, if anything
        fill(BUILD / language, staged | take.files(language))
        downloads = notebooks.downloads(language)
        fill(notebooks.BUILD / language, downloads)


def touches(changed: set[str] | None, *places: str) -> bool:
    """Tell whether one of the files is in one of the places."""
    return changed is None or any(
        name.startswith(place) or Path(name).match(place)
        for name in changed
        for place in places
    )


def draw() -> None:
    """Draw the figures that changed."""
    command = [sys.executable, "docs/figures"]
    if subprocess.run(command, cwd=ROOT).returncode:
        raise MendError("docs/figures: a figure is not drawn, see above")


def stamps() -> dict[str, float]:
    """Tell when each file that pages are made of was changed."""
    found = {}
    for folder in WATCHED:
        for path in (ROOT / folder).rglob("*"):
            with suppress(FileNotFoundError):  # editors swap files
                if path.suffix in SUFFIXES:
                    name = path.relative_to(ROOT).as_posix()
                    found[name] = path.stat().st_mtime
    return found


def watch() -> None:
    """Generate at each edit; say what is wrong, and go on."""
    seen = stamps()
    while True:
        time.sleep(PAUSE)
        now = stamps()
        changed = {name for name, _ in seen.items() ^ now.items()}
        seen = now
        if changed:
            try:
                tell(changed)
            except Exception as error:  # a file that Python or YAML refuses
                name = type(error).__name__
                print(f"{name}: {error}", file=sys.stderr, flush=True)


def tell(changed: set[str] | None = None) -> bool:
    """Generate, and say what a person must mend."""
    try:
        generate(changed)
    except MendError as error:
        print(error, file=sys.stderr, flush=True)
        return False
    return True


if __name__ == "__main__":
    if "--watch" not in sys.argv:
        sys.exit(not tell())
    with suppress(KeyboardInterrupt):
        tell()
        watch()
