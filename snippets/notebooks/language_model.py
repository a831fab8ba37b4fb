# %% setup
import codecs
import io
import math
from contextlib import redirect_stdout
from functools import partial

import matplotlib.pyplot as plt
import torch
from chunked_cross_entropy import chunked_linear_cross_entropy
from token_loss import causal_lm_loss
from torch import nn
from torch.autograd.graph import saved_tensors_hooks
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

with redirect_stdout(io.StringIO()):  # it prints itself when imported
    import this

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

# %% data
lines = codecs.decode(this.s, "rot13").splitlines()
lines = sorted((line for line in lines if line), key=len)
letters = "\n" + "".join(sorted(set("".join(lines))))  # 0 ends a sentence
documents = [
    torch.tensor([letters.index(c) for c in line + "\n"]) for line in lines
]
lengths = torch.tensor([len(d) for d in documents])
tokens = nn.utils.rnn.pad_sequence(documents, batch_first=True)  # with 0
place = torch.arange(tokens.shape[1]).expand_as(tokens)
padding = place >= lengths[:, None]
labels = tokens.masked_fill(padding, -100)
V = len(letters)
print(f"{len(lines)} sentences, the longest {max(lengths)} tokens; V = {V}")
print(f"share of padding: {padding.double().mean():.2f}")


# %% model
class Model(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.token = nn.Embedding(V, width)
        self.place = nn.Embedding(len(place[0]), width)
        self.layer = nn.TransformerEncoderLayer(
            width, 2, 2 * width, dropout=0.0, batch_first=True
        )
        self.head = nn.Linear(width, V)

    def hidden(self, tokens, place, hide):
        x = self.token(tokens) + self.place(place)
        return self.layer(x, src_mask=hide)

    def forward(self, tokens, place, hide):
        return self.head(self.hidden(tokens, place, hide))


# %% start
def later(length):  # what a token must not see
    return torch.ones(length, length).triu(1).bool()


model = Model()
inputs = tokens, place, later(tokens.shape[1])
start = causal_lm_loss(model(*inputs), labels).item()
for parameter in model.head.parameters():
    nn.init.zeros_(parameter)
chance = causal_lm_loss(model(*inputs), labels).item()
print(f"first loss: {start:.2f}, with a head of zeros: {chance:.2f}")
print(f"ln V = {math.log(V):.2f}")
assert abs(chance - math.log(V)) < 1e-12
assert abs(start - chance) < 0.5


# %% train
def train(step, steps=50):
    torch.manual_seed(0)
    model = Model()
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    curve = []
    for _ in range(steps):
        with torch.no_grad():  # the same loss for all, whatever the step
            curve.append(causal_lm_loss(model(*inputs), labels).item())
        optimizer.zero_grad()
        step(model)
        optimizer.step()
    return model, torch.tensor(curve)


# %% padding
choices = {
    "padding counts": tokens,
    "no end counts": tokens.masked_fill(tokens == 0, -100),
    "padding ignored": labels,
}
reported, real, end = {}, {}, {}
print("                 reported  real  P(end)")
for name, y in choices.items():

    def step(model, y=y):
        causal_lm_loss(model(*inputs), y).backward()

    model, full = train(step)
    with torch.no_grad():
        logits = model(*inputs)
    reported[name] = causal_lm_loss(logits, y).item()
    real[name] = causal_lm_loss(logits, labels).item()
    last = logits[torch.arange(len(lines)), lengths - 2]  # before the end
    end[name] = last.softmax(1)[:, 0].mean().item()
    print(f"{name:17}{reported[name]:8.2f}{real[name]:6.2f}{end[name]:8.2f}")
assert reported["padding counts"] < real["padding counts"]
assert real["padding ignored"] < min(real[name] for name in list(real)[:2])
assert end["no end counts"] < 0.01 < 0.9 < end["padding ignored"]

# %% packing
row = torch.cat(documents)[None]
document = torch.arange(len(lines)).repeat_interleave(lengths)[None]
restart = torch.cat([torch.arange(n) for n in lengths])[None]
apart = later(row.shape[1]) | (document.mT != document)  # hides the others
first = row.masked_fill(restart == 0, -100)
with torch.no_grad():
    logits = model(row, restart, apart)
    packed = causal_lm_loss(logits, first).item()
    joined = causal_lm_loss(logits, row).item()
    across = model(row, restart, later(row.shape[1]))
    leaking = causal_lm_loss(across, first).item()
print(f"padded, {tokens.numel()} tokens:  {real['padding ignored']:.2f}")
print(f"packed, {row.numel()} tokens:   {packed:.2f}")
print(f"boundary labels count: {joined:.2f}")
print(f"attention across:      {leaking:.2f}")
assert abs(packed - real["padding ignored"]) < 1e-12
assert packed < joined < leaking

# %% micro_batches
micro = torch.arange(len(lines)).split(5)
counts = [(labels[rows, 1:] != -100).sum() for rows in micro]
print("labels a micro-batch:", [n.item() for n in counts])
print(f"the last has {counts[-1] / counts[0]:.1f} times those of the first")


# %% accumulate
def mean_of_means(logits, y):  # wrong
    return causal_lm_loss(logits, y) / len(micro)


def one_count(logits, y):
    return causal_lm_loss(logits, y, num_items=sum(counts))


def accumulate(model, loss):
    for rows in micro:
        logits = model(tokens[rows], place[rows], inputs[2])
        loss(logits, labels[rows]).backward()


wrong = train(partial(accumulate, loss=mean_of_means))[1]
right = train(partial(accumulate, loss=one_count))[1]
print("last loss:")
print(f"  full batch    {full[-1]:.2f}")
print(f"  one count     {right[-1]:.2f}")
print(f"  mean of means {wrong[-1]:.2f}")
behind = (full <= wrong[-1]).sum().item() - 1
print(f"  which the full batch had {behind} steps earlier")
assert (right - full).abs().max() < 1e-9
assert wrong[-1] > full[-1] + 0.01

# %% curves
fig, (left, axes) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.semilogy(full, "-", label="full batch", lw=3)
left.semilogy(wrong, ":", label="mean of means")
left.semilogy(right, "--", label="one count")
left.set(xlabel="step", ylabel="loss")
left.legend()
axes.plot([])  # keeps the colours of the left
for curve, style in ((wrong, ":"), (right, "--")):
    axes.semilogy((curve - full).abs().clamp_min(2**-52), style)
axes.set(xlabel="step", ylabel="off the full batch, or $2^{-52}$")
plt.show()


# %% memory
class Largest(TorchFunctionMode):
    size = 0

    def __torch_function__(self, call, types, args=(), kwargs=None):
        out = call(*args, **(kwargs or {}))
        if isinstance(out, torch.Tensor):
            self.size = max(self.size, out.untyped_storage().nbytes())
        return out


def measure(loss):
    kept = {}

    def keep(x):  # one storage counts once
        kept[x.untyped_storage().data_ptr()] = x.untyped_storage().nbytes()
        return x

    with Largest() as largest, saved_tensors_hooks(keep, lambda x: x):
        value = loss(hidden, weight, target)
    grads = torch.autograd.grad(value, (hidden, weight))
    return value, grads, sum(kept.values()), largest.size


# %% large_vocabulary
hidden = torch.randn(1024, 64, requires_grad=True)
weight = torch.randn(8192, 64, requires_grad=True)
target = torch.randint(8192, (1024,))
all_at_once = measure(lambda h, w, y: F.cross_entropy(h @ w.T, y))
in_chunks = measure(partial(chunked_linear_cross_entropy, chunk_size=64))
for name, result in (("all logits", all_at_once), ("chunked", in_chunks)):
    kept, largest = (round(size / 2**20) for size in result[2:])
    print(f"{name:10} keeps {kept:2} MiB, largest tensor {largest:2} MiB")
torch.testing.assert_close(in_chunks[:2], all_at_once[:2], rtol=1e-9, atol=1e-9)
assert in_chunks[2] < all_at_once[2] / 5
