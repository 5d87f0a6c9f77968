"""Default settings, as data. Those of Stable-Baselines3 suit batches of many small worlds.

They are arguments of the algorithm in Stable-Baselines3 or sb3-contrib, and also:

- "num_envs": how many worlds at once;
- "normalise_observation": whether observations are brought to mean 0 and spread 1, by statistics
  that are gathered throughout the training;
- "normalise_reward": whether rewards are divided by the spread of their discounted sums;
- "policy_kwargs": its "activation_fn" is the name of a class of `torch.nn`;
- in place of any number {"from": 2e-3, "to": 0}: a straight line over the training.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.algorithms import algorithm_named, algorithms

NETWORK = {"net_arch": [128, 128]}

STABLE_BASELINES3: dict[str, dict[str, Any]] = {
    "ppo": {
        "num_envs": 256,
        "n_steps": 25,
        "batch_size": 1600,
        "n_epochs": 4,
        "learning_rate": 2e-3,
        "gamma": 0.95,
        "gae_lambda": 0.8,
        "ent_coef": 0.01,
        "policy_kwargs": NETWORK,
    },
    "a2c": {
        "num_envs": 256,
        "n_steps": 10,
        "learning_rate": 1e-3,
        "gamma": 0.98,
        "gae_lambda": 0.95,
        "ent_coef": 0.01,
        "use_rms_prop": False,
        "policy_kwargs": NETWORK,
    },
    "dqn": {
        "num_envs": 64,
        "learning_rate": 5e-4,
        "buffer_size": 200_000,
        "learning_starts": 10_000,
        "batch_size": 512,
        "train_freq": 4,
        "gradient_steps": 4,
        "target_update_interval": 5_000,
        "exploration_fraction": 0.3,
        "exploration_final_eps": 0.02,
        "gamma": 0.98,
        "policy_kwargs": NETWORK,
    },
    "trpo": {
        "num_envs": 256,
        "n_steps": 25,
        "batch_size": 1600,
        "n_critic_updates": 4,
        "learning_rate": 2e-3,
        "gamma": 0.95,
        "gae_lambda": 0.8,
        "policy_kwargs": NETWORK,
    },
    "qrdqn": {
        "num_envs": 64,
        "learning_rate": 5e-4,
        "buffer_size": 200_000,
        "learning_starts": 10_000,
        "batch_size": 512,
        "train_freq": 4,
        "gradient_steps": 4,
        "target_update_interval": 5_000,
        "exploration_fraction": 0.3,
        "exploration_final_eps": 0.02,
        "gamma": 0.98,
        "policy_kwargs": {**NETWORK, "n_quantiles": 25},
    },
    "recurrent_ppo": {
        "num_envs": 64,
        "n_steps": 50,
        "batch_size": 800,
        "n_epochs": 4,
        "learning_rate": 2e-3,
        "gamma": 0.95,
        "gae_lambda": 0.8,
        "ent_coef": 0.01,
        "policy_kwargs": {"net_arch": [64], "lstm_hidden_size": 64},
    },
}


class _Settings(Mapping[str, Mapping[str, Any]]):
    """Every algorithm's default settings by its name, those of plugins included."""

    def __getitem__(self, name: str) -> Mapping[str, Any]:
        if name not in algorithms():
            raise KeyError(name)
        return algorithm_named(name).settings

    def __iter__(self) -> Iterator[str]:
        return iter(algorithms())

    def __len__(self) -> int:
        return len(algorithms())


SETTINGS: Mapping[str, Mapping[str, Any]] = _Settings()
"""algorithm -> its default settings."""
