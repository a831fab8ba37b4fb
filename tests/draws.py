"""Random arguments of losses, for the comparison of formulas with torch."""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

Arguments = dict[str, object]
Change = Callable[[Tensor], Tensor]


def first_row(x: Tensor, to: Tensor) -> Tensor:
    """Set the first row of a copy."""
    return torch.cat([to.expand_as(x[:1]), x[1:]]) if x.ndim else to.view(())


def flat(x: Tensor) -> Tensor:
    """Make the third number of a row the first: a box becomes a line."""
    columns = torch.arange(x.shape[-1] if x.ndim else 0)
    return x[..., columns.where(columns != 2, 0)] if x.ndim else x


# What numbers can degenerate to; a box to a point, a line, one far away.
DEGENERATE: dict[str, Change] = {
    "0": torch.zeros_like,
    "1": torch.ones_like,
    "10000": lambda x: torch.full_like(x, 1e4),
    "-10000": lambda x: torch.full_like(x, -1e4),
    "10000 of either sign": lambda x: 1e4 * x.sign(),
    "far": lambda x: x + 1e4,
    "0 in a row": lambda x: first_row(x, x.new_zeros(1)),
    "one row": lambda x: x[:1].expand_as(x) if x.ndim else x,
    "one number a row": lambda x: x[..., :1].expand_as(x) if x.ndim else x,
    "flat": flat,
}
Bounds = dict[str, tuple[float, float]]


def bounds(draws: list[Arguments]) -> Bounds:
    """Find from where to where each tensor goes; real numbers go anywhere.

    What is below 0 may be 0: a log-probability, of what is certain.
    """
    found = {}
    for name in draws[0]:
        given = [drawn[name] for drawn in draws]
        numbers = [x.double().flatten() for x in given if isinstance(x, Tensor)]
        if not numbers:
            continue
        x = torch.cat(numbers)
        whole = (x == x.round()).all()
        x = x[x >= 0] if whole else x  # below 0 is what doesn't count
        low, high = x.min().item(), x.max().item()
        if low < 0:
            low, high = -torch.inf, torch.inf if high > 0 else 0.0
        found[name] = (low, high)
    return found


def degenerate(
    arguments: Arguments, limits: Bounds
) -> Iterator[tuple[str, Arguments]]:
    """Replace tensors by what they can degenerate to, within their bounds."""
    tensors = {k: x for k, x in arguments.items() if isinstance(x, Tensor)}
    real = [k for k, x in tensors.items() if x.is_floating_point()]

    def changed(names: list[str], by: Change) -> Arguments:
        return {k: by(tensors[k]).clamp(*limits[k]) for k in names}

    for what, by in DEGENERATE.items():
        for names in (real, *([k] for k in real if len(real) > 1)):
            yield f"{what}: {names}", arguments | changed(names, by)
    first = tensors[real[0]]
    alike = [k for k in real if tensors[k].shape == first.shape]
    yield f"alike: {alike}", arguments | changed(alike, lambda _: first)
    if "weight" in tensors:
        none = {"weight": torch.zeros_like(tensors["weight"])}
        yield "0: ['weight']", arguments | none
    for k in tensors.keys() - real:
        x = tensors[k]
        if x.dtype == torch.bool:
            fills = [False, True]
        elif k in ("target", "labels"):
            one = max([0, *x.flatten().tolist()])  # below 0 doesn't count
            fills = [one, arguments.get("ignore_index", 0)]
        else:
            continue  # lengths and counts
        for fill in fills:
            given = arguments | {k: torch.full_like(x, fill)}
            yield f"all {fill}: [{k!r}]", given
            yield (
                f"0, all {fill}: [{k!r}]",
                given | changed(real, torch.zeros_like),
            )


class Draw:
    """Random inputs in float64, of everyday and of extreme sizes."""

    def __init__(
        self, seed: int, scale: float, n: int, c: int, ties: bool
    ) -> None:
        """Seed the generator; draw `n` samples of `c` classes."""
        self.g = torch.Generator().manual_seed(seed)
        self.scale, self.n, self.c, self.ties = scale, n, c, ties

    def real(self, *shape: int) -> Tensor:
        """Draw real numbers; whole ones meet at the kinks."""
        x = torch.randn(*shape, dtype=torch.float64, generator=self.g)
        return (x * self.scale).round() if self.ties else x * self.scale

    def infinite(self, x: Tensor) -> Tensor:
        """Make some numbers infinite, now and then."""
        p = torch.rand(x.shape, generator=self.g)
        share = self.choose(0.0, 0.0, 0.2)
        return torch.where(p < share, x.sign() * torch.inf, x)

    def unit(self, *shape: int) -> Tensor:
        """Draw probabilities, exact zeros and ones among them."""
        p = torch.rand(*shape, dtype=torch.float64, generator=self.g)
        return (p * 1.2 - 0.1).clamp(0, 1)

    def binary(self, *shape: int) -> Tensor:
        """Draw zeros and ones."""
        return self.unit(*shape).round()

    def weight(self, *shape: int) -> Tensor:
        """Draw positive weights."""
        p = torch.rand(*shape, dtype=torch.float64, generator=self.g)
        return 0.1 + 3 * p

    def choose(self, *options: object) -> object:
        """Choose one of the options."""
        i = torch.randint(len(options), (1,), generator=self.g).item()
        return options[i]

    def classes(self, ignore_index: int | None = None) -> Tensor:
        """Draw class indices, some or all of them ignored."""
        y = torch.randint(self.c, (self.n,), generator=self.g)
        if ignore_index is not None:
            share = self.choose(0.0, 0.3, 1.0)
            y[torch.rand(self.n, generator=self.g) < share] = ignore_index
        return y

    def reduction(self) -> object:
        """Choose a reduction."""
        return self.choose("none", "sum", "mean")
