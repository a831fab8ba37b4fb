"""Random arguments of losses, for the comparison of formulas with torch."""

import torch
from torch import Tensor

Arguments = dict[str, object]


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
