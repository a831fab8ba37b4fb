"""Next-token loss, right under gradient accumulation and packing."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


def causal_lm_loss(
    logits: Tensor,
    labels: Tensor,
    num_items: int | Tensor | None = None,
    *,
    ignore_index: int = -100,
) -> Tensor:
    """Cross entropy of each next token, over a count that you may give.

    `-sum(log_softmax(logits[n, t])[labels[n, t + 1]]) / num_items`, over all
    labels but the first of each row and those equal to `ignore_index`.

    Args:
        logits: Shape (N, T, V), what the model predicts after each token; any
            real numbers, floating point.
        labels: Shape (N, T), int64, the tokens themselves, not shifted; from 0
            to V - 1, or `ignore_index`.
        num_items: What to divide by, more than 0: the number of labels that
            count in all micro-batches of a step. A number or a scalar tensor;
            `None` counts those of this call. Values of a tensor are not
            checked.
        ignore_index: The label that doesn't count: padding, prompts, and the
            first token of each packed document.

    Returns:
        A scalar, at least 0; nan when `num_items` is `None` and no label
        counts. Its dtype is that of `logits`, but float32 for half precision.

    Raises:
        IndexError: A label is out of range (on the CPU).
        TypeError: `logits` is not floating point, or `labels` not int64.
        ValueError: Shapes don't fit, or `num_items` is 0 or less.

    Source:
        Radford et al., Improving Language Understanding by Generative
        Pre-Training, 2018, equation 1 (without its window),
        https://openai.com/index/language-unsupervised/;
        the count: https://huggingface.co/blog/gradient_accumulation
    """
    if not logits.is_floating_point():
        raise TypeError(f"logits must be floating point, got {logits.dtype}")
    if labels.dtype != torch.int64:
        raise TypeError(f"labels must be int64, got {labels.dtype}")
    if logits.ndim != 3 or labels.shape != logits.shape[:2]:
        raise ValueError(
            "logits and labels must have shapes (N, T, V) and (N, T), got "
            f"{tuple(logits.shape)} and {tuple(labels.shape)}"
        )
    if isinstance(num_items, Tensor):
        if num_items.ndim != 0:
            raise ValueError(
                f"num_items must be a scalar, got {tuple(num_items.shape)}"
            )
    elif num_items is not None and not num_items > 0:
        raise ValueError(f"num_items must be more than 0, got {num_items}")
    dtype = torch.promote_types(logits.dtype, torch.float32)
    # The labels move, not the logits: a slice of those would be copied.
    target = F.pad(labels, (0, 1), value=ignore_index)[:, 1:]
    total = F.cross_entropy(
        logits.to(dtype).flatten(0, 1),
        target.flatten(),
        ignore_index=ignore_index,
        reduction="sum",
    )
    if num_items is None:
        num_items = (target != ignore_index).sum()
    return (total / num_items).to(dtype)


class CausalLMLoss(nn.Module):
    """`causal_lm_loss` as a module."""

    def __init__(self, *, ignore_index: int = -100) -> None:
        """Take the options of `causal_lm_loss`."""
        super().__init__()
        self.ignore_index = ignore_index

    def forward(
        self,
        logits: Tensor,
        labels: Tensor,
        num_items: int | Tensor | None = None,
    ) -> Tensor:
        """Compute `causal_lm_loss`."""
        return causal_lm_loss(
            logits, labels, num_items, ignore_index=self.ignore_index
        )
