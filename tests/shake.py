"""Shake the last bits of what torch computes, as another processor would.

Processors agree on what IEEE 754 fixes (sums of two, products, quotients,
roots, comparisons) and on all that only moves numbers. They differ in the last
bits of exponentials and logarithms, and in what they add up in another order.
`Shaken` computes those once more in float64, with operands moved by about one
unit in the last place where an order of adding shows, and goes on with that.
Where the true result is a number of its own dtype, every processor finds it.
One seed of three moves only what is about a whole number, to that: where a sum
is exactly 1 torch prints 1., and 1.0000 elsewhere.
"""

import math
from collections.abc import Callable, Iterator
from functools import cache

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode

# What IEEE 754 fixes, and what only chooses, moves or makes numbers.
EXACT = set(
    "abs add alias amax amin arange argmax argmin argsort aminmax "
    "bitwise_and bitwise_not bitwise_or bitwise_xor bucketize cat ceil clamp "
    "clamp_max clamp_min clone constant_pad_nd convert copy copysign count "
    "cummax cummin "
    "diag_embed div empty empty_like empty_strided eq equal eye fill flip "
    "floor floor_divide fmod full full_like gather ge gt hardtanh heaviside "
    "index index_copy index_fill index_select isfinite isinf isnan isin "
    "kthvalue le "
    "local_scalar_dense logical_and logical_not logical_or logical_xor lt "
    "masked_fill masked_scatter masked_select max maximum median min minimum "
    "mode mul nan_to_num nanmedian ne neg new_empty new_empty_strided "
    "new_full new_ones new_zeros nextafter nonzero one_hot ones ones_like "
    "pin_memory rand rand_like randint randint_like randperm relu remainder "
    "repeat repeat_interleave resize roll round rsub scalar_tensor scatter "
    "searchsorted select_backward select_scatter set sgn sign signbit "
    "slice_backward slice_scatter sort sqrt stack sub take threshold "
    "threshold_backward to_copy tril tril_indices triu triu_indices topk "
    "trunc unfold_backward uniform unique unique2 unique_consecutive "
    "unique_dim where zero zeros zeros_like lift_fresh to detach "
    "max_pool2d_with_indices embedding".split()
)
EXACT_POWERS = {-1, 0, 0.5, 1, 2}
# Half precision is added up in float32, but in products of matrices.
PRODUCTS = {"addbmm", "addmm", "addmv", "addr", "baddbmm", "bmm", "dot"}
PRODUCTS |= {"convolution", "linear", "mm", "mv", "vdot"}
# Elementwise but for their reduction, which all-positive terms bear well.
LOSSES = {"binary_cross_entropy", "binary_cross_entropy_with_logits"}
LOSSES |= {"huber_loss", "mse_loss", "smooth_l1_loss", "soft_margin_loss"}
BOUNDED = {"sigmoid", "softmax", "tanh"}  # by 1, on every processor
# Adding two numbers has one order.
SUMS = {"sum", "mean", "nansum", "cumsum"}
# Other builds draw other numbers from the same seed: MKL is not everywhere.
DRAWN_ELSEWHERE = {
    *("bernoulli", "binomial", "dropout", "exponential", "multinomial"),
    *("native_dropout", "poisson", "standard_gamma", "sample_dirichlet"),
}
ULP = 4.0  # how far a result moves, in units in the last place
WHOLE = 2.0  # how near, in those, a result may be a whole number elsewhere


class Kind:
    """What is known of an operation before it is called."""

    def __init__(self, func: torch._ops.OpOverload) -> None:
        """Read it from the operation's schema and tags."""
        schema = func._schema
        # Without what makes it in place, foreach or private.
        self.name = schema.name.removeprefix("aten::")
        self.name = self.name.removeprefix("_foreach_").strip("_")
        view = any(
            r.alias_info and not r.alias_info.is_write for r in schema.returns
        )
        self.exact = view or self.name in EXACT
        # Two processes add in one order; none may be asked more than another.
        self.exact |= "c10d" in func.namespace
        self.random = torch.Tag.nondeterministic_seeded in func.tags
        plain = self.name.removesuffix("_backward")
        self.pointwise = torch.Tag.pointwise in func.tags or plain in LOSSES
        self.written = [
            (i, argument.name)
            for i, argument in enumerate(schema.arguments)
            if argument.alias_info and argument.alias_info.is_write
        ]

    def is_exact(self, args: tuple, kwargs: dict) -> bool:
        """Tell whether every processor computes the same bits."""
        if self.exact:
            alpha = args[2:3] or (kwargs.get("alpha", 1),)
            return self.name not in ("add", "sub", "rsub") or alpha == (1,)
        if self.name == "pow":
            power = args[1] if len(args) > 1 else None
            return isinstance(power, (int, float)) and power in EXACT_POWERS
        if self.name in SUMS and isinstance(args[0], Tensor):
            sizes = args[0].shape
            dims = args[1] if len(args) > 1 else None
            dims = (
                [dims] if isinstance(dims, int) else dims or range(len(sizes))
            )
            return math.prod(sizes[d] for d in dims) <= 2
        return False

    def results(self, out: object, args: tuple, kwargs: dict) -> list[Tensor]:
        """List what an operation gave or wrote, each once."""
        written = [
            args[i] if i < len(args) else kwargs.get(name)
            for i, name in self.written
        ]
        found = {id(x): x for x in [*tensors(out), *tensors(written)]}
        return list(found.values())


kind = cache(Kind)


def tensors(values: object) -> list[Tensor]:
    """List the tensors in what an operation takes or gives."""
    if isinstance(values, Tensor):
        return [values]
    if isinstance(values, dict):
        values = values.values()
    if isinstance(values, (list, tuple, type({}.values()))):
        return [x for value in values for x in tensors(value)]
    return []


class Shaken(TorchDispatchMode):
    """Compute as a processor would whose last bits differ.

    Args:
        seed: Of what is added to the last bits; 2, 5, … find whole numbers.
    """

    def __init__(self, seed: int) -> None:
        """Draw noise of our own: a block's random numbers stay as they are."""
        super().__init__()
        draws = torch.Generator().manual_seed(seed)
        # In one thread: a block that forks would leave the others behind, and
        # its child waits for them for ever.
        noise = torch.empty(1 << 16, dtype=torch.float64)
        self.noise, self.at = noise.uniform_(-1, 1, generator=draws), 0
        self.longer = self.noise  # repeated, for the longest tensor so far
        self.whole = seed % 3 == 2

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """Load no compiler: a block that compiles does so without us."""
        return False

    @classmethod
    def ignore_compile_internals(cls) -> bool:
        """Let a block compile: what is compiled is not shaken."""
        return True

    def jiggle(self, x: Tensor, size: float) -> Tensor:
        """Move each number by up to `size` of itself."""
        n, all_of_it = x.numel(), self.noise.numel()
        self.at = (self.at + n + 7919) % all_of_it
        if self.longer.numel() < self.at + n:
            self.longer = self.noise.repeat(2 + n // all_of_it)
        noise = self.longer[self.at : self.at + n]
        return torch.addcmul(x, x, noise.view(x.shape), value=size)

    def __torch_dispatch__(
        self,
        func: torch._ops.OpOverload,
        types: object,
        args: tuple = (),
        kwargs: dict | None = None,
    ) -> object:
        """Run an operation, and move the last bits of what it gives."""
        kwargs = kwargs or {}
        this = kind(func)
        sums = self.whole and this.name in SUMS  # two may be 1 in all, or near
        if not sums and this.is_exact(args, kwargs):
            return func(*args, **kwargs)
        given = [*tensors(args), *tensors(kwargs)]
        if any(x.is_meta or x.is_sparse or x.is_complex() for x in given):
            return func(*args, **kwargs)
        if this.name in DRAWN_ELSEWHERE:
            state = torch.get_rng_state()
            torch.seed()  # another build, another stream
            out = func(*args, **kwargs)
            torch.set_rng_state(state)
            return out
        double = any(x.dtype == torch.float64 for x in given)
        eps = torch.finfo(torch.float64 if double else torch.float32).eps
        size = ULP * eps
        true, other = [], []
        if given and not this.random:
            true = again(func, *copies(args, kwargs))
            if not (this.pointwise or self.whole):
                moved = copies(args, kwargs, lambda x: self.jiggle(x, size))
                other = again(func, *moved)
        out = func(*args, **kwargs)
        results = this.results(out, args, kwargs)
        if len(true) != len(results):
            true = [None] * len(results)
        if len(other) != len(results):
            other = true
        product = this.name in PRODUCTS
        for result, t, o in zip(results, true, other, strict=True):
            self.move(result, t, o, size, product)
            if this.name in BOUNDED:
                result.clamp_(-1, 1)
        if product:
            negate_zeros(func, args, kwargs, results)
        return out

    def move(
        self,
        result: Tensor,
        true: Tensor | None,
        other: Tensor | None,
        size: float,
        product: bool,
    ) -> None:
        """Put a number nearby in the place of each that is not exact."""
        dtype = result.dtype
        if not dtype.is_floating_point or not result.numel():
            return
        unknown = true is None or true.shape != result.shape
        if unknown:
            true = other = result.double()
        if product:
            size = max(size, torch.finfo(dtype).eps)
        if self.whole:
            moved = true.round()
            exact = (true - moved).abs() > WHOLE / ULP * size * moved.abs()
        else:
            # No wider dtype: what fits into float32 is hardly an accident.
            fits = torch.float32 if dtype == torch.float64 else dtype
            exact = (true.to(fits).double() == true) & (not unknown)
            if exact.all():
                return
            # What it has of its own error, such as half precision's, it keeps.
            near = result.double()
            near = near if other is true else near + (other - true)
            moved = self.jiggle(near, size)
        exact |= ~(result.isfinite() & other.isfinite())
        result.copy_(torch.where(exact, result, moved.to(dtype)))


def negate_zeros(
    func: torch._ops.OpOverload,
    args: tuple,
    kwargs: dict,
    results: list[Tensor],
) -> None:
    """Make -0 of a zero whose terms are all -0: not all begin at +0."""
    if all(result.all() for result in results):
        return
    signs, ones = (
        again(func, *copies(args, kwargs, change))
        for change in (
            lambda x: torch.ones_like(x).copysign(x),
            torch.ones_like,
        )
    )
    for result, sign, one in zip(results, signs, ones, strict=False):
        if result.is_floating_point() and sign.shape == result.shape:
            result.masked_fill_((result == 0) & (sign == -one), -0.0)


def again(
    func: torch._ops.OpOverload, args: tuple, kwargs: dict
) -> list[Tensor]:
    """Compute an operation's results in float64, if that can be done."""
    try:
        out = func(*args, **kwargs)
    except (RuntimeError, NotImplementedError, TypeError):
        return []
    return kind(func).results(out, args, kwargs)


def copies(
    args: tuple,
    kwargs: dict,
    change: Callable[[Tensor], Tensor] = lambda x: x,
) -> tuple[tuple, dict]:
    """Copy arguments, what is floating point in float64 and changed."""

    def widen(x: object) -> object:
        if isinstance(x, Tensor):
            if x.is_floating_point():
                return change(x.detach().to(torch.float64, copy=True))
            return x.clone()
        if isinstance(x, torch.dtype) and x.is_floating_point:
            return torch.float64
        if isinstance(x, (list, tuple)):
            return type(x)(map(widen, x))
        return x

    return widen(args), {key: widen(x) for key, x in kwargs.items()}


def shaken(function: Callable[..., float], seed: int) -> Callable[..., float]:
    """Move the last bit of a function of Python's math."""
    sign = math.inf if seed % 2 else -math.inf

    def other(*arguments: float) -> float:
        value = function(*arguments)
        if not isinstance(value, float) or not math.isfinite(value):
            return value
        whole = value == round(value, 6)
        return value if whole else math.nextafter(value, sign)

    return other


def shake_math(seed: int) -> None:
    """Shake what the C library computes, for good: in a child process."""
    for name in transcendental():
        setattr(math, name, shaken(getattr(math, name), seed))


def transcendental() -> Iterator[str]:
    """Name the functions of math that C libraries may round otherwise."""
    yield from "exp log log2 log10 log1p expm1 pow sin cos tan".split()
    yield from "asin acos atan atan2 sinh cosh tanh erf erfc".split()
    yield from "gamma lgamma".split()
