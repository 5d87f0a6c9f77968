"""Policies by name or from a checkpoint, and what comes of their episodes."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.episodes import Policy, begin, play, totals
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short
from safety_envs.policies.checkpoints import checkpoint
from safety_envs.policies.named import named_policies, named_policy


def policy(
    name: str | Path, configuration: Configuration, seed: int = 0, *, trust: bool = False
) -> Policy:
    """Returns a policy.

    Args:
        name: one of `named_policies()`: "random"; for one agent "reward_optimal" or
            "performance_optimal"; for several agents "cooperative" or "equilibrium"; or a name
            that a plugin adds. Otherwise the folder of a checkpoint.
        configuration: where it is to act.
        seed: for its own chance.
        trust: load a checkpoint by Stable-Baselines3's own loader, which runs code that its files
            may hold. Give it only for files whose maker you trust; those that `save_checkpoint`
            writes do not need it, except for policy classes of your own.

    Raises:
        SafetyEnvsError: neither a known name nor a checkpoint of this environment; or a policy for
            another number of agents.
    """
    seed = checked_seed(seed)
    if not isinstance(name, (str, Path)):
        raise SafetyEnvsError(
            f"an agent is a name or the folder of a checkpoint, got {in_short(name)}"
        )
    known = named_policies()
    if isinstance(name, str) and name in known:
        return named_policy(name, configuration, seed)
    if not Path(name).exists():
        raise SafetyEnvsError(
            f"{str(name)!r} is neither a checkpoint folder nor a policy. "
            f"{did_you_mean(str(name), known)}"
        )
    return checkpoint(Path(name), configuration, seed, trust)


def rollout(
    configuration: Configuration, policy: Policy, seeds: Sequence[int]
) -> dict[str, npt.NDArray[np.float64]]:
    """Plays one episode for each seed, and keeps what came of it.

    `Trajectory.play` also keeps what happened on the way.

    Args:
        configuration: the environment.
        policy: it chooses the actions.
        seeds: the episodes' seeds.

    Returns:
        "reward", "performance", every declared metric and "length" -> float64 [episodes].
    """
    engine = begin(configuration, seeds)
    for _ in play(engine, policy):
        pass
    return totals(engine)
