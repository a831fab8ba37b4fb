"""Arguments of survival, and what proves it."""

import math
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

import mpmath
import numpy as np
import torch
from survival import cox_ph_loss, discrete_hazard_nll, weibull_nll
from torch import Tensor
from torch.nn import functional

from tests.cases._common import reduce, slopes, turned, unchanged
from tests.draws import Arguments, Draw
from tests.oracles import theirs
from tests.proofs import Pair, Proof, Same

# Beyond, scipy's power overflows: those are compared with mpmath below.
MODEST = 3
# Weeks in remission with placebo, all of them seen to end, and with 6-MP.
PLACEBO = "1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23"
TREATED = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"


def cox_arguments(draw: Draw) -> Arguments:
    """Draw arguments of cox_ph_loss; of whole times many are the same."""
    n = draw.n + draw.c - 2
    time = draw.choose(draw.weight(n), (4 * draw.unit(n)).floor())
    return {
        "log_hazard": draw.real(n),
        "time": time,
        "event": draw.binary(n).bool(),
        "ties": draw.choose("efron", "breslow"),
        "reduction": draw.choose("sum", "mean"),
    }


def moderate(draw: Draw) -> Arguments:
    """Draw log hazards of which torch's logcumsumexp has an exact slope."""
    given = cox_arguments(draw)
    return given | {"log_hazard": given["log_hazard"].clamp(-100, 100)}


def crowded(_: Arguments) -> Pair:
    """Let all of 9,740 have the event at once: it is a factorial."""
    zeros = torch.zeros(9740)
    loss = cox_ph_loss(zeros, zeros, zeros == 0)
    exact = torch.tensor(math.lgamma(9741) / 9740, dtype=torch.float64)
    return loss.double(), exact.float().double()


def curved(_: Arguments) -> Pair:
    """Compare second derivatives, to which the first of three adds nothing."""
    times, event = torch.tensor([1, 2, 3]), torch.tensor([False, True, True])
    x = torch.tensor([0.5, -0.2, 0.1], dtype=torch.float64)
    both = (
        torch.autograd.functional.hessian(
            lambda x, ties=ties: cox_ph_loss(x, times, event, ties=ties), x
        )
        for ties in ("efron", "breslow")
    )
    return tuple(both)


def discrete_arguments(draw: Draw) -> Arguments:
    """Draw arguments of discrete_hazard_nll."""
    return {
        "logits": draw.real(draw.n, draw.c),
        "interval": draw.classes(),
        "event": draw.binary(draw.n).bool(),
        "reduction": draw.reduction(),
    }


def weibull_arguments(draw: Draw) -> Arguments:
    """Draw arguments of weibull_nll, the shape one that broadcasts."""
    shape = draw.choose((), (draw.c,), (draw.n, draw.c))
    scale = draw.real(draw.n, draw.c).clamp(-MODEST, MODEST)
    log_shape = draw.real(*(shape or [1])).view(shape)
    return {
        "log_scale": scale,
        "log_shape": log_shape.clamp(-MODEST, MODEST / 3),
        "time": draw.weight(draw.n, draw.c),
        "event": draw.binary(draw.n, draw.c).bool(),
        "reduction": draw.reduction(),
    }


def cox_of_mpmath(
    log_hazard: Tensor, time: Tensor, event: Tensor, ties: str, reduction: str
) -> Tensor:
    """Multiply what the papers multiply, time by time, to 60 digits."""
    with mpmath.workdps(60):
        hazard = [mpmath.exp(x) for x in log_hazard.tolist()]
        when, seen = time.tolist(), event.tolist()
        likelihood = mpmath.mpf(1)
        for now in {t for t, e in zip(when, seen, strict=True) if e}:
            risk = sum(h for h, t in zip(hazard, when, strict=True) if t >= now)
            here = [
                h
                for h, t, e in zip(hazard, when, seen, strict=True)
                if e and t == now
            ]
            for gone, h in enumerate(here):
                out = gone * sum(here) / len(here) if ties == "efron" else 0
                likelihood *= h / (risk - out)
        loss = float(-mpmath.log(likelihood))
    count = max(1, sum(seen)) if reduction == "mean" else 1
    return torch.tensor(loss / count, dtype=torch.float64)


def discrete_of_torch(
    logits: Tensor, interval: Tensor, event: Tensor, reduction: str
) -> Tensor:
    """Call torch's binary cross entropy, and blank what comes later."""
    step = torch.arange(logits.shape[1])
    target = functional.one_hot(interval, logits.shape[1]) * event[:, None]
    each = functional.binary_cross_entropy_with_logits(
        logits, target.double(), reduction="none"
    )
    return reduce((each * (step <= interval[:, None])).sum(1), reduction)


def discrete_of_mpmath(
    logits: Tensor, interval: Tensor, event: Tensor, reduction: str
) -> Tensor:
    """Multiply the paper's hazards and survivals to 60 digits."""
    each = []
    rows = zip(logits.tolist(), interval.tolist(), event.tolist(), strict=True)
    with mpmath.workdps(60):
        for row, last, seen in rows:
            stay = [1 / (1 + mpmath.exp(x)) for x in row[: last + 1]]
            if seen:
                stay[-1] = 1 / (1 + mpmath.exp(-row[last]))
            each.append(float(-mpmath.log(mpmath.fprod(stay))))
    return reduce(torch.tensor(each, dtype=torch.float64), reduction)


def weibull_of_scipy(
    log_scale: Tensor,
    log_shape: Tensor,
    time: Tensor,
    event: Tensor,
    reduction: str,
) -> Tensor:
    """Call scipy's density of what was seen, and its survival of the rest."""
    model = theirs("scipy.stats").weibull_min
    shape, scale = log_shape.exp().numpy(), log_scale.exp().numpy()
    seen = model.logpdf(time.numpy(), shape, scale=scale)
    later = model.logsf(time.numpy(), shape, scale=scale)
    found = -np.where(event.numpy(), seen, later)
    return reduce(torch.as_tensor(found), reduction)


def without_ties(given: Arguments) -> Arguments:
    """Make all times differ, and see every event."""
    n = len(given["time"])
    order = given["time"].argsort(stable=True).argsort()
    return given | {"time": order.double(), "event": torch.ones(n).bool()}


def of_allrank(given: Arguments) -> Pair:
    """Rank by time: who has the event first comes first in the list."""
    given = without_ties(given) | {"reduction": "sum"}
    found = theirs("allrank.models.losses").listMLE(
        given["log_hazard"].unsqueeze(0),
        -given["time"].unsqueeze(0),
        eps=0,
        padded_value_indicator=1,
    )
    return cox_ph_loss(**given), found


@contextmanager
def in_float64() -> Iterator[None]:
    """Let torchsurv, which turns all to float32, keep digits, and be quiet."""
    before = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)
    try:
        with (
            warnings.catch_warnings(action="ignore"),
            mock.patch.object(Tensor, "float", Tensor.double),
        ):
            yield
    finally:
        torch.set_default_dtype(before)


def of_torchsurv(given: Arguments) -> Pair:
    """Call torchsurv's, twins only, which divides by the events' times.

    It wants an event; without tied ones it takes the order of the batch for
    that of time, also among those whose times are the same.
    """
    first = torch.arange(len(given["event"])) == 0
    given = given | {"event": given["event"] | first}
    given |= {k: given[k].repeat(2) for k in ("log_hazard", "time", "event")}
    given |= {"log_hazard": given["log_hazard"].clamp(-100, 100)}
    event, time = given["event"], given["time"]
    with in_float64():
        found = theirs("torchsurv.loss.cox").neg_partial_log_likelihood(
            given["log_hazard"], event, time, given["ties"], given["reduction"]
        )
    if given["reduction"] == "mean":
        found = found * len(time[event].unique()) / event.sum()
    return cox_ph_loss(**given), found


def by_their_order(_: Arguments) -> Pair:
    """Censor one of two at an event's time: torchsurv counts who comes later.

    So the docs say; ours counts it in any order.
    """
    x, time = torch.zeros(3), torch.tensor([1.0, 1.0, 2.0])
    module = theirs("torchsurv.loss.cox")
    found = []
    for which in (1, 0):
        event = torch.arange(3) == which
        with in_float64():
            found.append(
                module.neg_partial_log_likelihood(x.double(), event, time)
            )
        found.append(cox_ph_loss(x.double(), time, event))
    samples = torch.tensor([2.0, 3, 3, 3], dtype=torch.float64)
    return torch.stack(found), samples.log()


def weibull_of_torchsurv(given: Arguments) -> Pair:
    """Call torchsurv's, which takes both in one tensor, and wants an event."""
    x, event = given["log_scale"], given["event"].clone()
    event[0] = True
    given = given | {"event": event, "reduction": "sum"}
    both = torch.stack([x, given["log_shape"].expand_as(x)], -1)
    with in_float64():
        module = theirs("torchsurv.loss.weibull")
        found = module.neg_log_likelihood_weibull(
            both.flatten(0, 1), event.flatten(), given["time"].flatten(), "sum"
        )
    return weibull_nll(**given), found


def remission(given: Arguments) -> Pair:
    """Compare with what R prints of the trial of 6-MP, ties by Efron.

    Freireich and others, 1963. R's coxph()$loglik, without and with treatment,
    is -93.18427 and -85.00842 in MATH_629/Code/MATH629_CH3Code.R of
    github.com/DrewLazar/Survival_Analysis; the coefficient is -1.572125.
    """
    weeks = PLACEBO.split() + TREATED.split()
    time = torch.tensor([int(week.rstrip("+")) for week in weeks])
    event = torch.tensor(["+" not in week for week in weeks])
    treated = (torch.arange(42) >= 21).double()
    found = [
        cox_ph_loss(b * treated, time, event, reduction="sum")
        for b in (0.0, -1.572125)
    ]
    return (
        torch.stack(found).round(decimals=5),
        torch.tensor([93.18427, 85.00842], dtype=torch.float64),
    )


def book(given: Arguments) -> Pair:
    """Compare with closed forms that R's survival is tested with.

    Data set 1 of the appendix of Therneau and Grambsch, Modeling Survival
    Data, 2000; as tests/book1.R and book2.R of therneau/survival have it.
    """
    beta = given["log_hazard"][0].clamp(-9, 9)
    x = torch.tensor([0.0, 1, 1, 1, 0, 0]).double() * beta
    time = torch.tensor([9, 1, 1, 6, 6, 8])
    event = torch.tensor([1, 1, 0, 1, 1, 0]).bool()
    ours = [
        cox_ph_loss(x, time, event, ties=ties, reduction="sum")
        for ties in ("breslow", "efron")
    ]
    r = beta.exp()
    first, both = (3 * r + 3).log() - 2 * beta, (r + 3).log()
    efron = first + ((r + 5) / 2).log() + both
    return torch.stack(ours), torch.stack([first + 2 * both, efron])


def equal(given: Arguments) -> Pair:
    """Give all the same hazard: only the sizes of risk sets are left."""
    time, event = given["time"], given["event"]
    given = given | {"log_hazard": 0 * time + 7, "reduction": "sum"}
    total = torch.zeros((), dtype=torch.float64)
    for now in time[event].unique():
        size, many = (time >= now).sum(), ((time == now) & event).sum()
        gone = torch.arange(many) if given["ties"] == "efron" else 0
        total = total + (size - gone * torch.ones(many)).double().log().sum()
    return cox_ph_loss(**given), total


def one_event(given: Arguments) -> Pair:
    """See one event, before all others: a softmax over the batch."""
    x = given["log_hazard"]
    first = torch.arange(len(x)) == 0
    loss = cox_ph_loss(x, 2.0 - first.double(), first)
    return loss, functional.cross_entropy(x, torch.tensor(0))


def nothing(given: Arguments) -> Pair:
    """Take a sample alone, a batch without events, and an empty one."""
    some = [given | {"event": torch.zeros_like(given["event"])}]
    for n in (0, 1):
        short = {k: given[k][:n] for k in ("log_hazard", "time", "event")}
        some.append(given | short)
    losses = torch.stack([cox_ph_loss(**one) for one in some])
    return losses, torch.zeros(3, dtype=torch.float64)


def no_drift(given: Arguments) -> Pair:
    """Add the slopes up: who adds a number to all changes nothing."""
    total = slopes(cox_ph_loss, given, "log_hazard").sum()
    return total, torch.zeros_like(total)


def cox_slope(given: Arguments) -> Pair:
    """Write the slope of Breslow's: the cumulative hazard, less the event."""
    x, time, event = (given[k] for k in ("log_hazard", "time", "event"))
    given = given | {"ties": "breslow", "reduction": "sum"}
    risk = time >= time[:, None]
    share = x.where(risk, -torch.inf).softmax(1)  # of each event's risk set
    slope = (share * event[:, None]).sum(0) - event.double()
    return slopes(cox_ph_loss, given, "log_hazard"), slope


def to_one(given: Arguments) -> Pair:
    """Add the probabilities of each interval, and of none of them."""
    row = given["logits"][:1]
    k = row.shape[1]
    last = torch.tensor([*range(k), k - 1])
    seen = torch.arange(k + 1) < k
    loss = discrete_hazard_nll(
        row.expand(k + 1, k), last, seen, reduction="none"
    )
    return (-loss).exp().sum(), torch.ones((), dtype=torch.float64)


def even(given: Arguments) -> Pair:
    """Take hazards of a half: each interval costs ln 2."""
    given = given | {"logits": 0 * given["logits"], "reduction": "none"}
    return (
        discrete_hazard_nll(**given),
        (1 + given["interval"]).double() * math.log(2),
    )


def later_changed(given: Arguments) -> Arguments:
    """Change the logits of the intervals after a sample's own."""
    x = given["logits"]
    later = torch.arange(x.shape[1]) > given["interval"].unsqueeze(1)
    return {"logits": x.where(~later, 5 - 3 * x)}


def one_interval(given: Arguments) -> Pair:
    """Take a single interval: a binary cross entropy."""
    given = given | {
        "logits": given["logits"][:, :1],
        "interval": 0 * given["interval"],
    }
    return discrete_hazard_nll(
        **given
    ), functional.binary_cross_entropy_with_logits(
        given["logits"][:, 0],
        given["event"].double(),
        reduction=given["reduction"],
    )


def unseen(given: Arguments) -> Pair:
    """Look for nan where vmap shows no values to refuse."""
    x, yes = torch.zeros(3, 2).double(), torch.ones(3).bool()
    bad = torch.tensor([1, 5, -1])
    found = torch.func.vmap(
        lambda x, i, e: discrete_hazard_nll(
            x[None], i[None], e[None], reduction="sum"
        )
    )(x, bad, yes)
    time = torch.tensor([2.0, 0.0, -1.0]).double()
    others = [
        torch.func.vmap(weibull_nll)(x[:, 0], x[:, 0], time, yes),
        torch.func.vmap(cox_ph_loss)(
            x, torch.log(time - 1.5)[:, None] + x, ~(x > 0)
        ),
    ]
    nan = torch.stack([found, *others]).isnan().double()
    return nan, torch.tensor([[0.0, 1, 1]] * 3).double()


def exponential(given: Arguments) -> Pair:
    """Take a shape of 1, whose hazard never changes."""
    given = given | {"log_shape": torch.zeros(()).double()}
    rate = torch.distributions.Exponential((-given["log_scale"]).exp())
    time = given["time"]
    seen, later = -rate.log_prob(time), time * rate.rate
    found = torch.where(given["event"], seen, later)
    return weibull_nll(**given), reduce(found, given["reduction"])


def other_unit(given: Arguments) -> Pair:
    """Measure in halves of the unit: a density is half as high."""
    given = given | {"reduction": "none"}
    twice = {
        "time": 2 * given["time"],
        "log_scale": given["log_scale"] + math.log(2),
    }
    loss = weibull_nll(**given) + given["event"].double() * math.log(2)
    return weibull_nll(**given | twice), loss


def weibull_slopes(given: Arguments) -> Pair:
    """Write both slopes of a sum with H, the cumulative hazard."""
    x, a, t, e = (given[k] for k in ("log_scale", "log_shape", "time", "event"))
    z = a.exp() * (t.log() - x)
    over = z.exp() - e.double()
    by_scale, by_shape = -a.exp() * over, z * over - e.double()
    given = given | {"reduction": "sum"}
    ours = slopes(weibull_nll, given, "log_scale", "log_shape")
    by_shape = by_shape.sum_to_size(a.shape)
    return ours, torch.cat([by_scale.flatten(), by_shape.flatten()])


def all_digits(given: Arguments) -> Pair:
    """Compare with mpmath where shapes are tiny and huge."""
    a = torch.tensor([-20.0, -12, -6, 0, 3, 6, 9]).double().unsqueeze(1)
    t = torch.tensor([1e-6, 0.1, 1.0, 7.0, 1e6]).double()
    # Where the exponent is not far from 0, else it is the tangent.
    x = t.log() - 2 * torch.tanh(given["log_scale"][0, 0]) * (-a).exp()
    x, a, t = torch.broadcast_tensors(x, a, t)
    seen = torch.arange(x.numel()).view(x.shape) % 2 > 0
    ours = weibull_nll(x, a, t, seen, reduction="none")
    rows = zip(*(y.flatten().tolist() for y in (x, a, t, seen)), strict=True)
    exact = []
    with mpmath.workdps(60):
        for x_, a_, t_, e in rows:
            shape, t_ = mpmath.exp(a_), mpmath.mpf(t_)
            ratio = t_ / mpmath.exp(x_)
            loss = ratio**shape
            if e:
                loss -= mpmath.log(shape / t_ * ratio**shape)
            exact.append(float(loss))
    exact = torch.tensor(exact, dtype=torch.float64).view(x.shape)
    # The difference of two logarithms keeps 16 digits less those of the shape.
    lost = 1e-5 * (1 + a.exp())
    return ((ours - exact) / lost).round(), torch.zeros_like(exact)


def tangent(given: Arguments) -> Pair:
    """Compare beyond an exponent of 40 with a straight line from there."""
    x = -torch.tensor([40.0, 41.0, 50.0]).double()
    one = torch.ones(3).double()
    at, next_, ten = weibull_nll(x, 0 * x, one, one < 0, reduction="none")
    return (ten - at) / (next_ - at), torch.tensor(10.0).double()


def bounded(sign: int) -> Same:
    """Take shapes beyond a bound, and twice as far."""
    return unchanged(
        lambda log_shape, **given: weibull_nll(
            log_shape=sign * (log_shape.abs() + 20), **given
        ),
        lambda given: {"log_shape": 2 * given["log_shape"]},
    )


CASES = {
    "by_hand": (cox_ph_loss, moderate),
    "by_hand_discrete": (discrete_hazard_nll, discrete_arguments),
    "by_hand_weibull": (weibull_nll, weibull_arguments),
}
NAN = torch.tensor([1.0, 2, 3, torch.nan, 5, 6, 7])
PROOFS = {
    "cox_ph_loss": Proof(
        draw=cox_arguments,
        oracles={"mpmath": cox_of_mpmath},
        same={
            "without ties and censoring it is allRank's ListMLE": of_allrank,
            "it is torchsurv's, divided by the events": of_torchsurv,
            "torchsurv's depends on the order of the batch": by_their_order,
            "it is R's log likelihood of the trial of 6-MP": remission,
            "it is that of Therneau and Grambsch's data, both ways": book,
            "at equal hazards it is the logarithm of risk sets": equal,
            "one event before all others is cross entropy": one_event,
            "without events or comparison it is 0": nothing,
            "its slopes add up to 0": no_drift,
            "in float32 thousands of ties lose no digits": crowded,
            "with one censored early both ways curve alike": curved,
            "its slope is what the risk sets share out": cox_slope,
            "without ties both ways are one": lambda given: (
                cox_ph_loss(**without_ties(given) | {"ties": "efron"}),
                cox_ph_loss(**without_ties(given) | {"ties": "breslow"}),
            ),
            "of ties Breslow's is the larger": lambda given: (
                (
                    cox_ph_loss(**given | {"ties": "efron"})
                    - cox_ph_loss(**given | {"ties": "breslow"})
                ).clamp_min(0),
                torch.zeros((), dtype=torch.float64),
            ),
            "the order of the batch counts for nothing": turned(
                cox_ph_loss, "log_hazard", "time", "event"
            ),
            "only the order of times counts": unchanged(
                cox_ph_loss, lambda given: {"time": given["time"].exp()}
            ),
            "times may be integers": unchanged(
                lambda time, **given: cox_ph_loss(time=time.ceil(), **given),
                lambda given: {"time": given["time"].ceil().long()},
            ),
            "only differences of log hazards count": unchanged(
                cox_ph_loss,
                lambda given: {"log_hazard": given["log_hazard"] + 3},
            ),
            "under vmap what is refused is nan": unseen,
        },
        bad=[
            ({"log_hazard": torch.zeros(7, 1)}, ValueError, "got (7, 1)"),
            ({"log_hazard": torch.zeros(7).int()}, TypeError, "torch.int32"),
            ({"time": torch.zeros(7, 1)}, ValueError, "(7, 1) and (7,)"),
            ({"time": torch.zeros(7).bool()}, TypeError, "torch.bool"),
            ({"time": NAN}, ValueError, "must not be nan"),
            ({"event": torch.ones(7)}, TypeError, "torch.float32"),
            ({"event": torch.ones(7).long()}, TypeError, "torch.int64"),
            ({"event": torch.ones(3).bool()}, ValueError, "(7,) and (3,)"),
            ({"ties": "exact"}, ValueError, "'breslow', got 'exact'"),
            ({"reduction": "none"}, ValueError, "got 'none'"),
        ],
    ),
    "discrete_hazard_nll": Proof(
        draw=discrete_arguments,
        oracles={
            "torch.nn.functional.binary_cross_entropy_with_logits": (
                discrete_of_torch
            ),
            "mpmath": discrete_of_mpmath,
        },
        same={
            "the probabilities add up to 1": to_one,
            "hazards of a half cost ln 2 an interval": even,
            "later intervals count for nothing": unchanged(
                discrete_hazard_nll, later_changed
            ),
            "one interval is binary cross entropy": one_interval,
            "the order of the batch counts for nothing": turned(
                discrete_hazard_nll, "logits", "interval", "event"
            ),
            "under vmap what is refused is nan": unseen,
        },
        bad=[
            ({"logits": torch.zeros(4, 5).int()}, TypeError, "torch.int32"),
            ({"logits": torch.zeros(4)}, ValueError, "got (4,), (4,)"),
            ({"interval": torch.zeros(4)}, TypeError, "torch.float32"),
            ({"interval": torch.zeros(3).long()}, ValueError, "(3,) and"),
            ({"interval": torch.full((4,), 5)}, ValueError, "to 4, got from 5"),
            ({"interval": torch.full((4,), -1)}, ValueError, "got from -1"),
            (
                {
                    "logits": torch.zeros(4, 0),
                    "interval": torch.full((4,), -1),
                },
                ValueError,
                "interval must be from 0 to -1",
            ),
            ({"event": torch.ones(4)}, TypeError, "torch.float32"),
            ({"event": torch.ones(4, 1).bool()}, ValueError, "(4, 1)"),
        ],
    ),
    "weibull_nll": Proof(
        draw=weibull_arguments,
        oracles={"scipy.stats.weibull_min": weibull_of_scipy},
        same={
            "it is torchsurv's": weibull_of_torchsurv,
            "a shape of 1 is the exponential distribution": exponential,
            "in another unit only densities change": other_unit,
            "its slopes are those of the cumulative hazard": weibull_slopes,
            "it is mpmath's where shapes are tiny and huge": all_digits,
            "above 40 an exponent goes on as a tangent": tangent,
            "above 20 the shape counts as 20": bounded(1),
            "below -20 the shape counts as -20": bounded(-1),
            "under vmap what is refused is nan": unseen,
            "times may be integers": unchanged(
                lambda time, **given: weibull_nll(time=time.ceil(), **given),
                lambda given: {"time": given["time"].ceil().long()},
            ),
            "one shape for all is one repeated": unchanged(
                weibull_nll,
                lambda given: {
                    "log_shape": given["log_shape"].expand_as(given["time"])
                },
            ),
        },
        bad=[
            ({"log_scale": torch.zeros(4, 5).int()}, TypeError, "torch.int32"),
            ({"log_shape": torch.zeros(4, 5).int()}, TypeError, "torch.int32"),
            ({"log_shape": torch.zeros(4)}, ValueError, "to it, got (4,)"),
            (
                {"log_shape": torch.zeros(1, 4, 5)},
                ValueError,
                "to it, got (1, 4, 5)",
            ),
            ({"time": torch.ones(4)}, ValueError, "(4, 5), got (4,) and"),
            ({"time": torch.ones(4, 5).bool()}, TypeError, "torch.bool"),
            ({"time": torch.zeros(4, 5)}, ValueError, "finite, got 0"),
            ({"time": torch.full((4, 5), torch.inf)}, ValueError, "got inf"),
            ({"time": torch.full((4, 5), torch.nan)}, ValueError, "got nan"),
            ({"event": torch.ones(4, 5)}, TypeError, "torch.float32"),
            ({"event": torch.ones(4).bool()}, ValueError, "(4, 5) and (4,)"),
        ],
    ),
}
