"""List the losses of the installed torch, but for deprecated ones."""

import inspect
import re

from torch import nn
from torch.nn import functional

CLASSES = [
    member
    for name, member in sorted(vars(nn).items())
    if inspect.isclass(member)
    and re.search("Loss$", name)
    and not hasattr(member, "__deprecated__")
]
FUNCTIONS = [
    inspect.unwrap(member)
    for name, member in sorted(vars(functional).items())
    if inspect.isroutine(member)
    and re.search("^[a-z].*(_loss|entropy|_div)", name)
]
