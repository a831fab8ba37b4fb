# %% setup
import matplotlib.pyplot as plt
import torch
from overlap import dice_loss
from torch import nn
from torch.nn import functional as F

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
SIDE, SHARES, SEEDS = 32, (0.2, 0.05, 0.01), 3


# %% shapes
def draw(count, share, noise=0.6):
    """Draw a disk or a square on noise: images and masks, (N, 1, 32, 32)."""
    at = torch.arange(SIDE) + 0.5
    half = SIDE * share**0.5 / 2 * (0.8 + 0.4 * torch.rand(count, 1, 1))
    row, column = half + (SIDE - 2 * half) * torch.rand(2, count, 1, 1)
    dy, dx = (at[:, None] - row).abs(), (at - column).abs()
    square = torch.maximum(dy, dx) <= half
    disk = dy**2 + dx**2 <= half**2 * 4 / torch.pi  # of the same area
    mask = torch.where(torch.rand(count, 1, 1) < 0.5, disk, square)
    mask = mask[:, None].double()
    return mask + noise * torch.randn(mask.shape), mask


for share in SHARES:
    area = draw(1000, share)[1].mean((0, 1, 2, 3)) * SIDE**2
    print(f"share {share}: {area:.0f} of {SIDE**2} pixels")


# %% losses
bce = F.binary_cross_entropy_with_logits
LOSSES = {"BCE": bce, "Dice": dice_loss}
LOSSES["BCE + Dice"] = lambda x, y: bce(x, y) + dice_loss(x, y)


def iou(logits, mask):
    """IoU of predicted and true masks, the mean over images."""
    guess, mask = logits > 0, mask > 0.5  # a logit above 0 is above one half
    common, union = (guess & mask), (guess | mask)
    return (common.sum((1, 2, 3)) / union.sum((1, 2, 3))).mean()


# %% pull
_, mask = draw(100, SHARES[-1])
for name, loss in LOSSES.items():
    logits = torch.zeros_like(mask, requires_grad=True)
    loss(logits, mask).backward()
    size = logits.grad.abs()
    share = (size * mask).sum() / size.sum()
    print(f"{name}: {share:.2f} of the gradient is on the object")


# %% train
def start():
    """Make a small network that works at half the resolution."""
    return nn.Sequential(
        nn.PixelUnshuffle(2),  # four pixels become four channels
        nn.Conv2d(4, 8, 3, padding=1),
        nn.LeakyReLU(),
        nn.Conv2d(8, 8, 3, padding=1),
        nn.LeakyReLU(),
        nn.Conv2d(8, 4, 3, padding=1),
        nn.PixelShuffle(2),  # and back: one logit a pixel
    )


def train(model, loss, images, masks, steps):
    """Train on eight images a step; pause after every fiftieth."""
    optimizer = torch.optim.Adam(model.parameters(), 0.01, fused=True)
    for step in range(1, steps + 1):
        batch = torch.arange(8 * step, 8 * step + 8) % len(images)
        optimizer.zero_grad()
        loss(model(images[batch]), masks[batch]).backward()
        optimizer.step()
        if step % 50 == 0:
            yield step


# %% run
STEPS = {0.2: 100, 0.05: 100, 0.01: 300}
scores = torch.zeros(3, 3, SEEDS, 6)  # share, loss, seed, pause
shown = {}
for i, share in enumerate(SHARES):
    for j, name in enumerate(LOSSES):
        for seed in range(SEEDS):
            torch.manual_seed(seed)  # each loss: same images, same start
            model, seen, (x, y) = start(), draw(128, share), draw(128, share)
            shown.setdefault(share, {f"share {share}": x[:1], "mask": y[:1]})
            for step in train(model, LOSSES[name], *seen, STEPS[share]):
                with torch.no_grad():
                    logits = model(x)
                scores[i, j, seed, step // 50 - 1] = iou(logits, y)
                if seed == 0 and step == 100:
                    shown[share][name] = logits[:1].sigmoid()


# %% table
def table(shares, at):
    """Print and return means over seeds, with lowest and highest seed."""
    print(f"IoU after {at} steps" + "".join(f"{name:>17}" for name in LOSSES))
    found = scores[shares, :, :, at // 50 - 1]
    for i, row in zip(shares, found, strict=True):
        cells = [f"{s.mean():.2f} ({s.min():.2f}-{s.max():.2f})" for s in row]
        print(f"{SHARES[i]:<18}" + "".join(f"{cell:>17}" for cell in cells))
    return found.mean(2)


early = table([0, 1, 2], at=100)
assert early[0].max() - early[0].min() < 0.05
assert (early[1:, 0] < early[1:, 2]).all()
assert (early[1:, 2] < early[1:, 1]).all()

# %% masks
fig, axes = plt.subplots(2, 5, figsize=(8, 3.4), layout="constrained")
for line, share in zip(axes, SHARES[1:], strict=True):
    for ax, (title, cell) in zip(line, shown[share].items(), strict=True):
        limits = {"vmin": 0, "vmax": 1} if cell.min() >= 0 else {}
        ax.imshow(cell[0, 0], cmap="gray", **limits)
        ax.set_title(title, fontsize=10)
        ax.set_axis_off()
plt.show()

# %% longer
(late,) = table([2], at=300)
course = scores[2].mean(1)  # loss, pause
assert (course[2] < course[1]).all()
assert late[1] - late[0] < (early[2, 1] - early[2, 0]) / 2

# %% curves
fig, axes = plt.subplots(
    1, 2, figsize=(8, 3), sharey=True, layout="constrained"
)
for j, name in enumerate(LOSSES):
    panels = (SHARES, scores[:, j, :, 1]), (range(50, 301, 50), scores[2, j].T)
    for ax, (at, seeds) in zip(axes, panels, strict=True):
        ax.plot(at, seeds.mean(1), ["o-", "s--", "^:"][j], label=name)
        ax.fill_between(at, *seeds.aminmax(dim=1), alpha=0.2)
axes[0].set(xscale="log", title="after 100 steps", xlabel="foreground share")
axes[0].set_xticks(SHARES, map(str, SHARES))
axes[0].minorticks_off()
axes[0].set_ylabel("IoU, held out")
axes[0].legend(frameon=False, loc="lower right")
axes[1].set(title=f"share {SHARES[-1]}", xlabel="steps")
plt.show()
