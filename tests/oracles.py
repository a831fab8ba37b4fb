"""Import what others wrote: the packages that our functions must agree with."""

import importlib
import sys
import warnings
from functools import cache
from types import ModuleType
from unittest import mock

import numpy as np
import torch
from torch import Tensor

# They read data and versions, which no loss needs.
UNUSED = ("cv2", "gcsfs", "pandas", "pkg_resources")


@cache
def torchvision() -> None:
    """Load torchvision beside any build of torch.

    Its compiled part fits one build only, but its losses are plain Python: it
    loads when the operators that aren't there are not registered.
    """

    def leave_out(*_: object, **__: object) -> object:
        return lambda function: function

    with mock.patch("torch.library.register_fake", leave_out):
        importlib.import_module("torchvision")


def theirs(name: str) -> ModuleType:
    """Import a module of a package that we compare with."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchvision()
        absent = [part for part in UNUSED if part not in sys.modules]
        sys.modules |= {part: mock.MagicMock() for part in absent}
        try:
            return importlib.import_module(name)
        finally:
            for part in absent:
                del sys.modules[part]


def optax(name: str, *arguments: object, **options: object) -> Tensor:
    """Call a loss of optax, in float64, with tensors in and out."""
    jax = importlib.import_module("jax")
    jax.config.update("jax_enable_x64", True)
    given = [x.numpy() if isinstance(x, Tensor) else x for x in arguments]
    loss = getattr(importlib.import_module("optax.losses"), name)
    with jax.disable_jit():  # else each shape is compiled anew
        return torch.from_numpy(np.array(loss(*given, **options)))
