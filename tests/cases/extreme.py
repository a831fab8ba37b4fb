"""Arguments of extreme, and what proves it."""

import math
from itertools import product

import torch
from extreme import negative_sampling_loss, sampled_softmax_loss
from torch import Tensor
from torch.nn import functional

from tests.cases._common import (
    reduce_counted,
    slopes,
    turned,
    unchanged,
)
from tests.draws import Arguments, Draw
from tests.oracles import optax
from tests.proofs import Loss, Pair, Proof, Same


def drawn(draw: Draw) -> tuple[Arguments, int]:
    """Draw what both losses take: some samples are a row's target."""
    ignore = draw.choose(-100, 0)
    shape = draw.choose((4,), (draw.n, 4))
    left_out = torch.rand(draw.n, 4, generator=draw.g) < 0.3
    return {
        "hidden": draw.real(draw.n, 3),
        "weight": draw.real(draw.c, 3) / draw.scale,
        "target": draw.classes(ignore),
        "samples": torch.randint(draw.c, shape, generator=draw.g),
        "bias": draw.real(draw.c),
        "exclude": draw.choose(None, left_out),
        "log_q": draw.choose(None, draw.real(draw.c)),
    }, ignore


def softmax_arguments(draw: Draw) -> Arguments:
    """Draw arguments of sampled_softmax_loss."""
    given, ignore = drawn(draw)
    return given | {
        "correct_target": draw.choose(True, False),
        "remove_hits": draw.choose(True, False),
        "ignore_index": ignore,
        "reduction": draw.reduction(),
    }


def negative_arguments(draw: Draw) -> Arguments:
    """Draw arguments of negative_sampling_loss."""
    given = softmax_arguments(draw)
    del given["correct_target"]
    return given


def moderate(draw: Draw) -> Arguments:
    """Draw logits whose differences have all digits."""
    draw.scale = min(draw.scale, 30)
    return softmax_arguments(draw)


def moderate_negative(draw: Draw) -> Arguments:
    """Draw the same for negative_sampling_loss."""
    draw.scale = min(draw.scale, 30)
    return negative_arguments(draw)


def every_logit(given: Arguments) -> Tensor:
    """Compute the logits of all classes."""
    return functional.linear(given["hidden"], given["weight"], given["bias"])


def candidates(
    given: Arguments, *, correct_target: bool = True
) -> tuple[Tensor, Tensor]:
    """List logits of the target and of samples, and which count."""
    y = given["target"]
    y = y.where(y != given["ignore_index"], 0).unsqueeze(1)
    s = given["samples"].expand(len(y), -1)
    x = every_logit(given)
    q = given["log_q"]
    q = torch.zeros(x.shape[1]).double() if q is None else q
    own = x.gather(1, y) - (q[y] if correct_target else 0)
    counts = torch.ones(s.shape, dtype=torch.bool)
    if given["remove_hits"]:
        counts = s != y
    if given["exclude"] is not None:
        counts = counts & ~given["exclude"]
    others = (x - q).gather(1, s)
    kept = torch.cat([torch.ones_like(y, dtype=torch.bool), counts], 1)
    return torch.cat([own, others], 1), kept


def reduced(each: Tensor, given: Arguments) -> Tensor:
    """Reduce what an oracle gives row by row."""
    ignore = given["ignore_index"]
    return reduce_counted(each, given["target"], ignore, given["reduction"])


def softmax_of_optax(**given: object) -> Tensor:
    """Call optax's cross entropy on the candidates; those removed are -inf."""
    correct = given["correct_target"]
    logits, kept = candidates(given, correct_target=correct)
    logits = logits.masked_fill(~kept, -torch.inf)
    first = torch.zeros(len(logits), dtype=torch.int64)
    name = "softmax_cross_entropy_with_integer_labels"
    return reduced(optax(name, logits, first), given)


def sigmoid_of_optax(**given: object) -> Tensor:
    """Call optax's binary cross entropy on each candidate."""
    logits, kept = candidates(given)
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1
    each = optax("sigmoid_binary_cross_entropy", logits, labels)
    return reduced((each * kept).sum(1), given)


def every_class(given: Arguments) -> Pair:
    """Draw each class once, and correct nothing."""
    c = len(given["weight"])
    given = given | {"samples": torch.arange(c).flip(0), "log_q": None}
    given |= {"remove_hits": True, "exclude": None}
    return sampled_softmax_loss(**given), functional.cross_entropy(
        every_logit(given),
        given["target"],
        ignore_index=given["ignore_index"],
        reduction=given["reduction"],
    )


def twice(given: Arguments) -> Pair:
    """Keep the hit among all classes: the target counts twice."""
    c = len(given["weight"])
    given = given | {"samples": torch.arange(c), "log_q": None}
    given |= {"remove_hits": False, "reduction": "none", "exclude": None}
    x, seen = every_logit(given), given["target"] != given["ignore_index"]
    own = x.gather(1, given["target"].where(seen, 0).unsqueeze(1))
    loss = torch.cat([own, x], 1).logsumexp(1) - own.squeeze(1)
    return sampled_softmax_loss(**given), loss.where(seen, 0)


def in_batch(given: Arguments) -> Pair:
    """Take the targets of the batch, each row's own once, as TFRS does."""
    y = given["target"].where(given["target"] != given["ignore_index"], 0)
    eye = torch.eye(len(y), dtype=torch.bool)
    given = given | {"target": y, "samples": y, "ignore_index": -100}
    given |= {"correct_target": True, "remove_hits": False, "exclude": eye}
    given |= {"reduction": "sum"}
    q = given["log_q"]
    x = every_logit(given) - (0 if q is None else q)
    loss = functional.cross_entropy(
        x[:, y], torch.arange(len(y)), reduction="sum"
    )
    return sampled_softmax_loss(**given), loss


def all_batches(given: Arguments) -> Pair:
    """Take all batches of three, users of two kinds: no gradient if right."""
    both = given["bias"], given["log_q"]
    both = torch.stack([x if x is not None else both[0] ** 2 for x in both])
    truth = (both / 3).clamp(-3, 3).log_softmax(1)[:, :3]
    truth = truth.log_softmax(1)
    c = truth.shape[1]
    log_q = truth.logsumexp(0) - math.log(2)
    score = truth.mT.clone().requires_grad_()
    pairs = tuples(2 * c, 3)
    user, y = pairs // c, pairs % c
    loss = sampled_softmax_loss(
        torch.eye(2).double()[user.flatten()],
        score,
        y.flatten(),
        y.repeat_interleave(3, 0),  # of each batch, for each of its rows
        exclude=torch.eye(3, dtype=torch.bool).repeat(len(y), 1),
        log_q=log_q,
        remove_hits=False,
        reduction="none",
    )
    chance = truth[user, y].sum(1).exp() / 8
    total = (chance * loss.view(-1, 3).mean(1)).sum()
    (found,) = torch.autograd.grad(total, score)
    return found, torch.zeros_like(found)


def tuples(c: int, size: int) -> Tensor:
    """List all draws with replacement."""
    return torch.tensor([*product(range(c), repeat=size)])


def right_model(given: Arguments) -> tuple[Tensor, Tensor]:
    """Take a distribution of classes, and one that draws them."""
    x = every_logit(given)[0].clamp(-8, 8)
    return x.log_softmax(0), (given["bias"] / 9).clamp(-2, 2).log_softmax(0)


def in_expectation(given: Arguments) -> Pair:
    """Average over all draws of two: the odds are those of all classes."""
    x, log_q = right_model(given)
    draws = tuples(len(x), 2)
    y = torch.full((len(draws),), len(x) - 1)
    loss = sampled_softmax_loss(
        torch.ones(len(draws), 1).double(),
        x.unsqueeze(1),
        y,
        draws,
        log_q=log_q + math.log(2),
        correct_target=False,
        reduction="none",
    )
    chance = log_q[draws].sum(1).exp()
    full = functional.cross_entropy(x, y[0])
    return (chance * loss.expm1()).sum(), full.expm1()


def of_all_draws(
    loss: Loss,
    x: Tensor,
    log_chance: Tensor,
    size: int,
    *,
    truth: Tensor,
    **options: object,
) -> Tensor:
    """Differentiate the mean over targets and draws, as often as they are."""
    logits = x.clone().requires_grad_()
    c = len(x)
    y, draws = torch.arange(c), tuples(c, size)
    chance = log_chance[draws].sum(1).exp()
    each = loss(
        torch.ones(c * len(draws), 1).double(),
        logits.unsqueeze(1),
        y.repeat_interleave(len(draws)),
        draws.repeat(c, 1),
        reduction="none",
        **options,
    )
    total = (truth * (each.view(c, -1) * chance).sum(1)).sum()
    return torch.autograd.grad(total, logits)[0]


def with_replacement(given: Arguments) -> Pair:
    """Keep hits among independent draws: a right model has no gradient."""
    x, log_q = right_model(given)
    options = {"truth": x.exp(), "log_q": log_q, "remove_hits": False}
    found = of_all_draws(sampled_softmax_loss, x, log_q, 2, **options)
    return found, torch.zeros_like(found)


def without_replacement(given: Arguments) -> Pair:
    """Draw each class or not, by itself, and remove hits: the same."""
    x, q = right_model(given)
    q = q.exp()
    logits = x.clone().requires_grad_()
    c, total = len(x), 0.0
    options = {"log_q": q.log(), "reduction": "none"}
    for chosen in product((False, True), repeat=c):
        inside = torch.tensor(chosen)
        loss = sampled_softmax_loss(
            torch.ones(c, 1).double(),
            logits.unsqueeze(1),
            torch.arange(c),
            inside.nonzero().squeeze(1),
            **options,
        )
        total = total + torch.where(inside, q, 1 - q).prod() * loss
    (found,) = torch.autograd.grad((x.exp() * total).sum(), logits)
    return found, torch.zeros_like(found)


def contrasted(log_odds: bool) -> Same:
    """Correct by the expected number (NCE): no gradient where it is right."""

    def same(given: Arguments) -> Pair:
        x, log_q = right_model(given)
        truth, k = x.exp(), 2
        if log_odds:  # with hits removed
            x = x - (1 - truth).log()
        options = {"log_q": log_q + math.log(k), "remove_hits": log_odds}
        found = of_all_draws(
            negative_sampling_loss, x, log_q, k, truth=truth, **options
        )
        return found, torch.zeros_like(found)

    return same


def more_than_drawn(log_odds: bool) -> Same:
    """Correct nothing: the logits learn log(p / (k q)), as word2vec's do."""

    def same(given: Arguments) -> Pair:
        x, log_q = right_model(given)
        truth, k = x.exp(), 2
        x = x - log_q - math.log(k)
        if log_odds:  # with hits removed
            x = x - (1 - truth).log()
        options = {"truth": truth, "remove_hits": log_odds}
        found = of_all_draws(negative_sampling_loss, x, log_q, k, **options)
        return found, torch.zeros_like(found)

    return same


def any_size(loss: Loss) -> Same:
    """Compile once, and call with batches and classes of other sizes."""
    compiled = torch.compile(loss, fullgraph=True, backend="eager")

    def same(given: Arguments) -> Pair:
        names = "weight", "bias"
        found = []
        for n in (4, 3):
            one = {k: given[k] for k in names}
            one |= {"hidden": given["hidden"][:1].repeat(n, 1)}
            one |= {"target": torch.arange(n) % 2}
            one |= {"samples": torch.arange(n + 1) % 2}
            found.append(torch.stack([f(**one) for f in (compiled, loss)]))
        return tuple(torch.stack(found, 1))

    return same


def any_constant(given: Arguments) -> Pair:
    """Take probabilities or numbers expected: only their ratios count."""
    q = given["log_q"]
    q = given["bias"] if q is None else q
    given = given | {"correct_target": True}
    return sampled_softmax_loss(**given | {"log_q": q}), sampled_softmax_loss(
        **given | {"log_q": q + 5}
    )


def of_each_row(loss: Loss) -> Same:
    """Give each row the samples that all share."""

    def same(given: Arguments) -> Pair:
        shared = torch.arange(4) % len(given["weight"])
        each = shared.expand(len(given["target"]), -1)
        return loss(**given | {"samples": shared}), loss(
            **given | {"samples": each}
        )

    return same


def without_bias(loss: Loss) -> Same:
    """Leave out a bias of 0."""
    return lambda given: (
        loss(**given | {"bias": None}),
        loss(**given | {"bias": torch.zeros_like(given["bias"])}),
    )


def as_bias(loss: Loss) -> Same:
    """Subtract the correction from the bias in place of the option."""

    def same(given: Arguments) -> Pair:
        q = given["log_q"]
        q = given["bias"] if q is None else q
        given = {k: v for k, v in given.items() if k != "correct_target"}
        moved = {"bias": given["bias"] - q, "log_q": None}
        return loss(**given | {"log_q": q}), loss(**given | moved)

    return same


def nothing_else(given: Arguments) -> Pair:
    """Draw only the target, or nothing: the loss and its slopes are 0."""
    given = given | {"remove_hits": True, "reduction": "sum", "exclude": None}
    y = given["target"].where(given["target"] != given["ignore_index"], 0)
    found = []
    for samples in (y.unsqueeze(1).expand(-1, 2), torch.empty(0).long()):
        one = given | {"samples": samples}
        found += [sampled_softmax_loss(**one).view(1)]
        names = "hidden", "weight", "bias"
        found += [slopes(sampled_softmax_loss, one, *names)]
    return torch.cat(found), torch.zeros_like(torch.cat(found))


def only_a_row(loss: Loss) -> Same:
    """Read only what rows that count use: all else may be nan."""

    def same(given: Arguments) -> Pair:
        seen = given["target"] != given["ignore_index"]
        s = given["samples"]
        used = [
            given["target"][seen],
            (s if s.ndim == 1 else s[seen]).flatten(),
        ]
        unused = torch.ones(len(given["weight"]), dtype=torch.bool)
        unused[torch.cat(used)] = False
        gone = dict.fromkeys(("weight", "bias", "log_q"), unused)
        gone |= {"hidden": ~seen}
        holes = {
            k: given[k].masked_fill(
                x.view(-1, *[1] * (given[k].ndim - 1)), torch.nan
            )
            for k, x in gone.items()
            if given[k] is not None
        }
        given = given | {"reduction": "sum"}
        found = []
        for one in (given | holes, given):
            by = slopes(loss, one, "hidden", "weight", "bias")
            found.append(torch.cat([loss(**one).view(1), by]))
        return tuple(found)

    return same


def softmax_slopes(given: Arguments) -> Pair:
    """Write the slopes with probabilities."""
    given = given | {"reduction": "sum"}
    correct = given["correct_target"]
    logits, kept = candidates(given, correct_target=correct)
    p = logits.masked_fill(~kept, -torch.inf).softmax(1)
    p[:, 0] -= 1
    return by_logits(sampled_softmax_loss, given, p)


def sigmoid_slopes(given: Arguments) -> Pair:
    """Write the slopes with a probability for each."""
    given = given | {"reduction": "sum"}
    logits, kept = candidates(given)
    p = logits.sigmoid() * kept
    p[:, 0] = -(-logits[:, 0]).sigmoid()
    return by_logits(negative_sampling_loss, given, p)


def by_logits(loss: Loss, given: Arguments, slope: Tensor) -> Pair:
    """Take slopes by hidden, weight and bias from those by logits."""
    seen = given["target"] != given["ignore_index"]
    y = given["target"].where(seen, 0).unsqueeze(1)
    s = given["samples"].expand(len(y), -1)
    ids = torch.cat([y, s], 1)
    each = torch.zeros(len(y), len(given["weight"])).double()
    each = each.scatter_add(1, ids, slope * seen.unsqueeze(1))
    by_hand = [each @ given["weight"], each.mT @ given["hidden"], each.sum(0)]
    found = slopes(loss, given, "hidden", "weight", "bias")
    return found, torch.cat([x.flatten() for x in by_hand])


def binary(given: Arguments) -> Pair:
    """Add up torch's binary cross entropies."""
    logits, kept = candidates(given)
    labels = torch.zeros_like(logits)
    labels[:, 0] = 1
    each = functional.binary_cross_entropy_with_logits(
        logits, labels, weight=kept.double(), reduction="none"
    )
    return negative_sampling_loss(**given), reduced(each.sum(1), given)


def one_negative(given: Arguments) -> Pair:
    """Draw one class: a softmax of two is a sigmoid of the difference."""
    given = given | {"reduction": "none", "correct_target": True}
    s = given["samples"]
    given |= {"samples": s[:1] if s.ndim == 1 else s[:, :1]}
    if given["exclude"] is not None:
        given["exclude"] = given["exclude"][:, :1]
    logits, kept = candidates(given)
    loss = functional.softplus(logits[:, 1] - logits[:, 0], threshold=200)
    seen = given["target"] != given["ignore_index"]
    return sampled_softmax_loss(**given), loss * (kept[:, 1] & seen)


def any_order(loss: Loss) -> Same:
    """Say that the order of the samples counts for nothing."""
    names = "samples", "exclude"
    return unchanged(
        loss,
        lambda given: {
            k: given[k].flip(-1) for k in names if given[k] is not None
        },
    )


def turned_each(loss: Loss) -> Same:
    """Say that the order of the batch counts for nothing."""

    def same(given: Arguments) -> Pair:
        n = len(given["target"])
        given = given | {"samples": given["samples"].expand(n, -1)}
        names = ["hidden", "target", "samples"]
        if given["exclude"] is not None:
            names.append("exclude")
        return turned(loss, *names)(given)

    return same


FOUR = torch.zeros(4, dtype=torch.int64)
BAD = [
    ({"hidden": torch.zeros(4, 3).int()}, TypeError, "torch.int32"),
    ({"weight": torch.zeros(5, 3).long()}, TypeError, "torch.int64"),
    ({"bias": torch.zeros(5).int()}, TypeError, "torch.int32"),
    ({"log_q": torch.zeros(5).int()}, TypeError, "torch.int32"),
    (
        {"log_q": 0.5},
        TypeError,
        "log_q must be a floating point tensor, got fl",
    ),
    (
        {"exclude": torch.zeros(4, 9)},
        TypeError,
        "bool tensor, got torch.float32",
    ),
    ({"exclude": True}, TypeError, "exclude must be a bool tensor, got True"),
    ({"exclude": torch.ones(4, 1) > 0}, ValueError, "'exclude': (4, 1)"),
    ({"exclude": FOUR > 0}, ValueError, "'exclude': (4,)"),
    ({"target": torch.zeros(4)}, TypeError, "int64, got torch.float32"),
    ({"samples": FOUR.int()}, TypeError, "int64, got torch.int32"),
    ({"hidden": torch.zeros(4)}, ValueError, "{'hidden': (4,)"),
    ({"hidden": torch.zeros(4, 2)}, ValueError, "'hidden': (4, 2)"),
    ({"target": FOUR[:3]}, ValueError, "'target': (3,)"),
    ({"samples": FOUR[:0].view(0, 9)}, ValueError, "'samples': (0, 9)"),
    ({"samples": FOUR[0]}, ValueError, "'samples': ()"),
    ({"bias": torch.zeros(4)}, ValueError, "'bias': (4,)"),
    ({"log_q": torch.zeros(5, 1)}, ValueError, "'log_q': (5, 1)"),
    ({"log_q": torch.full((5,), -torch.inf)}, ValueError, "got -inf"),
    ({"log_q": torch.full((5,), torch.nan)}, ValueError, "got nan"),
    ({"target": FOUR + 5}, IndexError, "from 0 to 4, got 5"),
    ({"target": FOUR - 1}, IndexError, "from 0 to 4, got -1"),
    ({"samples": FOUR + 7}, IndexError, "from 0 to 4, got 7"),
    ({"samples": FOUR - 100}, IndexError, "from 0 to 4, got -100"),
    (
        {"weight": torch.zeros(0, 3), "bias": None, "log_q": None},
        ValueError,
        "C at least 1",
    ),
]
CASES = {
    "by_hand": (sampled_softmax_loss, moderate),
    "by_hand_negative": (negative_sampling_loss, moderate_negative),
}
PROOFS = {
    "sampled_softmax_loss": Proof(
        draw=softmax_arguments,
        oracles={
            "optax.losses.softmax_cross_entropy_with_integer_labels": (
                softmax_of_optax
            )
        },
        same={
            "all classes once are cross entropy over all": every_class,
            "with the hit kept the target counts twice": twice,
            "in the batch it is cross entropy over the batch": in_batch,
            "in the mean of all batches a right model has no gradient": (
                all_batches
            ),
            "in the mean of all draws its odds are those of all": (
                in_expectation
            ),
            "a right model has no gradient, hits kept": with_replacement,
            "nor with each class drawn once, hits removed": (
                without_replacement
            ),
            "a constant added to log_q changes nothing": any_constant,
            "log_q is a bias": as_bias(sampled_softmax_loss),
            "one sample is a sigmoid of the difference": one_negative,
            "without negatives loss and slopes are 0": nothing_else,
            "shared samples are those of each row": of_each_row(
                sampled_softmax_loss
            ),
            "no bias is 0": without_bias(sampled_softmax_loss),
            "compiled, it takes any size": any_size(sampled_softmax_loss),
            "only rows that are used are read": only_a_row(
                sampled_softmax_loss
            ),
            "its slopes are those of its formula": softmax_slopes,
            "the order of samples counts for nothing": any_order(
                sampled_softmax_loss
            ),
            "the order of the batch counts for nothing": turned_each(
                sampled_softmax_loss
            ),
        },
        bad=BAD,
    ),
    "negative_sampling_loss": Proof(
        draw=negative_arguments,
        oracles={"optax.losses.sigmoid_binary_cross_entropy": sigmoid_of_optax},
        same={
            "it adds up torch's binary cross entropies": binary,
            "with log_q a right model has no gradient, hits kept": (
                contrasted(log_odds=False)
            ),
            "with hits removed, one that knows log-odds": (
                contrasted(log_odds=True)
            ),
            "without log_q, one that knows how much more than drawn": (
                more_than_drawn(log_odds=False)
            ),
            "without both, the same in log-odds": (
                more_than_drawn(log_odds=True)
            ),
            "log_q is a bias": as_bias(negative_sampling_loss),
            "shared samples are those of each row": of_each_row(
                negative_sampling_loss
            ),
            "no bias is 0": without_bias(negative_sampling_loss),
            "compiled, it takes any size": any_size(negative_sampling_loss),
            "only rows that are used are read": only_a_row(
                negative_sampling_loss
            ),
            "its slopes are those of its formula": sigmoid_slopes,
            "the order of samples counts for nothing": any_order(
                negative_sampling_loss
            ),
            "the order of the batch counts for nothing": turned_each(
                negative_sampling_loss
            ),
        },
        bad=BAD,
    ),
}
