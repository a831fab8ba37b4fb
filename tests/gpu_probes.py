"""What the pages say of GPUs and of autocast, and the code that tries it.

`python -m tests.gpu` runs each probe in a process of its own, after `HEADER`
and with a default device; tests/test_gpu.py sees to it that the pages still
say what a probe tries, and that nothing they say of a GPU goes untried.
"""

from collections.abc import Iterator
from dataclasses import dataclass

HEADER = """
import torch
from torch import nn
from torch.nn import functional as F

x = torch.tensor([[2.0, 0.5, -1.0], [0.1, 0.2, 3.0]])
y = torch.tensor([0, 2])
sign = torch.tensor([1.0, -1.0])
halves = torch.float16, torch.bfloat16


def dtypes(function):
    for half in halves:
        with torch.autocast(device, half):
            print(function(half).dtype)


def apart(function):  # at bfloat16's third digit a loss is no longer exact
    exact = function()
    with torch.autocast(device, torch.bfloat16):
        print((function() - exact).abs().max().item() > 0.01)


def unawaited(function):
    torch.cuda.set_sync_debug_mode("error")
    function()
    torch.cuda.set_sync_debug_mode("default")
    print("no wait")
"""
FLOAT = "torch.float32 torch.float32"
HALF = "torch.float16 torch.bfloat16"
ASSERT = "CUDA error: device-side assert triggered"
DEVICES = "Expected all tensors to be on the same device"
ALONE = "does not have a deterministic implementation"


@dataclass(frozen=True)
class Probe:
    """A statement, and what to run to see whether it holds.

    Args:
        page: The file that says it; empty if none does yet.
        said: The words there; without a page, what is asked.
        code: What is run.
        words: What must be printed, raised or written to stderr. With none,
            what happens is only noted.
        kind: "autocast" for what depends on torch's dispatcher alone, and so
            can be tried without a GPU.
        needs: The versions of torch that it is about.
    """

    page: str
    said: str
    code: str
    words: tuple[str, ...] = ()
    kind: str = "message"
    needs: str = ""


CURE = "what the block below it does; all blocks are run on the GPU"
CAUSES = "leads to the pages that say it, and try it"
SOURCES = "what torch's sources or its documentation say, marked as such"
# Nothing to run on one GPU: the words of a page, and why.
UNTRIED = {
    ("docs/en/errors.md", "let autocast convert; see"): CURE,
    ("docs/en/errors.md", "For `nll_loss2d_forward_out_cuda_template`"): (
        "determinism() tries what the page that it leads to says"
    ),
    ("docs/en/errors.md", "In a CUDA graph `input_lengths` and"): SOURCES,
    ("docs/en/training/processes.md", "or anything that averages"): (
        "it only leads to the symptom of that name"
    ),
    ("docs/en/errors.md", "Apple's GPU lacks some losses"): SOURCES,
    (
        "docs/en/losses/linear_cross_entropy_loss.md",
        "without a buffer of shape $(C, D)$ on CUDA",
    ): SOURCES,
    (
        "docs/en/losses/linear_cross_entropy_loss.md",
        "on MPS and on GPUs before Volta",
    ): SOURCES,
    ("docs/en/losses/nll_loss.md", "may differ between runs"): (
        "the words of torch's sources; determinism() tries them"
    ),
    (
        "docs/en/losses/adaptive_log_softmax_with_loss.md",
        "off around this loss",
    ): CURE,
    ("docs/en/losses/angular_margin.md", "Turn autocast off around"): CURE,
    ("docs/en/losses/contrastive.md", "Turn autocast off around"): CURE,
    (
        "docs/en/losses/gaussian_nll_loss.md",
        "Take the last layer out of autocast",
    ): CURE,
    (
        "docs/en/losses/multi_label_soft_margin_loss.md",
        "Pass the logits in float32, or",
    ): CURE,
    ("docs/en/losses/pair_metric.md", "Turn autocast off around"): CURE,
    ("docs/en/symptoms.md", "1. The last batch is short"): CAUSES,
    ("docs/en/symptoms.md", "1. Processes that count"): CAUSES,
    ("docs/en/symptoms.md", "1. Too large for float16"): CAUSES,
    ("docs/en/symptoms.md", "1. `total += loss`"): CAUSES,
    ("docs/en/training/compile.md", "compiled, on CUDA and on MPS"): (
        "its section on devices is tried on the pages of the losses"
    ),
    ("docs/en/training/compile.md", "`device-side assert triggered`, at"): (
        "tried on the pages of the losses"
    ),
    ("docs/en/training/compile.md", "By its documentation that is, on CUDA"): (
        "the words of torch's documentation; determinism() tries them"
    ),
    ("docs/en/training/index.md", "what CUDA and MPS lack"): "lists the pages",
    ("docs/en/correctness.md", "A GPU may differ in the last digits"): (
        "the comparison of all blocks is its trial"
    ),
    ("docs/en/errors.md", "but those that need a"): "says how it is made",
    ("docs/en/errors.md", "Older torch: `Expected object of device"): (
        "no torch that is supported says so; the report is linked"
    ),
    ("docs/en/errors.md", "These need a GPU and so"): "says how it is made",
    ("docs/en/losses/chunked_cross_entropy.md", "On a GPU with Triton"): (
        "another library"
    ),
    ("docs/en/training/logging.md", "waits for the GPU in each step"): (
        "the source linked"
    ),
    ("docs/en/losses/redundancy.md", "across GPUs with a gather"): (
        "needs several GPUs"
    ),
}

ERRORS = "docs/en/errors.md"


def page(name: str) -> str:
    """Give the page of a loss."""
    return f"docs/en/losses/{name}.md"


def messages() -> Iterator[Probe]:
    """Provoke what only CUDA says."""
    heading = "### CUDA error: device-side assert triggered"
    raised = (ASSERT, "Assertion")  # "the lines above it name the assertion"
    yield Probe(ERRORS, heading, "print(F.cross_entropy(x, y + 1))", raised)
    yield Probe(
        ERRORS,
        "the same mistake shows as `device-side assert triggered`",
        "print(F.nll_loss(x, y - 1))",
        (ASSERT,),
    )
    yield Probe(
        ERRORS,
        "A class index or a probability is out of range",
        "print(F.binary_cross_entropy(x.sigmoid(), 2 * torch.ones(2, 3)))",
        raised,
    )
    said = "On CUDA the same mistake is a device-side assert"
    for code in (
        "F.cross_entropy(x, y + 1)",
        "F.cross_entropy(x[0], y[1] + 1)",
        'F.cross_entropy(x, y + 1, reduction="none")',
        "F.cross_entropy(x[..., None, None], y[:, None, None] + 1)",
    ):
        yield Probe(page("cross_entropy_loss"), said, f"print({code})", raised)
    said = "On CUDA the same mistake is a device-side assert"
    yield Probe(page("nll_loss"), said, "print(F.nll_loss(x, y + 1))", raised)
    yield Probe(
        page("multi_margin_loss"),
        "on CUDA the message is a device-side assert",
        "print(F.multi_margin_loss(x, y - 1))",
        raised,
    )
    yield Probe(
        page("multi_label_margin_loss"),
        "on CUDA it is not checked",
        # 3 is beyond the last row, not beyond what the allocator gives.
        "target = torch.tensor([[0, -1, -1], [3, -1, -1]])\n"
        "F.multilabel_margin_loss(x.requires_grad_(), target).backward()\n"
        'print(x.grad.shape, "no error")',
        ("no error",),
    )
    yield Probe(
        page("ctc_loss"),
        "A label that is no class at all is not checked",
        "log_p = x.expand(4, 2, 3).log_softmax(2)\n"
        "F.ctc_loss(log_p, torch.tensor([[1], [3]]), (4, 4), (1, 1)).item()\n"
        'print("no error")',
        ("no error",),
    )
    yield from bce_messages()
    yield from device_messages()


def bce_messages() -> Iterator[Probe]:
    """Provoke what BCELoss says on CUDA."""
    bce = page("bce_loss")
    said = "On a GPU it shows as `device-side assert triggered`, with"
    words = (ASSERT, "input_val >= zero && input_val <= one")
    yield Probe(bce, said, "print(F.binary_cross_entropy(x, x))", words)
    nan = "print(F.binary_cross_entropy(x * torch.nan, x.sigmoid()))"
    yield Probe(bce, "A missing sigmoid raises; so does `nan`", nan, words)
    code = (
        "with torch.autocast(device, torch.float16):\n"
        "    F.binary_cross_entropy(x.sigmoid(), x.sigmoid())"
    )
    words = (
        "torch.nn.functional.binary_cross_entropy and torch.nn.BCELoss are "
        "unsafe to autocast",
    )
    heading = "binary_cross_entropy and torch.nn.BCELoss are unsafe to autocast"
    yield Probe(ERRORS, f"### {heading}", code, words, "autocast")
    yield Probe(
        ERRORS,
        "Take [BCEWithLogitsLoss]",
        "dtypes(lambda h: F.binary_cross_entropy_with_logits(x.to(h), x))",
        (FLOAT,),
        "autocast",
    )
    said = "On CUDA, BCELoss under [autocast](../glossary.md#autocast) raises"
    yield Probe(bce, said, code, words, "autocast")


def device_messages() -> Iterator[Probe]:
    """Leave a tensor on the CPU."""
    heading = "### Expected all tensors to be on the same device"
    said = "`weight` or `pos_weight` stayed on the CPU"
    one = 'torch.ones(3, device="cpu")'
    for code in (
        f"F.cross_entropy(x, y, {one})",
        f"F.binary_cross_entropy(x.sigmoid(), x.sigmoid(), {one})",
        f"F.binary_cross_entropy_with_logits(x, x, pos_weight={one})",
        f"F.multi_margin_loss(x, y, weight={one})",
    ):
        yield Probe(ERRORS, said, f"print({code})", (DEVICES,))
    yield Probe(
        ERRORS,
        "`criterion.to(device)`",
        f"print(nn.CrossEntropyLoss({one}).to(device)(x, y).device)",
        ("cuda:0",),
    )
    for code in (
        "F.cross_entropy(x, y.cpu())",
        "F.mse_loss(x, x.cpu())",
        "F.ctc_loss(x.expand(4, 2, 3).log_softmax(2), torch.tensor([[1], [2]])"
        ".cpu(), (4, 4), (1, 1))",
    ):
        yield Probe(ERRORS, heading, f"print({code})")


def out_of_range() -> Iterator[Probe]:
    """Note what our own functions do where the CPU raises."""
    said = "A target is out of range (on the CPU)."
    for name, function, arguments in (
        ("angular_margin", "cosface_loss", "x, x, y"),
        ("chunked_cross_entropy", "chunked_linear_cross_entropy", "x, x, y"),
        ("focal_loss", "softmax_focal_loss", "x, y + 1"),
        ("hard_mining", "topk_cross_entropy", "x, y + 1"),
        ("long_tail", "ldam_loss", "x, y + 1, class_counts=x[0].abs()"),
        ("lovasz", "lovasz_softmax", "x.T[None, :, None], y[None, None] + 1"),
        ("ordinal", "coral_loss", "x, y + 2"),
        ("poly_loss", "poly1_cross_entropy", "x, y + 1"),
        ("proxy", "proxy_nca_loss", "x, y + 1, x"),
        ("robust_cross_entropy", "generalized_cross_entropy", "x, y + 1"),
    ):
        yield Probe(
            f"snippets/{name}.py",
            said,
            f"from {name} import {function}\nprint({function}({arguments}))",
        )
    yield Probe(
        "snippets/token_loss.py",
        "A label is out of range (on the CPU).",
        "from token_loss import causal_lm_loss\n"
        "print(causal_lm_loss(x[None], y[None] + 1))",
    )
    yield Probe(
        "snippets/crf.py",
        "A target that counts is out of range (on the CPU).",
        "from crf import crf_nll\n"
        "scores = x.new_zeros(3, 3), x[0], x[1]\n"
        "print(crf_nll(x[None], y[None] + 1, *scores))",
    )
    yield Probe(
        "snippets/transducer.py",
        "A target or a length is out of range (on the CPU).",
        "from transducer import rnnt_loss\n"
        "logits = x.expand(1, 2, 2, 3)\n"
        "print(rnnt_loss(logits, y[None, 1:] + 1, y[1:], y[1:] - 1))",
    )


def halves() -> Iterator[Probe]:
    """Try half precision without autocast."""
    said = "On CPU there is no half precision, on CUDA there is"
    target = "torch.tensor([[0, -1, -1], [1, -1, -1]])"
    yield Probe(
        page("multi_margin_loss"),
        said,
        "for h in halves:\n    print(F.multi_margin_loss(x.to(h), y).dtype)",
        (HALF,),
    )
    yield Probe(
        page("multi_label_margin_loss"),
        said,
        "for h in halves:\n"
        f"    print(F.multilabel_margin_loss(x.to(h), {target}).dtype)",
        (HALF,),
    )
    code = (
        "log_p = x.expand(4, 2, 3).log_softmax(2)\n"
        "target = torch.tensor([[1], [2]])\n"
        "for h in halves:\n"
        "    try:\n"
        "        F.ctc_loss(log_p.to(h), target, (4, 4), (1, 1))\n"
        "    except RuntimeError as error:\n"
        "        print(error)\n"
    )
    words = ("not implemented for 'Half'", "not implemented for 'BFloat16'")
    ctc = page("ctc_loss")
    yield Probe(ctc, "Half precision raises, on CUDA too", code, words)
    indented = "".join(f"    {line}\n" for line in code.splitlines())
    code = f"with torch.autocast(device, torch.float16):\n{indented}"
    code = code.replace("log_p.to(h)", "log_p.detach().to(h)")
    said = "it is `log_softmax` that it runs in float32"
    yield Probe(ctc, said, code, words)  # so not the loss itself
    yield Probe(
        page("bce_with_logits_loss"),
        "Safe in half precision",
        "for h in halves:\n"
        "    logits = (1e3 * x).to(h).requires_grad_()\n"
        "    loss = F.binary_cross_entropy_with_logits(logits, (x > 1).to(h))\n"
        "    loss.backward()\n"
        "    print((loss.isfinite() & logits.grad.isfinite().all()).item())",
        ("True True",),
    )
    yield Probe(
        page("smooth_l1_loss"),
        "once nan on a GPU",
        "x.requires_grad_()\n"
        "F.smooth_l1_loss(x, x.detach(), beta=0.0).backward()\n"
        "print(x.grad.abs().sum().item())",
        ("0.0",),
    )


# Page, words, a loss whose input x is already in half precision h.
IN_FLOAT = [
    (
        "bce_with_logits_loss",
        "and under [autocast]",
        "F.binary_cross_entropy_with_logits(x.to(h), x)",
    ),
    ("cosine_embedding_loss", "", "F.cosine_embedding_loss(x.to(h), x, sign)"),
    ("cross_entropy_loss", "", "F.cross_entropy(x.to(h), y)"),
    (
        "ctc_loss",
        "it is `log_softmax` that it runs in float32",
        "F.ctc_loss(x.to(h).expand(4, 2, 3).log_softmax(2), torch.tensor([[1],"
        " [2]]), (4, 4), (1, 1))",
    ),
    (
        "gaussian_nll_loss",
        "on CUDA `log` and `pow` run in float32",
        "F.gaussian_nll_loss(x.to(h), x.to(h), x.to(h).exp().to(h))",
    ),
    ("hinge_embedding_loss", "", "F.hinge_embedding_loss(x.to(h), x.sign())"),
    (
        "kl_div_loss",
        "",
        'F.kl_div(x.to(h), x.to(h), reduction="batchmean")',
    ),
    (
        "kl_div_loss",
        "on the CPU `log_softmax` before it stays in half precision",
        "x.to(h).log_softmax(1)",
    ),
    ("log_softmax", "does so on CUDA", "F.log_softmax(x.to(h), 1)"),
    (
        "margin_ranking_loss",
        "",
        "F.margin_ranking_loss(x.to(h), x.to(h), x.to(h))",
    ),
    ("mse_loss", "", "F.mse_loss(x.to(h), x.to(h))"),
    (
        "multi_label_margin_loss",
        "",
        "F.multilabel_margin_loss(x.to(h), torch.tensor([[0, -1, 0]] * 2))",
    ),
    (
        "multi_label_soft_margin_loss",
        "on CUDA the sum over the classes makes it float32",
        "F.multilabel_soft_margin_loss(x.to(h), x.to(h))",
    ),
    ("multi_margin_loss", "", "F.multi_margin_loss(x.to(h), y)"),
    ("nll_loss", "-", "F.nll_loss(x.to(h), y)"),
    ("poisson_nll_loss", "", "F.poisson_nll_loss(x.to(h), x.to(h))"),
    ("soft_margin_loss", "", "F.soft_margin_loss(x.to(h), x.to(h))"),
    (
        "triplet_margin_loss",
        "",
        "F.triplet_margin_loss(x.to(h), x.to(h), x.to(h))",
    ),
    (
        "triplet_margin_with_distance_loss",
        "on the CPU it stays in half precision",
        "F.triplet_margin_with_distance_loss(x.to(h), x.to(h), x.to(h))",
    ),
    ("l1_loss", "-", "F.l1_loss(x.to(h), x.to(h))"),
    ("smooth_l1_loss", "-", "F.smooth_l1_loss(x.to(h), x.to(h))"),
    ("huber_loss", "-", "F.huber_loss(x.to(h), x.to(h))"),
]


def autocast() -> Iterator[Probe]:
    """Try what autocast does to each loss of torch."""
    for name, said, code in IN_FLOAT:
        where = page(name)
        if said == "-":  # only "most losses" speaks of it
            where, said = "docs/en/glossary.md", "most losses in float32"
        yield Probe(
            where,
            said or "[Autocast](../glossary.md#autocast) runs this loss in",
            f"dtypes(lambda h: {code})",
            (FLOAT,),
            "message" if name == "ctc_loss" else "autocast",
        )
    yield Probe(
        "docs/en/glossary.md",
        "Runs layers in half precision",
        "dtypes(lambda h: F.linear(x, x))",
        (HALF,),
        "autocast",
    )
    adaptive = (
        "loss = nn.AdaptiveLogSoftmaxWithLoss(3, 4, [2])\n"
        "dtypes(lambda h: loss({}, torch.tensor([0, 3])).loss)"
    )
    name = page("adaptive_log_softmax_with_loss")
    yield Probe(
        name,
        "half precision ones",
        adaptive.format("x.to(h)"),
        ("index_copy_(): self and source expected to have the same dtype",),
    )
    said = "On CPU, float32 features raise"  # and so not on CUDA
    yield Probe(name, said, adaptive.format("x"), (FLOAT,))
    name = page("linear_cross_entropy_loss")
    said = "it computes in the dtype of `input`, and returns bfloat16"
    code = (
        "chunks = nn.LinearCrossEntropyOptions(batch_chunk_size=1, "
        "chunking_method=None)\n"
        "dtypes(lambda h: F.linear_cross_entropy(x.to({0}), x[[0, 1, 1]].to("
        "{0}), y, options=chunks))"
    )
    for dtype in ("torch.bfloat16", "torch.float32"):
        words = (f"{dtype} {dtype}",)
        yield Probe(name, said, code.format(dtype), words, needs=">=2.13")
    yield from ours()


def ours() -> Iterator[Probe]:
    """Try what autocast does to losses that torch doesn't have."""
    drawn = "torch.manual_seed(0)\nz = torch.randn(64, 32)\n"
    said = "Under autocast the matrix product that gives all cosines is"
    yield Probe(
        page("pair_metric"),
        said,
        f"{drawn}from pair_metric import circle_loss\n"
        "label = torch.arange(16).repeat(4)\n"
        'apart(lambda: circle_loss(z, label, reduction="none"))',
        ("True",),
    )
    yield Probe(
        page("contrastive"),
        "Under autocast the logits of all pairs, as large as 100, are",
        f"{drawn}from contrastive import clip_loss\n"
        "other = z + 3 * torch.randn(64, 32)\n"
        'apart(lambda: clip_loss(z, other, 100.0, reduction="none"))',
        ("True",),
    )
    yield Probe(
        page("angular_margin"),
        "Under autocast the product with the weight is rounded to half",
        f"{drawn}from angular_margin import cosface_loss\n"
        "other, label = z + torch.randn(64, 32), torch.arange(64)\n"
        'apart(lambda: cosface_loss(other, z, label, reduction="none"))',
        ("True",),
    )
    for name in ("proxy_anchor_loss", "proxy_nca_loss"):
        yield Probe(
            page("proxy"),
            "is switched off inside for the matrix product",
            f"{drawn}from proxy import {name}\n"
            "other, label = z + torch.randn(64, 32), torch.arange(64)\n"
            f"exact = {name}(other, label, z)\n"
            "for half in halves:\n"
            "    with torch.autocast(device, half):\n"
            f"        loss = {name}(other, label, z)\n"
            "    print(torch.isclose(loss, exact, rtol=1e-5).item())",
            ("True\nTrue",),
        )
    for name in ("sampled_softmax_loss", "negative_sampling_loss"):
        yield Probe(
            page("extreme"),
            "Autocast is switched off inside for the products",
            f"{drawn}from extreme import {name}\n"
            "other, label = z + torch.randn(64, 32), torch.arange(64)\n"
            f"exact = {name}(other, z, label, label)\n"
            "for half in halves:\n"
            "    with torch.autocast(device, half):\n"
            f"        loss = {name}(other, z, label, label)\n"
            "    print(torch.isclose(loss, exact, rtol=1e-5).item())",
            ("True\nTrue",),
        )
    for name, arguments in (
        ("weibull_nll", "x[0], x[1], 0 * x[0], x[0] < 9"),
        ("cox_ph_loss", "x[0], x[1].where(x[1] < 1, torch.nan), x[0] < 9"),
        ("discrete_hazard_nll", "x, y + 2, y < 9"),
    ):
        yield Probe(
            page("survival"),
            "nobody looks at values, the loss is `nan`",
            f"from survival import {name}\n"
            f"print({name}({arguments}).isnan().item())",
            ("True",),
        )
    yield Probe(
        page("depth"),
        "nobody looks at values, the loss is `nan`",
        "from depth import silog_loss\n"
        "print(silog_loss(0 * x, 1 + 0 * x).isnan().item())",
        ("True",),
    )
    for name in ("listmle_loss", "approx_ndcg_loss"):
        yield Probe(
            page("ranking"),
            "looked at: a list with such relevance has the loss `nan`",
            f"from ranking import {name}\n"
            f"print({name}(x, x / 0).isnan().item())",
            ("True",),
        )
    for name in ("barlow_twins_loss", "vicreg_loss"):
        yield Probe(
            page("redundancy"),
            "is switched off inside for the matrix product",
            f"{drawn}from redundancy import {name}\n"
            "other = z + 0.01 * torch.randn(64, 32)\n"
            f"exact = {name}(20 * z, 20 * other)\n"
            "with torch.autocast(device, torch.float16):\n"
            f"    loss = {name}(20 * z, 20 * other)\n"
            "print(torch.isclose(loss, exact, rtol=1e-5).item())",
            ("True",),
        )
    yield Probe(
        page("adversarial"),
        "Under autocast it still computes in half precision",
        "from adversarial import wgan_gradient_penalty\n"
        "def critic(z):\n"
        "    score = z @ torch.ones(3, 1)\n"
        "    print(score.dtype)\n"
        "    return score\n"
        "for half in halves:\n"
        "    with torch.autocast(device, half):\n"
        "        wgan_gradient_penalty(critic, x, -x, torch.ones(2) / 2)",
        (HALF,),
    )
    yield from chunked()


def chunked() -> Iterator[Probe]:
    """Try what the chunked cross entropy says of autocast and of speed."""
    name = page("chunked_cross_entropy")
    yield Probe(
        name,
        "the loss is as exact as without",
        "from chunked_cross_entropy import chunked_linear_cross_entropy\n"
        "torch.manual_seed(0)\n"
        "h, w = torch.randn(64, 32), torch.randn(50, 32)\n"
        "h.requires_grad_(), w.requires_grad_()\n"
        "label = torch.arange(64) % 50\n"
        "def loss_and_slopes():\n"
        "    loss = chunked_linear_cross_entropy(h, w, label)\n"
        "    return loss, *torch.autograd.grad(loss, (h, w))\n"
        "exact = loss_and_slopes()\n"
        "with torch.autocast(device, torch.bfloat16):\n"
        "    found = loss_and_slopes()\n"
        "close = map(torch.allclose, exact, found, [1e-5] * 3, [1e-7] * 3)\n"
        "print(list(close))",
        ("[True, False, True]",),
    )
    yield Probe(
        name,
        "That costs speed on GPUs with fast half precision products",
        # Beside other probes, so only a factor of 1.5 counts.
        "import time\n"
        "from chunked_cross_entropy import chunked_linear_cross_entropy\n"
        'n, d, c = (4096, 2048, 32000) if device == "cuda" else (64, 32, 50)\n'
        "h = torch.randn(n, d, dtype=torch.bfloat16)\n"
        "w = torch.randn(c, d, dtype=torch.bfloat16)\n"
        "label = torch.arange(n) % c\n"
        "def seconds(function):\n"
        "    best = []\n"
        "    for _ in range(4):\n"
        "        start = time.perf_counter()\n"
        "        function().item()\n"
        "        best.append(time.perf_counter() - start)\n"
        "    return min(best)\n"
        "ours = seconds(lambda: chunked_linear_cross_entropy(h, w, label))\n"
        "plain = seconds(lambda: F.cross_entropy(h @ w.T, label))\n"
        'print(ours / plain, "slower" if ours > 1.5 * plain else "not slower")',
        (" slower",),
    )


def waits() -> Iterator[Probe]:
    """See that nothing waits for the GPU where a page says so."""
    yield Probe(
        page("token_loss"),
        "a tensor needs no wait for the GPU",
        "from token_loss import causal_lm_loss\n"
        "count = torch.tensor(2)\n"
        "unawaited(lambda: causal_lm_loss(x[None], y[None], count))",
        ("no wait",),
    )
    for name in ("iou", "giou", "diou", "ciou"):
        yield Probe(
            page("box_iou"),
            "as it would have to wait for the GPU",
            f"from box_iou import {name}_loss\n"
            "box = torch.tensor([[0.0, 0.0, 2.0, 1.0]]).requires_grad_()\n"
            f"unawaited(lambda: {name}_loss(box, box.detach()).backward())",
            ("no wait",),
        )


def determinism() -> Iterator[Probe]:
    """Ask for what always computes the same, as no page speaks of it yet."""
    asked = "torch.use_deterministic_algorithms(True)"
    image, label = "x[..., None, None]", "y[:, None, None]"
    ctc = "(x.expand(4, 2, 3).log_softmax(2), torch.tensor([[1], [2]])"
    for code, words in (
        (f"print(F.cross_entropy({image}, {label}))", (ALONE,)),
        (
            f'print(F.cross_entropy({image}, {label}, reduction="none"))',
            ("tensor(",),
        ),
        (
            f"x.requires_grad_()\nF.ctc_loss{ctc}, (4, 4), (1, 1)).backward()",
            ("ctc_loss_backward_gpu", ALONE),
        ),
        ("print(x.cumsum(1))", ()),
        ("print(x @ x.T)", ()),
    ):
        yield Probe("", asked, f"{asked}\n{code}", words)


def training() -> Iterator[Probe]:
    """Try what the pages on training say."""
    half = "docs/en/training/half.md"
    product = "dtypes(lambda h: x @ x.T)"
    apart = "with torch.autocast(device, enabled=False): print((x @ x.T).dtype)"
    for said, code, words in (
        (
            "Compute the loss in float32, outside autocast",
            "dtypes(lambda h: F.linear(x, x))\n"
            "print(F.cross_entropy(F.linear(x, x).float(), y).dtype)",
            HALF + " torch.float32",
        ),
        (
            "the CUDA column is from torch's sources",
            "dtypes(lambda h: F.gaussian_nll_loss(x.to(h), x.to(h), x.to(h)))",
            FLOAT,
        ),
        (
            "| float32, but `logsigmoid` in half |",
            "dtypes(lambda h: F.multilabel_soft_margin_loss(x.to(h), x))",
            FLOAT,
        ),
        (
            "| float32, by its distance |",
            "dtypes(lambda h: F.triplet_margin_with_distance_loss("
            "x.to(h), x.to(h), x.to(h)))",
            FLOAT,
        ),
        (
            "`cosine_similarity`, `normalize` | half | half | float32 |",
            "dtypes(lambda h: F.normalize(x.to(h)).log_softmax(1).exp()"
            ".logsumexp(1).log().pow(2).sum())",
            FLOAT,
        ),
        (
            "`mean`, `+`, `*`, `/` | half | half | half |",
            "dtypes(lambda h: (F.logsigmoid(x.to(h)).sigmoid() / 2).mean())",
            HALF,
        ),
        ("| half, of float32 too | half, of float32 too |", product, HALF),
        (
            "only a loss outside autocast, of float32 inputs, is in float32",
            "dtypes(lambda h: (x.to(h) - 1).mean())",
            HALF,
        ),
        ("the loss stays rounded after `.float()`", product, HALF),
        ("Under autocast a product of float32 matrices is", product, HALF),
        ("Turn autocast off around the loss", apart, "torch.float32"),
    ):
        yield Probe(half, said, code, (words,), "autocast")


def probes() -> list[Probe]:
    """List all probes."""
    parts = [messages, out_of_range, halves, autocast, waits, determinism]
    parts.append(training)
    return [probe for part in parts for probe in part()]
