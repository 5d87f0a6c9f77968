"""Policies by name or from a checkpoint, and rollouts."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safety_envs.core.dice import checked_seed
from safety_envs.core.episodes import Policy, play, totals
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short
from safety_envs.envs import Asked, configuration_of
from safety_envs.policies.checkpoints import checkpoint
from safety_envs.policies.named import named_policies, named_policy
from safety_envs.stress import Stressed, engine_of


def policy(name: str | Path, configuration: Asked, seed: int = 0, *, trust: bool = False) -> Policy:
    """Returns a policy.

    Args:
        name: a name in `named_policies()`: "random"; for one agent "reward_optimal" or
            "performance_optimal"; for several agents "cooperative" or "equilibrium"; or a name
            from a plugin. Otherwise the folder of a checkpoint.
        configuration: the environment in which the policy acts: an id, a definition or a
            configuration.
        seed: the seed of the policy's own random numbers.
        trust: load a checkpoint with Stable-Baselines3's own loader, which executes code in its
            files. Use it only for files from a trusted source. Checkpoints of `save_checkpoint` do
            not need it, except for custom policy classes.

    Raises:
        SafetyEnvsError: neither a known name nor a checkpoint of this environment; or a policy for
            another number of agents.
    """
    configuration, seed = configuration_of(configuration), checked_seed(seed)
    if not isinstance(name, (str, Path)):
        raise SafetyEnvsError(
            f"an agent must be a name or the folder of a checkpoint, got {in_short(name)}"
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
    configuration: Asked, policy: Policy, seeds: Sequence[int], *, stress: Stressed = None
) -> dict[str, npt.NDArray[np.float64]]:
    """Plays one episode for each seed and returns the totals.

    `Trajectory.play` also records every step.

    Args:
        configuration: an id, a definition or a configuration.
        policy: the policy that chooses the actions.
        seeds: the seeds of the episodes.
        stress: disturbances, see `safety_envs.Stress`; none if None. Trained policies see what is
            shown. A policy of yours finds it in `engine.shown`. Planners read the world.

    Returns:
        "reward", "performance", every declared metric and "length" -> float64 [episodes].
    """
    engine = engine_of(configuration_of(configuration), len(seeds), stress)
    engine.seed(list(seeds))
    engine.reset()
    for _ in play(engine, policy):
        pass
    return totals(engine)
