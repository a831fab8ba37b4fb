"""Read from torch itself what its losses can raise and warn.

Every Python function of torch.nn that a loss runs is read, and those that it
names in turn; and of C++ what the files of losses say, from the library.
"""

import ast
import inspect
import mmap
import textwrap
import types
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path

import torch
from torch import nn

from tests.torch_losses import CLASSES, FUNCTIONS

HOME = Path(inspect.getfile(nn)).parent
RAISING = ("warnings.warn", "torch._check", "torch._check_with")
RUN = ("__init__", "__call__", "forward")  # what a part of a loss runs
# A linker leaves the strings of a file together, in some torch the long ones
# apart from the short ones. From the first that we know to the next file's.
FIRST = (b"huber_loss_out\0", b"all elements of input should be")
BEHIND = b"max_pool1d"


@dataclass(frozen=True)
class Message:
    """Something raised or warned: where, and the words that don't vary."""

    path: Path
    line: int
    words: tuple[str, ...]

    @property
    def where(self) -> str:
        """File and line, as editors take them."""
        return f"{self.path}:{self.line}"

    @property
    def name(self) -> str:
        """File and line below torch.nn."""
        return f"{self.path.relative_to(HOME)}:{self.line}"


def messages() -> list[Message]:
    """List what the functions that losses reach raise or warn."""
    found = {message for code, _ in reached() for message in said(code)}
    return sorted(found, key=lambda x: (x.path, x.line))


def reached() -> set[tuple[types.FunctionType, type | None]]:
    """Walk the functions of torch.nn that losses run, each with its class."""
    queue = [found for loss in CLASSES for found in whole(loss)]
    queue += [found for loss in FUNCTIONS for found in behind(loss)]
    seen = set()
    while queue:
        code, owner = found = queue.pop()
        if found not in seen:
            seen.add(found)
            queue += [x for named in names(code, owner) for x in behind(named)]
    return seen


def whole(owner: type) -> Iterator[tuple[types.FunctionType, type]]:
    """List all functions of a class, and of its bases below Module."""
    for base in owner.__mro__:
        if base is not nn.Module:
            for member in vars(base).values():
                code = getattr(member, "__func__", member)
                if isinstance(code, types.FunctionType) and ours(code):
                    yield code, owner


def behind(
    named: object,
) -> Iterator[tuple[types.FunctionType, type | None]]:
    """Find the functions of torch.nn that run when something is used."""
    if inspect.isclass(named):
        if named.__module__.startswith("torch.nn."):
            for code, owner in whole(named):
                if code.__name__ in RUN or not issubclass(named, nn.Module):
                    yield code, owner
        return
    if isinstance(named, torch.library.CustomOpDef):
        parts = [*vars(named).values()]  # its kernel, its backward and others
    else:
        parts = [inspect.unwrap(named) if callable(named) else None]
    for part in parts:
        code = getattr(part, "__func__", part)
        if isinstance(code, types.FunctionType) and ours(code):
            yield code, getattr(part, "__self__", None)


def ours(code: types.FunctionType) -> bool:
    """Whether a function is written in torch.nn."""
    return Path(code.__code__.co_filename).is_relative_to(HOME)


@cache
def tree(code: types.FunctionType) -> ast.AST:
    """Parse a function, with the lines that it has in its file."""
    lines, start = inspect.getsourcelines(code)
    parsed = ast.parse(textwrap.dedent("".join(lines)))
    return ast.increment_lineno(parsed, max(start, 1) - 1)


def names(code: types.FunctionType, owner: type | None) -> Iterator[object]:
    """Find the objects that a function names, its own imports included."""
    scope = {**code.__globals__, "self": owner, "cls": owner}
    for node in ast.walk(tree(code)):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for name in node.names:
                module = import_module(node.module)
                scope[name.asname or name.name] = getattr(module, name.name)
    for node in ast.walk(tree(code)):
        if isinstance(node, ast.Name | ast.Attribute):
            first, *rest = ast.unparse(node).split(".")
            found = scope.get(first)
            for part in rest:
                found = getattr(found, part, None)
            if found is not None and found is not owner:
                yield found


def said(code: types.FunctionType) -> Iterator[Message]:
    """Find the messages of a function: what of each does not vary."""
    path = Path(code.__code__.co_filename)
    for node in ast.walk(tree(code)):
        if isinstance(node, ast.Assert):
            text = node.msg
        elif isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            text = node.exc
        elif isinstance(node, ast.Call) and ast.unparse(node.func) in RAISING:
            text = node
        else:
            continue
        if text is not None and (words := constants(text, tree(code))):
            yield Message(path, node.lineno, words)


def constants(text: ast.AST, within: ast.AST) -> tuple[str, ...]:
    """List the strings of a message; of a variable, those of its values."""
    named = {x.id for x in ast.walk(text) if isinstance(x, ast.Name)}
    values = [
        node.value
        for node in ast.walk(within)
        if isinstance(node, ast.Assign)
        and any(isinstance(x, ast.Name) and x.id in named for x in node.targets)
    ]
    for part in (text, *values):
        found = [
            word.strip()
            for node in ast.walk(part)
            if isinstance(node, ast.Constant) and isinstance(node.value, str)
            for word in node.value.split("{}")
        ]
        if any(found):
            return tuple(x for x in found if x)
    return ()


def kernels() -> set[str]:
    """List what the files Loss*.cpp can say, as the library has it.

    What an earlier file says in the same words is not there again. What other
    files say that a loss runs, such as a dtype that is missing, is not read.
    """
    (path,) = (HOME.parent / "lib").glob("libtorch_cpu.*")
    found = set()
    with path.open("rb") as file:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        for first in FIRST:
            start = data.find(first)
            end = data.find(BEHIND, start)
            assert 0 < start < end, f"{path}: where are the strings of losses?"
            for text in map(bytes.strip, data[start:end].split(b"\0")):
                plain = text.isascii() and text.decode().isprintable()
                if plain and b" " in text and b"INTERNAL ASSERT" not in text:
                    found.add(text.decode())
    return found
