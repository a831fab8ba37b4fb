"""Close what pytest-codeblocks lets slip while it runs a block.

It runs every block in this one process. Here each block starts as a fresh
interpreter would, except that random numbers differ from run to run, so that
a block that forgets to seed can't pass by luck.
"""

import os
import random
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import pytest
import torch
from pytest_codeblocks.plugin import TestBlock as CodeBlock

from tests import blocks

THREADS = torch.get_num_threads()
BUT_GOT = "but got\n```\n"
# A browser that dies, or hangs until its worker is ended, says nothing of the
# site: its test is run once more. Chromium 156 now and then never answers a
# change of the window's size, and playwright gives that call no timeout.
DIED = ["Target crashed", "browser has been closed"]


def reset() -> None:
    """Bring torch's global settings back to their defaults."""
    torch.set_default_dtype(torch.float32)
    torch.set_default_device(None)
    torch.set_grad_enabled(True)
    torch.set_num_threads(THREADS)
    torch.set_printoptions(profile="default")
    torch.use_deterministic_algorithms(False)
    torch.autograd.set_detect_anomaly(False)
    np.set_printoptions(**NUMPY_PRINT_OPTIONS)


NUMPY_PRINT_OPTIONS = np.get_printoptions()


def random_state() -> tuple[bytes, object, bytes]:
    """Take the state of every global random generator."""
    return (
        torch.get_rng_state().numpy().tobytes(),
        random.getstate(),
        np.random.get_state()[1].tobytes(),
    )


@contextmanager
def fresh(where: str) -> Iterator[None]:
    """Run a block in default settings, and see that it seeds what it draws."""
    reset()
    torch.seed()
    random.seed()
    np.random.seed()
    start, seed = random_state(), torch.initial_seed()
    environment, folder = dict(os.environ), os.getcwd()
    seeding = torch.manual_seed
    drew_first = False

    def manual_seed(value: int) -> torch.Generator:
        nonlocal drew_first
        drew_first |= (
            torch.initial_seed() == seed and random_state()[0] != start[0]
        )
        return seeding(value)

    torch.manual_seed = manual_seed
    try:
        with warnings.catch_warnings():
            yield
        end = random_state()
        unseeded = end[0] != start[0] and torch.initial_seed() == seed
        if unseeded or drew_first or end[1:] != start[1:]:
            raise RuntimeError(
                f"{where} draws random numbers without seeding first: use "
                "literals, or torch.manual_seed before the first draw"
            )
    finally:
        torch.manual_seed = seeding
        os.chdir(folder)
        os.environ.clear()
        os.environ.update(environment)
        reset()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Run each block fresh, and show a wrong output as a diff."""
    if not isinstance(item, CodeBlock):
        return (yield)
    where = f"{item.path.relative_to(blocks.ROOT)}:{item.obj.lineno}"
    try:
        with fresh(where):
            return (yield)
    except RuntimeError as error:
        message = str(error.args[0])
        if BUT_GOT in message:
            actual = message.split(BUT_GOT, 1)[1].removesuffix("```")
            message = blocks.diff(item.obj.expected_output, actual, where)
        elif where not in message:
            message = f"{where}\n{message}"
        raise RuntimeError(message) from None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip, visibly, blocks that need another torch; let a browser die once."""
    for item in items:
        if isinstance(item, CodeBlock):
            needed = blocks.needs(item.path)
            if torch.__version__ not in needed:
                reason = f"needs torch{needed}, this is {torch.__version__}"
                item.add_marker(pytest.mark.skip(reason=reason))
        elif "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=DIED))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Count the blocks that ran against the fences that readers see."""
    ran, skipped = (
        sum(".md::line " in report.nodeid for report in reports)
        for reports in (
            terminalreporter.getreports("passed")
            + terminalreporter.getreports("failed"),
            terminalreporter.getreports("skipped"),
        )
    )
    fences = sum(1 for _ in blocks.blocks())
    proofs = sorted(
        value
        for report in terminalreporter.getreports("passed")
        for key, value in report.user_properties
        if key == "oracle"
    )
    if proofs:
        terminalreporter.section("what proved each function of snippets/")
    for function, oracle, apart in proofs:
        terminalreporter.line(f"{function}: {oracle}, within {apart:.0e}")
    line = f"blocks: {ran} executed, {skipped} skipped, of {fences} fences"
    terminalreporter.section(line, sep="-")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a full run that did not execute every fence."""
    config = session.config
    if (
        hasattr(config, "workerinput")
        or config.args_source is not config.ArgsSource.TESTPATHS
        or config.option.keyword
        or config.option.collectonly
    ):
        return
    reporter = config.pluginmanager.getplugin("terminalreporter")
    seen = {
        report.nodeid
        for kind in ("passed", "failed", "skipped")
        for report in reporter.getreports(kind)
        if ".md::line " in report.nodeid
    }
    if len(seen) != sum(1 for _ in blocks.blocks()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
