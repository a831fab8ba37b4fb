"""Every Python block that a reader sees is one that conftest.py runs."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_codeblocks import extract_from_file

from tests.blocks import EXPECTED, KINDS, ROOT, blocks, fences
from tests.blocks import sources as markdown
from tests.runner import Run, run, server

BLOCKS = list(blocks())
FILES = [str(path.relative_to(ROOT)) for path in markdown()]
RUNNERS = ("pytest-codeblocks:", "pytest.mark")  # what its comments start with


def is_python(text: str) -> bool:
    """Tell whether text would run as Python, code and not just words."""
    try:
        return bool(ast.parse(text).body)
    except SyntaxError:
        return False


@pytest.mark.parametrize("name", FILES)
def test_fences_are_ones_that_run(name: str) -> None:
    executed = name.startswith(("snippets/", "README"))
    for fence in fences(ROOT / name):
        if fence.shows_file and not executed:
            continue
        assert fence.info in {"python", "text", "shell"}, (
            f"{fence.where}: '{fence.info}' is a fence that no runner sees; "
            "write ```python exactly (or shell, or text for an output)"
        )
        assert fence.expected == (fence.info == "text"), (
            f"{fence.where}: ```text is for the output of the block above, "
            f"after {EXPECTED}, and only for it"
        )
        assert fence.info != "shell" or not is_python(fence.text), (
            f"{fence.where}: this is Python: label it python"
        )
        assert fence.info == "shell" or executed, (
            f"{fence.where}: put this block into snippets/examples and "
            "include it, so that it runs once and shows in both languages"
        )


@pytest.mark.parametrize("name", FILES)
def test_no_comment_tells_the_runner_to_look_away(name: str) -> None:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines, 1):
        if "<!--" in line and any(runner in line for runner in RUNNERS):
            assert line.strip() == EXPECTED, (
                f"{name}:{number}: only {EXPECTED} may steer the runner"
            )


@pytest.mark.parametrize("name", FILES)
def test_the_runner_sees_every_fence(name: str) -> None:
    path = ROOT / name
    ours = [block.line for block, _ in BLOCKS if block.path == path]
    seen = [
        (block.lineno, block.expected_output)
        for block in extract_from_file(path)
        if block.syntax == "python" and "--8<--" not in block.code
    ]
    shown = [out.text if out else None for b, out in BLOCKS if b.path == path]
    assert seen == list(zip(ours, shown, strict=True)), name


@pytest.mark.parametrize("name", [f for f in FILES if "/examples/" in f])
def test_an_example_is_a_section_with_one_block_and_its_output(
    name: str,
) -> None:
    sections: dict[str, list[str]] = {}
    for fence in fences(ROOT / name):
        assert fence.section, (
            f"{fence.where}: no section: put <!-- --8<-- [start:NAME] KIND --> "
            "above it and <!-- --8<-- [end:NAME] --> below its output"
        )
        assert fence.kind in KINDS, (
            f"{fence.where}: kind {fence.kind!r}, not one of {KINDS}"
        )
        sections.setdefault(fence.section, []).append(fence.info)
    for section, found in sections.items():
        assert found == ["python", "text"], f"{name}:{section}: fences {found}"


def test_a_block_imports_the_modules_that_it_names() -> None:
    """See that none is there only since tests/runner.py has loaded it."""
    known = "import sys, torch; print(*sys.modules)"
    fresh = subprocess.run(
        [sys.executable, "-c", known], capture_output=True, text=True
    ).stdout.split()
    importlib.import_module("torch._dynamo")  # as in tests/runner.py
    later = {name for name in sys.modules if name.startswith("torch.")}
    later -= {*fresh, "torch._dynamo"}  # which torch itself loads when named
    for block, _ in BLOCKS:
        for node in ast.walk(ast.parse(block.text)):
            name = ast.unparse(node) if isinstance(node, ast.Attribute) else ""
            assert name not in later or f"import {name}" in block.text, (
                f"{block.where}: import {name}, which `import torch` may not"
            )


@pytest.mark.parametrize(
    "block", [b for b, _ in BLOCKS], ids=lambda block: block.where
)
def test_a_block_is_short(block) -> None:
    lines = block.text.splitlines()
    assert len(lines) <= 25, f"{block.where}: {len(lines)} lines, over 25"
    for number, line in enumerate(lines, block.line + 1):
        assert len(line) <= 80, f"{block.where}: line {number} is too wide"


def test_a_printed_tensor_is_no_wider_than_code() -> None:
    # A page wraps it, within a row or a number. Messages are torch's own.
    wide = [
        f"{fence.where}: print less in a line: {line}"
        for fence, out in BLOCKS
        for line in (out.text if out else "").splitlines()
        if len(line) > 80 and "tensor(" in line
    ]
    assert not wide, "\n".join(wide)


def test_blocks_are_ruff_clean(tmp_path: Path) -> None:
    for block, _ in BLOCKS:
        name = block.where.replace("/", "__").replace(":", "__line")
        (tmp_path / f"{name}.py").write_text(block.text, encoding="utf-8")
    ruff = [sys.executable, "-m", "ruff"]
    lint = ["check", "--isolated", "--select=E,F,I,B,UP", "--quiet"]
    for command in (lint, ["format", "--isolated", "--diff", "--quiet"]):
        options = [*command, "--line-length=80"]
        result = subprocess.run(
            [*ruff, *options, tmp_path], capture_output=True, text=True
        )
        assert result.returncode == 0, result.stdout + result.stderr


LEFT = """
import os, time
if not os.fork():
    time.sleep(1e4)
print("all said")
"""


def test_what_a_block_leaves_running_is_not_waited_for() -> None:
    # Its process holds open the pipe that the answer comes by.
    assert run(LEFT) == Run("all said\n", "")


FORKED = """
from multiprocessing import get_context
import torch

def work():
    torch.ones(1 << 20, dtype=torch.long).add(1)

child = get_context("fork").Process(target=work)
child.start()
child.join(20)
print(child.exitcode)
"""


def test_what_a_shaken_block_forks_computes_in_threads_of_its_own() -> None:
    # OpenMP's, where the one who shakes has used them, are not forked.
    assert server("2 threads").ask(FORKED, [1]) == [Run("0\n", "")]
