"""Load balancing of a mixture of experts: each expert its share of tokens."""

import torch
from torch import Tensor, nn


def load_balancing_loss(
    router_logits: Tensor,
    mask: Tensor | None = None,
    *,
    top_k: int = 2,
    per_sequence: bool = False,
) -> Tensor:
    """Auxiliary loss of a router: it falls when tokens spread over experts.

    `E * sum_e(f_e * p_e)`, where `f_e` is how many of the tokens have expert
    `e` among their `top_k`, per token, and `p_e` their mean probability of it,
    of a softmax over all `E` experts. Only `p` has a gradient. Add it times a
    small coefficient; of several layers the mean.

    Args:
        router_logits: Shape (N, T, E) or (..., E), what goes into the softmax
            over experts; any real numbers, floating point.
        mask: Shape (N, T) or (...), bool: True for tokens that count, False
            for padding. `None` counts all.
        top_k: Experts that a token is sent to, from 1 to E.
        per_sequence: Whether to balance each sequence of (N, T, E) by itself
            and average over those with tokens, or all tokens together.

    Returns:
        A scalar, above 0, at most E: `top_k` when all experts have as many
        tokens, or as much probability; 0 when no token counts. It is a product
        of two means, of no token by itself, so there is no `reduction`. Its
        dtype is that of `router_logits`, but float32 for half precision.

    Raises:
        TypeError: `router_logits` is not floating point, or `mask` not bool.
        ValueError: Shapes don't fit; `top_k` is out of range.

    Source:
        Fedus et al., Switch Transformers, 2021, equations 4 to 6,
        https://arxiv.org/abs/2101.03961, here with all `top_k` experts in
        `f`, as in Mixtral's code in transformers; by sequence: DeepSeek-AI,
        DeepSeek-V3 Technical Report, 2024, equations 17 to 20,
        https://arxiv.org/abs/2412.19437
    """
    _check(router_logits, mask, top_k, per_sequence)
    dtype = torch.promote_types(router_logits.dtype, torch.float32)
    x = router_logits.to(dtype)
    sent = torch.zeros_like(x, dtype=torch.bool)
    sent = sent.scatter(-1, x.detach().topk(top_k, -1).indices, True)
    counts = torch.ones_like(x[..., :1])
    if mask is not None:
        # What doesn't count may be nan, and after the softmax its gradient.
        mask = mask.unsqueeze(-1)
        x, counts = x.where(mask, 0), mask.to(dtype)
    p = x.softmax(-1)
    if mask is not None:
        sent, p = sent & mask, p * counts
    if not per_sequence:
        p, sent, counts = (x.flatten(0, -2)[None] for x in (p, sent, counts))
    # Of each sequence: tokens, those of each expert, probabilities.
    n = counts.sum(-2)
    f = sent.sum(-2) / n.clamp_min(1)
    share = p.sum(-2) / n.clamp_min(1)
    loss = p.shape[-1] * (f * share).sum(-1)
    return loss.sum() / (n > 0).sum().clamp_min(1)


def _check(
    logits: Tensor, mask: Tensor | None, top_k: int, per_sequence: bool
) -> None:
    if not logits.is_floating_point():
        raise TypeError(
            f"router_logits must be floating point, got {logits.dtype}"
        )
    if logits.ndim < 2 or (per_sequence and logits.ndim != 3):
        wanted = "(N, T, E)" if per_sequence else "(..., E), tokens first"
        raise ValueError(
            f"router_logits must have shape {wanted}, got {tuple(logits.shape)}"
        )
    if mask is not None and mask.dtype != torch.bool:
        raise TypeError(f"mask must be bool, got {mask.dtype}: mask.bool()")
    if mask is not None and mask.shape != logits.shape[:-1]:
        raise ValueError(
            f"mask must have the shape of the tokens, "
            f"{tuple(logits.shape[:-1])}, got {tuple(mask.shape)}"
        )
    if not 1 <= top_k <= logits.shape[-1]:
        raise ValueError(
            f"top_k must be from 1 to {logits.shape[-1]}, the number of "
            f"experts, got {top_k}"
        )


class LoadBalancingLoss(nn.Module):
    """`load_balancing_loss` as a module."""

    def __init__(self, *, top_k: int = 2, per_sequence: bool = False) -> None:
        """Take the options of `load_balancing_loss`."""
        super().__init__()
        self.top_k, self.per_sequence = top_k, per_sequence

    def forward(
        self, router_logits: Tensor, mask: Tensor | None = None
    ) -> Tensor:
        """Compute `load_balancing_loss`."""
        return load_balancing_loss(
            router_logits,
            mask,
            top_k=self.top_k,
            per_sequence=self.per_sequence,
        )
