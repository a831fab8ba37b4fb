"""What is known of each loss, from its page's front matter, as tables.

`python -m docs.facts` writes before a build, for each language, the rows of the
page of all losses: build/figures/LANGUAGE/facts/{torch,beyond}.md, in the order
of the navigation, and those of the cheat sheet beyond torch, sheet.md.
"""

import ast
import re
from collections.abc import Iterator

from docs.generate.files import MendError, write
from docs.grammar import CONFIGS, LANGUAGES, ROOT, front_matter

# Of each loss, in the order of the table's columns.
KEYS = (
    *("task", "input", "target", "formula", "range", "chance", "mean"),
    "since",  # a torch version, or the paper's year
)
# Of those beyond torch, what the cheat sheet has.
CHOSEN = (
    *("soft_target_loss", "sigmoid_focal_loss", "diffusion_loss"),
    *("flow_matching_loss", "gaussian_kl", "ssim_loss", "info_nce"),
    *("batch_hard_triplet_loss", "arcface_loss", "dino_loss", "crf_nll"),
    *("si_sdr_loss", "causal_lm_loss", "dpo_loss", "clipped_policy_loss"),
    *("dice_loss", "giou_loss"),
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


def call(name: str, module: str) -> str:
    """Write a call of a function of snippets/, with all that must be given."""
    text = (ROOT / "snippets" / f"{module}.py").read_text(encoding="utf-8")
    (args,) = (
        node.args
        for node in ast.parse(text).body
        if isinstance(node, ast.FunctionDef) and node.name == name
    )
    given = [arg.arg for arg in args.posonlyargs + args.args]
    return f"{name}({', '.join(given[: len(given) - len(args.defaults)])})"


def short(name: str, page: str, meta: dict) -> str:
    """Write a loss's row of the cheat sheet."""
    facts, module = meta["facts"][name], meta["module"]
    title = f"[{name}]({page})<br>`{module}.py`"
    rest = [facts[key] for key in ("input", "target", "formula", "chance")]
    cells = [title, f"`{call(name, module)}`", *map(str, rest)]
    return f"| {' | '.join(cells)} |\n"


def losses(language: str) -> Iterator[tuple[str, str, dict]]:
    """List each loss: name, page and what the page's head says."""
    for page in pages(language):
        text = (ROOT / "docs" / language / page).read_text(encoding="utf-8")
        meta, _ = front_matter(text)
        for name in meta.get("facts", {}):
            yield name, page, meta


def tables(language: str) -> dict[str, str]:
    """Write the rows of torch's losses, and of those beyond torch."""
    docs = ROOT / "docs" / language
    tasks = {
        path.stem: front_matter(path.read_text(encoding="utf-8"))[0]["short"]
        for path in (docs / "tasks").glob("*.md")
    }
    found = {"torch": "", "beyond": ""}
    for name, page, meta in losses(language):
        kind = "beyond" if "module" in meta else "torch"
        try:
            found[kind] += row(name, page, meta, tasks)
        except KeyError as error:
            raise MendError(
                f"docs/{language}/{page}:1: facts: {name}: no {error}: "
                f"write {', '.join(KEYS)}; a task is a page of tasks/"
            ) from None
    return found


def sheet(language: str) -> str:
    """Write the cheat sheet's rows beyond torch."""
    known = losses(language)
    return "".join(short(*loss) for loss in known if loss[0] in CHOSEN)


def main() -> None:
    """Write the tables, for each language."""
    for language in LANGUAGES:
        folder = ROOT / "build" / "figures" / language / "facts"
        rows = tables(language) | {"sheet": sheet(language)}
        for name, text in rows.items():
            write(folder / f"{name}.md", text.encode())


if __name__ == "__main__":
    main()
