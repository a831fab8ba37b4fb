# %% setup
import math

import matplotlib.pyplot as plt
import torch
from robust_regression import quantile_loss
from sklearn.datasets import load_diabetes
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
SPLITS, TRAIN = 20, 300
NAMES = ["right targets", "a tenth wrong"]

# %% data
features, target = map(torch.tensor, load_diabetes(return_X_y=True))
rows = torch.stack([torch.randperm(len(target)) for _ in range(SPLITS)])
x, y = features[rows], target[rows, None]  # (split, row, feature or 1)
seen = x[:, :TRAIN]
x = (x - seen.mean(1, keepdim=True)) / seen.std(1, keepdim=True)
x = torch.cat([x, torch.ones_like(y)], 2)  # a column for the bias
right, test_y, test_x = y[:, :TRAIN], y[:, TRAIN:], x[:, TRAIN:]
print(f"{len(target)} patients, {TRAIN} to train, {SPLITS} random splits")
print(f"targets from {target.min():.0f} to {target.max():.0f}")

# %% outliers
wrong = right.clone()
wrong[:, :30] *= 10  # rows are shuffled: any 30 of 300
train_y = torch.stack([right, wrong])  # (right or wrong, split, row, 1)
train_x = torch.stack([x[:, :TRAIN]] * 2)


# %% fit
def fit(loss, columns=1, steps=1500, lr=10.0):
    """Train one linear model for each target and split, all at once."""
    weight = torch.zeros(2, SPLITS, x.shape[2], columns)
    weight[:, :, -1] = train_y.median(2).values  # a bias to begin with
    weight.requires_grad_()
    optimizer = torch.optim.Adam([weight], lr)
    decay = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    for _ in range(steps):
        optimizer.zero_grad()
        loss(train_x @ weight, train_y).backward()
        optimizer.step()
        decay.step()
    return weight.detach()


levels = [0.05, 0.5, 0.95]
weights = {"MSE": fit(F.mse_loss), "L1": fit(F.l1_loss)}
quantiles = fit(lambda p, y: quantile_loss(p, y[..., 0], q=levels), 3)
weights["quantile 0.5"] = quantiles[..., 1:2]

# %% delta
size = (train_x @ weights["L1"] - train_y).abs().median(2, keepdim=True)
delta = 2 * size.values
weights["Huber"] = fit(lambda p, y: F.huber_loss(p / delta, y / delta))
spread = train_y.std(2).mean((1, 2))
for k, name in enumerate(NAMES):
    print(f"{name}: delta {delta[k].mean():.0f}, std {spread[k]:.0f}")

# %% errors
exact = torch.linalg.pinv(train_x) @ train_y
assert (exact - weights["MSE"]).abs().max() < 0.1  # it has converged
errors = {name: test_x @ weight - test_y for name, weight in weights.items()}
errors["median"] = train_y.median(2, keepdim=True).values - test_y
print(f"{'':14}{NAMES[0]:>16}{NAMES[1]:>18}")
print(f"{'':14}{'MAE':>8}{'RMSE':>8}{'MAE':>10}{'RMSE':>8}")
mae = {}
for name, error in errors.items():
    mae[name] = error.abs().mean((1, 2, 3))
    rmse = error.square().mean((2, 3)).sqrt().mean(1)
    a, b, c, d = torch.stack([mae[name], rmse], 1).flatten()
    print(f"{name:14}{a:8.1f}{b:8.1f}{c:10.1f}{d:8.1f}")
assert (mae["L1"] - mae["quantile 0.5"]).abs().max() < 0.1
assert mae["MSE"][0] < mae["Huber"][0] < mae["L1"][0] < mae["MSE"][0] + 1
assert mae["MSE"][1] > mae["median"][1] > mae["Huber"][1]
assert max(mae[name].diff() for name in ("L1", "Huber")) < 2

# %% residuals
fig, axes = plt.subplots(
    1, 2, figsize=(8, 3), sharey=True, layout="constrained"
)
bins = torch.linspace(-250, 450, 36)
for k, ax in enumerate(axes):
    for name, style in {"MSE": "-", "L1": "--", "Huber": ":"}.items():
        error = errors[name][k].flatten()
        label = f"{name}, mean {error.mean():.0f}"
        print(f"{NAMES[k]}: {label}")
        ax.hist(error, bins, histtype="step", ls=style, lw=1.5, label=label)
    ax.axvline(0, color="gray", lw=0.8)
    ax.set(title=NAMES[k], xlabel="prediction minus target, held out")
    ax.legend(frameon=False)
axes[0].set_ylabel("patients in 20 splits")
plt.show()

# %% coverage
print(f"asked for: {levels[2] - levels[0]:.2f}")
rates = {}
for rows, inputs, y in (
    ("trained on", train_x, train_y),
    ("new", test_x, test_y),
):
    low, median, high = (inputs @ quantiles).split(1, 3)
    rates[rows] = ((low <= y) & (y <= high)).double().mean((1, 2, 3))
    width = (high - low).mean((1, 2, 3))
    for k, name in enumerate(NAMES):
        print(f"{name}, {rows}: {rates[rows][k]:.2f}, width {width[k]:.0f}")
crossed = (low > high).sum((1, 2, 3)).tolist()
print(f"low above high, of {low[0].numel()}: {crossed}")
assert (rates["trained on"] - 0.9).abs().max() < 0.005
assert rates["new"][0] < 0.88  # too narrow for new patients

# %% intervals
fig, axes = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
for k, ax in enumerate(axes):
    order = median[k, 0, :, 0].argsort()
    at = range(len(order))
    ends = low[k, 0, order, 0], high[k, 0, order, 0]
    ax.fill_between(at, *ends, alpha=0.3, label="0.05 to 0.95")
    ax.plot(at, median[k, 0, order, 0], "--", label="0.5")
    ax.scatter(at, test_y[0, order, 0], s=6, c="gray", label="target")
    ax.set(title=NAMES[k], xlabel="held-out patients, by predicted median")
axes[0].legend(frameon=False, loc="upper left")
plt.show()

# %% calibrate
half = test_y.shape[1] // 2
outside = torch.maximum(low - test_y, test_y - high)[0]  # right targets
rank = math.ceil(0.9 * (half + 1))
margin = outside[:, :half].kthvalue(rank, dim=1, keepdim=True).values
after = (outside[:, half:] <= margin).double().mean((1, 2))  # by split
print(f"margin {margin.mean():.0f} on either side, from {half} patients")
print(f"coverage of the other {half}: {after.mean():.2f}")
print(f"standard deviation between splits: {after.std():.2f}")
assert abs(after.mean() - 0.9) < after.std() / 2
