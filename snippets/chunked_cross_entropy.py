"""Cross entropy of a linear layer, a chunk of logits at a time."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def chunked_linear_cross_entropy(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    bias: Tensor | None = None,
    *,
    chunk_size: int = 256,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
    z_loss: float = 0.0,
    softcap: float | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Cross entropy of `hidden @ weight.T + bias` without all logits at once.

    `lse(x) - (1 - s) * x[y] - s * x.mean() + z_loss * lse(x)**2`, where `x`
    are a token's logits, `lse` is logsumexp, `y` is the target and `s` the
    label smoothing. With "mean" and "sum" the gradients are formed chunk by
    chunk during the forward pass, so that no logits are kept; with "none"
    the backward pass computes the logits again.

    Args:
        hidden: Shape (..., D), what goes into the last layer; any real
            numbers, floating point.
        weight: Shape (C, D), of the last layer, floating point.
        target: Shape (...), int64; from 0 to C - 1, or `ignore_index`.
        bias: Shape (C), of the last layer; `None` adds nothing.
        chunk_size: Tokens a chunk, at least 1; the memory is that of
            `chunk_size` times C logits. It changes no result.
        ignore_index: The target that doesn't count.
        label_smoothing: Share of the target spread over all classes, from 0
            to 1.
        z_loss: Factor of the squared logsumexp, at least 0.
        softcap: Above 0: logits become `softcap * tanh(logits / softcap)`,
            as in models that were trained so. `None` leaves them.
        reduction: "mean" divides by the number of targets that count; "sum";
            "none".

    Returns:
        A scalar, with "none" the shape of `target`. At least 0; nan when
        "mean" has nothing to count. Its dtype is that of the inputs, but
        float32 for half precision.

    Raises:
        IndexError: A target is out of range (on the CPU).
        RuntimeError: A second derivative is asked for.
        TypeError: A tensor is not floating point, or `target` not int64.
        ValueError: Shapes don't fit; an option is out of range.

    Source:
        Hsu et al., Liger Kernel: Efficient Triton Kernels for LLM Training,
        2024, section 3 (chunks, gradients in the forward pass),
        https://arxiv.org/abs/2410.10989; the squared logsumexp: Chowdhery et
        al., PaLM, 2022, section 5, https://arxiv.org/abs/2204.02311; the
        soft cap: Gemma 2, 2024, section 2, https://arxiv.org/abs/2408.00118
    """
    _check(hidden, weight, target, bias)
    if chunk_size < 1:
        raise ValueError(f"chunk_size must be at least 1, got {chunk_size}")
    if not 0 <= label_smoothing <= 1:
        raise ValueError(
            f"label_smoothing must be from 0 to 1, got {label_smoothing}"
        )
    if not z_loss >= 0:
        raise ValueError(f"z_loss must be at least 0, got {z_loss}")
    if softcap is not None and not 0 < softcap < float("inf"):
        raise ValueError(
            f"softcap must be finite, above 0, or None, got {softcap}"
        )
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(
            f"reduction must be 'mean', 'sum' or 'none', got {reduction!r}"
        )
    per_token = reduction == "none"
    # Of a single loss the forward pass forms the gradients, which backward
    # only scales. It can't if each token will have a scale of its own, nor
    # where torch.func hides what requires a gradient: then backward does.
    early = torch.is_grad_enabled() and not per_token
    form = tuple(
        early and x is not None and x.requires_grad
        for x in (hidden, weight, bias)
    )
    counts = (target != ignore_index).reshape(-1)
    loss, *_ = _Chunked.apply(
        hidden.reshape(-1, hidden.shape[-1]),
        weight,
        bias,
        target.reshape(-1).where(counts, 0),
        counts,
        per_token,
        form,
        (chunk_size, label_smoothing, z_loss, softcap),
    )
    if reduction == "mean":
        return loss / counts.sum()
    return loss.reshape(target.shape) if per_token else loss


class _Chunked(torch.autograd.Function):
    """The losses or their sum, and gradients of the sum times `scale`.

    `scale` is one number a token, 0 for those that don't count. Gradients are
    outputs, since only those can be saved for backward; they are empty but
    for what `form` asks for: of `hidden`, `weight`, `bias`.
    """

    @staticmethod
    def forward(hidden, weight, bias, target, scale, per_token, form, options):
        chunk_size, smoothing, z_loss, softcap = options
        form_hidden, form_weight, form_bias = form
        dtype = torch.promote_types(hidden.dtype, weight.dtype)
        dtype = torch.promote_types(dtype, torch.float32)
        w, b = weight.to(dtype), None if bias is None else bias.to(dtype)
        losses, grad_hidden = [], [w.new_empty(0)]
        grad_weight = w.new_zeros(w.shape if form_weight else 0)
        grad_bias = w.new_zeros(len(w) if form_bias else 0)
        # The logits of a chunk, and then their gradient, take this memory.
        memory = w.new_empty(min(chunk_size, len(hidden)), len(w))
        rows = hidden.to(dtype), target[:, None], scale.to(dtype)[:, None]
        for h, y, s in zip(*(x.split(chunk_size) for x in rows), strict=True):
            x = torch.mm(h, w.mT, out=memory[: len(h)])
            if b is not None:
                x += b
            if softcap is not None:
                x.div_(softcap).tanh_()
                slope = x.square().neg_().add_(1) if any(form) else None
                x.mul_(softcap)
            loss, lse = _losses(x, y, smoothing, z_loss)
            losses.append(torch.where(s != 0, loss, 0).squeeze(1))
            if not any(form):
                continue
            # Probabilities become the gradient of the logits.
            x.mul_(s * (1 + 2 * z_loss * lse))
            x.scatter_add_(1, y, (smoothing - 1) * s)
            if smoothing:
                x.sub_(s * (smoothing / len(w)))
            if softcap is not None:
                x.mul_(slope)
            if form_hidden:
                grad_hidden.append((x @ w).to(dtype))
            if form_weight:
                grad_weight.addmm_(x.mT, h)
            if form_bias:
                grad_bias.add_(x.sum(0))
        loss = torch.cat(losses) if per_token else torch.cat(losses).sum()
        return loss, torch.cat(grad_hidden), grad_weight, grad_bias

    @staticmethod
    def setup_context(ctx, inputs, output):
        *tensors, _, ctx.form, ctx.options = inputs
        ctx.save_for_backward(*tensors, *output[1:])
        ctx.mark_non_differentiable(*output[1:])
        ctx.set_materialize_grads(False)  # no zeros for the gradients' own

    @staticmethod
    def backward(ctx, grad_loss, *_):
        none = (None,) * len(ctx.needs_input_grad)
        if grad_loss is None:
            return none
        (*inputs, scale), grads = ctx.saved_tensors[:5], ctx.saved_tensors[5:]
        wanted = ctx.needs_input_grad[:3]
        formed = zip(wanted, ctx.form, strict=True)
        if any(want and not has for want, has in formed):
            # The logits once more, now with the scale of each token known.
            again = scale * grad_loss, False, tuple(wanted), ctx.options
            _, *grads = _Chunked.apply(*inputs, *again)
            grad_loss = grad_loss.new_ones(())
        return *(
            _Scale.apply(grad, grad_loss, *inputs[:3]).to(x.dtype)
            if want
            else None
            for x, grad, want in zip(inputs, grads, wanted, strict=False)
        ), *none[3:]

    @staticmethod
    def vmap(info, dims, *inputs):
        results = []  # one after the other, so that one chunk is in memory
        for i in range(info.batch_size):
            pairs = zip(inputs, dims, strict=True)
            at = (x.select(d, i) if isinstance(d, int) else x for x, d in pairs)
            results.append(_Chunked.apply(*at))
        return tuple(map(torch.stack, zip(*results, strict=True))), (0,) * 4


def _losses(
    x: Tensor, y: Tensor, smoothing: float, z_loss: float
) -> tuple[Tensor, Tensor]:
    # Losses and logsumexps of logits, which become probabilities in place.
    x_y = -F.nll_loss(x, y.squeeze(1), reduction="none")[:, None]
    mean = x.mean(1, keepdim=True) if smoothing else 0
    largest, index = x.max(1, keepdim=True)
    torch.softmax(x, 1, out=x)
    # x.logsumexp(1) would take as much memory as x.
    lse = largest - x.gather(1, index).log()
    loss = lse - (1 - smoothing) * x_y - smoothing * mean
    return loss + z_loss * lse**2, lse


class _Scale(torch.autograd.Function):
    """Scale a gradient; its own gradient raises, instead of being 0."""

    generate_vmap_rule = True

    @staticmethod
    def forward(gradient, factor, hidden, weight, bias):
        return gradient * factor

    @staticmethod
    def setup_context(ctx, inputs, output):
        pass

    @staticmethod
    def backward(ctx, grad):
        raise RuntimeError(
            "chunked_linear_cross_entropy has no second derivative: use "
            "cross_entropy of all logits"
        )


def _check(
    hidden: Tensor, weight: Tensor, target: Tensor, bias: Tensor | None
) -> None:
    for name, x in {"hidden": hidden, "weight": weight, "bias": bias}.items():
        if x is not None and not x.is_floating_point():
            raise TypeError(f"{name} must be floating point, got {x.dtype}")
    if target.dtype != torch.int64:
        raise TypeError(f"target must be int64, got {target.dtype}")
    shapes = [tuple(x.shape) for x in (hidden, weight, target)]
    if (
        min(hidden.ndim, weight.ndim - 1) < 1
        or weight.shape[1:] != hidden.shape[-1:]
        or target.shape != hidden.shape[:-1]
    ):
        raise ValueError(
            "hidden, weight and target must have shapes (..., D), (C, D) and "
            "(...), got {}, {} and {}".format(*shapes)
        )
    if bias is not None and bias.shape != weight.shape[:1]:
        raise ValueError(
            f"bias must have shape ({len(weight)},), got {tuple(bias.shape)}"
        )


class ChunkedLinearCrossEntropy(nn.Module):
    """`chunked_linear_cross_entropy` as a module; the layer stays yours."""

    def __init__(
        self,
        *,
        chunk_size: int = 256,
        ignore_index: int = -100,
        label_smoothing: float = 0.0,
        z_loss: float = 0.0,
        softcap: float | None = None,
        reduction: str = "mean",
    ) -> None:
        """Take the options of `chunked_linear_cross_entropy`."""
        super().__init__()
        self.chunk_size, self.ignore_index = chunk_size, ignore_index
        self.label_smoothing, self.z_loss = label_smoothing, z_loss
        self.softcap, self.reduction = softcap, reduction

    def forward(
        self,
        hidden: Tensor,
        weight: Tensor,
        target: Tensor,
        bias: Tensor | None = None,
    ) -> Tensor:
        """Compute `chunked_linear_cross_entropy`."""
        return chunked_linear_cross_entropy(
            hidden,
            weight,
            target,
            bias,
            chunk_size=self.chunk_size,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            z_loss=self.z_loss,
            softcap=self.softcap,
            reduction=self.reduction,
        )
