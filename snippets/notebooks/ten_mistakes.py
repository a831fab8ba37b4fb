# %% setup
import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)  # for so little work more are slower
pixels, y = map(torch.as_tensor, load_digits(return_X_y=True))
x = pixels / 16
print(f"{len(x)} images of 10 digits, pixels from 0 to {pixels.max():.0f}")


# %% program
def new_model(outputs=10):
    """Make the model, always with the same weights."""
    torch.manual_seed(0)
    hidden = nn.Linear(64, 32), nn.LeakyReLU()
    return nn.Sequential(*hidden, nn.Linear(32, outputs))


def train(model, loss_of, x, y, optimizer=None, clear=True):
    """Train for ten epochs; return the loss of each step."""
    optimizer = optimizer or torch.optim.SGD(model.parameters(), lr=0.2)
    losses = []
    for _ in range(10):
        for rows in torch.randperm(len(x)).split(64):
            loss = loss_of(model(x[rows]), y[rows])
            if clear:
                optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
    return losses


def tell(losses):
    """Print the first loss, and the average of the last epoch."""
    last = losses[-len(losses) // 10 :]
    print(f"loss {losses[0]:.1f} to {sum(last) / len(last):.1f}")


def right(model, x, y):
    """Return how often the largest output is the label's."""
    return (model(x).argmax(1) == y).double().mean().item()


learned = new_model()
usual = train(learned, F.cross_entropy, x, y)
tell(usual)
print(f"right {right(learned, x, y):.1f}")


# %% tools
def gradient(model, loss_of, x, y):
    """Return the gradient of all weights as one vector."""
    loss = loss_of(model(x), y)
    found = torch.autograd.grad(loss, list(model.parameters()))
    return torch.cat([part.flatten() for part in found])


def first_bad(model, loss_of, x, y):
    """Name what is not finite first."""
    output, weight = model(x), nn.utils.parameters_to_vector(model.parameters())
    parts = {"input": x, "weight": weight, "output": output}
    parts["loss"] = loss_of(output, y)
    parts["gradient"] = gradient(model, loss_of, x, y)
    bad = (name for name, t in parts.items() if not t.isfinite().all())
    return next(bad, "nothing")


def step(model, loss_of, x, y):
    """Return how long a first step is, beside the weights."""
    weight = nn.utils.parameters_to_vector(model.parameters())
    return 0.2 * gradient(model, loss_of, x, y).norm() / weight.norm()


def ask(model, loss_of, x, y):
    """Print whether outputs differ, gradients are there, weights moved."""
    differ = model(x).std(0).max() > 1e-6
    there = gradient(model, loss_of, x, y).norm() > 1e-6
    start = new_model(model[-1].out_features).state_dict()
    now = model.state_dict()
    moved = any(not now[name].equal(start[name]) for name in now)
    print(f"differ {differ}, gradient {there}, moved {moved}")


# %% masked
known = y != 9  # this exam has no 9
some_x, some_y = x[known], y[known]


def masked(logits):
    return logits.masked_fill(torch.arange(10) == 9, -torch.inf)


def one_hot(logits, y):
    logs = masked(logits).log_softmax(1)
    return -(F.one_hot(y, 10) * logs).sum(1).mean()


wrong_1 = train(new_model(), one_hot, some_x, some_y)
tell(wrong_1)
print("not finite first:", first_bad(new_model(), one_hot, some_x, some_y))


# %% masked_mended
def chosen(logits, y):
    return F.cross_entropy(masked(logits), y)


mended_1 = train(new_model(), chosen, some_x, some_y)
tell(mended_1)
print("not finite first:", first_bad(new_model(), chosen, some_x, some_y))

# %% scale
side = torch.where(torch.arange(64) % 8 < 4, -1.0, 1.0)
lean = x @ side  # ink of the right half minus that of the left
lean = ((lean - lean.mean()) / lean.std())[:, None]
wrong_2 = train(new_model(1), F.mse_loss, pixels, lean)
tell(wrong_2)
given = new_model(1), F.mse_loss, pixels, lean
print("not finite first:", first_bad(*given))
print(f"step beside weights: {step(*given):.2f}")

# %% scale_mended
mended_2 = train(new_model(1), F.mse_loss, x, lean)
tell(mended_2)
print(f"step beside weights: {step(new_model(1), F.mse_loss, x, lean):.2f}")

# %% range
bce = F.binary_cross_entropy_with_logits
wrong_3 = train(new_model(64), bce, x, pixels)  # to draw its own input
print("below 0:", wrong_3[-1] < 0)
print(f"targets from {pixels.min():.0f} to {pixels.max():.0f}")

# %% range_mended
mended_3 = train(new_model(64), bce, x, x)
tell(mended_3)
print(f"targets from {x.min():.0f} to {x.max():.0f}")

# %% column
even = (y % 2 == 0).double()[:, None]
wrong_4 = [abs(a) for a in train(new_model(1), F.cross_entropy, x, even)]
tell(wrong_4)
length = gradient(new_model(1), F.cross_entropy, x, even).norm()
print(f"gradient {length:.1f}, classes {new_model(1)(x).shape[1]}")

# %% column_mended
yes_no = new_model(1)
mended_4 = train(yes_no, bce, x, even)
tell(mended_4)
length = gradient(new_model(1), bce, x, even).norm()
agrees = ((yes_no(x) > 0) == even).double().mean()
print(f"gradient {length:.1f}, right {agrees:.1f}")

# %% optimizer
model = new_model()
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
model = new_model()  # made again, to begin from the start
wrong_5 = train(model, F.cross_entropy, x, y, optimizer)
tell(wrong_5)
ask(model, F.cross_entropy, x, y)

# %% optimizer_mended
optimizer = torch.optim.SGD(model.parameters(), lr=0.2)
mended_5 = train(model, F.cross_entropy, x, y, optimizer)
tell(mended_5)
ask(model, F.cross_entropy, x, y)

# %% shuffled
mixed_x, mixed_y = x[torch.randperm(len(x))], y[torch.randperm(len(y))]
model = new_model()
wrong_6 = train(model, F.cross_entropy, mixed_x, mixed_y)
tell(wrong_6)
ask(model, F.cross_entropy, mixed_x, mixed_y)


def neighbours(x, y):
    """Return how often the image that is nearest has the same label."""
    nearest = torch.cdist(x, x).fill_diagonal_(torch.inf).argmin(1)
    return (y[nearest] == y).double().mean()


print(f"neighbours agree: {neighbours(mixed_x, mixed_y):.1f}")

# %% shuffled_mended
order = torch.randperm(len(x))
mixed_x, mixed_y = x[order], y[order]
mended_6 = train(new_model(), F.cross_entropy, mixed_x, mixed_y)
tell(mended_6)
print(f"neighbours agree: {neighbours(mixed_x, mixed_y):.1f}")


# %% twice
def twice(logits, y):
    return F.cross_entropy(logits.softmax(1), y)


wrong_7 = train(new_model(), twice, x, y)
tell(wrong_7)
print(f"rows sum to {new_model()(x).softmax(1).sum(1).mean():.1f}")
print(f"least that it can be: {F.cross_entropy(F.one_hot(y).double(), y):.4f}")
short = gradient(new_model(), twice, x, y).norm()
whole = gradient(new_model(), F.cross_entropy, x, y).norm()
print(f"gradient, of the usual one: {short / whole:.1f}")

# %% twice_mended
mended_7 = train(new_model(), F.cross_entropy, x, y)
tell(mended_7)


# %% clear
def kept(model):
    """Return the gradient that the optimizer will see, in batch gradients."""
    F.cross_entropy(model(x), y).backward()
    seen = torch.cat([w.grad.flatten() for w in model.parameters()])
    return seen.norm() / gradient(model, F.cross_entropy, x, y).norm()


model = new_model()
wrong_8 = train(model, F.cross_entropy, x, y, clear=False)
print("worse than at the start:", max(wrong_8) > 2 * wrong_8[0])
print("more than one gradient:", (kept(model) > 2).item())

# %% clear_mended
model = new_model()
mended_8 = train(model, F.cross_entropy, x, y, clear=True)
print("worse than at the start:", max(mended_8) > 2 * mended_8[0])
model.zero_grad()
print(f"gradients: {kept(model):.1f}")

# %% average
wrong_9, mended_9 = [], []
for _ in range(20):  # nothing is trained: only the order differs
    total, means = 0.0, []
    for rows in torch.randperm(len(x)).split(64):
        loss = F.cross_entropy(learned(x[rows]), y[rows]).item()
        means.append(loss)
        total += loss * len(rows)
    wrong_9.append(sum(means) / len(means))
    mended_9.append(total / len(x))
print(f"batches of 64, the last of {len(rows)}")
spread = (max(wrong_9) - min(wrong_9)) / mended_9[0]
print(f"mean of means: spread {spread:.1f}")

# %% average_mended
spread = (max(mended_9) - min(mended_9)) / mended_9[0]
print(f"mean over samples: spread {spread:.1f}")


# %% broadcast
def squares(output, y):
    return (output - y).square().mean()


model = new_model(1)
wrong_10 = train(model, squares, x, lean[:, 0])
tell(wrong_10)
print(f"outputs spread {model(x).std():.1f}, targets {lean.std():.1f}")
print("differences:", tuple((model(x[:64]) - lean[:64, 0]).shape))

# %% broadcast_mended
model = new_model(1)
mended_10 = train(model, squares, x, lean)
tell(mended_10)
print(f"outputs spread {model(x).std():.1f}, targets {lean.std():.1f}")
print("differences:", tuple((model(x[:64]) - lean[:64]).shape))

# %% curves
pairs = {
    "1 mask": (wrong_1, mended_1),
    "2 scale": (wrong_2, mended_2),
    "3 range": (wrong_3, mended_3),
    "4 column": (wrong_4, mended_4),
    "5 optimizer": (wrong_5, mended_5),
    "6 shuffled": (wrong_6, mended_6),
    "7 softmax": (wrong_7, mended_7),
    "8 zero_grad": (wrong_8, mended_8),
    "9 average": (wrong_9, mended_9),
    "10 broadcast": (wrong_10, mended_10),
}
fig, axes = plt.subplots(2, 5, figsize=(8, 4), layout="constrained")
for ax, (name, (wrong, mended)) in zip(axes.flat, pairs.items(), strict=True):
    every = 1 if name == "9 average" else 4
    for losses, style in ((mended, "C0-"), (wrong, "C1--")):
        seen = torch.tensor(losses[::every]).clamp(-9, 9)
        ax.plot(range(0, len(losses), every), seen, style)
    ax.set(title=name, ylim=(-1, 4))
axes[1, 3].set(ylim=(0.2, 0.3), yticks=(0.2, 0.3), xlabel="shuffle")
axes[1, 0].set_xlabel("step")
for ax in axes[:, 0]:
    ax.set_ylabel("loss")
words = ["mended", "planted"]
fig.legend(ax.lines, words, loc="outside lower center", ncols=2)
plt.show()
