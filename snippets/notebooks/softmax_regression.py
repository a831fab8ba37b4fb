# %% setup
import math

import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
images, labels = load_digits(return_X_y=True)
halves = train_test_split(
    images / 16, labels, test_size=0.5, random_state=0, stratify=labels
)
x, x_held, y, y_held = map(torch.as_tensor, halves)
print(f"{len(x)} to train, {len(x_held)} held out")


# %% start
def objective(w, b, decay=0.0, smoothing=0.0):
    """Return what is minimised; without decay, the training loss."""
    loss = F.cross_entropy(x @ w + b, y, label_smoothing=smoothing)
    return loss + decay / 2 * w.square().sum()


w, b = torch.zeros(64, 10), torch.zeros(10)
start = objective(w, b).item()
print(f"first loss {start:.4f}, ln 10 is {math.log(10):.4f}")
assert math.isclose(start, math.log(10))


# %% measure
def split(sure, right):
    """Return size, confidence and accuracy of ten bins of confidence."""
    bins = F.one_hot((sure * 10).long().clamp(max=9), 10).double()
    size = bins.sum(0)
    return size, sure @ bins / size, right @ bins / size


def ece(sure, right):
    """Return the mean gap of the bins, weighted by their size."""
    size, confidence, accuracy = split(sure, right)
    return (size * (confidence - accuracy).abs()).nansum() / size.sum()


@torch.no_grad()
def held_out(w, b):
    """Return confidences, hits, and loss, accuracy, confidence, ECE."""
    logits = x_held @ w + b
    sure, guess = logits.softmax(1).max(1)
    right = (guess == y_held).double()
    loss = F.cross_entropy(logits, y_held)
    means = [loss, right.mean(), sure.mean(), ece(sure, right)]
    return sure, right, [value.item() for value in means]


# %% descend
steps = 8, 16, 32, 64, 125, 250, 500, 1000, 2000
paths = {}
for decay in (0, 1e-3):
    w, b = (torch.zeros_like(p, requires_grad=True) for p in (w, b))
    optimizer = torch.optim.SGD([w, b], lr=1, momentum=0.9, nesterov=True)
    path = []
    for step in range(steps[-1] + 1):
        optimizer.zero_grad()
        objective(w, b, decay).backward()
        if step in steps:
            norm = torch.cat([w.grad.flatten(), b.grad]).norm().item()
            path.append([norm, *held_out(w, b)[2]])
        optimizer.step()
    loss = objective(w, b).item()
    assert decay > 0 or ((x @ w + b).argmax(1) == y).all()
    paths[decay] = path = torch.tensor(path)
    print(f"decay {decay}: loss {loss:.3f}, gradient norm {norm:.0e}")
    last, best = path[-1, 1], path[:, 1].min()
    print(f"  held-out loss {last:.3f}, lowest {best:.3f}")

# %% watch
names = "gradient norm", "held-out loss", "held-out accuracy", "ECE"
figure, axes = plt.subplots(2, 2, figsize=(8, 5), layout="constrained")
for axis, name, column in zip(axes.flat, names, (0, 1, 2, 4), strict=True):
    for (decay, path), line in zip(paths.items(), ("-", "--"), strict=True):
        axis.plot(steps, path[:, column], line, label=f"decay {decay}")
    axis.set(title=name, xlabel="step", xscale="log")
axes[0, 0].set_yscale("log")
axes[0, 0].legend()
plt.show()


# %% minimise
def fit(decay, smoothing=0.0):
    """Train to the minimum."""
    w, b = (torch.zeros(s, requires_grad=True) for s in ((64, 10), 10))
    optimizer = torch.optim.LBFGS(
        [w, b],
        max_iter=3000,
        tolerance_grad=1e-7,
        tolerance_change=0,
        history_size=20,
        line_search_fn="strong_wolfe",
    )

    def closure():
        optimizer.zero_grad()
        total = objective(w, b, decay, smoothing)
        total.backward()
        return total

    optimizer.step(closure)
    assert w.grad.abs().max() < 1e-6
    return w.detach(), b.detach()


# %% decay
models = {}


def table(*settings):
    """Train with each decay and eps, and print a row for each."""
    print("decay eps  floor train held  acc   conf  ECE")
    for decay, eps in settings:
        models[decay, eps] = w, b = fit(decay, eps)
        target = torch.tensor([1 - eps + eps / 10] + [eps / 10] * 9)
        floor = torch.special.entr(target).sum().item()
        loss = objective(w, b, 0, eps).item()
        assert loss > floor
        row = floor, loss, *held_out(w, b)[2]
        print(f"{decay:.0e} {eps:.2f}", *[f"{v:.3f}" for v in row])


table((1e-5, 0), (1e-4, 0), (1e-3, 0), (1e-2, 0))
sure, _, best = held_out(*models[1e-4, 0])
draws = [ece(sure, (torch.rand_like(sure) < sure) * 1.0) for _ in range(200)]
print(f"ECE if every confidence were true: {sum(draws) / 200:.2f}")

# %% smoothing
table((1e-4, 0.02), (1e-4, 0.05), (1e-4, 0.1), (1e-5, 0.1))
for (_, eps), model in models.items():
    _, accuracy, confidence, error = held_out(*model)[2]
    assert eps == 0 or (confidence < accuracy < best[1] and error > best[3])

# %% reliability
figure, axis = plt.subplots(figsize=(5, 3.6), layout="constrained")
axis.plot([0, 1], [0, 1], color="#808080", lw=1)
shown = {"-o": (1e-5, 0), "--s": (1e-4, 0), ":^": (1e-3, 0), "-.d": (1e-4, 0.1)}
for line, (decay, eps) in shown.items():
    size, sure, right = split(*held_out(*models[decay, eps])[:2])
    many = size >= 10
    label = f"decay {decay:.0e}, smoothing {eps}"
    axis.plot(sure[many], right[many], line, label=label)
axis.set(xlabel="confidence", ylabel="held-out accuracy")
axis.legend()
plt.show()
