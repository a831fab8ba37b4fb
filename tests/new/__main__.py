"""Write the skeleton of a new loss: `make new NAME=my_loss`.

The files beside this one are that skeleton, each where it belongs. It is a loss
that works; `make loss` fails where a person must write, which is marked WRITE.
"""

import re
import subprocess
import sys
from pathlib import Path

from docs.grammar import CONFIGS, LANGUAGES
from tests.blocks import ROOT

HERE = Path(__file__).parent
WORDS = {  # of the chooser: the task, a row's link, why, what a call needs
    "en": ("Regression", ", [call]", ": WRITE", "Needs {}."),
    "zh": ("回归", "，[代码]", "：WRITE", "需要 {}。"),
}


def named(text: str, name: str) -> str:
    """Put a loss's name, as function, class and title, into a text."""
    words = name.removesuffix("_loss").split("_")
    class_name = "".join(map(str.title, words)) + "Loss"
    text = text.replace("my_loss", name).replace("MyLoss", class_name)
    title = " ".join([words[0].title(), *words[1:], "loss"])
    return text.replace("My loss", title)


def added(path: Path, pattern: str, line: str, text: str = "") -> str:
    """Add a line behind the last one of a file, or text, that matches.

    The line may take groups of the match, as its indentation.
    """
    text = text or path.read_text(encoding="utf-8")
    found = [*re.finditer(pattern, text, re.MULTILINE)]
    if not found:
        sys.exit(f"{path.relative_to(ROOT)}:1: no line like {pattern}")
    end = found[-1].end()
    return text[:end] + found[-1].expand(line) + text[end:]


def lists(name: str) -> dict[Path, str]:
    """Add the loss to what lists all: navigations and choosers."""
    page, found = f"losses/{name}.md", {}
    for language in LANGUAGES:
        path = ROOT / CONFIGS[language]
        nav = r"^( +)- .*tasks/regression\.md\n(?:\1- .*losses/.*\n)+"
        line = rf"\1- {named('My loss', name)}: {page}" "\n"
        found[path] = added(path, nav, line)
        path = ROOT / "docs" / language / "choose.md"
        label, call, why, needs = WORDS[language]
        row = (
            f"| {label} | WRITE | WRITE | [{name}]({page}#copy-this){call}"
            f"(#{name}){why} | [MSELoss](losses/mse_loss.md#copy-this){why} |\n"
        )
        text = added(path, rf"^\| {label} \|.*\n", row)
        needs = needs.format(f"[{name}.py]({page}#copy-this)")
        block = f'--8<-- "examples/{name}.md:copy"'
        block = f"\n### {name}\n\n{needs}\n\n{block}\n"
        found[path] = added(path, r"^--8<-- .*\n", block, text)
    return found


def main(name: str = "") -> None:
    """Write the seven files, and a line in each of the four that list all."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        sys.exit("make new NAME=my_loss: lower case and underscores")
    new = {}
    for path in sorted(HERE.rglob("my_loss.*")):
        target = ROOT / named(path.relative_to(HERE).as_posix(), name)
        if target.exists():
            sys.exit(f"{target.relative_to(ROOT)}:1: is there already")
        new[target] = named(path.read_text(encoding="utf-8"), name)
    for path, text in (new | lists(name)).items():
        path.write_text(text, encoding="utf-8")
        print(f"{path.relative_to(ROOT)}{'' if path in new else ': a line'}")
    code = [path for path in new if path.suffix == ".py"]
    for how in (["check", "--select=I", "--fix"], ["format"]):
        ruff = [sys.executable, "-m", "ruff", *how, "--quiet"]
        subprocess.run([*ruff, *code], check=True)
    print(f"Now write where they say WRITE, and: make loss NAME={name}")


if __name__ == "__main__":
    main(*sys.argv[1:2])
