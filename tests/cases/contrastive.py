"""Arguments of contrastive, and what proves it."""

import torch
from contrastive import (
    clip_loss,
    info_nce,
    nt_xent,
    siglip_loss,
    supervised_contrastive,
)
from torch import Tensor
from torch.nn import functional

from tests.cases._common import elements, metric_learning, reduce, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import optax, theirs
from tests.proofs import Loss, Pair, Proof, Same


def temperature(draw: Draw) -> object:
    """Choose a temperature that float32 has too: MONAI makes it one."""
    return draw.choose(0.0625, 0.125, 0.5, 2.0)


def queries(draw: Draw) -> Arguments:
    """Draw arguments of info_nce; at the everyday size with negatives."""
    d, m = draw.choose(1, 3, 8), draw.c
    shape = draw.choose(None, (m, d), (draw.n, m, d))
    if shape is None and draw.n == 4:  # vmap wants a tensor
        shape = (m, d)
    return {
        "query": draw.real(draw.n, d),
        "positive": draw.real(draw.n, d),
        "negatives": None if shape is None else draw.real(*shape),
        "temperature": temperature(draw),
        "reduction": draw.reduction(),
    }


def masked_queries(draw: Draw) -> Arguments:
    """Draw a mask too, none or all of a row's candidates left out at times."""
    given = queries(draw)
    others = given["negatives"]
    m = draw.n if others is None else others.shape[-2]
    share = draw.choose(0.0, 0.5, 1.0)
    mask = torch.rand(draw.n, m, generator=draw.g) < share
    if draw.n != 4:  # vmap wants a tensor
        mask = draw.choose(None, mask)
    items = list(given.items())
    return dict([*items[:3], ("mask", mask), *items[3:]])


def views(draw: Draw) -> Arguments:
    """Draw arguments of nt_xent."""
    d = draw.choose(1, 3, 8)
    return {
        "z_a": draw.real(draw.n, d),
        "z_b": draw.real(draw.n, d),
        "temperature": temperature(draw),
        "reduction": draw.reduction(),
    }


def labelled(draw: Draw) -> Arguments:
    """Draw arguments of supervised_contrastive, often without a positive."""
    n = draw.n * draw.choose(1, 2)
    return {
        "embeddings": draw.real(n, draw.choose(1, 3, 8)),
        "labels": torch.randint(draw.choose(1, 2, 9), (n,), generator=draw.g),
        "temperature": temperature(draw),
        "reduction": draw.reduction(),
    }


def several_labels(draw: Draw) -> Arguments:
    """Draw at least two labels: with one, pytorch_metric_learning gives 0."""
    given = labelled(draw)
    labels = given["labels"]
    labels[-1:] += (labels == labels[:1]).all()
    return given


def pairs(draw: Draw) -> Arguments:
    """Draw arguments of clip_loss."""
    d = draw.choose(1, 3, 8)
    return {
        "image": draw.real(draw.n, d),
        "text": draw.real(draw.n, d),
        "logit_scale": draw.choose(0.5, 5, 30) * draw.weight(1)[0],
        "reduction": draw.reduction(),
    }


def biased_pairs(draw: Draw) -> Arguments:
    """Draw arguments of siglip_loss."""
    given = pairs(draw)
    bias = draw.choose(-3, 0, 1) * draw.weight(1)[0]
    last = given.pop("reduction")
    return given | {"logit_bias": bias, "reduction": last}


def reduced(draw_arguments):
    """Leave out reduction="none" where theirs gives one number only."""

    def draw(given: Draw) -> Arguments:
        return draw_arguments(given) | {
            "reduction": given.choose("mean", "sum")
        }

    return draw


def of_all(mean: Tensor, count: int, reduction: str) -> Tensor:
    """Make the sum of a mean."""
    return mean * count if reduction == "sum" else mean


def info_nce_of_metric_learning(
    query: Tensor,
    positive: Tensor,
    negatives: Tensor | None,
    mask: Tensor | None,
    temperature: float,
    reduction: str,
) -> Tensor:
    """Name all pairs of queries with positives and with negatives."""
    n = len(query)
    loss = metric_learning("NTXentLoss", temperature=temperature)
    if negatives is None and mask is None:
        wrap = theirs("pytorch_metric_learning.losses").SelfSupervisedLoss
        found = wrap(loss, symmetric=False)(query, positive)
        return reduce(elements(found, n), reduction)
    others = positive if negatives is None else negatives
    d, m = query.shape[1], others.shape[-2]
    if mask is None:
        mask = torch.ones(n, m, dtype=torch.bool)
    if negatives is None:
        mask = mask & ~torch.eye(n, dtype=torch.bool)
    i, (k, j) = torch.arange(n), mask.nonzero(as_tuple=True)
    if n == len(k) == 1:  # a single pair of each kind costs nothing there
        twice = [x.repeat(2, 1) for x in (query, positive)]
        rest = others.reshape(-1, d), mask.repeat(2, 1), temperature, "none"
        return reduce(info_nce_of_metric_learning(*twice, *rest)[:1], reduction)
    if others.ndim == 3:
        j = j + k * m
    found = loss(
        query,
        indices_tuple=(i, i, k, n + j),
        ref_emb=torch.cat([positive, others.reshape(-1, d)]),
    )
    return reduce(elements(found, n), reduction)


def nt_xent_of_metric_learning(
    z_a: Tensor, z_b: Tensor, temperature: float, reduction: str
) -> Tensor:
    """Call it as its wrapper of two views does."""
    loss = metric_learning("NTXentLoss", temperature=temperature)
    loss = theirs("pytorch_metric_learning.losses").SelfSupervisedLoss(loss)
    return reduce(elements(loss(z_a, z_b), 2 * len(z_a)), reduction)


def nt_xent_of_monai(
    z_a: Tensor, z_b: Tensor, temperature: float, reduction: str
) -> Tensor:
    """Call MONAI's, a mean over all views."""
    loss = theirs("monai.losses").ContrastiveLoss(temperature)
    return of_all(loss(z_a, z_b), 2 * len(z_a), reduction)


def nt_xent_of_optax(
    z_a: Tensor, z_b: Tensor, temperature: float, reduction: str
) -> Tensor:
    """Call optax's, whose labels say which views belong together."""
    z, labels = torch.cat([z_a, z_b]), torch.arange(len(z_a)).repeat(2)
    mean = optax("ntxent", z, labels, temperature)
    return of_all(mean, len(z), reduction)


def supervised_of_metric_learning(
    embeddings: Tensor, labels: Tensor, temperature: float, reduction: str
) -> Tensor:
    """Take theirs before it leaves out losses of 0."""
    loss = metric_learning("SupConLoss", temperature=temperature)
    loss = elements(loss(embeddings, labels), len(labels))
    alike = (labels == labels[:, None]).sum(1) > 1
    return reduce(loss, reduction, alike.sum().clamp_min(1))


def unit(x: Tensor) -> Tensor:
    """Normalise, as CLIP models do before the loss."""
    return functional.normalize(x, dim=1)


def clip_of_open_clip(
    image: Tensor, text: Tensor, logit_scale: Tensor, reduction: str
) -> Tensor:
    """Call open_clip's, whose model normalises."""
    loss = theirs("open_clip.loss").ClipLoss()
    mean = loss(unit(image), unit(text), logit_scale)
    return of_all(mean, len(image), reduction)


def clip_of_transformers(
    image: Tensor, text: Tensor, logit_scale: Tensor, reduction: str
) -> Tensor:
    """Call transformers', which takes the logits."""
    loss = theirs(
        "transformers.models.clip.modeling_clip"
    ).image_text_contrastive_loss
    mean = loss(logit_scale * unit(text) @ unit(image).mT)
    return of_all(mean, len(image), reduction)


def clip_of_sbert(
    image: Tensor, text: Tensor, logit_scale: Tensor, reduction: str
) -> Tensor:
    """Call Sentence Transformers'; only `forward` wants a model."""
    loss = theirs("sentence_transformers.losses").MultipleNegativesRankingLoss(
        None,
        scale=logit_scale,
        directions=("query_to_doc", "doc_to_query"),
        partition_mode="per_direction",
    )
    mean = loss.compute_loss_from_embeddings([image, text], None)
    return of_all(mean, len(image), reduction)


def siglip_of_open_clip(
    image: Tensor, text: Tensor, reduction: str, **options: Tensor
) -> Tensor:
    """Call open_clip's, whose model normalises."""
    mean = theirs("open_clip.loss").SigLipLoss()(
        unit(image), unit(text), **options
    )
    return of_all(mean, len(image), reduction)


def without(given: Arguments) -> Pair:
    """Compare with each query alone, and only the candidates that it has."""
    q, p, others, mask = (
        given[k] for k in ("query", "positive", "negatives", "mask")
    )
    n, t = len(q), given["temperature"]
    shared = p if others is None else others
    if mask is None:
        mask = torch.ones(n, shared.shape[-2], dtype=torch.bool)
    if others is None:
        mask = mask & ~torch.eye(n, dtype=torch.bool)
    each = [
        info_nce(
            q[[i]],
            p[[i]],
            (shared[i] if shared.ndim == 3 else shared)[mask[i]],
            temperature=t,
        )
        for i in range(n)
    ]
    ours = info_nce(q, p, others, mask, temperature=t, reduction="none")
    return ours, torch.stack(each)


def not_there(given: Arguments) -> Pair:
    """Make nan and infinite what is left out: value and gradients."""
    q, p = given["query"], given["positive"]
    n, d = q.shape
    found = []
    for shape in ((n, 4, d), (4, d)):
        other = torch.arange(4.0 * d).view(4, d).double().cos()
        other = other.expand(shape).clone()
        mask = torch.tensor([True, False, True, False]).repeat(n, 1)
        for hole in ((0.0, 1.0), (torch.nan, torch.inf)):
            for at, fill in zip((1, 3), hole, strict=True):
                other[..., at, :] = fill
            leaves = [x.clone().requires_grad_() for x in (q, p, other)]
            loss = info_nce(*leaves, mask)
            slopes = torch.autograd.grad(loss, leaves)
            found.append(torch.cat([x.flatten() for x in (loss, *slopes)]))
    return torch.cat(found[::2]), torch.cat(found[1::2])


def same_labels(given: Arguments) -> Pair:
    """Repeat the batch, and leave out what has the same label."""
    q, p = given["query"], given["positive"]
    labels = torch.arange(len(q)).repeat(2)
    ours = info_nce(
        q.repeat(2, 1),
        p.repeat(2, 1),
        mask=labels[:, None] != labels,
        reduction="none",
    )
    # Each other candidate is there twice.
    s = unit(q) @ unit(p).mT / 0.1
    near = s.diagonal()
    far = s.masked_fill(torch.eye(len(q), dtype=torch.bool), -torch.inf)
    once = functional.softplus((2 * far.exp().sum(1)).log() - near)
    return ours, once.repeat(2)


def one_label(given: Arguments) -> Pair:
    """Compare a batch of one label with the mean over all its pairs."""
    z, t = given["embeddings"], given["temperature"]
    s = unit(z) @ unit(z).mT / t
    others = ~torch.eye(len(z), dtype=torch.bool)
    total = s.masked_fill(~others, -torch.inf).logsumexp(1)
    mean = (s * others).sum(1) / max(len(z) - 1, 1)
    labels = torch.zeros_like(given["labels"])
    loss = total - mean if len(z) > 1 else torch.zeros_like(mean)
    return supervised_contrastive(z, labels, temperature=t), loss.mean()


def longer(given: Arguments, name: str) -> Arguments:
    """Make one of the tensors seven times as long."""
    return given | {name: 7 * given[name]}


def exchanged(given: Arguments) -> Arguments:
    """Take the image for the text."""
    return {"image": given["text"], "text": given["image"]}


def adds_up(loss: Loss) -> Same:
    """Compare the sum of all losses with that which the loss gives."""
    return lambda given: (
        loss(**given | {"reduction": "none"}).sum(),
        loss(**given | {"reduction": "sum"}),
    )


CASES = {
    "by_hand": (info_nce, queries),
    "by_hand_nt_xent": (nt_xent, views),
    "by_hand_supervised": (supervised_contrastive, labelled),
    "by_hand_clip": (clip_loss, pairs),
    "by_hand_siglip": (siglip_loss, biased_pairs),
}
PROOFS = {
    "info_nce": Proof(
        draw=masked_queries,
        oracles={
            "pytorch_metric_learning.losses.NTXentLoss": (
                info_nce_of_metric_learning
            )
        },
        same={
            "the other positives are the negatives": lambda given: (
                info_nce(given["query"], given["positive"], reduction="none"),
                torch.cat(
                    [
                        info_nce(
                            given["query"][[i]],
                            given["positive"][[i]],
                            given["positive"][
                                torch.arange(len(given["query"])) != i
                            ],
                            reduction="none",
                        )
                        for i in range(len(given["query"]))
                    ]
                ),
            ),
            "left out is as if not there": without,
            "what is left out may be nan": not_there,
            "duplicates of a label are left out by a mask": same_labels,
            "length counts for nothing": lambda given: (
                info_nce(**given)
                if given["negatives"] is None
                else info_nce(**longer(given, "negatives")),
                info_nce(**longer(longer(given, "query"), "positive")),
            ),
        },
        bad=[
            ({"query": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
            ({"query": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"positive": torch.zeros(3, 2)}, ValueError, "shape of query"),
            ({"negatives": torch.zeros(9, 9)}, ValueError, "got (9, 9)"),
            ({"negatives": torch.zeros(9)}, ValueError, "got (9,)"),
            ({"negatives": torch.zeros(2, 2).long()}, TypeError, "int64"),
            ({"mask": torch.ones(4, 5)}, TypeError, "bool, got torch.float32"),
            (
                {"mask": torch.ones(4, 9).bool()},
                ValueError,
                "shape (4, 5), one row for each query, got (4, 9)",
            ),
            ({"temperature": 0.0}, ValueError, "must be above 0, got 0.0"),
        ],
        autocast=0.2,  # the product is rounded to bfloat16, then divided by t
    ),
    "nt_xent": Proof(
        draw=reduced(views),
        oracles={
            "pytorch_metric_learning.losses.NTXentLoss": (
                nt_xent_of_metric_learning
            ),
            "monai.losses.ContrastiveLoss": nt_xent_of_monai,
            "optax.losses.ntxent": nt_xent_of_optax,
        },
        same={
            "the views may be exchanged": unchanged(
                nt_xent,
                lambda given: {"z_a": given["z_b"], "z_b": given["z_a"]},
            ),
            "it is SupCon with two of each label": lambda given: (
                nt_xent(given["z_a"], given["z_b"], reduction="none"),
                supervised_contrastive(
                    torch.cat([given["z_a"], given["z_b"]]),
                    torch.arange(len(given["z_a"])).repeat(2),
                    reduction="none",
                ),
            ),
            "length counts for nothing": unchanged(
                nt_xent, lambda given: longer(given, "z_b")
            ),
        },
        bad=[
            ({"z_a": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
            ({"z_a": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"z_b": torch.zeros(3, 2)}, ValueError, "shape of z_a"),
            ({"temperature": -1.0}, ValueError, "must be above 0, got -1.0"),
        ],
        autocast=0.2,  # the product is rounded to bfloat16, then divided by t
    ),
    "supervised_contrastive": Proof(
        draw=several_labels,
        oracles={
            "pytorch_metric_learning.losses.SupConLoss": (
                supervised_of_metric_learning
            )
        },
        same={
            "one label is the mean over all pairs": one_label,
            "the order of the batch counts for nothing": lambda given: (
                supervised_contrastive(**given | {"reduction": "mean"}),
                supervised_contrastive(
                    given["embeddings"].flip(0),
                    given["labels"].flip(0),
                    temperature=given["temperature"],
                ),
            ),
            "the names of the labels count for nothing": unchanged(
                supervised_contrastive,
                lambda given: {"labels": 5 - 3 * given["labels"]},
            ),
        },
        bad=[
            ({"embeddings": torch.zeros(4, 3).int()}, TypeError, "int32"),
            ({"embeddings": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"labels": torch.zeros(9).long()}, ValueError, "got (9,)"),
            ({"labels": torch.zeros(4)}, TypeError, "got torch.float32"),
            ({"temperature": 0.0}, ValueError, "must be above 0, got 0.0"),
        ],
        autocast=0.2,  # the product is rounded to bfloat16, then divided by t
    ),
    "clip_loss": Proof(
        draw=reduced(pairs),
        oracles={
            "open_clip.loss.ClipLoss": clip_of_open_clip,
            "transformers.models.clip.modeling_clip."
            "image_text_contrastive_loss": clip_of_transformers,
            "sentence_transformers.losses.MultipleNegativesRankingLoss": (
                clip_of_sbert
            ),
        },
        same={
            "image and text may be exchanged": unchanged(clip_loss, exchanged),
            "it is InfoNCE both ways": lambda given: (
                clip_loss(given["image"], given["text"], 4.0, reduction="none"),
                sum(
                    info_nce(
                        given[a], given[b], temperature=0.25, reduction="none"
                    )
                    for a, b in (("image", "text"), ("text", "image"))
                )
                / 2,
            ),
            "none adds up to sum": adds_up(clip_loss),
            "a scale of shape (1) will do": unchanged(
                clip_loss,
                lambda given: {"logit_scale": given["logit_scale"].view(1)},
            ),
        },
        bad=[
            ({"image": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
            ({"image": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"text": torch.zeros(3, 2)}, ValueError, "shape of image"),
            ({"logit_scale": torch.ones(4)}, ValueError, "one number"),
        ],
        autocast=0.5,  # the product is rounded to bfloat16, times the scale
    ),
    "siglip_loss": Proof(
        draw=reduced(biased_pairs),
        oracles={"open_clip.loss.SigLipLoss": siglip_of_open_clip},
        same={
            "image and text may be exchanged": unchanged(
                siglip_loss, exchanged
            ),
            "it is binary cross entropy with the identity": lambda given: (
                siglip_loss(
                    given["image"], given["text"], 3.0, -2.0, reduction="none"
                ),
                functional.binary_cross_entropy_with_logits(
                    3 * unit(given["image"]) @ unit(given["text"]).mT - 2,
                    torch.eye(len(given["text"]), dtype=torch.float64),
                    reduction="none",
                ).sum(1),
            ),
            "none adds up to sum": adds_up(siglip_loss),
        },
        bad=[
            ({"image": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
            ({"image": torch.zeros(4)}, ValueError, "(N, D), got (4,)"),
            ({"text": torch.zeros(3, 2)}, ValueError, "shape of image"),
            ({"logit_scale": torch.ones(4)}, ValueError, "one number"),
            ({"logit_bias": torch.ones(2)}, ValueError, "one number"),
        ],
        autocast=0.5,  # the product is rounded to bfloat16, times the scale
    ),
}
