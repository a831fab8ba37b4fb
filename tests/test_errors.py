"""Every error and warning that torch's losses raise is on the errors page.

Those that torch writes in Python are read from its source. Those of its C++
kernels can't be listed; the page has what we found by trying.
"""

import ast
import inspect
import textwrap
from collections.abc import Iterator

import pytest
from torch.nn import _reduction

from tests.blocks import ROOT, blocks
from tests.torch_losses import CLASSES, FUNCTIONS

SOURCES = [*CLASSES, *FUNCTIONS, _reduction]
UNPROVOKED = [  # both need a compiler that torch has deprecated, or brings not
    "does not support JIT scripting",
    "forcing allow_retain_graph=True under torch.compile",
]


def messages(source: object) -> Iterator[tuple[int, list[str]]]:
    """Find what a source raises or warns: its line, its words."""
    lines, start = inspect.getsourcelines(source)
    for node in ast.walk(ast.parse(textwrap.dedent("".join(lines)))):
        call = node.exc if isinstance(node, ast.Raise) else node
        if not isinstance(call, ast.Call) or not call.args:
            continue
        name = ast.unparse(call.func)
        if isinstance(node, ast.Raise) or name == "warnings.warn":
            words = [
                word.strip()
                for part in ast.walk(call.args[0])
                if isinstance(part, ast.Constant)
                and isinstance(part.value, str)
                for word in part.value.split("{}")
            ]
            yield max(start, 1) + node.lineno - 1, words


@pytest.mark.parametrize("source", SOURCES, ids=lambda s: s.__name__)
def test_every_message_of_a_loss_is_provoked(source: object) -> None:
    shown = [
        output.text.replace("\n", " ")
        for block, output in blocks()
        if block.path == ROOT / "snippets/examples/errors.md"
    ]
    for line, words in messages(source):
        if any(known in " ".join(words) for known in UNPROVOKED):
            continue
        assert any(all(w in text for w in words) for text in shown), (
            f"{inspect.getsourcefile(source)}:{line}: {' … '.join(words)}: "
            "provoke this message in snippets/examples/errors.md"
        )
