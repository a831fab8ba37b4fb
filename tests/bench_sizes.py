"""What `make bench` measures at the size of a step of training.

One `Row` a function: data of a published recipe's size, and what a user would
otherwise call, called as its users do. Arguments have the names of ours.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import torch
from torch import Tensor, nn
from torch.nn import functional

from tests.draws import Arguments
from tests.oracles import theirs

Way = Callable[..., Tensor]


@dataclass(frozen=True)
class Recipe:
    """A training of about this size."""

    size: str
    who: str
    link: str


@dataclass(frozen=True)
class Row:
    """A function at its training size.

    Args:
        function: Its name, in snippets/.
        recipe: Key of RECIPES.
        given: Makes arguments in float32; the first `slopes` have a gradient.
        rival: What a user would otherwise call.
        theirs: Calls that, with the same arguments.
        slopes: How many of the arguments have a gradient.
        products: Makes the matrix products that no way can leave out of the
            arguments that have a gradient. None: reading those once and
            writing as many gradients is the floor.
        less: "plain": the rival is a simpler loss; "zero": it is nan where
            a probability is 0.
        apart: Why the two give other numbers; empty, they agree.
        compiled: Whether to compile both; a loop over steps takes minutes.
    """

    function: str
    recipe: str
    given: Callable[[], Arguments]
    rival: str
    theirs: Way
    slopes: int = 1
    products: Callable[..., object] | None = None
    less: str = ""
    apart: str = ""
    compiled: bool = True


RECIPES = {
    "masks": Recipe(
        "4 × 21 × 256 × 256",
        "segmentation_models.pytorch",
        "https://github.com/qubvel-org/segmentation_models.pytorch",
    ),
    "mask": Recipe(
        "8 × 1 × 512 × 512",
        "segmentation_models.pytorch",
        "https://github.com/qubvel-org/segmentation_models.pytorch",
    ),
    "anchors": Recipe(
        "2 × 20,000 × 80",
        "RetinaNet",
        "https://github.com/facebookresearch/detectron2/blob/main/configs/"
        "Base-RetinaNet.yaml",
    ),
    "boxes": Recipe(
        "100,000 × 4",
        "RetinaNet",
        "https://github.com/facebookresearch/detectron2/blob/main/configs/"
        "Base-RetinaNet.yaml",
    ),
    "images": Recipe(
        "512 × 1,000",
        "timm",
        "https://github.com/huggingface/pytorch-image-models/blob/main/"
        "hfdocs/source/training_script.mdx",
    ),
    "splits": Recipe(
        "3 × 512 × 1,000",
        "timm",
        "https://github.com/huggingface/pytorch-image-models/blob/main/"
        "hfdocs/source/training_script.mdx",
    ),
    "tags": Recipe(
        "128 × 9,605",
        "ASL",
        "https://github.com/Alibaba-MIIL/ASL",
    ),
    "tokens": Recipe(
        "1,024 × 32,000",
        "Llama 2",
        "https://github.com/huggingface/transformers/blob/main/src/"
        "transformers/models/llama/configuration_llama.py",
    ),
    "answers": Recipe(
        "64 × 1,024", "TRL", "https://github.com/huggingface/trl"
    ),
    "pairs": Recipe(
        "1,024 × 512",
        "open_clip",
        "https://github.com/mlfoundations/open_clip/blob/main/src/open_clip/"
        "model_configs/ViT-B-32.json",
    ),
    "views": Recipe(
        "2 × 512 × 128",
        "SupContrast",
        "https://github.com/HobbitLong/SupContrast",
    ),
    "projections": Recipe(
        "256 × 2,048",
        "solo-learn",
        "https://github.com/vturrisi/solo-learn",
    ),
    "crops": Recipe(
        "10 × 16 × 65,536",
        "DINO",
        "https://github.com/facebookresearch/dino/blob/main/main_dino.py",
    ),
    "faces": Recipe(
        "512 × 512, 10,000",
        "insightface",
        "https://github.com/deepinsight/insightface/tree/master/recognition/"
        "arcface_torch",
    ),
    "lists": Recipe(
        "64 × 200", "allRank", "https://github.com/allegro/allRank"
    ),
    "ages": Recipe(
        "256 × 55",
        "coral-cnn",
        "https://github.com/Raschka-research-group/coral-cnn",
    ),
    "pixels": Recipe(
        "12 × 3 × 256 × 256",
        "Real-ESRGAN",
        "https://github.com/xinntao/Real-ESRGAN/blob/master/options/"
        "train_realesrgan_x4plus.yml",
    ),
    "series": Recipe(
        "128 × 24 × 7",
        "pytorch-forecasting",
        "https://github.com/sktime/pytorch-forecasting",
    ),
    "sentences": Recipe(
        "24 × 128 × 34",
        "BERT-NER-Pytorch",
        "https://github.com/lonePatient/BERT-NER-Pytorch/blob/master/scripts/"
        "run_ner_crf.sh",
    ),
    "mixtures": Recipe(
        "6 × 2 × 24,000",
        "asteroid",
        "https://github.com/asteroid-team/asteroid/blob/master/egs/librimix/"
        "ConvTasNet/local/conf.yml",
    ),
    "waveforms": Recipe(
        "6 × 25,600",
        "ParallelWaveGAN",
        "https://github.com/kan-bayashi/ParallelWaveGAN/blob/master/egs/"
        "ljspeech/voc1/conf/parallel_wavegan.v1.yaml",
    ),
    "latents": Recipe(
        "256 × 4 × 32 × 32",
        "DiT",
        "https://github.com/facebookresearch/DiT/blob/main/train.py",
    ),
}


def normal(*shape: int) -> Tensor:
    """Draw normal numbers."""
    return torch.randn(*shape)


def classes(count: int, *shape: int) -> Tensor:
    """Draw classes."""
    return torch.randint(count, shape)


def masks(index: bool = False, **options: object) -> Arguments:
    """Make logits of 21 classes for each pixel, and a mask."""
    target = classes(21, 4, 256, 256)
    if not index:
        target = functional.one_hot(target, 21).movedim(-1, 1).float()
        target = target.contiguous()
    return {"logits": normal(4, 21, 256, 256), "target": target} | options


def binary(*shape: int, **options: object) -> Arguments:
    """Make logits, and few positives."""
    rare = (torch.rand(shape) < 0.01).float()
    return {"logits": normal(*shape), "target": rare} | options


def boxes() -> Arguments:
    """Make boxes, and others that overlap them."""
    corner, size = (
        500 * torch.rand(100_000, 2),
        10 + 90 * torch.rand(100_000, 2),
    )
    box = torch.cat([corner, corner + size], 1)
    return {"input": box + torch.randn_like(box), "target": box}


def indexed(n: int, c: int, **options: object) -> Arguments:
    """Make logits, and a class for each row."""
    return {"logits": normal(n, c), "target": classes(c, n)} | options


def teaching() -> Arguments:
    """Make logits of two models."""
    return {
        "student_logits": normal(1024, 32_000),
        "teacher_logits": normal(1024, 32_000),
    }


def labelled(n: int = 1024, d: int = 128) -> Arguments:
    """Make embeddings of length 1, four of a label."""
    return {
        "embeddings": functional.normalize(normal(n, d)),
        "labels": torch.arange(n) % (n // 4),
    }


def captioned(**scale: float) -> Arguments:
    """Make embeddings of images and texts."""
    return {
        "image": functional.normalize(normal(1024, 512)),
        "text": functional.normalize(normal(1024, 512)),
    } | {name: torch.tensor(value) for name, value in scale.items()}


def views(*shape: int, **options: object) -> Arguments:
    """Make two views of a batch."""
    return {"z_a": normal(*shape), "z_b": normal(*shape)} | options


def crops() -> Arguments:
    """Make logits of 10 crops, of 2 of them a teacher's, and a center."""
    return {
        "student": normal(10, 16, 65_536),
        "teacher": normal(2, 16, 65_536),
        "center": normal(65_536) / 10,
    }


def faces() -> Arguments:
    """Make embeddings of faces, and a direction for each of 10,000 persons."""
    return {
        "embeddings": normal(512, 512),
        "weight": normal(10_000, 512),
        "target": classes(10_000, 512),
    }


def two(*shape: int, **options: object) -> Arguments:
    """Make predictions and targets of real numbers."""
    return {"input": normal(*shape), "target": normal(*shape)} | options


def ages() -> Arguments:
    """Make logits of the thresholds between 55 ages, and the ages."""
    return {"logits": normal(256, 54), "target": classes(55, 256)}


def lists() -> Arguments:
    """Make scores of lists, and what is relevant."""
    return {
        "scores": normal(64, 200),
        "target": classes(5, 64, 200).float(),
    }


def products(*given: Tensor) -> None:
    """Multiply one with the other, and make both gradients."""
    a, b = given if len(given) == 2 else given * 2
    logits = a @ b.T
    torch.mm(logits, b)
    if len(given) == 2:
        torch.mm(logits.T, a)


def correlations(a: Tensor, b: Tensor) -> None:
    """Multiply features with features, and make both gradients."""
    products(a.T, b.T)


@cache
def made(package: str, name: str, *sizes: int, **options: object) -> nn.Module:
    """Make a loss of a package once, as its users do."""
    return getattr(theirs(package), name)(*sizes, **options)


def monai(name: str, smooth: float = 1.0, **options: object) -> Way:
    """Call a loss of MONAI, smoothed alike above and below."""
    options |= {"softmax": True, "smooth_nr": smooth, "smooth_dr": smooth}
    return lambda logits, target, **_: made("monai.losses", name, **options)(
        logits, target
    )


def learning(name: str, *sizes: int, **options: object) -> Way:
    """Call a loss of pytorch_metric_learning."""
    package = "pytorch_metric_learning.losses"
    return lambda embeddings, labels: made(package, name, *sizes, **options)(
        embeddings, labels
    )


def faced(name: str) -> Way:
    """Call a loss of pytorch_metric_learning with our weights in it."""

    def loss(embeddings: Tensor, weight: Tensor, target: Tensor) -> Tensor:
        margin = math.degrees(0.5) if name == "ArcFaceLoss" else 0.35
        package = "pytorch_metric_learning.losses"
        module = made(package, name, 10_000, 512, margin=margin, scale=64)
        module._parameters.pop("W", None)
        module.W = weight.T
        return module(embeddings, target)

    return loss


def plain(logits: Tensor, target: Tensor) -> Tensor:
    """Call torch's cross entropy."""
    return functional.cross_entropy(logits, target)


def torchvision_boxes(name: str) -> Way:
    """Call a loss of torchvision."""
    return lambda input, target: getattr(theirs("torchvision.ops"), name)(
        input, target, reduction="mean"
    )


def kl(log_q: Tensor, log_p: Tensor) -> Tensor:
    """Call torch's KL divergence as its page says."""
    return functional.kl_div(
        log_q, log_p, reduction="batchmean", log_target=True
    )


def soft(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Compute KL(teacher || student) by two softmaxes."""
    return kl(student_logits.log_softmax(-1), teacher_logits.log_softmax(-1))


def reverse(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Compute KL(student || teacher) by two softmaxes."""
    return soft(teacher_logits, student_logits)


def liger_jsd(student_logits: Tensor, teacher_logits: Tensor) -> Tensor:
    """Call Liger's, without the product before it."""
    module = theirs("liger_kernel.chunked_loss.jsd_loss")
    loss = module.LigerFusedLinearJSDFunction.distillation_loss_fn
    return loss(student_logits, teacher_logits, 0.5) / len(student_logits)


def causal(logits: Tensor, labels: Tensor) -> Tensor:
    """Call the loss of transformers' models."""
    loss = theirs("transformers.loss.loss_utils").ForCausalLMLoss
    return loss(logits, labels, logits.shape[-1])


def router(logits: Tensor) -> Tensor:
    """Call the z-loss of transformers' Switch, times its coefficient."""
    package = "transformers.models.switch_transformers."
    module = theirs(package + "modeling_switch_transformers")
    return 1e-4 * module.router_z_loss_func(logits[None])


def clip(image: Tensor, text: Tensor, logit_scale: Tensor) -> Tensor:
    """Call open_clip's."""
    loss = made("open_clip.loss", "ClipLoss")
    return loss(image, text, logit_scale)


def siglip(image: Tensor, text: Tensor, **scale: Tensor) -> Tensor:
    """Call open_clip's."""
    loss = made("open_clip.loss", "SigLipLoss")
    return loss(image, text, scale["logit_scale"], scale["logit_bias"])


def paired(name: str, package: str = "pytorch_metric_learning.losses") -> Way:
    """Call a loss of two views."""
    return lambda z_a, z_b: made(package, name)(z_a, ref_emb=z_b)


def by_pairs(student: Tensor, teacher: Tensor, center: Tensor) -> Tensor:
    """Take the cross entropy of each pair of different crops, as DINO does."""
    q = ((teacher - center) / 0.04).softmax(-1)
    each = [
        functional.cross_entropy(s / 0.1, q[g])
        for g in range(len(q))
        for v, s in enumerate(student)
        if g != v
    ]
    return torch.stack(each).mean()


def both_ways(logits: Tensor, other: Tensor) -> Tensor:
    """Take torch's divergence both ways, as R-Drop's authors do."""
    log_p, log_q = logits.log_softmax(-1), other.log_softmax(-1)
    p, q = logits.softmax(-1), other.softmax(-1)
    one = functional.kl_div(log_p, q, reduction="batchmean")
    return (one + functional.kl_div(log_q, p, reduction="batchmean")) / 2


def splits(logits: Tensor) -> Tensor:
    """Call timm's loss, its weight 1 and its cross entropy left as it is."""
    loss = made("timm.loss", "JsdCrossEntropy", num_splits=3, alpha=1)
    rows = logits.flatten(0, 1)
    return loss(rows, torch.zeros(len(rows), dtype=torch.int64))


def ntxent(z_a: Tensor, z_b: Tensor) -> Tensor:
    """Take cross entropies of similarities, the diagonal left out."""
    z = functional.normalize(torch.cat([z_a, z_b]))
    similarity = (z @ z.T / 0.1).fill_diagonal_(-torch.inf)
    target = torch.arange(len(z)).roll(len(z_a))
    return functional.cross_entropy(similarity, target)


def mined(
    name: str, margin: float, like: Arguments, /, **options: object
) -> Way:
    """Mine by pytorch_metric_learning, then call its triplet loss."""

    def loss(embeddings: Tensor, labels: Tensor) -> Tensor:
        package = "pytorch_metric_learning."
        distance = theirs(package + "distances").LpDistance(**like)
        miner = getattr(theirs(package + "miners"), name)
        triplets = miner(distance=distance, **options)(embeddings, labels)
        loss = theirs(package + "losses").TripletMarginLoss(
            margin=margin, distance=distance
        )
        return loss(embeddings, labels, triplets)

    return loss


def toolbelt(name: str, **options: object) -> Way:
    """Call a function of pytorch_toolbelt."""
    functions = "pytorch_toolbelt.losses.functional"
    return lambda input, target: getattr(theirs(functions), name)(
        input, target, **options
    )


def allrank(name: str, **options: object) -> Way:
    """Call a loss of allRank."""
    return lambda scores, target: getattr(
        theirs("allrank.models.losses"), name
    )(scores, target, **options)


def sentences() -> Arguments:
    """Make scores of 34 tags, and sentences of 16 to 128 characters."""
    lengths = torch.randint(16, 129, (24, 1))
    return {
        "emissions": normal(24, 128, 34),
        "target": classes(34, 24, 128),
        "transitions": 0.1 * normal(34, 34),
        "start": 0.1 * normal(34),
        "end": 0.1 * normal(34),
        "mask": torch.arange(128) < lengths,
    }


def torchcrf(
    emissions: Tensor,
    target: Tensor,
    transitions: Tensor,
    start: Tensor,
    end: Tensor,
    mask: Tensor,
) -> Tensor:
    """Call pytorch-crf's layer with our scores in it."""
    layer = made("torchcrf", "CRF", len(start), batch_first=True)
    names = "transitions", "start_transitions", "end_transitions"
    for name, x in zip(names, (transitions, start, end), strict=True):
        layer._parameters.pop(name, None)
        setattr(layer, name, x)
    return -layer(emissions, target, mask=mask, reduction="mean")


def topk(logits: Tensor, target: Tensor) -> Tensor:
    """Do as nnU-Net's TopKLoss."""
    loss = functional.cross_entropy(logits, target, reduction="none")
    k = int(loss.numel() * 10 / 100)
    return loss.flatten().topk(k, sorted=False).values.mean()


def ohem(logits: Tensor, target: Tensor) -> Tensor:
    """Do as mmsegmentation's OHEMPixelSampler, then divide by what it keeps."""
    with torch.no_grad():
        index = target.clone().unsqueeze(1)
        index[index == -100] = 0
        p = logits.softmax(1).gather(1, index).squeeze(1)
        counts = target != -100
        lowest = p[counts].sort().values[p.numel() // 16]
        weight = torch.zeros_like(p)
        weight[counts] = (p[counts] < max(lowest, 0.7)).to(p.dtype)
    loss = functional.cross_entropy(logits, target, reduction="none")
    return (weight * loss).sum() / weight.sum()


def negative_binomial(
    log_mean: Tensor, log_dispersion: Tensor, target: Tensor
) -> Tensor:
    """Call torch's distribution."""
    model = torch.distributions.NegativeBinomial(
        (-log_dispersion).exp(), logits=log_mean + log_dispersion
    )
    return -model.log_prob(target).mean()


def zero_inflated(
    log_rate: Tensor, zero_logit: Tensor, target: Tensor
) -> Tensor:
    """Call torch's mixture of two Poisson distributions, one of rate 0."""
    some, zeros = torch.distributions, torch.zeros_like(log_rate)
    kind = some.Categorical(logits=torch.stack([zero_logit, zeros], -1))
    rates = some.Poisson(torch.stack([zeros, log_rate.exp()], -1))
    return -some.MixtureSameFamily(kind, rates).log_prob(target).mean()


def counted(*outputs: str) -> Arguments:
    """Make outputs of a model of sales, and the sales."""
    return {name: normal(128, 24, 7) for name in outputs} | {
        "target": torch.poisson(10 * torch.rand(128, 24, 7))
    }


def gaussian(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Call torch's divergence of distributions."""
    normal = torch.distributions.Normal
    one = normal(mean, (0.5 * log_variance).exp())
    zero = normal(torch.zeros_like(mean), torch.ones_like(mean))
    return torch.distributions.kl_divergence(one, zero).flatten(1).sum(1).mean()


MONAI = "monai.losses."
KL = "torch.nn.functional.kl_div"
LEARNING = "pytorch_metric_learning.losses."
SOFTMAX = {"activation": "softmax"}
mixed = partial(masks, **SOFTMAX)
ROWS = [
    Row(
        "dice_loss",
        "masks",
        mixed,
        f"{MONAI}DiceLoss",
        monai("DiceLoss"),
    ),
    Row(
        "generalized_dice_loss",
        "masks",
        partial(masks, **SOFTMAX, smooth=0.0),
        f"{MONAI}GeneralizedDiceLoss",
        monai("GeneralizedDiceLoss", 0.0),
    ),
    Row(
        "jaccard_loss",
        "masks",
        mixed,
        f"{MONAI}DiceLoss",
        monai("DiceLoss", 2.0, jaccard=True),
    ),
    Row(
        "tversky_loss",
        "masks",
        mixed,
        f"{MONAI}TverskyLoss",
        monai("TverskyLoss", alpha=0.3, beta=0.7),
    ),
    Row(
        "focal_tversky_loss",
        "masks",
        mixed,
        f"{MONAI}TverskyLoss",
        lambda **given: (
            monai("TverskyLoss", alpha=0.3, beta=0.7, reduction="none")(**given)
            ** 0.75
        ).mean(),
    ),
    Row(
        "cldice_loss",
        "mask",
        partial(binary, 8, 1, 512, 512),
        f"{MONAI}SoftclDiceLoss",
        lambda logits, target: made(
            "monai.losses", "SoftclDiceLoss", sigmoid=True
        )(logits, target),
    ),
    Row(
        "boundary_loss",
        "mask",
        lambda: {
            "logits": normal(8, 1, 512, 512),
            "distance": normal(8, 1, 512, 512),
        },
        "torch",
        lambda logits, distance: (logits.sigmoid() * distance).mean(),
    ),
    Row(
        "lovasz_softmax",
        "masks",
        partial(masks, index=True),
        "kornia.losses.lovasz_softmax_loss",
        lambda logits, target: theirs("kornia.losses").lovasz_softmax_loss(
            logits, target
        ),
    ),
    Row(
        "lovasz_hinge",
        "mask",
        lambda: {
            "logits": normal(8, 512, 512),
            "target": (torch.rand(8, 512, 512) < 0.2).float(),
        },
        "kornia.losses.lovasz_hinge_loss",
        lambda logits, target: theirs("kornia.losses").lovasz_hinge_loss(
            logits[:, None], target.long()
        ),
    ),
    Row(
        "softmax_focal_loss",
        "masks",
        partial(masks, index=True),
        "kornia.losses.focal_loss",
        lambda logits, target: theirs("kornia.losses").focal_loss(
            logits, target, alpha=None, gamma=2.0, reduction="mean"
        ),
        apart="a mean over the classes too, of which all but one are 0",
    ),
    Row(
        "poly1_cross_entropy",
        "masks",
        partial(masks, index=True),
        "torch.nn.functional.cross_entropy",
        plain,
        less="plain",
    ),
    Row(
        "generalized_cross_entropy",
        "images",
        partial(indexed, 512, 1000),
        "torch.nn.functional.cross_entropy",
        plain,
        less="plain",
    ),
    Row(
        "symmetric_cross_entropy",
        "images",
        partial(indexed, 512, 1000),
        "torch.nn.functional.cross_entropy",
        plain,
        less="plain",
    ),
    Row(
        "logit_adjusted_cross_entropy",
        "images",
        partial(indexed, 512, 1000, class_counts=torch.arange(1.0, 1001.0)),
        "torch.nn.functional.cross_entropy",
        lambda logits, target, class_counts: functional.cross_entropy(
            logits + (class_counts / class_counts.sum()).log(), target
        ),
    ),
    Row(
        "r_drop_loss",
        "images",
        lambda: {"logits": normal(512, 1000), "other": normal(512, 1000)},
        KL,
        both_ways,
        2,
    ),
    Row(
        "jsd_consistency",
        "splits",
        lambda: {"logits": normal(3, 512, 1000)},
        "timm.loss.JsdCrossEntropy",
        splits,
        apart="it adds a cross entropy",
    ),
    Row(
        "ldam_loss",
        "images",
        partial(indexed, 512, 1000, class_counts=torch.arange(1.0, 1001.0)),
        "torch.nn.functional.cross_entropy",
        lambda logits, target, class_counts: functional.cross_entropy(
            30 * logits, target
        ),
        less="plain",
    ),
    Row(
        "sigmoid_focal_loss",
        "anchors",
        partial(binary, 2, 20_000, 80),
        "torchvision.ops.sigmoid_focal_loss",
        lambda logits, target: theirs("torchvision.ops").sigmoid_focal_loss(
            logits, target, reduction="mean"
        ),
    ),
    Row(
        "quality_focal_loss",
        "anchors",
        partial(binary, 2, 20_000, 80),
        "pytorch_toolbelt.losses.QualityFocalLoss",
        lambda logits, target: made(
            "pytorch_toolbelt.losses", "QualityFocalLoss"
        )(logits, target),
    ),
    Row(
        "asymmetric_loss",
        "tags",
        partial(binary, 128, 9605),
        "timm.loss.AsymmetricLossMultiLabel",
        lambda logits, target: made("timm.loss", "AsymmetricLossMultiLabel")(
            logits, target
        ),
        apart="a sum",
    ),
    *(
        Row(
            f"{name}_loss",
            "boxes",
            boxes,
            f"torchvision.ops.{long}_box_iou_loss",
            torchvision_boxes(f"{long}_box_iou_loss"),
        )
        for name, long in (
            ("giou", "generalized"),
            ("diou", "distance"),
            ("ciou", "complete"),
        )
    ),
    Row(
        "causal_lm_loss",
        "tokens",
        lambda: {
            "logits": normal(2, 512, 32_000),
            "labels": classes(32_000, 2, 512),
        },
        "transformers.loss.loss_utils.ForCausalLMLoss",
        causal,
    ),
    Row(
        "z_loss",
        "tokens",
        lambda: {"logits": normal(1024, 32_000)},
        "transformers.models.switch_transformers.router_z_loss_func",
        router,
    ),
    Row("forward_kl", "tokens", teaching, KL, soft, less="zero"),
    Row("reverse_kl", "tokens", teaching, KL, reverse, less="zero"),
    Row("soft_target_loss", "tokens", teaching, KL, soft, less="zero"),
    Row(
        "generalized_jsd",
        "tokens",
        teaching,
        "liger_kernel.chunked_loss.LigerFusedLinearJSDLoss",
        liger_jsd,
    ),
    Row(
        "info_nce",
        "pairs",
        lambda: {"query": normal(1024, 512), "positive": normal(1024, 512)},
        "torch.nn.functional.cross_entropy",
        lambda query, positive: functional.cross_entropy(
            functional.normalize(query)
            @ functional.normalize(positive).T
            / 0.1,
            torch.arange(len(query)),
        ),
        2,
        products,
    ),
    Row(
        "nt_xent",
        "views",
        partial(views, 512, 128),
        "torch.nn.functional.cross_entropy",
        ntxent,
        2,
        lambda a, b: products(torch.cat([a, b])),
    ),
    Row(
        "supervised_contrastive",
        "views",
        labelled,
        f"{LEARNING}SupConLoss",
        learning("SupConLoss", temperature=0.1),
        1,
        products,
    ),
    Row(
        "clip_loss",
        "pairs",
        partial(captioned, logit_scale=14.3),
        "open_clip.loss.ClipLoss",
        clip,
        3,
        lambda image, text, _: products(image, text),
    ),
    Row(
        "siglip_loss",
        "pairs",
        partial(captioned, logit_scale=10.0, logit_bias=-10.0),
        "open_clip.loss.SigLipLoss",
        siglip,
        4,
        lambda image, text, *_: products(image, text),
    ),
    Row(
        "barlow_twins_loss",
        "projections",
        partial(views, 256, 2048, correction=1),
        f"{MONAI}BarlowTwinsLoss",
        lambda z_a, z_b, correction: made("monai.losses", "BarlowTwinsLoss")(
            z_a, z_b
        ),
        2,
        correlations,
    ),
    Row(
        "vicreg_loss",
        "projections",
        partial(views, 256, 2048),
        f"{LEARNING}VICRegLoss",
        paired("VICRegLoss"),
        2,
        lambda a, b: (products(a.T), products(b.T)),
    ),
    Row(
        "negative_cosine_loss",
        "projections",
        lambda: {
            "prediction": normal(256, 2048),
            "target": normal(256, 2048),
        },
        "torch.nn.functional.cosine_similarity",
        lambda prediction, target: (
            -functional.cosine_similarity(prediction, target).mean()
        ),
    ),
    Row(
        "dino_loss",
        "crops",
        crops,
        "torch.nn.functional.cross_entropy",
        by_pairs,
    ),
    Row(
        "circle_loss",
        "views",
        labelled,
        f"{LEARNING}CircleLoss",
        learning("CircleLoss", m=0.25, gamma=256),
        1,
        products,
    ),
    Row(
        "multi_similarity_loss",
        "views",
        labelled,
        f"{LEARNING}MultiSimilarityLoss",
        learning("MultiSimilarityLoss"),
        1,
        products,
    ),
    Row(
        "batch_hard_triplet_loss",
        "views",
        labelled,
        f"{LEARNING}TripletMarginLoss",
        mined("BatchHardMiner", 0.3, {"normalize_embeddings": False}),
        1,
        products,
    ),
    Row(
        "semi_hard_triplet_loss",
        "views",
        partial(labelled, 256),
        f"{LEARNING}TripletMarginLoss",
        mined(
            "TripletMarginMiner",
            0.2,
            {"power": 2},
            margin=0.2,
            type_of_triplets="semihard",
        ),
        1,
        products,
        apart="it averages all semi-hard triplets, not one of each pair",
    ),
    Row(
        "contrastive_pair_loss",
        "views",
        labelled,
        f"{LEARNING}ContrastiveLoss",
        learning("ContrastiveLoss"),
        1,
        products,
        apart="distances, not their squares, in two means",
    ),
    Row(
        "arcface_loss",
        "faces",
        faces,
        f"{LEARNING}ArcFaceLoss",
        faced("ArcFaceLoss"),
        2,
        products,
    ),
    Row(
        "cosface_loss",
        "faces",
        faces,
        f"{LEARNING}CosFaceLoss",
        faced("CosFaceLoss"),
        2,
        products,
    ),
    Row(
        "coral_loss",
        "ages",
        ages,
        "coral_pytorch.losses.coral_loss",
        lambda logits, target: theirs("coral_pytorch.losses").coral_loss(
            logits,
            theirs("coral_pytorch.dataset").levels_from_labelbatch(target, 55),
        ),
    ),
    Row(
        "corn_loss",
        "ages",
        ages,
        "coral_pytorch.losses.corn_loss",
        lambda logits, target: theirs("coral_pytorch.losses").corn_loss(
            logits, target, 55
        ),
    ),
    Row(
        "ranknet_loss",
        "lists",
        lists,
        "allrank.models.losses.rankNet",
        allrank("rankNet"),
    ),
    Row(
        "listnet_loss",
        "lists",
        lists,
        "allrank.models.losses.listNet",
        allrank("listNet"),
    ),
    Row(
        "lambdarank_loss",
        "lists",
        lists,
        "allrank.models.losses.lambdaLoss",
        lambda scores, target: (
            allrank(
                "lambdaLoss",
                weighing_scheme="lambdaRank_scheme",
                reduction_log="natural",
                reduction="sum",
            )(scores, target)
            / len(scores)
        ),
    ),
    Row(
        "charbonnier_loss",
        "pixels",
        partial(two, 12, 3, 256, 256, eps=1.0),
        "kornia.losses.charbonnier_loss",
        lambda input, target, eps: theirs("kornia.losses").charbonnier_loss(
            input, target, reduction="mean"
        ),
        apart="it subtracts eps, so that no error costs nothing",
    ),
    Row(
        "log_cosh_loss",
        "pixels",
        partial(two, 12, 3, 256, 256),
        "pytorch_toolbelt.losses.functional.log_cosh_loss",
        toolbelt("log_cosh_loss"),
    ),
    Row(
        "wing_loss",
        "pixels",
        partial(two, 12, 3, 256, 256),
        "pytorch_toolbelt.losses.functional.wing_loss",
        toolbelt("wing_loss", width=10, curvature=2, reduction="mean"),
    ),
    Row(
        "quantile_loss",
        "series",
        lambda: {
            "input": normal(128, 24, 7),
            "target": normal(128, 24),
            "q": (0.02, 0.1, 0.25, 0.5, 0.75, 0.9, 0.98),
        },
        "scoringrules.quantile_score",
        lambda input, target, q: (
            theirs("scoringrules")
            .quantile_score(
                target[..., None], input, torch.tensor(q), backend="torch"
            )
            .mean()
        ),
    ),
    Row(
        "gaussian_crps",
        "series",
        lambda: {
            "mean": normal(128, 24, 7),
            "std": 0.1 + torch.rand(128, 24, 7),
            "target": normal(128, 24, 7),
        },
        "scoringrules.crps_normal",
        lambda mean, std, target: (
            theirs("scoringrules")
            .crps_normal(target, mean, std, backend="torch")
            .mean()
        ),
        2,
    ),
    Row(
        "topk_cross_entropy",
        "masks",
        partial(masks, index=True),
        "torch.topk",
        topk,
    ),
    Row(
        "ohem_cross_entropy",
        "masks",
        partial(masks, index=True),
        "torch.sort",
        ohem,
    ),
    Row(
        "crf_nll",
        "sentences",
        sentences,
        "torchcrf.CRF",
        torchcrf,
        compiled=False,
    ),
    Row(
        "negative_binomial_nll",
        "series",
        partial(counted, "log_mean", "log_dispersion"),
        "torch.distributions.NegativeBinomial",
        negative_binomial,
        2,
    ),
    Row(
        "zero_inflated_poisson_nll",
        "series",
        partial(counted, "log_rate", "zero_logit"),
        "torch.distributions.MixtureSameFamily",
        zero_inflated,
        2,
    ),
    Row(
        "gaussian_kl",
        "latents",
        lambda: {
            "mean": normal(256, 4, 32, 32),
            "log_variance": normal(256, 4, 32, 32),
        },
        "torch.distributions.kl_divergence",
        gaussian,
        2,
    ),
    Row(
        "diffusion_loss",
        "latents",
        lambda: {
            "input": normal(256, 4, 32, 32),
            "sample": normal(256, 4, 32, 32),
            "noise": normal(256, 4, 32, 32),
            "alpha_bar": torch.rand(256),
        },
        "torch.nn.functional.mse_loss",
        lambda input, sample, noise, alpha_bar: functional.mse_loss(
            input, noise
        ),
    ),
    Row(
        "flow_matching_loss",
        "latents",
        lambda: {
            "input": normal(256, 4, 32, 32),
            "sample": normal(256, 4, 32, 32),
            "noise": normal(256, 4, 32, 32),
        },
        "torch.nn.functional.mse_loss",
        lambda input, sample, noise: functional.mse_loss(input, noise - sample),
    ),
    Row(
        "si_sdr_loss",
        "mixtures",
        lambda: {
            "input": normal(6, 2, 24_000),
            "target": normal(6, 2, 24_000),
        },
        "auraloss.time.SISDRLoss",
        lambda input, target: made("auraloss.time", "SISDRLoss")(input, target),
    ),
    Row(
        "multi_resolution_stft_loss",
        "waveforms",
        lambda: {
            "input": 0.1 * normal(6, 25_600),
            "target": 0.1 * normal(6, 25_600),
        },
        "auraloss.freq.MultiResolutionSTFTLoss",
        lambda input, target: made("auraloss.freq", "MultiResolutionSTFTLoss")(
            input.unsqueeze(1), target.unsqueeze(1)
        ),
    ),
    Row(
        "clipped_policy_loss",
        "answers",
        lambda: {
            "log_prob": -normal(64, 1024).abs(),
            "old_log_prob": -normal(64, 1024).abs(),
            "advantage": normal(64),
            "mask": torch.rand(64, 1024) < 0.7,
        },
        "torch.min",
        lambda log_prob, old_log_prob, advantage, mask: (
            -(
                torch.min(
                    (ratio := (log_prob - old_log_prob).exp())
                    * advantage[:, None],
                    ratio.clamp(0.8, 1.2) * advantage[:, None],
                )
                * mask
            ).sum()
            / mask.sum()
        ),
    ),
]
