"""What `make bench` measures at the size of a step of training.

One `Row` a function: data of a published recipe's size, and what a user would
otherwise call, called as its users do. Arguments have the names of ours.
"""

import math
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial
from itertools import pairwise, permutations

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
            a probability is 0; "share": it can leave no pixel out; "unit": it
            takes embeddings of length 1; "root": its slope is nan at no error;
            "both": it is nan where both are constant; "mask": padding must be
            finite; "floor": it is nan where a variance is 0; "checks": it
            doesn't look at the intervals.
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
    "proxies": Recipe(
        "180 × 512, 11,318",
        "Proxy-Anchor",
        "https://github.com/tjddus9597/Proxy-Anchor-CVPR2020",
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
    "depths": Recipe(
        "4 × 1 × 480 × 640",
        "Depth Anything V2, NYU",
        "https://github.com/DepthAnything/Depth-Anything-V2/tree/main/"
        "metric_depth",
    ),
    "series": Recipe(
        "128 × 24 × 7",
        "pytorch-forecasting",
        "https://github.com/sktime/pytorch-forecasting",
    ),
    "worlds": Recipe(
        "32 × 16 × 5 × 32",
        "world-models",
        "https://github.com/ctallec/world-models/blob/master/trainmdrnn.py",
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
    "scores": Recipe(
        "12 × 1 × 256 × 256",
        "Real-ESRGAN",
        "https://github.com/xinntao/Real-ESRGAN/blob/master/options/"
        "train_realesrgan_x4plus.yml",
    ),
    "digits": Recipe(
        "50 × 1 × 28 × 28",
        "WGAN-GP",
        "https://github.com/igul222/improved_wgan_training/blob/master/"
        "gan_mnist.py",
    ),
    "codes": Recipe(
        "32 × 64 × 8 × 8",
        "VQ-VAE",
        "https://github.com/google-deepmind/sonnet/blob/v2/examples/"
        "vqvae_example.ipynb",
    ),
    "sources": Recipe(
        "6 × 3 × 3",
        "asteroid",
        "https://github.com/asteroid-team/asteroid/blob/master/egs/librimix/"
        "ConvTasNet/local/conf.yml",
    ),
    "utterances": Recipe(
        "4 × 75 × 16 × 1,025",
        "NeMo",
        "https://github.com/NVIDIA/NeMo/blob/main/examples/asr/conf/conformer/"
        "conformer_transducer_bpe.yaml",
    ),
    "bins": Recipe(
        "8,000 × 17",
        "GFL",
        "https://github.com/open-mmlab/mmdetection/blob/main/configs/gfl/"
        "gfl_r50_fpn_1x_coco.py",
    ),
    "centers": Recipe(
        "4 × 80 × 128 × 128",
        "CenterNet",
        "https://github.com/xingyizhou/CenterNet/blob/master/experiments/"
        "ctdet_coco_hg.sh",
    ),
    "queries": Recipe(
        "2 × 100 × 92",
        "DETR",
        "https://github.com/facebookresearch/detr/blob/main/main.py",
    ),
    "experts": Recipe(
        "8,192 × 8",
        "Mixtral",
        "https://github.com/huggingface/transformers/blob/main/src/"
        "transformers/models/mixtral/configuration_mixtral.py",
    ),
    "preferences": Recipe("64", "TRL", "https://github.com/huggingface/trl"),
    "clicks": Recipe(
        "2,048",
        "LightGCN",
        "https://github.com/gusye1234/LightGCN-PyTorch/blob/master/code/"
        "parse.py",
    ),
    "words": Recipe(
        "2,560 × 256, 8,192 samples",
        "PyTorch_GBW_LM",
        "https://github.com/rdspring1/PyTorch_GBW_LM/blob/master/lm/main.py",
    ),
    "skipgrams": Recipe(
        "4,096 × 300, 20 samples",
        "pytorch-sgns",
        "https://github.com/theeluwin/pytorch-sgns",
    ),
    "loads": Recipe(
        "16 × 96 × 321",
        "Time-Series-Library",
        "https://github.com/thuml/Time-Series-Library/tree/main/scripts/"
        "long_term_forecast/ECL_script",
    ),
    "patients": Recipe(
        "8,873 × 10",
        "pycox, SUPPORT",
        "https://github.com/havakv/pycox",
    ),
    "clouds": Recipe(
        "8 × 2,048 × 3",
        "PoinTr",
        "https://github.com/yuxumin/PoinTr",
    ),
    "domains": Recipe(
        "1,024 × 128",
        "transferlearning",
        "https://github.com/jindongwang/transferlearning",
    ),
    "warped": Recipe(
        "16 × 100 × 1",
        "DILATE",
        "https://github.com/vincent-leguen/DILATE",
    ),
    "features": Recipe(
        "64 × 1,024",
        "DINOv2",
        "https://github.com/facebookresearch/dinov2/blob/main/dinov2/configs/"
        "ssl_default_config.yaml",
    ),
    "texts": Recipe(
        "64 × 768",
        "Sentence Transformers",
        "https://github.com/huggingface/sentence-transformers/tree/main/"
        "examples/sentence_transformer/training",
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


def proxied(points: str = "proxies") -> Arguments:
    """Make embeddings of products, and a point for each of 11,318."""
    return {
        "input": normal(180, 512),
        points: normal(11_318, 512),
        "target": classes(11_318, 180),
    }


def drawn(count: int, rows: int, dim: int, *samples: int) -> Arguments:
    """Make hidden states, words, and samples, a few of which are targets."""
    return {
        "hidden": normal(rows, dim) / dim**0.5,
        "weight": normal(count, dim),
        "target": classes(count, rows),
        "samples": classes(count, *samples),
    }


def two(*shape: int, **options: object) -> Arguments:
    """Make predictions and targets of real numbers."""
    return {"input": normal(*shape), "target": normal(*shape)} | options


def ages() -> Arguments:
    """Make logits of the thresholds between 55 ages, and the ages."""
    return {"logits": normal(256, 54), "target": classes(55, 256)}


def lists(**options: float) -> Arguments:
    """Make scores of lists, and what is relevant."""
    return {
        "scores": normal(64, 200),
        "target": classes(5, 64, 200).float(),
    } | options


def orders() -> Arguments:
    """Make scores of lists, and orders without ties."""
    order = torch.rand(64, 200).argsort(-1)
    return {"scores": normal(64, 200), "target": order.float()}


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


def put(module: nn.Module, **tensors: Tensor) -> nn.Module:
    """Put our tensors, with their gradients, in the place of parameters."""
    for name, x in tensors.items():
        module._parameters.pop(name, None)
        setattr(module, name, x)
    return module


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
        return put(module, W=weight.T)(embeddings, target)

    return loss


def near(name: str, **options: float) -> Way:
    """Call a loss of pytorch_metric_learning with our proxies in it."""

    def loss(input: Tensor, proxies: Tensor, target: Tensor) -> Tensor:
        package = "pytorch_metric_learning.losses"
        module = made(package, name, 11_318, 512, **options)
        return put(module, proxies=proxies)(input, target)

    return loss


def centred(input: Tensor, centers: Tensor, target: Tensor) -> Tensor:
    """Do as pytorch-center-loss: all distances, then those that count."""
    n, c = len(input), len(centers)
    apart = input.pow(2).sum(1, keepdim=True).expand(n, c)
    apart = apart + centers.pow(2).sum(1, keepdim=True).expand(c, n).t()
    apart = apart.addmm(input, centers.t(), beta=1, alpha=-2)
    own = target.unsqueeze(1).eq(torch.arange(c, device=target.device))
    return (apart * own.float()).clamp(min=1e-12, max=1e12).sum() / n


def among(
    hidden: Tensor,
    weight: Tensor,
    target: Tensor,
    samples: Tensor,
    log_q: Tensor,
) -> Tensor:
    """Do as Transformer-XL's sample_logits, which has a bias too."""
    n = len(target)
    rows = functional.embedding(torch.cat([target, samples]), weight)
    own = torch.einsum("ij,ij->i", rows[:n], hidden) - log_q[target]
    others = torch.einsum("lk,ik->il", rows[n:], hidden) - log_q[samples]
    others = others.masked_fill(target.unsqueeze(1) == samples, -1e30)
    logits = torch.cat([own.unsqueeze(1), others], -1)
    return -logits.log_softmax(-1)[:, 0].mean()


def skipgrams(
    hidden: Tensor, weight: Tensor, target: Tensor, samples: Tensor
) -> Tensor:
    """Do as pytorch-sgns: hits are kept."""
    column = hidden.unsqueeze(2)
    own = functional.embedding(target, weight).unsqueeze(1)
    others = functional.embedding(samples, weight).neg()
    near = torch.bmm(own, column).squeeze(2).sigmoid().log().mean(1)
    far = torch.bmm(others, column).squeeze(2).sigmoid().log().sum(1)
    return -(near + far).mean()


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
    put(
        layer,
        transitions=transitions,
        start_transitions=start,
        end_transitions=end,
    )
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


def followed(*outputs: str, intervals: int = 0) -> Arguments:
    """Make outputs of a model of patients, and when they died, in weeks."""
    given = {name: normal(8873) for name in outputs}
    if intervals:
        given |= {"logits": normal(8873, intervals)}
        given |= {"interval": torch.randint(intervals, (8873,))}
    else:
        given |= {"time": torch.randint(1, 291, (8873,)).float()}
    return given | {"event": torch.rand(8873) < 0.68}


def lasted() -> Arguments:
    """Make scales of about a year and a half, and shapes near 1."""
    given = followed("log_scale", "log_shape")
    scale, shape = given["log_scale"] / 4 + 4, given["log_shape"] / 4
    return given | {"log_scale": scale, "log_shape": shape}


def nearest_points(input: Tensor, target: Tensor) -> Tensor:
    """Do as PyTorch3D, with all distances at once."""
    apart = torch.cdist(input, target).square()
    return (apart.amin(2).mean(1) + apart.amin(1).mean(1)).mean()


def matched(input: Tensor, target: Tensor, blur: float) -> Tensor:
    """Call SuperGlue's iterations, and cost what they move."""
    glue = theirs("transformers.models.superglue.modeling_superglue")

    def cost(x: Tensor, y: Tensor) -> Tensor:
        apart = torch.cdist(x, y).square().unsqueeze(0) / 2
        even = apart.new_full((1, len(x)), -math.log(len(x)))
        plan = glue.log_sinkhorn_iterations(-apart / blur**2, even, even, 50)
        entropy = plan + 2 * math.log(len(x))
        return (plan.exp() * (apart + blur**2 * entropy)).sum()

    own = cost(input, input) + cost(target, target)
    return cost(input, target) - own / 2


def kernels(input: Tensor, target: Tensor, bandwidths: tuple) -> Tensor:
    """Do as transferlearning: all pairs of both samples, then its quarters."""
    both, n = torch.cat([input, target]), len(input)
    apart = torch.cdist(both, both).square()
    kernel = sum((-apart / (2 * h * h)).exp() for h in bandwidths)
    kernel = kernel / len(bandwidths)
    same = kernel[:n, :n].mean() + kernel[n:, n:].mean()
    return same - 2 * kernel[:n, n:].mean()


def cell_by_cell(input: Tensor, target: Tensor, divergence: bool) -> Tensor:
    """Do as the loops that are passed round: a cell after the other."""
    apart = torch.cdist(input, target).square()
    r = {(-1, -1): apart.new_zeros(len(input))}
    for i, row in enumerate(apart.unbind(1)):
        for j, cost in enumerate(row.unbind(1)):
            before = ((i - 1, j), (i, j - 1), (i - 1, j - 1))
            ways = torch.stack([r[k] for k in before if k in r])
            r[i, j] = cost - (-ways).logsumexp(0)
    return r[i, j].mean()


def efron(log_hazard: Tensor, time: Tensor, event: Tensor) -> Tensor:
    """Call torchsurv's, whose mean is one of times, not of events."""
    module = theirs("torchsurv.loss.cox")
    with warnings.catch_warnings(action="ignore"):  # that there are ties
        loss = module.neg_partial_log_likelihood(
            log_hazard, event, time, reduction="sum"
        )
    return loss / event.sum()


def up_to(logits: Tensor, interval: Tensor, event: Tensor) -> Tensor:
    """Do as pycox: all binary cross entropies, summed up to the interval."""
    own = interval.view(-1, 1)
    target = torch.zeros_like(logits).scatter(1, own, event.float().view(-1, 1))
    each = functional.binary_cross_entropy_with_logits(
        logits, target, reduction="none"
    )
    return each.cumsum(1).gather(1, own).mean()


def lasting(
    log_scale: Tensor, log_shape: Tensor, time: Tensor, event: Tensor
) -> Tensor:
    """Call torch's distribution, and its cumulative hazard."""
    scale, shape = log_scale.exp(), log_shape.exp()
    seen = torch.distributions.Weibull(scale, shape).log_prob(time)
    later = -((time / scale) ** shape)
    return -torch.where(event, seen, later).mean()


def measured(*, disparity: bool = False) -> Arguments:
    """Make depths in metres, of which a tenth is not known."""
    depth = 1 + 9 * torch.rand(4, 1, 480, 640)
    known = torch.rand_like(depth) > 0.1
    given = {"input": 1 + 9 * torch.rand_like(depth)}
    if disparity:
        return given | {"target": 1 / depth, "mask": known}
    given |= {"target": depth * known}  # the batch as one image, as theirs
    return {name: x[None] for name, x in given.items()} | {"root": True}


def photographed() -> Arguments:
    """Make disparities, and the images that they are of."""
    return {
        "disparity": 0.1 + torch.rand(4, 1, 480, 640),
        "image": torch.rand(4, 3, 480, 640),
    }


def glpn(input: Tensor, target: Tensor, root: bool) -> Tensor:
    """Call transformers' loss: it has a root, always."""
    name = "transformers.models.glpn.modeling_glpn"
    return made(name, "SiLogLoss")(input, target)


def smooth(disparity: Tensor, image: Tensor) -> Tensor:
    """Call kornia's, the mean divided out as monodepth2 does."""
    mean = disparity.mean((2, 3), keepdim=True)
    loss = theirs("kornia.losses").inverse_depth_smoothness_loss
    return loss(disparity / (mean + 1e-7), image)


def midas(input: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Do as MiDaS's authors, in the image-based way: a closed form."""
    x, y, m = input.squeeze(1), target.squeeze(1), mask.squeeze(1).float()
    dims = (1, 2)
    square, line, n = (m * x * x).sum(dims), (m * x).sum(dims), m.sum(dims)
    both, other = (m * x * y).sum(dims), (m * y).sum(dims)
    det = square * n - line * line
    scale = (n * both - line * other) / det
    shift = (square * other - line * both) / det
    error = scale.view(-1, 1, 1) * x + shift.view(-1, 1, 1) - y
    loss = (m * error * error).sum(dims) / (2 * n)
    for step in (1, 2, 4, 8):
        e, k = error[:, ::step, ::step], m[:, ::step, ::step]
        e = e * k
        across = (e[:, :, 1:] - e[:, :, :-1]).abs() * (
            k[:, :, 1:] * k[:, :, :-1]
        )
        down = (e[:, 1:] - e[:, :-1]).abs() * (k[:, 1:] * k[:, :-1])
        rough = across.sum(dims) + down.sum(dims)
        loss = loss + 0.5 * rough / k.sum(dims)
    return loss.mean()


def gaussian(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Call torch's divergence of distributions."""
    normal = torch.distributions.Normal
    one = normal(mean, (0.5 * log_variance).exp())
    zero = normal(torch.zeros_like(mean), torch.ones_like(mean))
    return torch.distributions.kl_divergence(one, zero).flatten(1).sum(1).mean()


def gan_scores() -> Arguments:
    """Make what a discriminator says of each pixel."""
    return {
        "fake": normal(12, 1, 256, 256),
        "real": normal(12, 1, 256, 256),
    }


def patches(fake: Tensor, real: Tensor) -> Tensor:
    """Call MONAI's of either score, and halve as it says."""
    name, options = "PatchAdversarialLoss", {"no_activation_leastsq": True}
    loss = made("monai.losses", name, **options)
    return (loss(fake, False, True) + loss(real, True, True)) / 2


@cache
def critic() -> nn.Module:
    """Make the critic of WGAN-GP's digits: three convolutions."""
    layers = []
    for before, after in pairwise((1, 64, 128, 256)):
        convolution = nn.Conv2d(before, after, 5, stride=2, padding=2)
        layers += [convolution, nn.LeakyReLU(0.2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(4096, 1))


def slope_of(x: Tensor) -> Tensor:
    """Differentiate the critic's scores, so that this has a gradient too."""
    with torch.enable_grad():
        x = x if x.requires_grad else x.detach().requires_grad_()
        score = critic()(x).sum()
        return torch.autograd.grad(score, x, create_graph=True)[0]


def gradient_penalty(
    real: Tensor, fake: Tensor, alpha: Tensor, **_: object
) -> Tensor:
    """Do as WGAN-GP's port to torch: one norm a sample."""
    alpha = alpha.reshape(-1, 1, 1, 1)
    norm = slope_of(alpha * real + (1 - alpha) * fake).flatten(1).norm(2, dim=1)
    return 10 * ((norm - 1) ** 2).mean()


def squared_slope(sample: Tensor, **_: object) -> Tensor:
    """Do as StyleGAN2's port to torch."""
    return 10 / 2 * slope_of(sample).pow(2).flatten(1).sum(1).mean()


def factorial(pairwise: Tensor) -> Tensor:
    """Do as asteroid: try all permutations, by a product with each."""
    order = torch.tensor([*permutations(range(pairwise.shape[-1]))])
    each = functional.one_hot(order, order.shape[1]).to(pairwise.dtype)
    costs = torch.einsum("nij,pij->np", pairwise, each) / order.shape[1]
    return costs.min(1).values.mean()


def aligned(input: Tensor, target: Tensor) -> Tensor:
    """Do as mmdetection's IoULoss, of boxes in pairs."""
    size = input[:, 2:] - input[:, :2], target[:, 2:] - target[:, :2]
    corner = torch.max(input[:, :2], target[:, :2])
    both = (torch.min(input[:, 2:], target[:, 2:]) - corner).clamp(min=0)
    (one, other), both = (x[:, 0] * x[:, 1] for x in size), both.prod(1)
    return (1 - both / (one + other - both).clamp(min=1e-6)).mean()


def restored() -> Arguments:
    """Make images, and what is like them."""
    target = torch.rand(12, 3, 256, 256)
    noisy = (target + 0.1 * torch.randn_like(target)).clamp(0, 1)
    return {"input": noisy, "target": target}


def blurred(x: Tensor) -> Tensor:
    """Do as pytorch_msssim: a grouped convolution along each side."""
    taps = (-((torch.arange(11.0) - 5) ** 2) / (2 * 1.5**2)).exp()
    taps = (taps / taps.sum()).to(x.dtype).expand(x.shape[1], 1, 1, -1)
    x = functional.conv2d(x, taps.mT, groups=len(taps))
    return functional.conv2d(x, taps, groups=len(taps))


def alike(x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """Take SSIM of each channel, and its contrast and structure."""
    mean_x, mean_y = blurred(x), blurred(y)
    squares, product = mean_x.pow(2) + mean_y.pow(2), mean_x * mean_y
    spread = blurred(x * x) + blurred(y * y) - squares
    structure = 2 * (blurred(x * y) - product) + 0.03**2
    structure = structure / (spread + 0.03**2)
    both = (2 * product + 0.01**2) / (squares + 0.01**2) * structure
    return both.mean((2, 3)), structure.mean((2, 3))


def ms_ssim(input: Tensor, target: Tensor) -> Tensor:
    """Do as pytorch_msssim."""
    weights = torch.tensor([0.0448, 0.2856, 0.3001, 0.2363, 0.1333])
    x, y, found = input, target, []
    for scale in range(5):
        if scale:
            x, y = functional.avg_pool2d(x, 2), functional.avg_pool2d(y, 2)
        both, structure = alike(x, y)
        found.append(torch.relu(structure if scale < 4 else both))
    return 1 - (torch.stack(found, -1) ** weights).prod(-1).mean()


def rated(log_mean: Tensor, target: Tensor) -> Tensor:
    """Do as pytorch-forecasting's TweedieLoss."""
    gain = target * torch.exp(-0.5 * log_mean) / -0.5
    return (torch.exp(0.5 * log_mean) / 0.5 - gain).mean()


def answers(*names: str) -> Arguments:
    """Make numbers of 64 answers' tokens; those after its end don't count."""
    return {name: -normal(64, 1024).abs() for name in names} | {
        "mask": torch.arange(1024) < torch.randint(400, 1025, (64, 1))
    }


def sampled() -> Arguments:
    """Make log-probabilities of answers' tokens, nearly alike."""
    given = answers("log_prob")
    old = given["log_prob"] + 0.1 * normal(64, 1024)
    return given | {"old_log_prob": old, "advantage": normal(64)}


def liger_grpo(kind: str, **options: object) -> Way:
    """Call Liger's, without the product before it."""

    def loss(
        log_prob: Tensor, old_log_prob: Tensor, advantage: Tensor, mask: Tensor
    ) -> Tensor:
        module = theirs("liger_kernel.chunked_loss.grpo_loss")
        ours = module.LigerFusedLinearGRPOFunction.ppo_loss_fn
        counts = mask.to(log_prob.dtype)
        return ours(
            log_prob,
            counts,
            advantage,
            counts,
            old_per_token_logps=old_log_prob,
            beta=0.0,
            loss_type=kind,
            **options,
        )[0]

    return loss


def k3(log_prob: Tensor, reference_log_prob: Tensor, mask: Tensor) -> Tensor:
    """Do as TRL's GRPO."""
    d = reference_log_prob - log_prob
    return ((torch.exp(d) - d - 1) * mask).sum() / mask.sum()


def clipped_value(
    value: Tensor, old_value: Tensor, returns: Tensor, mask: Tensor
) -> Tensor:
    """Do as TRL's PPO."""
    near = torch.clamp(value, old_value - 0.2, old_value + 0.2)
    worse = torch.max((value - returns).square(), (near - returns).square())
    return 0.5 * (worse * mask).sum() / mask.sum()


def judged(*names: str) -> Arguments:
    """Make log-probabilities of 64 answers."""
    return {name: -50 * torch.rand(64) for name in names}


PAIRS = [
    f"{model}_{answer}"
    for model in ("policy", "reference")
    for answer in ("chosen", "rejected")
]


def liger(name: str, **options: object) -> Way:
    """Call Liger's loss of pairs, without the product before it."""

    def loss(**named: Tensor) -> Tensor:
        module = theirs(f"liger_kernel.chunked_loss.{name.lower()}_loss")
        ours = getattr(module, f"LigerFusedLinear{name}Function")
        chosen, rejected, *reference = named.values()
        both = chosen.new_zeros(2 * len(chosen))  # it reads how many
        if reference:
            given = both, *reference
            return ours.preference_loss_fn(
                chosen, rejected, *given, beta=0.1, **options
            )[0]
        return ours.preference_loss_fn(chosen, rejected, both, **options)[0]

    return loss


def liger_kto(
    policy: Tensor, reference: Tensor, desirable: Tensor, kl: Tensor
) -> Tensor:
    """Call Liger's loss of answers, without the product before it."""
    module = theirs("liger_kernel.chunked_loss.kto_loss")
    ours = module.LigerFusedLinearKTOFunction.preference_loss_fn
    return ours(policy, desirable, policy, reference, beta=0.1, kl=kl)[0]


def identity(
    policy_chosen: Tensor,
    policy_rejected: Tensor,
    reference_chosen: Tensor,
    reference_rejected: Tensor,
) -> Tensor:
    """Do as TRL's DPO with loss_type="ipo"."""
    lead = policy_chosen - policy_rejected
    lead = lead - (reference_chosen - reference_rejected)
    return ((lead - 1 / (2 * 0.1)) ** 2).mean()


def beta_nll(mean: Tensor, var: Tensor, target: Tensor) -> Tensor:
    """Do as the authors of beta-NLL."""
    loss = 0.5 * ((target - mean) ** 2 / var + var.log())
    return (loss * var.detach() ** 0.5).mean()


def tailed() -> Arguments:
    """Make three numbers a step of a series, as for Student's t."""
    given = {"df": 2 + torch.rand(128, 24, 7), "loc": normal(128, 24, 7)}
    return given | {
        "scale": 0.1 + torch.rand(128, 24, 7),
        "target": normal(128, 24, 7),
    }


def student(df: Tensor, loc: Tensor, scale: Tensor, target: Tensor) -> Tensor:
    """Call torch's distribution."""
    t = torch.distributions.StudentT(df, loc, scale)
    return -t.log_prob(target).mean()


def remembered() -> Arguments:
    """Make 5 components of 32 numbers, a step of an MDN-RNN."""
    return {
        "logits": normal(32, 16, 5),
        "mean": normal(32, 16, 5, 32),
        "std": 0.1 + torch.rand(32, 16, 5, 32),
        "target": normal(32, 16, 32),
    }


def mixture(
    logits: Tensor, mean: Tensor, std: Tensor, target: Tensor
) -> Tensor:
    """Call torch's distribution."""
    make = torch.distributions
    parts = make.Independent(make.Normal(mean, std), 1)
    weights = make.Categorical(logits=logits)
    return -make.MixtureSameFamily(weights, parts).log_prob(target).mean()


def varifocal(logits: Tensor, target: Tensor) -> Tensor:
    """Do as mmdetection's VarifocalLoss."""
    off = (logits.sigmoid() - target).abs().pow(2.0)
    weight = target * (target > 0).float() + 0.75 * off * (target <= 0).float()
    loss = functional.binary_cross_entropy_with_logits(
        logits, target, reduction="none"
    )
    return (loss * weight).mean()


def two_bins(logits: Tensor, target: Tensor) -> Tensor:
    """Do as mmdetection's DistributionFocalLoss."""
    left = target.long()
    near = functional.cross_entropy(logits, left, reduction="none")
    far = functional.cross_entropy(logits, left + 1, reduction="none")
    return (near * (left + 1 - target) + far * (target - left)).mean()


def centers() -> Arguments:
    """Make logits of 80 classes' centers, and the map of them."""
    target = torch.rand(4, 80, 128, 128) ** 16
    peaks = torch.rand(4, 80, 128, 128) < 1e-5
    return {
        "logits": normal(4, 80, 128, 128) - 2.19,
        "target": target.masked_fill(peaks, 1.0),
    }


def penalty_reduced(logits: Tensor, target: Tensor) -> Tensor:
    """Do as CenterNet's FocalLoss."""
    p = logits.sigmoid().clamp(1e-4, 1 - 1e-4)
    peak, other = target.eq(1).float(), target.lt(1).float()
    spared = torch.pow(1 - target, 4)
    found = torch.log(p) * torch.pow(1 - p, 2) * peak
    missed = torch.log(1 - p) * torch.pow(p, 2) * spared * other
    return -(found.sum() + missed.sum()) / peak.sum()


def detected() -> Arguments:
    """Make 100 predictions of two images, and seven objects of each."""
    size = 0.05 + 0.3 * torch.rand(2, 107, 2)
    boxes = torch.cat([0.2 + 0.6 * torch.rand(2, 107, 2), size], 2)
    return {
        "logits": normal(2, 100, 92),
        "boxes": boxes[:, :100].contiguous(),
        "labels": classes(91, 2, 7),
        "target_boxes": boxes[:, 100:].contiguous(),
        "match": torch.rand(2, 100).argsort(1)[:, :7],
    }


def detr(
    logits: Tensor,
    boxes: Tensor,
    labels: Tensor,
    target_boxes: Tensor,
    match: Tensor,
) -> Tensor:
    """Call transformers' criterion of DETR, matched already."""
    package, parts = "transformers.loss.loss_for_object_detection", ("labels",)
    module = made(package, "ImageLoss", None, 91, 0.1, parts)
    outputs = {"logits": logits, "pred_boxes": boxes}
    pairs = zip(labels, target_boxes, strict=True)
    targets = [{"class_labels": y, "boxes": box} for y, box in pairs]
    given = (
        outputs,
        targets,
        [(query, torch.arange(len(query))) for query in match],
        labels.numel(),
    )
    found = module.loss_labels(*given) | module.loss_boxes(*given)
    box = 5 * found["loss_bbox"] + 2 * found["loss_giou"]
    return found["loss_ce"] + box


def spoken() -> Arguments:
    """Make scores of frames and labels, and both lengths."""
    return {
        "logits": normal(4, 75, 16, 1025),
        "target": 1 + classes(1024, 4, 15),
        "input_lengths": torch.tensor([75, 70, 62, 51]),
        "target_lengths": torch.tensor([15, 13, 15, 9]),
    }


def by_frames(
    logits: Tensor,
    target: Tensor,
    input_lengths: Tensor,
    target_lengths: Tensor,
) -> Tensor:
    """Go frame by frame, all labels of a frame in one cumulative sum."""
    log_p = logits.log_softmax(-1)
    index = target[:, None, :, None].expand(-1, logits.shape[1], -1, -1)
    label = log_p[:, :, :-1].gather(3, index).squeeze(3)
    label = functional.pad(label.cumsum(2), (1, 0))
    blank = log_p[..., 0]
    paths = [label[:, 0]]
    for t in range(1, logits.shape[1]):
        come = paths[-1] + blank[:, t - 1] - label[:, t]
        paths.append(label[:, t] + come.logcumsumexp(1))
    ends = torch.stack(paths, 1) + blank
    n = torch.arange(len(logits))
    return -ends[n, input_lengths - 1, target_lengths].mean()


def routed() -> Arguments:
    """Make a router's logits."""
    return {"router_logits": normal(8192, 8)}


def mixtral(router_logits: Tensor) -> Tensor:
    """Call transformers' loss of Mixtral, of one layer."""
    module = theirs("transformers.models.mixtral.modeling_mixtral")
    return module.load_balancing_loss_func((router_logits,), 8, 2)


def forecast(**options: object) -> Arguments:
    """Make forecasts of loads above 0, and the loads."""
    target = 1 + torch.rand(16, 96, 321)
    noisy = target + 0.1 * torch.randn_like(target)
    return {"input": noisy, "target": target} | options


def concordance(input: Tensor, target: Tensor) -> Tensor:
    """Do as torchmetrics: Lin's formula, by means."""
    x, y = input.mean(0), target.mean(0)
    a, b = input - x, target - y
    below = (a * a).mean(0) + (b * b).mean(0) + (x - y) ** 2
    return (1 - 2 * (a * b).mean(0) / below).mean()


def nearest(input: Tensor) -> Tensor:
    """Do as DINOv2's KoLeoLoss."""
    x = functional.normalize(input, eps=1e-8)
    with torch.no_grad():
        dots = (x @ x.T).fill_diagonal_(-1)
        index = dots.max(1).indices
    apart = functional.pairwise_distance(x, x[index], eps=1e-8)
    return -torch.log(apart + 1e-8).mean()


def texts(*names: str) -> Arguments:
    """Make embeddings of texts."""
    return {name: normal(64, 768) for name in names}


def scored() -> Arguments:
    """Make embeddings of pairs of texts, and how alike they are."""
    return texts("input", "other") | {"score": 5 * torch.rand(64)}


def ordered(similarity: Tensor, score: Tensor) -> Tensor:
    """Do as Sentence Transformers' CoSENTLoss, of similarities."""
    similarity = 20 * similarity
    apart = similarity[:, None] - similarity[None, :]
    wanted = (score[:, None] < score[None, :]).to(apart.dtype)
    apart = (apart - (1 - wanted) * 1e12).flatten()
    return torch.logsumexp(torch.cat([apart.new_zeros(1), apart]), 0)


def cosent(input: Tensor, other: Tensor, score: Tensor) -> Tensor:
    """Do as Sentence Transformers' CoSENTLoss."""
    x, y = functional.normalize(input), functional.normalize(other)
    return ordered((x * y).sum(-1), score)


def angle(input: Tensor, other: Tensor, score: Tensor) -> Tensor:
    """Do as Sentence Transformers' AnglELoss."""
    (a, b), (c, d) = input.chunk(2, 1), other.chunk(2, 1)
    z = (c**2 + d**2).sum(1, keepdim=True)
    re, im = (a * c + b * d) / z, (b * c - a * d) / z
    size = (a**2 + b**2).sum(1, keepdim=True) ** 0.5
    size = size / (c**2 + d**2).sum(1, keepdim=True) ** 0.5
    turned = torch.cat([re / size, im / size], 1)
    return ordered(turned.sum(1).abs(), score)


def margins(
    query: Tensor, positive: Tensor, negative: Tensor, teacher_margin: Tensor
) -> Tensor:
    """Do as Sentence Transformers' MarginMSELoss."""
    near, far = (query * positive).sum(-1), (query * negative).sum(-1)
    return functional.mse_loss(near - far, teacher_margin)


MONAI = "monai.losses."
KL = "torch.nn.functional.kl_div"
LIGER = "liger_kernel.chunked_loss.LigerFusedLinear"
WITHOUT = {
    "chunked_linear_cross_entropy": "a table of its own: tests.bench.SIZES",
    "class_balanced_weight": "weights, made once before training",
    "crf_decode": "predicts, without a gradient",
    "group_advantage": "advantages, without a gradient",
    "matching_cost": "a cost for scipy's matching, without a gradient",
    "min_snr_weight": "weights, without a gradient",
}
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
        less="unit",
    ),
    Row(
        "siglip_loss",
        "pairs",
        partial(captioned, logit_scale=10.0, logit_bias=-10.0),
        "open_clip.loss.SigLipLoss",
        siglip,
        4,
        lambda image, text, *_: products(image, text),
        less="unit",
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
        "proxy_anchor_loss",
        "proxies",
        proxied,
        f"{LEARNING}ProxyAnchorLoss",
        near("ProxyAnchorLoss"),
        2,
        products,
    ),
    Row(
        "proxy_nca_loss",
        "proxies",
        proxied,
        f"{LEARNING}ProxyNCALoss",
        near("ProxyNCALoss", softmax_scale=9),
        2,
        products,
    ),
    Row(
        "center_loss",
        "proxies",
        partial(proxied, "centers"),
        "torch.addmm",
        centred,
        2,
        apart="it does not halve",
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
        "listmle_loss",
        "lists",
        orders,
        "allrank.models.losses.listMLE",
        allrank("listMLE"),
    ),
    Row(
        "approx_ndcg_loss",
        "lists",
        partial(lists, temperature=1.0),
        "allrank.models.losses.approxNDCGLoss",
        lambda scores, target, temperature: (
            1 + allrank("approxNDCGLoss", alpha=1 / temperature)(scores, target)
        ),
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
        "general_robust_loss",
        "pixels",
        partial(two, 12, 3, 256, 256),
        "kornia.losses.charbonnier_loss",
        lambda input, target: theirs("kornia.losses").charbonnier_loss(
            input, target, reduction="mean"
        ),
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
        "student_t_nll",
        "series",
        tailed,
        "torch.distributions.StudentT",
        student,
        3,
    ),
    Row(
        "gaussian_mixture_nll",
        "worlds",
        remembered,
        "torch.distributions.MixtureSameFamily",
        mixture,
        3,
    ),
    Row(
        "topk_cross_entropy",
        "masks",
        partial(masks, index=True),
        "torch.topk",
        topk,
        less="share",
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
        "cox_ph_loss",
        "patients",
        partial(followed, "log_hazard"),
        "torchsurv.loss.cox.neg_partial_log_likelihood",
        efron,
    ),
    Row(
        "discrete_hazard_nll",
        "patients",
        partial(followed, intervals=10),
        "torch.nn.functional.binary_cross_entropy_with_logits",
        up_to,
        less="checks",
    ),
    Row(
        "weibull_nll",
        "patients",
        lasted,
        "torch.distributions.Weibull",
        lasting,
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
            **answers("log_prob", "old_log_prob"),
            "advantage": normal(64),
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
    Row(
        "hinge_gan_loss",
        "scores",
        gan_scores,
        "torch.nn.functional.relu",
        lambda fake, real: (
            functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
        ),
        2,
    ),
    Row(
        "lsgan_loss",
        "scores",
        gan_scores,
        f"{MONAI}PatchAdversarialLoss",
        patches,
        2,
    ),
    Row(
        "nonsaturating_gan_loss",
        "scores",
        gan_scores,
        "torchgan.losses.functional.minimax_discriminator_loss",
        lambda fake, real: theirs(
            "torchgan.losses.functional"
        ).minimax_discriminator_loss(real, fake),
        2,
    ),
    Row(
        "wgan_gradient_penalty",
        "digits",
        lambda: {
            "real": torch.rand(50, 1, 28, 28),
            "fake": torch.rand(50, 1, 28, 28),
            "alpha": torch.rand(50),
            "critic": critic(),
        },
        "torch.autograd.grad",
        gradient_penalty,
        1,
        slope_of,
    ),
    Row(
        "r1_penalty",
        "digits",
        lambda: {"sample": torch.rand(50, 1, 28, 28), "critic": critic()},
        "torch.autograd.grad",
        squared_slope,
        1,
        slope_of,
    ),
    Row(
        "vq_loss",
        "codes",
        lambda: {
            "encoded": normal(32, 64, 8, 8),
            "code": normal(32, 64, 8, 8),
        },
        "torch.nn.functional.mse_loss",
        lambda encoded, code: (
            functional.mse_loss(code, encoded.detach())
            + 0.25 * functional.mse_loss(encoded, code.detach())
        ),
        2,
    ),
    Row(
        "ssim_loss",
        "pixels",
        restored,
        "torch.nn.functional.conv2d",
        lambda input, target: 1 - alike(input, target)[0].mean(),
    ),
    Row(
        "ms_ssim_loss",
        "pixels",
        restored,
        "torch.nn.functional.conv2d",
        ms_ssim,
    ),
    Row(
        "total_variation_loss",
        "pixels",
        lambda: {"input": normal(12, 3, 256, 256), "reduction": "sum"},
        "kornia.losses.total_variation",
        lambda input, reduction: (
            theirs("kornia.losses").total_variation(input).sum()
        ),
    ),
    Row(
        "silog_loss",
        "depths",
        measured,
        "transformers.models.glpn.modeling_glpn.SiLogLoss",
        glpn,
        less="root",
    ),
    Row(
        "edge_aware_smoothness_loss",
        "depths",
        photographed,
        "kornia.losses.inverse_depth_smoothness_loss",
        smooth,
    ),
    Row(
        "scale_shift_invariant_loss",
        "depths",
        partial(measured, disparity=True),
        "torch",
        midas,
        less="mask",
    ),
    Row(
        "pit_loss",
        "sources",
        lambda: {"pairwise": normal(6, 3, 3)},
        "torch.einsum",
        factorial,
    ),
    Row(
        "rnnt_loss",
        "utterances",
        spoken,
        "torch.logcumsumexp",
        by_frames,
        compiled=False,
    ),
    Row("iou_loss", "boxes", boxes, "torch.max", aligned),
    Row(
        "varifocal_loss",
        "anchors",
        lambda: (
            (given := binary(2, 20_000, 80))
            | {"target": given["target"] * torch.rand(2, 20_000, 80)}
        ),
        "torch.nn.functional.binary_cross_entropy_with_logits",
        varifocal,
    ),
    Row(
        "distribution_focal_loss",
        "bins",
        lambda: {
            "logits": normal(8000, 17),
            "target": 15.99 * torch.rand(8000),
        },
        "torch.nn.functional.cross_entropy",
        two_bins,
    ),
    Row(
        "gaussian_focal_loss",
        "centers",
        centers,
        "torch.log",
        penalty_reduced,
    ),
    Row(
        "set_prediction_loss",
        "queries",
        detected,
        "transformers.loss.loss_for_object_detection.ImageLoss",
        detr,
        2,
    ),
    Row(
        "zlpr_loss",
        "tags",
        partial(binary, 128, 9605),
        "timm.loss.ZlprLoss",
        lambda logits, target: made("timm.loss", "ZlprLoss")(logits, target),
    ),
    Row(
        "load_balancing_loss",
        "experts",
        routed,
        "transformers.models.mixtral.modeling_mixtral.load_balancing_loss_func",
        mixtral,
    ),
    Row(
        "sequence_policy_loss",
        "answers",
        sampled,
        f"{LIGER}GRPOLoss",
        liger_grpo(
            "grpo",
            epsilon_low=3e-4,
            epsilon_high=4e-4,
            importance_sampling_level="sequence",
        ),
    ),
    Row(
        "cispo_loss",
        "answers",
        sampled,
        f"{LIGER}GRPOLoss",
        liger_grpo("cispo", epsilon_high=5.0),
    ),
    Row(
        "kl_penalty",
        "answers",
        lambda: answers("log_prob", "reference_log_prob"),
        "torch.exp",
        k3,
        less="mask",
    ),
    Row(
        "clipped_value_loss",
        "answers",
        lambda: answers("value", "old_value", "returns"),
        "torch.max",
        clipped_value,
    ),
    Row(
        "dpo_loss",
        "preferences",
        lambda: judged(*PAIRS),
        f"{LIGER}DPOLoss",
        liger("DPO"),
        2,
    ),
    Row(
        "ipo_loss",
        "preferences",
        lambda: judged(*PAIRS),
        "torch",
        identity,
        2,
    ),
    Row(
        "apo_loss",
        "preferences",
        lambda: judged(*PAIRS),
        f"{LIGER}DPOLoss",
        liger("DPO", loss_type="apo_zero"),
        2,
    ),
    Row(
        "kto_loss",
        "preferences",
        lambda: (
            judged("policy", "reference")
            | {"desirable": torch.rand(64) < 0.5, "kl": torch.tensor(0.5)}
        ),
        f"{LIGER}KTOLoss",
        liger_kto,
    ),
    Row(
        "orpo_loss",
        "preferences",
        lambda: {"chosen": -torch.rand(64), "rejected": -torch.rand(64)},
        f"{LIGER}ORPOLoss",
        liger("ORPO", beta=0.1),
        2,
    ),
    Row(
        "simpo_loss",
        "preferences",
        lambda: {"chosen": -torch.rand(64), "rejected": -torch.rand(64)},
        f"{LIGER}SimPOLoss",
        liger("SimPO", beta=2.0, gamma=0.5),
        2,
    ),
    Row(
        "reward_model_loss",
        "preferences",
        lambda: {"chosen": normal(64), "rejected": normal(64)},
        "torch.nn.functional.logsigmoid",
        lambda chosen, rejected: (
            -functional.logsigmoid(chosen - rejected).mean()
        ),
        2,
    ),
    Row(
        "bpr_loss",
        "clicks",
        lambda: {"positive": normal(2048), "negative": normal(2048)},
        "torch.nn.functional.softplus",
        lambda positive, negative: functional.softplus(
            negative - positive
        ).mean(),
        2,
    ),
    Row(
        "sampled_softmax_loss",
        "words",
        lambda: (
            drawn(100_000, 2560, 256, 8192)
            | {"log_q": torch.rand(100_000).log()}
        ),
        "torch.log_softmax",
        among,
        2,
        lambda hidden, weight: products(hidden, weight[:8192]),
    ),
    Row(
        "negative_sampling_loss",
        "skipgrams",
        lambda: drawn(20_000, 4096, 300, 4096, 20) | {"remove_hits": False},
        "torch.bmm",
        lambda remove_hits, **given: skipgrams(**given),
        2,
    ),
    Row(
        "tweedie_loss",
        "series",
        partial(counted, "log_mean"),
        "torch.exp",
        rated,
        apart="it leaves out what depends on the target alone",
    ),
    Row(
        "beta_nll_loss",
        "series",
        lambda: {
            "mean": normal(128, 24, 7),
            "var": 0.1 + torch.rand(128, 24, 7),
            "target": normal(128, 24, 7),
        },
        "torch.log",
        beta_nll,
        2,
        less="floor",
    ),
    Row(
        "rmse_loss",
        "loads",
        forecast,
        "torch.nn.functional.mse_loss",
        lambda input, target: functional.mse_loss(input, target).sqrt(),
        less="root",
    ),
    Row(
        "msle_loss",
        "loads",
        forecast,
        "torch.log1p",
        lambda input, target: functional.mse_loss(
            input.log1p(), target.log1p()
        ),
    ),
    Row(
        "mape_loss",
        "loads",
        forecast,
        "torch.abs",
        lambda input, target: (
            (input - target).abs() / (target.abs() + 1e-8)
        ).mean(),
    ),
    Row(
        "smape_loss",
        "loads",
        forecast,
        "torch.abs",
        lambda input, target: (
            2 * (input - target).abs() / (input.abs() + target.abs() + 1e-8)
        ).mean(),
    ),
    Row(
        "ccc_loss",
        "loads",
        forecast,
        "torch.mean",
        concordance,
        less="both",
    ),
    Row(
        "chamfer_loss",
        "clouds",
        partial(two, 8, 2048, 3),
        "torch.cdist",
        nearest_points,
    ),
    Row(
        "sinkhorn_loss",
        "domains",
        lambda: two(1024, 128) | {"blur": 10.0},
        "transformers.models.superglue",
        matched,
    ),
    Row(
        "mmd_loss",
        "domains",
        lambda: {
            "input": normal(1024, 128),
            "target": normal(1024, 128) + 0.5,
            "bandwidths": (4.0, 8.0, 16.0, 32.0, 64.0),
        },
        "torch.cdist",
        kernels,
    ),
    Row(
        "soft_dtw_loss",
        "warped",
        lambda: two(16, 100, 1) | {"divergence": False},
        "torch.logsumexp",
        cell_by_cell,
        compiled=False,
    ),
    Row(
        "koleo_loss",
        "features",
        lambda: {"input": normal(64, 1024)},
        "torch.nn.functional.pairwise_distance",
        nearest,
        1,
        lambda x: x @ x.T,
    ),
    Row(
        "cosent_loss",
        "texts",
        scored,
        "torch.logsumexp",
        cosent,
        2,
    ),
    Row(
        "angle_loss",
        "texts",
        scored,
        "torch.logsumexp",
        angle,
        2,
    ),
    Row(
        "margin_mse_loss",
        "texts",
        lambda: (
            texts("query", "positive", "negative")
            | {"teacher_margin": normal(64)}
        ),
        "torch.nn.functional.mse_loss",
        margins,
        3,
    ),
]
