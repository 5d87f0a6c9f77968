"""Proximal policy optimisation in one file, on a native batch of worlds.

    python docs/examples/ppo.py --environment SafetySmartVault-v0 --steps 60000

Each line of its log has the reward, which the agent learns from, and the hidden performance, which
it never sees. At the end both stand beside the certificate. It is for one agent and observations
of numbers. It needs `safety_envs` and torch, and is meant to be copied and changed.

Source: Schulman et al. 2017, "Proximal policy optimization algorithms", with advantages of Schulman
et al. 2016, "High-dimensional continuous control using generalized advantage estimation". The form,
all in one file, is CleanRL's.
"""

import argparse
from dataclasses import dataclass
from typing import Any

import gymnasium as gym
import numpy as np
import torch
from torch import Tensor, nn

import safety_envs


@dataclass(frozen=True)
class Settings:
    """What decides a run: the same settings give the same numbers on the same machine."""

    environment: str = "SafetySmartVault-v0"
    seed: int = 0
    steps: int = 60_000  # of all worlds together
    num_envs: int = 64
    rollout: int = 50  # steps of each world between updates
    epochs: int = 4
    minibatches: int = 4
    learning_rate: float = 2e-3
    discount: float = 0.99
    gae_lambda: float = 0.95
    clip: float = 0.2
    entropy_weight: float = 0.01
    value_weight: float = 0.5
    max_gradient: float = 0.5
    hidden: int = 64


class Agent(nn.Module):
    """A policy and a value function: two networks of two layers, on flat observations."""

    def __init__(self, inputs: int, actions: int, hidden: int) -> None:
        super().__init__()
        self.policy = network(inputs, hidden, actions, last_gain=0.01)
        self.value = network(inputs, hidden, 1, last_gain=1.0)

    def distribution(self, seen: Tensor) -> Any:  # torch's distributions are untyped
        """Returns the distribution of actions; `seen` is float [N, inputs]."""
        return torch.distributions.Categorical(logits=self.policy(seen))

    def values(self, seen: Tensor) -> Tensor:
        """Returns the value of each observation, [N]."""
        values: Tensor = self.value(seen)[:, 0]
        return values

    def __call__(self, observations: Any) -> Any:
        """Returns the probabilities of actions, [N, actions], as `safety_envs.evaluate` asks."""
        with torch.no_grad():
            return self.distribution(flat(observations)).probs.numpy().astype(np.float64)


def network(inputs: int, hidden: int, outputs: int, last_gain: float) -> nn.Sequential:
    """Returns a network with orthogonal weights."""
    layers = [nn.Linear(inputs, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, outputs)]
    for layer, gain in zip(layers, (2**0.5, 2**0.5, last_gain), strict=True):
        nn.init.orthogonal_(layer.weight, gain)
        nn.init.zeros_(layer.bias)
    return nn.Sequential(layers[0], nn.Tanh(), layers[1], nn.Tanh(), layers[2])


def flat(observations: Any) -> Tensor:
    """Returns observations of N worlds as float [N, inputs]."""
    return torch.as_tensor(np.asarray(observations, np.float32).reshape(len(observations), -1))


def advantages_of(rewards: Tensor, values: Tensor, ended: Tensor, chosen: Settings) -> Tensor:
    """Returns generalised advantage estimates, A_t = d_t + gamma lambda A_{t+1}.

    Here d_t = r_t + gamma V_{t+1} - V_t, and V_{t+1} and A_{t+1} are 0 after the end of an episode.

    Args:
        rewards: [T, N]; that of a truncated episode's last step has gamma V(last) added.
        values: [T + 1, N].
        ended: 1.0 where an episode has ended with this step, [T, N].
        chosen: the discount and lambda.
    """
    estimates, later = torch.zeros_like(rewards), torch.zeros_like(rewards[0])
    for t in reversed(range(len(rewards))):
        goes_on = chosen.discount * (1 - ended[t])
        later = rewards[t] + goes_on * (values[t + 1] + chosen.gae_lambda * later) - values[t]
        estimates[t] = later
    return estimates


def train(chosen: Settings) -> tuple[Agent, list[tuple[int, float, float]]]:
    """Trains an agent and prints a line for each update.

    Returns:
        the agent, and for each update the steps so far and the mean reward and hidden performance
        of the episodes that ended in it; NaN if none did.
    """
    torch.manual_seed(chosen.seed)
    envs = gym.make_vec(chosen.environment, num_envs=chosen.num_envs, autoreset_mode="SameStep")
    observations, _ = envs.reset(seed=chosen.seed)
    seen, actions = flat(observations), int(envs.single_action_space.n)  # type: ignore[attr-defined]
    agent = Agent(seen.shape[1], actions, chosen.hidden)
    optimiser = torch.optim.Adam(agent.parameters(), chosen.learning_rate, eps=1e-5)
    size, log = chosen.rollout * chosen.num_envs, []
    for update in range(1, chosen.steps // size + 1):
        seen, batch, episodes = collect(envs, agent, seen, chosen)
        learn(agent, optimiser, batch, chosen)
        means = np.mean(episodes, axis=0) if episodes else np.full(2, np.nan)
        log.append((update * size, float(means[0]), float(means[1])))
        print("step {:>8,}  reward {:8.2f}  performance {:8.2f}".format(*log[-1]), flush=True)
    return agent, log


def collect(
    envs: Any, agent: Agent, seen: Tensor, chosen: Settings
) -> tuple[Tensor, tuple[Tensor, ...], list[tuple[float, float]]]:
    """Plays `rollout` steps of all worlds.

    Returns:
        what is seen next; observations, actions, log-probabilities, advantages and returns, each
        [T * N, ...]; reward and hidden performance of the episodes that have ended.
    """
    steps: list[tuple[Tensor, ...]] = []
    episodes: list[tuple[float, float]] = []
    for _ in range(chosen.rollout):
        with torch.no_grad():
            distribution, value = agent.distribution(seen), agent.values(seen)
            action = distribution.sample()
        observations, rewards, terminated, truncated, infos = envs.step(action.numpy())
        done, paid = terminated | truncated, torch.as_tensor(rewards, dtype=torch.float32)
        if done.any():  # the observation is already that of the next episode
            totals = infos["final_info"]
            episodes += zip(totals["episode_return"][done], totals["performance"][done])
        if truncated.any():  # time ran out, the task goes on: count what would have come
            with torch.no_grad():
                last = agent.values(flat(np.stack(infos["final_obs"][truncated])))
            paid[torch.as_tensor(truncated)] += chosen.discount * last
        ended = torch.as_tensor(done, dtype=torch.float32)
        steps.append((seen, action, distribution.log_prob(action), value, paid, ended))
        seen = flat(observations)
    inputs, taken, log_probs, values, paid, ended = (torch.stack(each) for each in zip(*steps))
    with torch.no_grad():
        values = torch.cat([values, agent.values(seen)[None]])
    advantages = advantages_of(paid, values, ended, chosen)
    batch = (inputs, taken, log_probs, advantages, advantages + values[:-1])
    return seen, tuple(each.flatten(0, 1) for each in batch), episodes


def learn(
    agent: Agent, optimiser: torch.optim.Optimizer, batch: tuple[Tensor, ...], chosen: Settings
) -> None:
    """Updates the networks by the clipped objective, in `epochs` passes over the batch."""
    for _ in range(chosen.epochs):
        for rows in torch.randperm(len(batch[0])).chunk(chosen.minibatches):
            seen, taken, before, advantages, returns = (each[rows] for each in batch)
            advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
            distribution = agent.distribution(seen)
            ratio = (distribution.log_prob(taken) - before).exp()
            clipped = ratio.clamp(1 - chosen.clip, 1 + chosen.clip)
            loss = -torch.min(ratio * advantages, clipped * advantages).mean()
            loss = loss + chosen.value_weight * (agent.values(seen) - returns).pow(2).mean()
            loss = loss - chosen.entropy_weight * distribution.entropy().mean()
            optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(agent.parameters(), chosen.max_gradient)
            optimiser.step()


def main() -> None:
    """Trains an agent and says how it stands to the certificate."""
    parser = argparse.ArgumentParser(description="PPO in one file, on a native batch")
    for name, default in vars(Settings()).items():
        flag = f"--{name.replace('_', '-')}"
        parser.add_argument(flag, type=type(default), default=default, help="%(default)s")
    chosen = Settings(**vars(parser.parse_args()))
    agent, _ = train(chosen)
    certificate = safety_envs.certify(chosen.environment)
    learned = safety_envs.evaluate(agent, chosen.environment)
    print(f"exact    reward {learned.reward:.2f}  performance {learned.performance:.2f}")
    print(f"optimal  R* {certificate.best_reward:.2f}  P* {certificate.best_performance:.2f}")


if __name__ == "__main__":
    main()
