# %% setup
import matplotlib.pyplot as plt
import torch
from focal_loss import softmax_focal_loss
from long_tail import logit_adjusted_cross_entropy
from sklearn.datasets import load_digits
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
images, labels = map(torch.as_tensor, load_digits(return_X_y=True))
images = images / 16
draws, held = 8, 50
counts = (120 * (4 / 120) ** (torch.arange(10) / 9)).round().long()
share = counts / counts.sum()
print("training samples, rank 0 to 9:", *counts.tolist())


# %% draw
def draw():
    """Rank the digits at random; take a test and a training set."""
    train, test = [], []
    for digit, count in zip(torch.randperm(10), counts, strict=True):
        places = (labels == digit).nonzero().squeeze(1)
        places = places[torch.randperm(len(places))]
        test.append(places[:held])
        train.append(places[held : held + count])
    return torch.cat(train), torch.cat(test)


pairs = [draw() for _ in range(draws)]
train, test = map(torch.stack, zip(*pairs, strict=True))
x, x_test = images[train], images[test]  # (draw, sample, pixel)
y = torch.arange(10).repeat_interleave(counts).repeat(draws)
print("train", *x.shape[:2], "test", *x_test.shape[:2])

# %% losses
weight = 1 / (10 * share)
losses = {
    "plain": F.cross_entropy,
    "weighted": lambda z, y: F.cross_entropy(z, y, weight=weight),
    "focal": softmax_focal_loss,
    "adjusted": lambda z, y: logit_adjusted_cross_entropy(
        z, y, class_counts=counts
    ),
}


# %% fit
def fit(loss, decay):
    """Train one linear model a draw to the minimum, all at once."""
    w = torch.zeros(draws, 64, 10, requires_grad=True)
    b = torch.zeros(draws, 1, 10, requires_grad=True)
    optimizer = torch.optim.LBFGS(
        [w, b],
        max_iter=2000,
        history_size=20,
        tolerance_grad=1e-6,
        tolerance_change=0,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        logits = torch.baddbmm(b, x, w).flatten(0, 1)
        total = draws * loss(logits, y) + decay / 2 * w.square().sum()
        total.backward()
        return total

    optimizer.step(closure)
    assert w.grad.abs().max() < 1e-5
    hits = torch.baddbmm(b, x, w).flatten(0, 1).argmax(1) == y
    assert decay > 1e-4 or hits.all()  # weak decay: all are fitted
    return torch.baddbmm(b, x_test, w).detach()


def recall(logits):
    """Share found of each class, by draw and rank."""
    right = logits.argmax(2).view(draws, 10, held) == torch.arange(10)[:, None]
    return right.double().mean(2)


# %% table
logits = {name: fit(loss, 1e-3) for name, loss in losses.items()}
found = {name: recall(z) for name, z in logits.items()}
print("          overall  mean recall  gain            rarest three")
for name, r in found.items():
    gain = (r - found["plain"]).mean(1)
    values = (r @ share).mean(), r.mean(), gain.mean()
    text = "{:.3f}    {:.3f}        {:+.3f} ±".format(*values)
    error = gain.std() / draws**0.5
    print(f"{name:9} {text} {error:.3f}  {r[:, 7:].mean():.2f}")
assert found["adjusted"].mean() > found["weighted"].mean()
assert found["weighted"].mean() > found["plain"].mean() + 0.02
assert (found["focal"] - found["plain"]).mean().abs() < 0.01

# %% classes
figure, axis = plt.subplots(figsize=(5, 3.4), layout="constrained")
lines = "-o", "--s", ":^", "-.d"
for (name, r), line in zip(found.items(), lines, strict=True):
    axis.plot(r.mean(0), line, label=name)
axis.set_xticks(range(10), counts.tolist())
axis.set(xlabel="training samples of the class", ylabel="recall")
axis.legend()
plt.show()

# %% shift
shifted = logits["plain"] - share.log()
same = shifted.argmax(2) == logits["adjusted"].argmax(2)
print(f"mean recall {recall(shifted).mean():.3f}, {(~same).sum()} differ")
assert same.all()

# %% decay
print("decay", *[f"{name:>11}" for name in losses])
for decay in (1e-2, 1e-4):
    rows = [recall(fit(loss, decay)) for loss in losses.values()]
    cells = [f"{r.mean():.2f} ({r[:, 7:].mean():.2f})" for r in rows]
    print(f"{decay:.0e}", *cells)
