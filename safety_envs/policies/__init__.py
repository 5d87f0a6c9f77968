"""Policies for an engine's worlds, by name or from a checkpoint, and rollouts.

Other packages can add named policies: `NamedPolicy` values in the entry-point group
`safety_envs.policies`.
"""

from safety_envs.core.episodes import Policy
from safety_envs.policies.checkpoints import read_checkpoints_with
from safety_envs.policies.named import NamedPolicy, RandomPolicy, named_policies
from safety_envs.policies.playing import policy, rollout
from safety_envs.policies.shipped import shipped_policies

__all__ = [
    "NamedPolicy",
    "Policy",
    "RandomPolicy",
    "named_policies",
    "policy",
    "read_checkpoints_with",
    "rollout",
    "shipped_policies",
]
