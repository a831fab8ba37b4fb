"""Refresh and prove one loss, without building a site: `make loss NAME=x`."""

import re
import subprocess
import sys
import time
from functools import cache
from pathlib import Path

from docs import facts, printed
from docs.generate import heads
from docs.generate.files import MendError
from docs.grammar import LANGUAGES, front_matter, functions
from tests.blocks import ROOT

# What the suite has on a loss, as far as it needs no built site.
TESTS = tuple(
    "blocks formulas pages parity prose snippets errors choose".split()
)
# Of these also what is of no loss: of all pages.
WHOLE = ("test_pages", "test_parity", "test_choose", "test_formulas")


def files(name: str) -> list[Path]:
    """List the files that make a loss; torch's own have no snippets/NAME.py."""
    return [
        ROOT / "snippets" / f"{name}.py",
        ROOT / "snippets" / "examples" / f"{name}.md",
        ROOT / "snippets" / "formulas" / f"{name}.md",
        ROOT / "docs" / "figures" / f"{name}.py",
        *(ROOT / "docs" / x / "losses" / f"{name}.md" for x in LANGUAGES),
        ROOT / "tests" / "cases" / f"{name}.py",
    ]


@cache
def names(name: str) -> set[str]:
    """List what a loss is called in the names of tests."""
    found = {name}
    module, _, _, _, *pages, _ = files(name)
    for page in filter(Path.exists, pages):
        meta, _ = front_matter(page.read_text(encoding="utf-8"))
        found |= {*meta.get("facts", {})}
        found.add(meta.get("functional", "").rpartition(".")[2])
    if module.exists():
        found |= {*functions(module.read_text(encoding="utf-8"))}
    return found - {""}


def about(name: str, test: str) -> bool:
    """Tell whether a test, by its id, is one of a loss, or of all pages."""
    file, _, called = test.partition("::")
    of = called.rstrip("]").partition("[")[2] if "[" in called else "en"
    if of in LANGUAGES and Path(file).stem in WHOLE:
        return True
    said = re.findall(r"[A-Za-z_]\w*", test)
    return bool(names(name) & set(said))


def run(*command: str | Path) -> bool:
    """Run a step; tell whether it went well."""
    return not subprocess.run([sys.executable, "-m", *command]).returncode


def main(name: str = "") -> None:
    """Write what is made of the loss anew, then run what proves it."""
    start = time.monotonic()
    module, examples, _, figure, *_ = files(name)
    here = [path for path in files(name) if path.exists()]
    lacking = set(files(name)) - {module, *here}
    if not here:
        sys.exit(f"no loss is named {name!r}: make loss NAME=focal_loss")
    for path in sorted(lacking):
        print(f"{path.relative_to(ROOT)}:1: is missing: make new NAME={name}")
    good = not lacking
    if examples in here:
        good &= run("tests.blocks", f"{name}.md")
        subprocess.run(["git", "--no-pager", "diff", "--", examples])
    if figure in here:
        command = [sys.executable, ROOT / "docs" / "figures", name]
        good &= not subprocess.run(command).returncode
    try:
        facts.main()
        heads.main()
        printed.main()
    except MendError as error:
        print(error)
        good = False
    code = [path for path in here if path.suffix == ".py"]
    good &= run("ruff", "check", *code)
    good &= run("ruff", "format", "--check", "--quiet", *code)
    tests = [f"tests/test_{x}.py" for x in TESTS]
    tests += [examples] if examples in here else []
    good &= run("pytest", "-q", "-n2", f"--loss={name}", *tests)
    print(f"{name}: {time.monotonic() - start:.0f} s")
    sys.exit(not good)


if __name__ == "__main__":
    main(*sys.argv[1:2])
