# %% setup
import matplotlib.pyplot as plt
import torch
from policy_gradient import clipped_policy_loss, group_advantage, kl_penalty
from torch import nn

torch.manual_seed(0)
torch.set_default_dtype(torch.float64)

# %% task
END, T, K = 10, 8, 16  # the end token, most tokens, answers to a prompt
prompts = torch.arange(1, 19)
G = len(prompts)


def check(answer, mask, prompt):
    ended = (mask & (answer == END)).any(1)
    total = answer.where(mask & (answer < END), 0).sum(1)
    return (ended & (total == prompt)).double()


def until_end(answer):  # the end token counts, what follows does not
    end = answer == END
    return end.cumsum(1) - end.long() == 0


tries = torch.tensor([[9, 3, END, 0], [9, 3, 0, 0], [9, 4, END, 0]])
for row, reward in zip(tries, check(tries, until_end(tries), 12), strict=True):
    said = ["end" if x == END else str(x.item()) for x in row]
    print(f"12 is {' '.join(said):9} -> {reward.item():.0f}")


# %% policy
class Policy(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.prompt = nn.Embedding(len(prompts) + 1, width)
        self.token = nn.Embedding(END + 1, width)
        self.place = nn.Embedding(T, width)
        self.head = nn.Sequential(
            nn.Linear(width, width), nn.ReLU(), nn.Linear(width, END + 1)
        )

    def forward(self, prompt, answer):  # a token sees those before it
        token = self.token(answer)
        seen = token.cumsum(1) - token + self.place.weight[: token.shape[1]]
        return self.head(seen + self.prompt(prompt)[:, None]).log_softmax(-1)


def log_prob(policy, prompt, answer):
    return policy(prompt, answer).gather(2, answer[..., None])[..., 0]


@torch.no_grad()
def sample(policy, prompt):
    answer = torch.zeros(len(prompt), T, dtype=torch.long)
    for t in range(T):
        below = policy(prompt, answer[:, : t + 1])[:, t].exp().cumsum(1)
        dice = torch.rand(len(prompt), 1)
        answer[:, t] = (below < dice).sum(1).clamp_max(END)
    return answer, until_end(answer), log_prob(policy, prompt, answer)


# %% first_step
def gradient(loss, policy):
    grads = torch.autograd.grad(loss, policy.parameters(), retain_graph=True)
    return torch.cat([x.flatten() for x in grads])


def options(normalize):
    longest = T if normalize == "length" else None
    return {"normalize": normalize, "length": longest}


def rollout(policy):
    prompt = prompts.repeat_interleave(K)  # the answers of a group in a row
    answer, mask, old = sample(policy, prompt)
    reward = check(answer, mask, prompt).view(G, K)
    return prompt, answer, mask, old, reward


policy = Policy()
prompt, answer, mask, old, reward = rollout(policy)
advantage = group_advantage(reward).flatten()
now = log_prob(policy, prompt, answer)
loss = clipped_policy_loss(now, old, advantage, mask, **options("sequence"))
pull = gradient(loss, policy)
each = (advantage[:, None] * now).where(mask, 0).sum(1) / mask.sum(1)
reinforce = gradient(-each.mean(), policy)
print(f"mean reward       {reward.mean():.3f}")
print(f"loss              {loss.abs().item():.3f}")
print(f"gradient norm     {pull.norm():.3f}")
print(f"off REINFORCE by  {(pull - reinforce).norm():.3f}")
assert abs(loss) < 1e-12 < 0.01 < pull.norm()


# %% train
def train(steps, beta=0.0, seed=0, updates=3):
    torch.manual_seed(seed)
    policy, reference = Policy(), Policy()
    reference.load_state_dict(policy.state_dict())
    optimizer = torch.optim.Adam(policy.parameters(), lr=0.01)
    log = []
    for _ in range(steps):
        prompt, answer, mask, old, reward = rollout(policy)
        advantage = group_advantage(reward).flatten()
        with torch.no_grad():
            start = log_prob(reference, prompt, answer)
        row = {
            "reward": reward.mean(),
            "k1": kl_penalty(old, start, mask, estimator="k1"),
            "k3": kl_penalty(old, start, mask, estimator="k3"),
            "wrong": (reward.sum(1) == 0).sum(),
            "right": (reward.sum(1) == K).sum(),
        }
        for _ in range(updates):
            now = log_prob(policy, prompt, answer)
            loss = clipped_policy_loss(
                now, old, advantage, mask, **options("sequence")
            )
            row.setdefault("loss", loss.detach())  # of the first update
            far = kl_penalty(now, start, mask, estimator="k2")
            optimizer.zero_grad()
            (loss + beta * far).backward()
            optimizer.step()
            for x in policy.parameters():  # so that round-off can't grow
                x.data.mul_(2**16).round_().div_(2**16)
        gain, ratio = advantage[:, None], (now - old).detach().exp()
        clipped = ((gain > 0) & (ratio > 1.2)) | ((gain < 0) & (ratio < 0.8))
        row["clipped"] = clipped[mask].double().mean()
        log.append({name: float(x) for name, x in row.items()})
    return policy, {k: torch.tensor([row[k] for row in log]) for k in log[0]}


# %% log
policy, log = train(61)
print("step  loss reward clipped   KL  wrong mixed right")
for i in (0, 5, 10, 20, 40, 60):
    wrong, right = int(log["wrong"][i]), int(log["right"][i])
    print(
        f"{i:4}{log['loss'][i].abs():6.2f}{log['reward'][i]:7.2f}"
        f"{log['clipped'][i]:8.2f}{log['k1'][i].abs():5.1f}"
        f"{wrong:7}{G - wrong - right:6}{right:6}"
    )
assert log["loss"].abs().max() < 1e-12
assert log["reward"][0] < 0.1 < 0.6 < log["reward"][-1]

# %% picture
penalised, log_kl = train(61, beta=0.05)
fig, (left, right) = plt.subplots(1, 2, figsize=(8, 3), layout="constrained")
left.plot(log["reward"], "-", label="reward")
left.plot(log_kl["reward"], "--", label="reward, with KL")
left.plot(log["loss"], ":", label="loss")
left.set(xlabel="step", ylim=(-0.05, 1.05))
left.legend(loc="center right")
right.plot(log["wrong"], "-", label="all wrong")
right.plot(G - log["wrong"] - log["right"], "--", label="mixed")
right.plot(log["right"], ":", label="all right")
right.set(xlabel="step", ylabel="groups", yticks=range(0, G + 1, 6))
right.legend(loc="center right")
plt.show()

# %% equal
reward = torch.tensor([[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [1.0, 0.0, 0.0]])
centred = reward - reward.mean(1, keepdim=True)
plain = centred / reward.std(1, keepdim=True)
for row, a, b in zip(reward, plain, group_advantage(reward), strict=True):
    a, b = (" ".join(f"{x:5.2f}" for x in y.abs()) for y in (a, b))
    print(f"rewards {row.int().tolist()}  plain {a}  here {b}")

# %% stuck
prompt, answer, mask, old, reward = rollout(policy)
advantage = group_advantage(reward).flatten()
now = log_prob(policy, prompt, answer)
pull = gradient(clipped_policy_loss(now, old, advantage, mask), policy)
wrong, right = (reward.sum(1) == 0).sum(), (reward.sum(1) == K).sum()
print(f"{wrong} of {G} groups all wrong, {right} all right")
print(f"gradient norm {pull.norm():.3f}, exactly 0: {not pull.any()}")
for group in (reward.sum(1) == 0).nonzero()[:, 0]:
    rows = slice(group * K, group * K + K)
    texts = [
        " ".join(str(x) for x in a[m].tolist()).replace("10", "end")
        for a, m in zip(answer[rows], mask[rows], strict=True)
    ]
    most = max(sorted(set(texts)), key=texts.count)
    print(f"{prompts[group]:2} is {most:8} {texts.count(most):2} of {K} times")


# %% kl
def look(policy):
    torch.manual_seed(0)
    reference = Policy()  # the first that `train` makes from this seed
    prompt, answer, mask, _, reward = rollout(policy)
    with torch.no_grad():
        p, q = policy(prompt, answer), reference(prompt, answer)
    exact = (p.exp() * (p - q)).sum(2)[mask].mean()  # over all 11 tokens
    good = reward.flatten() == 1
    texts = zip(prompt[good], answer[good], mask[good], strict=True)
    kinds = {(p.item(), *a[m].tolist()) for p, a, m in texts}
    return reward.mean(), exact, len(kinds)


print("      reward   KL  different right answers")
for name, who in (("alone", policy), ("KL", penalised)):
    mean, exact, kinds = look(who)
    print(f"{name:5}{mean:7.2f}{exact:5.1f}{kinds:6}")
for name in ("k1", "k3"):
    late = log[name][30:]
    print(f"{name} median {late.median():.1f}, largest {late.max():4.1f}")

# %% seeds
print("seed    all wrong in the end, reward")
for seed in (0, 1, 2):
    one, two = log, log_kl
    if seed:
        one, two = (train(61, beta, seed)[1] for beta in (0, 0.05))
    for name, run in (("alone", one), ("KL", two)):
        wrong, mean = (run[x][-1] for x in ("wrong", "reward"))
        print(f"{seed:4} {name:5} {wrong:3.0f} {mean:6.2f}")

# %% divisors
early, _ = train(7)
prompt, answer, mask, old, reward = rollout(early)
advantage = group_advantage(reward).flatten()
now = log_prob(early, prompt, answer)
length, counts = mask.sum(1), advantage != 0
long = length > 4
print(f"{counts.sum()} answers in mixed groups, {(counts & long).sum()} long")
share = (counts & long).sum() / counts.sum()
print(f"long: {share:.2f} of answers,", end=" ")
print(f"{length[counts & long].sum() / length[counts].sum():.2f} of tokens")
pulls = {}
print("          loss  norm  long  token")
for name in ("sequence", "token", "length"):
    loss = clipped_policy_loss(now, old, advantage, mask, **options(name))
    pulls[name] = gradient(loss, early)
    of_token = torch.autograd.grad(loss, now, retain_graph=True)[0].abs()
    share = of_token[long].sum() / of_token.sum()
    a_token = of_token / advantage[:, None].abs()  # the advantage aside
    short, other = (
        a_token[mask & (counts & rows)[:, None]].mean()
        for rows in (~long, long)
    )
    print(
        f"{name:9}{loss.abs():5.2f}{pulls[name].norm():6.2f}{share:6.2f}"
        f"{short / other:6.1f}"
    )
one, two, three = (x / x.norm() for x in pulls.values())
print(f"cosine with token: sequence {one @ two:.1f}, length {three @ two:.1f}")
times = pulls["token"].norm() / pulls["length"].norm()
print(f"token is {times:.1f} of length: {T} / {length.double().mean():.1f}")
assert abs(three @ two - 1) < 1e-12 < 1e-3 < 1 - one @ two
