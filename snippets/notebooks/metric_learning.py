# %% setup
import math

import matplotlib.pyplot as plt
import torch
from contrastive import nt_xent, supervised_contrastive
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

# %% data
pixels, digit = load_digits(return_X_y=True)
split = train_test_split(
    pixels / 16, digit, test_size=0.5, stratify=digit, random_state=0
)
x, x_test, y, y_test = map(torch.tensor, split)
tens = torch.stack([(y == c).nonzero()[:50, 0] for c in range(10)], 1)
print(f"{len(x)} images to train, {len(x_test)} held out")
print(f"{len(tens)} galleries of {tens.shape[1]} images, one of each digit")


# %% baseline
def evaluate(embed):  # the nearest image of the gallery names the digit
    with torch.no_grad():
        d = torch.cdist(embed(x_test), embed(x))
    right = y[d.argmin(1)] == y_test
    ten = torch.stack([y[g][d[:, g].argmin(1)] == y_test for g in tens])
    return right.double().mean().item(), ten.double().mean().item()


def principal(x, size):  # directions in which x differs most
    return torch.linalg.svd(x - x.mean(0), full_matrices=False)[2][:size].T


directions = principal(x, 8)
table = {
    "64 pixels": evaluate(lambda x: x),
    "PCA to 8": evaluate(lambda x: x @ directions),
}
print("gallery      all   ten")
for name, (every, ten) in table.items():
    print(f"{name:11}{every:5.2f} {ten:5.2f}")


# %% train
def train(loss, steps=200):
    torch.manual_seed(0)
    encoder = nn.Sequential(nn.Linear(64, 128), nn.ReLU(), nn.Linear(128, 8))
    optimizer = torch.optim.Adam(encoder.parameters(), lr=0.003)

    def embed(x):
        return F.normalize(encoder(x))

    history = []
    for _ in range(steps):
        rows = torch.randperm(len(x))[:256]  # no image twice in a batch
        value = loss(embed, x[rows], y[rows])
        spread = torch.pdist(embed(x[rows]).detach()).mean()
        history.append([value.item(), spread.item()])
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
    return embed, torch.tensor(history)


# %% triplets
triplet = nn.TripletMarginLoss(margin=0.5)


def mine(z, y, how):
    same, itself = y[:, None] == y, torch.eye(len(y), dtype=torch.bool)
    d, dice = torch.cdist(z, z).detach(), torch.rand(len(y), len(y))
    like = d if how == "hardest" else dice
    p = like.masked_fill(~same | itself, -1).argmax(1)
    nearer = d < d.gather(1, p[:, None])  # than the positive: last choice
    unlike = {"random": dice, "hardest": d, "semi-hard": d + 3 * nearer}
    n = unlike[how].masked_fill(same, 9).argmin(1)
    return triplet(z, z[p], z[n])


# %% losses
def view(x):  # moved by up to one pixel each way, with noise
    moved = F.unfold(F.pad(x.view(-1, 1, 8, 8), [1] * 4), 8)
    moved = moved[torch.arange(len(x)), :, torch.randint(9, (len(x),))]
    return moved + 0.1 * torch.randn(moved.shape)


losses = {
    "random": lambda embed, x, y: mine(embed(x), y, "random"),
    "hardest": lambda embed, x, y: mine(embed(x), y, "hardest"),
    "semi-hard": lambda embed, x, y: mine(embed(x), y, "semi-hard"),
    "SupCon": lambda embed, x, y: supervised_contrastive(embed(x), y),
    "NT-Xent": lambda embed, x, y: nt_xent(embed(view(x)), embed(view(x))),
}

# %% collapse
N = 256
one_point = torch.ones(N, 8)
for name, loss in losses.items():
    print(f"{name:9} {loss(lambda x: one_point, x[:N], y[:N]):.2f}")
print(f"ln(N - 1) = {math.log(N - 1):.2f}")
print(f"ln(2N - 1) = {math.log(2 * N - 1):.2f}")

# %% mining
runs = {name: train(loss) for name, loss in losses.items()}
fig, panels = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for name, style in (("random", ":"), ("hardest", "-"), ("semi-hard", "--")):
    history = runs[name][1]
    for column, axes in enumerate(panels):
        axes.plot(history[:, column], style, label=name)
    value, spread = history[50]
    print(f"step 50, {name:9} loss {value:.2f}, spread {spread:.2f}")
panels[0].set(xlabel="step", ylabel="loss")
panels[1].set(xlabel="step", ylabel="mean distance in a batch")
panels[0].legend()
plt.show()
hardest, semi = runs["hardest"][1], runs["semi-hard"][1]
assert abs(hardest[50, 0] - 0.5) < 0.01
assert hardest[50, 1] < 0.1 < 1 < semi[50, 1]
assert hardest[-1, 1] > 1  # it got away in the end

# %% floor
count = (y[:N, None] == y[:N]).sum(1) - 1  # positives of each
floor = count.log().mean().item()
value = losses["SupCon"](runs["SupCon"][0], x[:N], y[:N]).item()
print(f"SupCon after training {value:.2f}, its least {floor:.2f}")
assert floor < value < floor + 0.1

# %% results
table["untrained"] = evaluate(train(losses["SupCon"], steps=0)[0])
for name in ("random", "hardest", "semi-hard", "SupCon", "NT-Xent"):
    table[name] = evaluate(runs[name][0])
print("gallery      all   ten")
for name, (every, ten) in table.items():
    print(f"{name:11}{every:5.2f} {ten:5.2f}")
best = max(every for every, _ in table.values())
assert table["64 pixels"][0] == best
for name in ("random", "hardest", "semi-hard", "SupCon"):
    assert table[name][1] > table["64 pixels"][1] + 0.2
assert table["untrained"][1] < table["NT-Xent"][1] < table["PCA to 8"][1]
assert table["untrained"][0] < table["NT-Xent"][0] < table["PCA to 8"][0]

# %% embeddings
shown = {"64 pixels": lambda x: x} | {
    name: runs[name][0] for name in ("semi-hard", "SupCon", "NT-Xent")
}
fig, panels = plt.subplots(2, 2, figsize=(8, 7), layout="constrained")
for axes, (name, embed) in zip(panels.flat, shown.items(), strict=True):
    with torch.no_grad():
        z, z_test = embed(x), embed(x_test[:150])
    flat = (z_test - z.mean(0)) @ principal(z, 2)
    for c in range(10):
        a, b = flat[y_test[:150] == c].T
        axes.scatter(a, b, s=40, marker=f"${c}$", lw=0, color=f"C{c}")
    axes.set(title=name, xticks=[], yticks=[])
plt.show()
