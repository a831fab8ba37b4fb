"""The functions of snippets/ are what they say: each against its `Proof`."""

import ast
import copy
import inspect
import io
import operator
import re
from collections.abc import Callable

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn

from tests.blocks import ROOT
from tests.draws import Arguments, Draw, bounds, degenerate
from tests.proofs import (
    MODULES,
    Proof,
    call,
    change,
    class_of,
    differentiable,
    functions,
    one,
    proofs,
    split,
    without_gradient,
)

PROOFS = proofs()
NO_MODULE = {  # they are no losses
    "class_balanced_weight",
    "crf_decode",
    "group_advantage",
    "matching_cost",
    "min_snr_weight",
}
LINES = 41  # of code, a public function: a reader wants to read what they copy
LONGER = {  # gradients of their own: in chunks, of a blur, of gamma functions
    "chunked_cross_entropy": 204,
    "depth": 245,  # many options
    "extreme": 216,  # the same
    "image_quality": 182,
    "probabilistic": 234,
    "transport": 246,
}
PRECISIONS = [torch.float32, torch.float64, torch.float32]
HALVES = [torch.float16, torch.bfloat16]

every_function = pytest.mark.parametrize("name", PROOFS)
every_module = pytest.mark.parametrize("name", MODULES)
draws = st.builds(
    Draw,
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 30.0]),
    n=st.integers(1, 5),
    c=st.integers(2, 6),
    ties=st.booleans(),
)
# jax compiles each operation anew for each shape, in seconds.
compiled = st.builds(
    lambda shape, **drawn: Draw(n=shape[0], c=shape[1], **drawn),
    shape=st.sampled_from([(1, 2), (3, 5), (5, 3)]),
    seed=st.integers(0, 2**32 - 1),
    scale=st.sampled_from([1.0, 30.0]),
    ties=st.booleans(),
)
Function = Callable[..., Tensor]


def example(name: str, seed: int = 0, **size: object) -> tuple:
    """Take a function, its proof, and arguments of an everyday size."""
    function, proof = PROOFS[name]
    settled = {"scale": 1.0, "n": 4, "c": 5, "ties": False} | size
    return function, proof, proof.draw(Draw(seed, **settled))


def gradients(
    function: Function, arguments: Arguments, proof: Proof
) -> tuple[Tensor, ...]:
    """Differentiate the sum of a loss by what it can be differentiated by."""
    names = differentiable(function, proof, arguments)
    leaves = change(arguments, lambda x: x.clone().requires_grad_(), names)
    loss = one(call(function, leaves)).sum()
    wanted = [leaves[name] for name in names]
    return torch.autograd.grad(loss, wanted, materialize_grads=True)


def close(ours: object, theirs: object, tolerance: float, what: str) -> float:
    """Compare, nan with nan; give the largest difference, 1 for the scale."""
    ours, theirs = one(ours).double(), one(theirs).double()
    torch.testing.assert_close(
        ours,
        theirs,
        rtol=tolerance,
        atol=tolerance,
        equal_nan=True,
        msg=lambda how: f"{what}\n{how}",
    )
    apart = (ours - theirs).abs() / theirs.abs().clamp_min(1)
    return apart[apart.isfinite()].max().item() if apart.isfinite().any() else 0


def where(name: str) -> str:
    """Name the file of a function, as editors take it."""
    function, _ = PROOFS[name]
    line = inspect.getsourcelines(function)[1]
    return f"snippets/{function.__module__}.py:{line}: {name}"


@every_module
def test_every_function_is_proven(name: str) -> None:
    for function in functions(name):
        cases = f"tests/cases/{name}.py:1"
        assert function in PROOFS, f"{cases}: {function} has no Proof"
        _, proof = PROOFS[function]
        assert proof.oracles, f"{cases}: who else has {function}?"
        assert proof.same, f"{cases}: what holds of {function}?"


@pytest.mark.parametrize(
    ("name", "oracle"),
    [
        (name, who)
        for name, (_, proof) in PROOFS.items()
        for who in proof.oracles
    ],
)
def test_an_oracle_agrees(
    name: str, oracle: str, record_property: Callable[[str, object], None]
) -> None:
    function, proof = PROOFS[name]
    apart = [0.0]

    @settings(max_examples=25, deadline=None)
    @given(draw=compiled if oracle.startswith("optax") else draws)
    def compare(draw: Draw) -> None:
        arguments = proof.draw(draw)
        theirs = proof.oracles[oracle](**arguments)
        what = f"{where(name)} is not {oracle}'s"
        ours = call(function, arguments)
        apart.append(close(ours, theirs, proof.tolerance, what))

    compare()
    record_property("oracle", (name, oracle, max(apart)))


@pytest.mark.parametrize(
    ("name", "what"),
    [
        (name, what)
        for name, (_, proof) in PROOFS.items()
        for what in proof.same
    ],
)
@settings(max_examples=50, deadline=None)
@given(draw=draws)
def test_what_must_hold(name: str, what: str, draw: Draw) -> None:
    _, proof = PROOFS[name]
    ours, theirs = proof.same[what](proof.draw(draw))
    close(ours, theirs, 1e-10, f"{where(name)}: not so: {what}")


@every_function
@pytest.mark.parametrize("seed", range(5))
def test_gradients_are_those_of_the_value(name: str, seed: int) -> None:
    function, proof, arguments = example(name, seed)
    if proof.gradcheck:
        pytest.skip(f"{name}: {proof.gradcheck}")
    if one(call(function, arguments)).isnan().any():  # the mean of nothing
        arguments["reduction"] = "sum"
    names = differentiable(function, proof, arguments)

    def loss(*inputs: Tensor) -> Tensor:
        given = arguments | dict(zip(names, inputs, strict=True))
        return one(call(function, given))

    inputs = [arguments[n].clone().requires_grad_() for n in names]
    torch.autograd.gradcheck(loss, inputs)


@every_function
def test_no_gradient_goes_where_the_docstring_says_so(name: str) -> None:
    for seed in range(5):
        function, _, arguments = example(name, seed)
        names = tuple(without_gradient(function) & arguments.keys())
        if names:
            leaves = change(
                arguments, lambda x: x.clone().requires_grad_(), names
            )
            loss = one(call(function, leaves))
            assert not loss.requires_grad, (
                f"{where(name)}: a gradient goes to one of {names}: detach "
                "it, or say nothing of that in the docstring"
            )


@every_function
@pytest.mark.parametrize("size", [{"n": 4, "c": 5}, {"n": 1, "c": 2}], ids=str)
def test_degenerate_inputs_have_finite_gradients(
    name: str, size: dict[str, int]
) -> None:
    function, proof = PROOFS[name]
    returns = inspect.getdoc(function).split("Returns:")[1].split("Raises:")[0]
    drawn = [example(name, i, ties=i > 4, **size)[2] for i in range(10)]
    usual = [x for x in drawn if one(call(function, x)).isfinite().all()]
    cases = [
        (kind, dtype, change(changed, lambda x, dtype=dtype: x.to(dtype)))
        for arguments, dtype in zip(usual[:3], PRECISIONS, strict=True)
        for kind, changed in degenerate(arguments, bounds(drawn))
    ]
    for kind, dtype, arguments in cases:
        what = f"{where(name)}: {kind}, {dtype}"
        value = one(call(function, arguments))
        if value.isnan().any():  # the mean of nothing
            assert "nan" in returns, what
            arguments["reduction"] = "sum"
            value = one(call(function, arguments))
        assert value.isfinite().all(), f"{what}: {value}"
        for gradient in gradients(function, arguments, proof):
            assert gradient.isfinite().all(), f"{what}: {gradient}"


@every_function
@pytest.mark.parametrize("dtype", HALVES, ids=str)
@settings(max_examples=30, deadline=None)
@given(draw=draws)
def test_half_precision_stays_finite_and_near(
    name: str, dtype: torch.dtype, draw: Draw
) -> None:
    function, proof = PROOFS[name]
    draw.scale = 50.0
    drawn = change(proof.draw(draw), lambda x: x.clamp(-100, 100).to(dtype))
    exact = call(function, change(drawn, Tensor.double))
    ours = call(function, drawn)
    assert one(ours).dtype == torch.float32
    close(ours, exact, 1e-4, f"{where(name)} in {dtype}")
    if one(exact).isfinite().all():
        wide = gradients(function, change(drawn, Tensor.double), proof)
        narrow = gradients(function, drawn, proof)
        for gradient, true in zip(narrow, wide, strict=True):
            # Infinite is only what this dtype does not hold.
            beyond = gradient.isinf() & (true.abs() > torch.finfo(dtype).max)
            sound = gradient.isfinite() | beyond
            assert sound.all(), f"{where(name)}: {gradient}"


@every_function
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
def test_the_dtype_is_kept(name: str, dtype: torch.dtype) -> None:
    function, _, arguments = example(name)
    given = change(arguments, lambda x: x.to(dtype))
    assert one(call(function, given)).dtype == dtype


@every_function
def test_autocast_changes_no_number(name: str) -> None:
    function, proof, arguments = example(name)
    given = change(arguments, Tensor.float)
    plain = call(function, given)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        cast = call(function, given)
    close(cast, plain, proof.autocast, where(name))


@every_function
def test_no_device_is_written_in(name: str) -> None:
    function, proof, arguments = example(name)
    if proof.needs_data:
        pytest.skip(f"{name}: {proof.needs_data}")
    moved = {
        key: value.to("meta") if isinstance(value, Tensor) else value
        for key, value in arguments.items()
    }
    assert one(call(function, moved)).device.type == "meta"


@every_function
def test_it_compiles_whole(name: str) -> None:
    function, proof, arguments = example(name)
    if proof.needs_data:
        pytest.skip(f"{name}: {proof.needs_data}")
    torch.compiler.reset()
    compiled = torch.compile(function, fullgraph=True, backend="aot_eager")
    positional, options = split(function, arguments)
    ours = compiled(*positional, **options)
    close(ours, call(function, arguments), 1e-10, where(name))


@every_function
def test_grad_and_vmap_work(name: str) -> None:
    function, proof, arguments = example(name)
    positional, options = split(function, arguments)
    names = list(arguments)[: len(positional)]
    of = differentiable(function, proof, arguments)
    chosen = tuple(i for i, n in enumerate(names) if n in of)
    ours = torch.func.grad(
        lambda *given: one(function(*given, **options)).sum(), chosen
    )(*positional)
    theirs = gradients(function, arguments, proof)
    for mine, its in zip(ours, theirs, strict=False):
        close(mine, its, 1e-10, where(name))
    if not proof.vmap or proof.needs_data:
        return
    pairs = [positional, split(function, change(arguments, lambda x: x / 2))[0]]
    pairs[1] = [
        half if n in of else x
        for n, x, half in zip(names, positional, pairs[1], strict=True)
    ]
    stacked = [torch.stack(pair) for pair in zip(*pairs, strict=True)]
    both = torch.func.vmap(lambda *given: one(function(*given, **options)))
    for mine, given_ in zip(both(*stacked), pairs, strict=True):
        close(mine, function(*given_, **options), 1e-10, where(name))


@every_function
def test_inputs_are_left_alone(name: str) -> None:
    function, proof, arguments = example(name)
    before = {
        key: value.clone() if isinstance(value, Tensor) else value
        for key, value in arguments.items()
    }
    gradients(function, arguments, proof)
    for key, value in before.items():
        if isinstance(value, Tensor):
            assert torch.equal(value, arguments[key]), f"{where(name)}: {key}"


@every_function
def test_the_module_is_the_function(name: str) -> None:
    function, _, arguments = example(name)
    if name in NO_MODULE:
        return
    positional, options = split(function, arguments)
    module = class_of(function)(**options)
    assert isinstance(module, nn.Module)
    close(module(*positional), function(*positional, **options), 0, name)
    for key, value in options.items():
        if isinstance(value, Tensor):  # so that module.to(device) moves it
            assert key in dict(module.named_buffers()), f"{name}: {key}"
    defaults = [
        {
            key: parameter.default
            for key, parameter in inspect.signature(it).parameters.items()
            if parameter.kind is parameter.KEYWORD_ONLY
        }
        for it in (function, class_of(function))
    ]
    assert defaults[0] == defaults[1], where(name)


@every_function
def test_the_options_of_a_module_are_plain_attributes(name: str) -> None:
    function, _, arguments = example(name)
    if name in NO_MODULE:
        return
    positional, options = split(function, arguments)
    options = (function.__kwdefaults__ or {}) | options
    tensors = {k for k, value in options.items() if isinstance(value, Tensor)}
    module = class_of(function)(**options)
    file = io.BytesIO()
    torch.save(module, file)
    file.seek(0)
    saved = torch.load(file, weights_only=False)
    for it in (module, copy.deepcopy(module), saved):
        assert set(it.state_dict()) == tensors, f"{where(name)}: state_dict"
        for key, value in options.items():
            same = torch.equal if key in tensors else operator.eq
            assert same(getattr(it, key), value), f"{where(name)}: {key}"
    module = class_of(function)(**{key: options[key] for key in tensors})
    for key, value in options.items():
        setattr(module, key, value)
    close(module(*positional), call(function, arguments), 0, name)


# Where a function goes on otherwise than its formula, as its docstring says.
BOUND = re.compile(r"above (\d+),? [^.:;]*?(?:counts? as|goes on)", re.I)


@every_function
def test_a_bound_of_the_docstring_is_proven(name: str) -> None:
    function, proof = PROOFS[name]
    for bound in BOUND.findall(" ".join(inspect.getdoc(function).split())):
        assert any(bound in re.findall(r"\d+", what) for what in proof.same), (
            f"tests/cases/{function.__module__}.py:1: say in `same` what holds "
            f"of {name} beyond {bound}"
        )


BAD = [
    (name, i)
    for name, (_, proof) in PROOFS.items()
    for i in range(len(proof.bad))
]


@pytest.mark.parametrize(("name", "number"), BAD)
def test_bad_input_is_named(name: str, number: int) -> None:
    function, proof, arguments = example(name)
    changed, error, words = proof.bad[number]
    with pytest.raises(error) as raised:
        call(function, arguments | changed)
    message = str(raised.value)
    assert words in message, message
    assert any(key in message.lower() for key in changed), message


@every_function
def test_an_unknown_reduction_is_named(name: str) -> None:
    function, _, arguments = example(name)
    if "reduction" not in inspect.signature(function).parameters:
        return
    with pytest.raises(ValueError, match=r"reduction .*got 'average'"):
        call(function, arguments | {"reduction": "average"})


@every_function
def test_every_bad_kind_is_tried(name: str) -> None:
    _, proof = PROOFS[name]
    tried = {error for _, error, _ in proof.bad}
    assert {TypeError, ValueError} <= tried, f"{where(name)}: bad={tried}"


@every_function
def test_it_is_documented(name: str) -> None:
    function, _ = PROOFS[name]
    words = inspect.getdoc(function) or ""
    signature = inspect.signature(function)
    for part in ("Args:", "Returns:", "Raises:", "Source:", "https://"):
        assert part in words, f"{where(name)}: no {part} in its docstring"
    for key, parameter in signature.parameters.items():
        assert f"\n    {key}: " in words, f"{where(name)}: say what {key} is"
        assert parameter.annotation is not parameter.empty, where(name)
    assert signature.return_annotation is not signature.empty, where(name)


@every_module
def test_a_module_is_one_short_file_of_torch(name: str) -> None:
    path = ROOT / "snippets" / f"{name}.py"
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    said = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert all(x.name.split(".")[0] == "torch" for x in node.names)
        elif isinstance(node, ast.ImportFrom):
            root = node.module.split(".")[0]
            assert root in ("torch", "collections", "itertools"), name
        elif isinstance(node, ast.Expr) and isinstance(
            node.value, ast.Constant
        ):
            said |= set(range(node.lineno, node.end_lineno + 1))
    code = [
        line
        for number, line in enumerate(text.splitlines(), 1)
        if line.strip() and not line.strip().startswith("#")
        if number not in said
    ]
    for number, line in enumerate(text.splitlines(), 1):
        assert len(line) <= 80, f"snippets/{name}.py:{number}: over 80 wide"
    most = LONGER.get(name, LINES * (1 + len(functions(name))))
    assert len(code) <= most, (
        f"snippets/{name}.py: {len(code)} lines of code are too many to read"
    )
