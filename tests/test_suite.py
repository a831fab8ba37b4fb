"""The suite proves itself: break one thing, see it caught and named.

Each test breaks a copy of the repository and runs the suite's own tests there.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.blocks import EXPECTED, ROOT

COPY = "snippets/examples/cross_entropy_loss.md"
PAGE = "docs/{}/losses/cross_entropy_loss.md"
PARTS = ["conftest.py", "pyproject.toml", "docs", "snippets", "tests"]
PARTS += ["README.md", "README.zh.md", "mkdocs.yml", "mkdocs.zh.yml"]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Copy what the suite reads."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part)
        else:
            shutil.copy(ROOT / part, tmp_path / part)
    return tmp_path


def change(path: Path, pattern: str, by: str) -> int:
    """Change the first match in a file; return the line it was on."""
    text = path.read_text(encoding="utf-8")
    match = re.search(pattern, text)
    assert match, f"{path} has no {pattern}"
    path.write_text(
        text[: match.start()] + match.expand(by) + text[match.end() :],
        encoding="utf-8",
    )
    return text.count("\n", 0, match.start()) + 1


def suite(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run part of the suite in the copy, in one process."""
    options = ["-n0", "-p", "no:randomly", "-p", "no:cacheprovider"]
    own = "addopts=--codeblocks --strict-markers"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-o", own, *options, *arguments],
        cwd=copy,
        capture_output=True,
        text=True,
        env={k: v for k, v in os.environ.items() if "PYTEST" not in k},
    )


def caught(run: subprocess.CompletedProcess[str], *messages: str) -> None:
    """See the run fail, with each message in what it prints."""
    assert run.returncode == 1, run.stdout + run.stderr
    for message in messages:
        assert message in run.stdout, run.stdout


def test_an_unbroken_copy_passes(copy: Path) -> None:
    chosen = "cross_entropy_loss.md"
    run = suite(copy, f"{COPY}::copy", "tests/test_blocks.py", "-k", chosen)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "failed" not in run.stdout


def test_a_changed_digit_in_an_output_and_one_in_a_block(copy: Path) -> None:
    change(copy / COPY, r"tensor\(0\.1755", "tensor(0.1756")
    both = ("-tensor(0.1756, grad_fn", "+tensor(0.1755, grad_fn")
    weight = r"(start:weight\](?:.|\n)*?)4\.0\]\)"
    line = change(copy / COPY, weight, r"\g<1>5.0])")
    run = suite(copy, f"{COPY}::copy", f"{COPY}::weight")
    caught(run, f"{COPY}:2 expected", *both, "2 failed")
    caught(run, f"{COPY}:{line + 1} expected", "-tensor([0.2413, 0.4384])")


HEAD = """import math
import os
import torch
from torch.nn import functional as F

"""
SEEDED = "torch.manual_seed(0)\nx = torch.tensor([0.1, 1.0, 3.0])\n"
LEAK = """torch.set_default_dtype(torch.float64)
torch.set_printoptions(precision=1)
torch.set_grad_enabled(False)
torch.set_num_threads(1)
torch.manual_seed(0)
os.environ["LEAK"] = "1"
"""
LEAKED = """x = torch.tensor([0.12345], requires_grad=True)
print(x.dtype, x * 1, "LEAK" in os.environ)
"""
SEEN = "torch.float32 tensor([0.1235], grad_fn=<MulBackward0>) False\n"
EVERYWHERE = """x = torch.tensor([1.0, 2.0, 4.0])
print(x.sum(), (x @ x).sqrt(), x.exp2(), x / 3, x.log2())
"""
PRINTED = (
    "tensor(7.) tensor(4.5826) tensor([ 2.,  4., 16.]) "
    "tensor([0.3333, 0.6667, 1.3333]) tensor([0., 1., 2.])\n"
)
# Code, what is shown below it, and what the suite says of that, if anything.
BLOCKS = {
    "right": ("print(1 / 8)\n", "0.125\n", ""),
    "right_everywhere": (EVERYWHERE, PRINTED, ""),
    "leak": (LEAK, "", ""),
    "leaked": (LEAKED, SEEN, ""),
    "digit": ("print(1 / 8)\n", "0.124\n", "expected"),
    "space": ("print(1 / 8)\n", "0.125 \n", "expected"),
    "no_output": ("print(1 / 8)\n", "", "prints, but no output is shown"),
    "unseeded": ("torch.randn(3)\n", "", "draws random numbers"),
    "seeded_late": (
        "torch.randn(3)\ntorch.manual_seed(0)\n",
        "",
        "draws random numbers",
    ),
}
FRAGILE = [  # digits that another processor would not print
    "torch.tensor(0.0569).exp()",  # 1.05855: at the edge of two digits
    "torch.tensor([0.1, 0.2]).exp()[1].item()",
    "1 - F.cosine_similarity(x, x, 0)",
    "x.softmax(0).sum()",
    "torch.tensor([2.0, 0.5]).log_softmax(0).exp().sum()",  # 1. or 1.0000
    "(x.exp() - x.exp().mean()).sum()",
    "torch.bernoulli(torch.full((20,), 0.5)).tolist()",
    "f'{math.exp(0.3):.17f}'",
]


def test_blocks_that_do_not_print_what_is_shown(copy: Path) -> None:
    said = BLOCKS | {
        f"fragile{i}": (
            f"{SEEDED}print({code})\n",
            "",
            "prints digits that another processor",
        )
        for i, code in enumerate(FRAGILE)
    }
    text, lines = "", {}
    for name, (code, shown, _) in said.items():
        lines[name] = text.count("\n") + 2
        text += (
            f"<!-- --8<-- [start:{name}] copy -->\n```python\n{HEAD}{code}```\n"
        )
        if shown:
            text += f"\n{EXPECTED}\n\n```text\n{shown}```\n"
        text += f"<!-- --8<-- [end:{name}] -->\n"
    path = "snippets/examples/all.md"
    (copy / path).write_text(text, encoding="utf-8")
    # What make outputs writes below the fragile ones is no right output.
    outputs = [sys.executable, "-m", "tests.blocks", "all.md:fragile"]
    told = subprocess.run(outputs, cwd=copy, capture_output=True, text=True)
    text = (copy / path).read_text(encoding="utf-8")
    run = suite(copy, path)
    wrong = {name for name, (_, _, message) in said.items() if message}
    assert {*re.findall(r"^FAILED .*::(\w+)", run.stdout, re.M)} == wrong
    for name in wrong:
        before = text[: text.index(f"[start:{name}]")]
        where = f"{path}:{before.count(chr(10)) + 2}"
        assert f"{where} {said[name][2]}" in run.stdout, run.stdout
        if name.startswith("fragile"):
            where = f"{path}:{lines[name]}"
            assert f"{where} {said[name][2]}" in told.stdout, told.stdout


FENCES = ["```py", "``` python", "```Python", "~~~python", "```{.python}"]
PLACES = ["index", "choose", "glossary", "errors", "correctness"]


def test_fences_and_comments_that_no_runner_sees(copy: Path) -> None:
    wrong = []
    for fence, name in zip(FENCES, PLACES, strict=True):
        path = copy / "docs" / "en" / f"{name}.md"
        lines = path.read_text(encoding="utf-8").count("\n")
        with path.open("a", encoding="utf-8") as file:
            file.write(f"\n{fence}\nprint(1)\n{fence[:3]}\n")
        wrong.append(f"docs/en/{name}.md:{lines + 2}: '")
    shell = "```shell\n(.|\n)*?```"
    line = change(copy / "README.md", shell, "```shell\nimport torch\n```")
    wrong.append(f"README.md:{line}: this is Python")
    page = PAGE.format("en")
    line = change(copy / page, "## Formula", "```python\n1\n```\n")
    wrong.append(f"{page}:{line}: put this block into snippets")
    for name, comment in [
        ("l1_loss", "pytest-codeblocks:skip"),
        ("mse_loss", "pytest.mark.xfail"),
    ]:
        path = f"snippets/examples/{name}.md"
        line = change(copy / path, "```python", f"<!--{comment}-->\n```python")
        wrong.append(f"{path}:{line}: only {EXPECTED} may steer")
    chosen = "fences_are or look_away"
    run = suite(copy, "tests/test_blocks.py", "-k", chosen)
    caught(run, *wrong, f"{len(wrong)} failed")


def test_what_is_in_one_language_only(copy: Path) -> None:
    (copy / PAGE.format("zh")).unlink()
    wrong = [f"{PAGE.format('zh')}:1: this page is missing"]
    zh = "docs/zh/losses/{}.md"
    for name, pattern, by, message in [
        ("bce_loss", r'--8<-- "examples/bce_loss.md:copy"', "", "include '"),
        ("kl_div_loss", r"\$N\$", "$M$", "formula 'N' is missing in docs/zh"),
        ("mse_loss", r"### reduction", "### shrink", "heading (3, 'shrink')"),
        ("focal_loss", r"issues/\d+", "issues/1", "is missing in docs/zh"),
        ("huber_loss", r"\n\| \$\\delta.*", "", "row"),
        ("l1_loss", r"(?<=task: )regression", "metric", "fact 'L1Loss: task"),
    ]:
        change(copy / zh.format(name), pattern, by)
        wrong += [f"losses/{name}.md:", message]
    for file, pattern, number in [
        ("docs/en/losses/asymmetric_loss.md", r"(?<=use )0\.8", "0.9"),
        ("docs/en/losses/soft_margin_loss.md", r"(?<=section )10\.6", "10.7"),
        (zh.format("smooth_l1_loss"), r"(?<=since: ')1\.\d+", "1.8"),
        (zh.format("linear_cross_entropy_loss"), r"2\.13", "2.14"),
        ("README.zh.md", r"(?<=版本 )2\.0", "2.1"),
    ]:
        line = change(copy / file, pattern, number)
        wrong.append(f"{file}:{line}: ")
    for file, pattern, by, message in [
        (
            "docs/zh/glossary.md",
            "# 术语表",
            "# 词,表",
            "full-width punctuation",
        ),
        ("docs/zh/index.md", r"\Z", "\n损失loss\n", "put a space between"),
        ("docs/printed.yml", r"\n  and: .*", "", "and is not in both"),
    ]:
        change(copy / file, pattern, by)
        wrong += [f"{file}:", message]
    caught(suite(copy, "tests/test_parity.py"), *wrong)


def test_a_changed_digit_in_words(copy: Path) -> None:
    wrong = []
    for file, pattern, number in [
        (PAGE.format("en"), r"0\.5514(?= here)", "0.5515"),  # a sentence
        (PAGE.format("zh"), r"0\.5514", "0.5524"),
        ("docs/zh/losses/focal_loss.md", "(?<=默认为 )0.25", "0.26"),  # a table
        ("docs/en/losses/robust_regression.md", "(?<=`)1e-3", "1e-4"),  # code
        ("docs/figures/pair_metric.py", "(?<=margin )0.25", "0.26"),  # its alt
        ("snippets/contrastive.py", "(?<=1 / )0.07", "0.08"),  # a docstring
    ]:
        line = change(copy / file, pattern, number)
        wrong.append(f"{file}:{line}: who printed {number}?")
    caught(suite(copy, "tests/test_prose.py"), *wrong)


def test_a_wrong_formula_and_one_not_by_hand(copy: Path) -> None:
    change(copy / COPY, r"\(weight\[y\] \* kept\)\.sum\(\)", "kept.sum()")
    text = (copy / COPY).read_text(encoding="utf-8")
    by_hand = text[: text.index("[start:by_hand]")].count("\n") + 2
    line = change(
        copy / COPY,
        r"logits - logits\.logsumexp\(1, keepdim=True\)",
        "F.log_softmax(logits, 1)",
    )
    run = suite(
        copy,
        "tests/test_formulas.py",
        "-k",
        "cross_entropy_loss and not closed_form",
    )
    wrong = f"{COPY}:{by_hand} is not torch's"
    caught(run, wrong, f"{COPY}:{line}:", "is not by hand", "2 failed")


def test_a_missing_section_and_a_missing_parameter(copy: Path) -> None:
    page = copy / "docs/en/losses/nll_loss.md"
    change(page, r"## Precision", "## Accuracy")
    page = copy / PAGE.format("en")
    page.write_text(page.read_text().replace("label_smoothing", "smoothing"))
    caught(
        suite(copy, "tests/test_pages.py", "-k", "en-"),
        "docs/en/losses/nll_loss.md",
        "say what `label_smoothing` of torch.nn.CrossEntropyLoss does",
    )


def test_what_a_page_must_say(copy: Path) -> None:
    wrong = []
    for file, pattern, by, message in [
        ("losses/nll_loss.md", r"\ntags:", "\ntag:", "nobody reads 'tag'"),
        ("losses/mse_loss.md", "You see", "It is", "begin with the table"),
        ("losses/l1_loss.md", r"\(#integers\)", "(#on)", "link to #integers"),
        ("losses/huber_loss.md", "Scale the target, .*", "", "say in a sente"),
        ("losses/bce_loss.md", " +chance: .*\n", "", "what is its chance?"),
        ("losses/ctc_loss.md", "# CTCLoss", r"# $\\log$", "write \\ln"),
        ("losses/poly_loss.md", "module: poly_loss", "module: x", "module:"),
        ("training/mean.md", "You see", "It is", "begin with the table"),
        ("training/index.md", r"\(half.md\)", "(x.md)", "row for half.md"),
        ("training/half.md", r"\Z", "\nCUDA is fast.\n", "who tried this?"),
        ("symptoms.md", r"\(#nan\)", "(#inf)", "link to #nan"),
        ("choose.md", r": rarer classes .*? \|", " |", "say why to take"),
    ]:
        change(copy / "docs/en" / file, pattern, by)
        wrong += [f"docs/en/{file}:", message]
    for file, pattern, by, message in [
        ("mkdocs.zh.yml", r" +- HuberLoss: .*\n", "", "no losses/huber_"),
        ("tests/torch_notes.yml", "cdffe61b", "0", 'add "cdffe61b": its'),
        (COPY, r"start:copy\]", "start:more]", "cross_entropy_loss.md:more"),
    ]:
        change(copy / file, pattern, by)
        wrong.append(message)
    files = "pages training symptoms choose gpu".split()
    chosen = (
        "front_matter or pitfalls or template or cure or facts or the_table or "
        "notes or logarithm or has_its_page or overview or why or tried or "
        "is_on_a_page"
    )
    run = suite(copy, *(f"tests/test_{x}.py" for x in files), "-k", chosen)
    caught(run, *wrong)


def test_a_function_that_is_not_what_it_says(copy: Path) -> None:
    wrong = []
    for name, pattern, by, message in [
        ("focal_loss", r"alpha - 1\) \+", "alpha + 1) +", "is not optax"),
        ("z_loss", "must be at least", "is", "coefficient is 0, got"),
        ("poly_loss", r"self\.epsilon, self", "self.e, self", "'epsilon'"),
        (
            "relative_error",
            r"size\.add_\(size == 0\)",
            "size",
            "smape_loss: 0: ['input', 'target']",
        ),
        ("preference", r"\.detach\(\)\.cl", ".cl", "a gradient goes to one of"),
    ]:
        change(copy / "snippets" / f"{name}.py", pattern, by)
        wrong.append(message)
    chosen = (
        "(sigmoid_focal and oracle) or (z_loss and bad_input) or (smape and "
        "degenerate) or (kto and no_gradient) or (poly1 and plain_attributes)"
    )
    caught(suite(copy, "tests/test_snippets.py", "-k", chosen), *wrong)


def test_a_new_loss_fails_only_where_somebody_must_write(copy: Path) -> None:
    figures = "build/figures"
    shutil.copytree(ROOT / figures, copy / figures)
    for what in ("new", "loss"):
        made = subprocess.run(
            [sys.executable, "-m", f"tests.{what}", "wobble_loss"],
            cwd=copy,
            capture_output=True,
            text=True,
        )
        assert made.returncode == (what == "loss"), made.stdout + made.stderr
    failed = {*re.findall(r"^FAILED \S+::(.*?) - ", made.stdout, re.M)}
    assert failed == {"test_nothing_is_left_to_write[wobble_loss]"}, made.stdout
    (copy / "docs/figures/wobble_loss.py").unlink()
    (copy / "tests/cases/wobble_loss.py").unlink()
    made = subprocess.run(
        [sys.executable, "-m", "tests.loss", "wobble_loss"],
        cwd=copy,
        capture_output=True,
        text=True,
    )
    for file in ("docs/figures/wobble_loss.py", "tests/cases/wobble_loss.py"):
        assert f"{file}:1: is missing" in made.stdout, made.stdout


DEADLY = """
import os
from pathlib import Path

import pytest


@pytest.fixture
def browser():
    pass


def die():
    os.kill(os.getpid(), 9)


def test_it_dies_once(browser):
    if not Path("died").exists():
        Path("died").touch()
        die()


def test_it_dies_twice(browser):
    die()


def test_no_browser_and_dies():
    die()


def test_it_fails_once(browser):
    if not Path("failed").exists():
        Path("failed").touch()
        assert "a page" == "sound"
"""


def test_only_a_browser_that_died_gets_a_second_chance(copy: Path) -> None:
    (copy / "tests/test_deadly.py").write_text(DEADLY, encoding="utf-8")
    run = suite(copy, "tests/test_deadly.py", "-n1", "-rfR")
    summary = run.stdout[run.stdout.index("summary info") :]
    ends = set(re.findall(r"^(\w+) \S+::(\w+)", summary, re.MULTILINE))
    assert ends == {
        ("RERUN", "test_it_dies_once"),
        ("PASSED", "test_it_dies_once"),
        ("RERUN", "test_it_dies_twice"),
        ("FAILED", "test_it_dies_twice"),
        ("FAILED", "test_no_browser_and_dies"),
        ("FAILED", "test_it_fails_once"),
    }, run.stdout + run.stderr
