"""What proves a function of snippets/: one `Proof` in tests/cases/."""

import importlib
import inspect
import re
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from tests.blocks import ROOT
from tests.draws import Arguments, Draw

MODULES = sorted(path.stem for path in (ROOT / "snippets").glob("*.py"))
Pair = tuple[Tensor, Tensor]
Same = Callable[[Arguments], Pair]
Loss = Callable[..., Tensor]
NOWHERE = "no gradient goes there"


@dataclass(frozen=True)
class Proof:
    """How one function of snippets/ is proven.

    Args:
        draw: Draws arguments in float64, in the order of the signature.
        oracles: Maps who wrote it (a package's function, or a paper's
            equation in mpmath) to a function of the same arguments, by name.
        same: Maps what must hold ("gamma=0 is cross entropy") to a function
            of drawn arguments that gives two tensors, to be equal.
        bad: Changed arguments, the error, and words of its message.
        differentiable: Arguments to take gradients of; empty: all real ones
            but those of which the docstring says that no gradient goes there.
            Named where torch refuses others, as it does a class's weight, and
            where a target is an order or a kind, whose change is a jump.
        tolerance: Of `oracles`, where theirs adds an epsilon or computes in
            less than float64; a comment says which.
        autocast: Tolerance under autocast, for matrix products in bfloat16.
        needs_data: Why it can't run on the meta device or be compiled whole,
            if it can't: its shapes depend on values.
        vmap: Whether `torch.func.vmap` makes sense.
        gradcheck: Why its gradient is not that of its value, where a part of
            it is a weight without gradient; `same` then proves the gradient.
    """

    draw: Callable[[Draw], Arguments]
    oracles: dict[str, Loss]
    same: dict[str, Same]
    bad: list[tuple[Arguments, type[Exception], str]]
    differentiable: tuple[str, ...] = ()
    tolerance: float = 1e-9
    autocast: float = 1e-5
    needs_data: str = ""
    vmap: bool = True
    gradcheck: str = ""


def functions(name: str) -> dict[str, Loss]:
    """List the public functions of a module of snippets/."""
    return {
        key: value
        for key, value in vars(importlib.import_module(name)).items()
        if inspect.isfunction(value)
        and value.__module__ == name
        and not key.startswith("_")
    }


def class_of(function: Loss) -> type[nn.Module]:
    """Find the module form of a function, such as CLIPLoss of clip_loss."""
    wanted = function.__name__.replace("_", "")
    (found,) = [
        value
        for key, value in vars(inspect.getmodule(function)).items()
        if key.lower() == wanted and inspect.isclass(value)
    ]
    return found


def proofs() -> dict[str, tuple[Loss, Proof]]:
    """Map each function's name to it and its proof, if it has one."""
    found = {}
    for name in MODULES:
        if not (ROOT / "tests" / "cases" / f"{name}.py").exists():
            continue
        given = importlib.import_module(f"tests.cases.{name}").PROOFS
        for key, function in functions(name).items():
            if key in given:
                found[key] = (function, given[key])
    return found


def split(
    function: Loss, arguments: Arguments
) -> tuple[list[object], Arguments]:
    """Separate what is given by position from the options."""
    parameters = inspect.signature(function).parameters
    options = dict(arguments)
    positional = [
        options.pop(name)
        for name, parameter in parameters.items()
        if parameter.kind is not parameter.KEYWORD_ONLY
    ]
    return positional, options


def call(function: Loss, arguments: Arguments) -> Tensor:
    """Call a function as its signature wants."""
    positional, options = split(function, arguments)
    return function(*positional, **options)


def change(
    arguments: Arguments,
    by: Callable[[Tensor], Tensor],
    names: tuple[str, ...] = (),
) -> Arguments:
    """Change each floating point tensor, or only those named."""
    return {
        name: by(value)
        if isinstance(value, Tensor)
        and value.is_floating_point()
        and (not names or name in names)
        else value
        for name, value in arguments.items()
    }


def without_gradient(function: Loss) -> set[str]:
    """List the arguments to which no gradient goes, as the docstring says."""
    said = inspect.getdoc(function).split("Args:")[1].split("Returns:")[0]
    found = re.findall(r"^ {4}(\w+): ((?:.|\n)*?)(?=^ {4}\w|\Z)", said, re.M)
    return {
        name
        for name, words in found
        if NOWHERE in " ".join(words.split()).lower()
    }


def differentiable(
    function: Loss, proof: Proof, arguments: Arguments
) -> tuple[str, ...]:
    """List the arguments that gradients are taken of."""
    real = [
        name
        for name, value in arguments.items()
        if isinstance(value, Tensor) and value.is_floating_point()
    ]
    frozen = without_gradient(function)
    return proof.differentiable or tuple(x for x in real if x not in frozen)


def one(value: Tensor | tuple[Tensor, ...]) -> Tensor:
    """Put what a function returns into one tensor."""
    values = value if isinstance(value, tuple) else (value,)
    return torch.cat([v.reshape(-1) for v in values])
