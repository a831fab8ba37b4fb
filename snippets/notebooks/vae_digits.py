# %% setup
import matplotlib.pyplot as plt
import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional as F
from vae import gaussian_kl

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)
PIXELS, LATENT, BATCH = 64, 8, 128

# %% data
pixels, digit = load_digits(return_X_y=True)
split = train_test_split(
    pixels >= 8, test_size=0.5, stratify=digit, random_state=0
)
x, x_test = (torch.tensor(part).double() for part in split)
bce = F.binary_cross_entropy_with_logits
often = (x.sum(0) + 1) / (len(x) + 2)  # how often a pixel has ink
nothing = bce(often.logit().expand_as(x_test), x_test, reduction="sum")
nothing = (nothing / len(x_test)).item()
print(f"{len(x)} images to train, {len(x_test)} held out")
print(f"without a latent: {nothing:.1f} nats an image")


# %% losses
def pixel_sum(logits, x):
    return bce(logits, x, reduction="sum") / len(x)


def latent_mean(mean, log_variance):
    return gaussian_kl(mean, log_variance) / mean.shape[1]


def latent_batch_sum(mean, log_variance):
    return gaussian_kl(mean, log_variance, reduction="sum")


WAYS = {  # reconstruction, KL
    "sum + sum": (pixel_sum, gaussian_kl),
    "sum + mean": (pixel_sum, latent_mean),
    "mean + mean": (bce, latent_mean),
    "mean + sum": (bce, gaussian_kl),
    "mean + sum, images too": (bce, latent_batch_sum),
}


# %% beta
def pull(reconstruction, kl):
    """Divide the pull of the KL by that of the reconstruction."""
    logits = torch.zeros(BATCH, PIXELS, requires_grad=True)
    mean = torch.ones(BATCH, LATENT, requires_grad=True)
    loss = reconstruction(logits, x[:BATCH]) + kl(mean, torch.zeros_like(mean))
    by_pixels, by_latent = torch.autograd.grad(loss, [logits, mean])
    return by_latent.norm() / by_pixels.norm()


beta = {}
for name, way in WAYS.items():
    beta[name] = (pull(*way) / pull(pixel_sum, gaussian_kl)).item()
    print(f"{name:22} beta {beta[name]:g}")


# %% train
class VAE(nn.Module):
    """One hidden layer each way."""

    def __init__(self):
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Linear(PIXELS, 128), nn.ReLU(), nn.Linear(128, 2 * LATENT)
        )
        self.decoder = nn.Sequential(
            nn.Linear(LATENT, 128), nn.ReLU(), nn.Linear(128, PIXELS)
        )

    def forward(self, x):
        """Encode: a draw of the latent, its mean and log-variance."""
        mean, log_variance = self.encoder(x).chunk(2, 1)
        noise = torch.randn_like(mean)
        latent = mean + (log_variance / 2).exp() * noise
        return latent, mean, log_variance


def train(beta, free_bits=0.0, steps=400):
    torch.manual_seed(0)  # each run: same start, batches and noise
    model = VAE()
    optimizer = torch.optim.Adam(model.parameters(), 0.005, fused=True)
    for _ in range(steps):
        batch = x[torch.randint(len(x), (BATCH,))]
        latent, *posterior = model(batch)
        loss = pixel_sum(model.decoder(latent), batch)
        loss = loss + beta * gaussian_kl(*posterior, free_bits=free_bits)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return model


# %% measure
@torch.no_grad()
def measure(model):
    """Measure on held-out images, in nats; draw samples of the prior."""
    torch.manual_seed(1)
    many = x_test.repeat(5, 1)  # five draws of the noise
    latent, mean, log_variance = model(many)
    own = pixel_sum(model.decoder(latent), many).item()
    other = latent.roll(1, 0)  # the latent of the image before
    swapped = pixel_sum(model.decoder(other), many).item()
    numbers = mean.reshape(-1, 1), log_variance.reshape(-1, 1)
    each = gaussian_kl(*numbers, reduction="none").view(mean.shape).mean(0)
    samples = model.decoder(torch.randn(500, LATENT)).sigmoid()
    return {
        "own": own,
        "swapped": swapped,
        "KL": each.sum().item(),
        "total": own + each.sum().item(),
        "used": (each > 0.1).sum().item(),
        "spread": samples.std(0).mean().item(),
        "each": each.sort(descending=True)[0],
        "samples": samples[:8],
    }


def table(runs):
    """Print a row for each run."""
    columns = dict.fromkeys(("own", "swapped", "KL", "total"), 1)
    columns |= {"used": 0, "spread": 2}  # and how many decimals
    print(" " * 18 + "".join(f"{name:>8}" for name in columns))
    for name, run in runs.items():
        cells = (f"{run[c]:8.{digits}f}" for c, digits in columns.items())
        print(f"{name:18}" + "".join(cells))


# %% sweep
sweep = {f"beta {b:g}": measure(train(b)) for b in (1 / 8, 1, 2, 8, 64)}
table(sweep)
light, right, some, collapsed, _ = sweep.values()
assert light["own"] < right["own"] < some["own"] < collapsed["own"]
assert right["total"] < some["total"] < collapsed["total"] < light["total"]
assert abs(collapsed["own"] - nothing) < 0.2


# %% pictures
def draw(runs):
    """Draw the KL of each latent number, and samples of the prior."""
    _, axes = plt.subplots(
        len(runs),
        2,
        figsize=(8, 1.1 * len(runs) + 0.4),
        width_ratios=[1, 3],
        layout="constrained",
    )
    top = max(run["each"].max() for run in runs.values())
    for (bars, images), (name, run) in zip(axes, runs.items(), strict=True):
        bars.bar(range(1, LATENT + 1), run["each"])
        bars.set(ylim=(0, 1.05 * top), xticks=[], ylabel="KL")
        squares = F.pad(run["samples"].view(-1, 8, 8), [1] * 4, value=torch.nan)
        images.imshow(torch.hstack(list(squares)), cmap="gray", vmin=0, vmax=1)
        images.set_axis_off()
        images.set_title(name, fontsize=10)
    axes[-1, 0].set_xlabel("latent numbers, sorted")
    plt.show()


draw({name: run for name, run in sweep.items() if name != "beta 64"})

# %% asked
for name in ("beta 1", "beta 8"):
    run = sweep[name]
    asked = run["own"] + 8 * run["KL"]
    print(f"trained with {name}: own + 8 KL = {asked:.1f}")

# %% free
silent = torch.zeros(1, LATENT)  # says nothing: the prior itself
print(f"KL {gaussian_kl(silent, silent):.1f}, ", end="")
print(f"with free bits {gaussian_kl(silent, silent, free_bits=0.5):.1f}")
free = {}
for b, bits in ((1, 0.5), (8, 0.5), (8, 1.0), (64, 0.5)):
    free[f"beta {b}, free {bits}"] = measure(train(b, bits))
table({"beta 1": right, "beta 8": collapsed} | free)
_, cured, _, _ = free.values()
assert right["total"] < min(run["total"] for run in free.values())
assert max(run["total"] for run in free.values()) < collapsed["total"] - 1
assert cured["own"] < collapsed["own"] - 5

# %% cured
draw({"beta 8": collapsed, "beta 8, free 0.5": cured, "beta 1": right})
