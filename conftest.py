"""Run the blocks that pytest-codeblocks collects, each once, each alone.

pytest-codeblocks would run them in this one process, where a block sees what
others left. tests/runner.py runs each in a child of its own.
"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, settings
from pytest_codeblocks.plugin import MarkdownFile
from pytest_codeblocks.plugin import TestBlock as CodeBlock

from tests import blocks
from tests.loss import about

# A browser that dies, or hangs until its worker is ended, says nothing of the
# site: its test is run once more. Chromium 156 now and then never answers a
# change of the window's size, and playwright gives that call no timeout.
DIED = ["Target crashed", "browser has been closed"]
collect_ignore = ["tests/new"]  # what make new writes is no test here
# Nor is a machine that is slow, or busy: draws of a second took one 30.
settings.register_profile("any", suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any")


def run_alone(item: CodeBlock) -> None:
    """Fail unless a block prints what its page shows."""
    shown = item.obj.expected_output or ""
    if wrong := blocks.wrong(item.fence, item.obj.code, shown):
        raise RuntimeError(wrong)


class Examples(MarkdownFile):
    """A file whose blocks are named by their sections."""

    def collect(self) -> Iterator[CodeBlock]:
        """Collect what pytest-codeblocks does, under better names."""
        fences = {fence.line: fence for fence in blocks.fences(self.path)}
        for found in super().collect():
            fence = fences[found.obj.lineno]
            name = fence.section or found.name
            item = CodeBlock.from_parent(self, name=name, obj=found.obj)
            item.own_markers = found.own_markers
            item.fence = fence
            yield item


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(
    file_path: Path, parent: pytest.Collector
) -> Iterator[None]:
    """Let sections name the blocks of a Markdown file."""
    return [
        Examples.from_parent(parent, path=file_path)
        if isinstance(found, MarkdownFile)
        else found
        for found in (yield)
    ]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `make loss` choose."""
    parser.addoption("--loss", help="only what the suite has on this loss")


def pytest_collection_modifyitems(
    items: list[pytest.Item], config: pytest.Config
) -> None:
    """Skip, visibly, blocks that need another torch; let a browser die once."""
    if name := config.option.loss:
        items[:] = [item for item in items if about(name, item.nodeid)]
    for item in items:
        if isinstance(item, CodeBlock):
            if torch.__version__ not in (needed := item.fence.needs):
                reason = f"needs torch{needed}, this is {torch.__version__}"
                item.add_marker(pytest.mark.skip(reason=reason))
            item.runtest = partial(run_alone, item)
        elif "browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.flaky(reruns=1, only_rerun=DIED))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Count the blocks that ran against the fences that readers see."""
    ran, skipped = (
        sum(".md::" in report.nodeid for report in reports)
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
        or config.option.loss
        or config.option.collectonly
    ):
        return
    reporter = config.pluginmanager.getplugin("terminalreporter")
    seen = {
        report.nodeid
        for kind in ("passed", "failed", "skipped")
        for report in reporter.getreports(kind)
        if ".md::" in report.nodeid
    }
    if len(seen) != sum(1 for _ in blocks.blocks()):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
