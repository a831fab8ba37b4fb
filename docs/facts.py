"""What is known of each loss, from its page's front matter, as tables.

`python -m docs.facts` writes before a build, for each language, the rows of the
page of all losses: build/figures/LANGUAGE/facts/{torch,beyond}.md, in the order
of the navigation.
"""

import re

from docs.generate.files import MendError, write
from docs.grammar import CONFIGS, LANGUAGES, ROOT, front_matter

# Of each loss, in the order of the table's columns.
KEYS = (
    *("task", "input", "target", "formula", "range", "chance", "mean"),
    "since",  # a torch version, or the paper's year
)


def pages(language: str) -> list[str]:
    """List the loss pages, in the order of the navigation."""
    text = (ROOT / CONFIGS[language]).read_text(encoding="utf-8")
    return re.findall(r": (losses/\w+\.md)$", text, re.MULTILINE)


def row(name: str, page: str, meta: dict, tasks: dict[str, str]) -> str:
    """Write a loss's row of the table; a KeyError tells what is not known."""
    facts = meta["facts"][name]
    title = f"[{name}]({page})"
    if function := meta.get("functional", "").rpartition(".")[2]:
        title += f"<br>`{function}`"
    task = f"[{tasks[facts['task']]}](tasks/{facts['task']}.md)"
    rest = [str(facts[key]) for key in KEYS[1:]]
    return f"| {' | '.join([title, task, *rest])} |\n"


def tables(language: str) -> dict[str, str]:
    """Write the rows of torch's losses, and of those beyond torch."""
    docs = ROOT / "docs" / language
    tasks = {
        path.stem: front_matter(path.read_text(encoding="utf-8"))[0]["short"]
        for path in (docs / "tasks").glob("*.md")
    }
    found = {"torch": "", "beyond": ""}
    for page in pages(language):
        meta, _ = front_matter((docs / page).read_text(encoding="utf-8"))
        kind = "beyond" if "module" in meta else "torch"
        for name in meta.get("facts", {}):
            try:
                found[kind] += row(name, page, meta, tasks)
            except KeyError as error:
                raise MendError(
                    f"docs/{language}/{page}:1: facts: {name}: no {error}: "
                    f"write {', '.join(KEYS)}; a task is a page of tasks/"
                ) from None
    return found


def main() -> None:
    """Write the tables, for each language."""
    for language in LANGUAGES:
        folder = ROOT / "build" / "figures" / language / "facts"
        for name, text in tables(language).items():
            write(folder / f"{name}.md", text.encode())


if __name__ == "__main__":
    main()
