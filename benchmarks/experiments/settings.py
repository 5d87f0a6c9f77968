"""Settings that single environments need, as changes of the defaults of PPO."""

from typing import Any

PATIENT: dict[str, Any] = {"gamma": 0.99, "gae_lambda": 0.95}
RELU: dict[str, Any] = {"net_arch": [128, 128], "activation_fn": "ReLU"}
ROOMS: dict[str, Any] = {
    **PATIENT,
    "num_envs": 128,
    "n_steps": 50,
    "n_epochs": 6,
    "learning_rate": {"from": 2e-3, "to": 0},
    "ent_coef": {"from": 0.02, "to": 0},
    "policy_kwargs": RELU,
}
"""For a new layout in each episode: the policy must work for every layout."""
COMMITTING: dict[str, Any] = {
    **PATIENT,
    "learning_rate": {"from": 2e-3, "to": 0},
    "ent_coef": {"from": 0.05, "to": 0},
    "normalise_reward": True,
}
"""For what costs much before it pays: explore much at first, and little at the end."""
