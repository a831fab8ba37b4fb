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
    run = suite(copy, f"{COPY}::copy")
    assert run.returncode == 0, run.stdout + run.stderr
    assert "failed" not in run.stdout


def test_a_changed_digit_in_an_output(copy: Path) -> None:
    change(copy / COPY, r"tensor\(0\.1755", "tensor(0.1756")
    both = ("-tensor(0.1756, grad_fn", "+tensor(0.1755, grad_fn")
    caught(suite(copy, f"{COPY}::copy"), f"{COPY}:2 expected", *both)


def test_a_changed_digit_in_a_block(copy: Path) -> None:
    change(copy / COPY, r"0\.5", "0.6")
    caught(
        suite(copy, f"{COPY}::copy"),
        f"{COPY}:2 expected",
        "-tensor(0.1755, grad_fn",
    )


def test_a_trailing_space_in_an_output(copy: Path) -> None:
    change(copy / COPY, r"Backward0>\)", r"\g<0> ")
    caught(suite(copy, f"{COPY}::copy"), f"{COPY}:2 expected")


def test_a_deleted_output(copy: Path) -> None:
    change(copy / COPY, f"\n{EXPECTED}(.|\n)*?```\n", "")
    wrong = f"{COPY}:2 prints, but no output is shown"
    caught(suite(copy, f"{COPY}::copy"), wrong)


@pytest.mark.parametrize(
    "code",
    [
        "torch.tensor(0.0569).exp()",  # 1.05855: at the edge of two digits
        "torch.tensor([0.1, 0.2]).exp()[1].item()",
        "1 - F.cosine_similarity(x, x, 0)",
        "x.softmax(0).sum()",
        "(x.exp() - x.exp().mean()).sum()",
        "torch.bernoulli(torch.full((20,), 0.5)).tolist()",
        "f'{math.exp(0.3):.17f}'",
    ],
)
def test_digits_that_another_processor_would_not_print(
    copy: Path, code: str
) -> None:
    head = "import math\nimport torch\nfrom torch.nn import functional as F\n"
    data = "torch.manual_seed(0)\nx = torch.tensor([0.1, 1.0, 3.0])\n"
    block = f"```python\n{head}{data}print({code})\n```\n"
    (copy / COPY).write_text(block)
    outputs = [sys.executable, "-m", "tests.blocks", COPY]
    written = subprocess.run(outputs, cwd=copy, capture_output=True, text=True)
    message = f"{COPY}:1 prints digits that another processor"
    assert message in written.stdout, written.stdout + written.stderr
    caught(suite(copy, COPY), message)


def test_digits_that_every_processor_prints(copy: Path) -> None:
    block = (
        "import torch\n\nx = torch.tensor([1.0, 2.0, 4.0])\n"
        "print(x.sum(), (x @ x).sqrt(), x.exp2(), x / 3, x.log2())\n"
    )
    shown = (
        "tensor(7.) tensor(4.5826) tensor([ 2.,  4., 16.]) "
        "tensor([0.3333, 0.6667, 1.3333]) tensor([0., 1., 2.])\n"
    )
    (copy / COPY).write_text(
        f"```python\n{block}```\n\n{EXPECTED}\n\n```text\n{shown}```\n"
    )
    run = suite(copy, COPY)
    assert run.returncode == 0, run.stdout


@pytest.mark.parametrize(
    "fence", ["```py", "``` python", "```Python", "~~~python", "```{.python}"]
)
def test_a_mislabelled_fence(copy: Path, fence: str) -> None:
    readme = copy / "README.md"
    lines = readme.read_text(encoding="utf-8").count("\n")
    end = fence[:3]
    with readme.open("a", encoding="utf-8") as file:
        file.write(f"\n{fence}\nprint(1)\n{end}\n")
    run = suite(copy, "tests/test_blocks.py", "-k", "README.md")
    caught(run, f"README.md:{lines + 2}:")


def test_python_labelled_shell(copy: Path) -> None:
    shell = "```shell\n(.|\n)*?```"
    line = change(copy / "README.md", shell, "```shell\nimport torch\n```")
    run = suite(copy, "tests/test_blocks.py", "-k", "README.md")
    caught(run, f"README.md:{line}: this is Python")


def test_a_block_written_into_a_page(copy: Path) -> None:
    line = change(copy / PAGE.format("en"), "## Formula", "```python\n1\n```\n")
    run = suite(copy, "tests/test_blocks.py", "-k", "fences_are")
    caught(run, f"{PAGE.format('en')}:{line}: put this block into snippets")


@pytest.mark.parametrize(
    "comment", ["pytest-codeblocks:skip", "pytest.mark.xfail"]
)
def test_a_comment_that_skips(copy: Path, comment: str) -> None:
    change(copy / COPY, "```python", f"<!--{comment}-->\n```python")
    run = suite(copy, "tests/test_blocks.py", "-k", "look_away")
    caught(run, f"{COPY}:2: only {EXPECTED} may steer")


def test_random_numbers_without_a_seed(copy: Path) -> None:
    unseeded = "import torch\n\ntorch.randn(3)"
    (copy / COPY).write_text(f"```python\n{unseeded}\n```\n")
    caught(suite(copy, COPY), f"{COPY}:1 draws random numbers")
    seeded_late = f"{unseeded}\ntorch.manual_seed(0)"
    (copy / COPY).write_text(f"```python\n{seeded_late}\n```\n")
    caught(suite(copy, COPY), f"{COPY}:1 draws random numbers")


def test_a_block_cannot_change_the_next(copy: Path) -> None:
    folder = copy / "snippets/examples"
    settings = (
        "import os\nimport torch\n"
        "torch.set_default_dtype(torch.float64)\n"
        "torch.set_printoptions(precision=1)\n"
        "torch.set_grad_enabled(False)\n"
        "torch.set_num_threads(1)\n"
        "torch.manual_seed(0)\n"
        "os.environ['LEAK'] = '1'\n"
    )
    seen = (
        "import os\nimport torch\n"
        "x = torch.tensor([0.12345], requires_grad=True)\n"
        "print(x.dtype, x * 1, 'LEAK' in os.environ)\n"
    )
    shown = "torch.float32 tensor([0.1235], grad_fn=<MulBackward0>) False\n"
    (folder / "leak.md").write_text(
        f"```python\n{settings}```\n\n"
        f"```python\n{seen}```\n\n{EXPECTED}\n\n```text\n{shown}```\n"
    )
    run = suite(copy, str(folder / "leak.md"))
    assert run.returncode == 0, run.stdout


def test_a_missing_chinese_page(copy: Path) -> None:
    (copy / PAGE.format("zh")).unlink()
    run = suite(copy, "tests/test_parity.py")
    caught(run, f"{PAGE.format('zh')}:1: this page is missing")


@pytest.mark.parametrize(
    ("pattern", "by", "message"),
    [
        (r'--8<-- "examples/cross.*', "", "include 'printed/"),
        (r"\$N\$", "$M$", "formula 'N' is missing in docs/zh"),
        (r"### reduction", "### shrink", "heading (3, 'shrink')"),
        (r"issues/\d+", "issues/1", "is missing in docs/zh"),
        (r"\n\| \$w_c.*", "", "row"),
    ],
)
def test_a_part_in_one_language_only(
    copy: Path, pattern: str, by: str, message: str
) -> None:
    change(copy / PAGE.format("zh"), pattern, by)
    run = suite(copy, "tests/test_parity.py", "-k", "same_parts")
    caught(run, message, "cross_entropy_loss.md:")


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


def test_a_changed_digit_that_no_block_prints(copy: Path) -> None:
    wrong = []
    for file, pattern, number in [
        ("docs/en/losses/asymmetric_loss.md", r"(?<=use )0\.8", "0.9"),
        ("docs/en/losses/soft_margin_loss.md", r"(?<=section )10\.6", "10.7"),
        ("docs/zh/losses/linear_cross_entropy_loss.md", r"2\.13", "2.14"),
        ("docs/zh/losses/huber_loss.md", r"(?<=since: ')1\.9", "1.8"),
        ("README.zh.md", r"(?<=版本 )2\.0", "2.1"),
    ]:
        line = change(copy / file, pattern, number)
        wrong.append(f"{file}:{line}: ")
    caught(suite(copy, "tests/test_parity.py"), *wrong)


def test_a_wrong_formula_by_hand(copy: Path) -> None:
    change(copy / COPY, r"\(weight\[y\] \* kept\)\.sum\(\)", "kept.sum()")
    run = suite(copy, "tests/test_formulas.py", "-k", "by_hand_is_torch")
    text = (copy / COPY).read_text(encoding="utf-8")
    line = text[: text.index("[start:by_hand]")].count("\n") + 2
    caught(run, f"{COPY}:{line} is not torch's")


def test_by_hand_that_calls_torchs_loss(copy: Path) -> None:
    line = change(
        copy / COPY,
        r"logits - logits\.logsumexp\(1, keepdim=True\)",
        "F.log_softmax(logits, 1)",
    )
    run = suite(copy, "tests/test_formulas.py", "-k", "uses_no_loss")
    caught(run, f"{COPY}:{line}:", "is not by hand")


def test_a_missing_section_and_a_missing_parameter(copy: Path) -> None:
    page = copy / PAGE.format("en")
    change(page, r"## Precision", "## Accuracy")
    run = suite(copy, "tests/test_pages.py", "-k", "en-cross_entropy_loss")
    caught(run, PAGE.format("en"))
    page.write_text(page.read_text().replace("label_smoothing", "smoothing"))
    run = suite(copy, "tests/test_pages.py", "-k", "en-cross_entropy_loss")
    caught(run, "say what `label_smoothing` of torch.nn.CrossEntropyLoss does")


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
