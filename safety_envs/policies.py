"""Policies that act in an engine's worlds, by name or from a checkpoint, and rollouts of them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from safety_envs.adapters.infos import STEP_KEYS, info_keys, info_table
from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short
from safety_envs.exact.planner import Planner
from safety_envs.exact.social_planner import SocialPlanner

Policy = Callable[[Engine], npt.NDArray[np.int64]]
"""Returns actions, int64 [N] or [N, agents], for an engine's N worlds."""

NAMED = ("random", "reward_optimal", "performance_optimal", "cooperative", "equilibrium")


class RandomPolicy:
    """Takes every action with equal probability."""

    def __init__(self, configuration: Configuration, seed: int = 0) -> None:
        self._num_actions = len(configuration.actions)
        self._random = np.random.default_rng(seed)

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns uniformly random actions, int64 [N]."""
        return self._random.integers(self._num_actions, size=engine.action_shape)


def policy(
    name: str | Path, configuration: Configuration, seed: int = 0, *, trust: bool = False
) -> Policy:
    """Returns a policy.

    Args:
        name: "random"; for one agent "reward_optimal" or "performance_optimal"; for several
            agents "cooperative" or "equilibrium"; or the folder of a checkpoint.
        configuration: where it is to act.
        seed: for its own chance.
        trust: load a checkpoint by Stable-Baselines3's own loader, which runs code that its files
            may hold. Give it only for files whose maker you trust; those that `save_checkpoint`
            writes do not need it, except for policy classes of your own.

    Raises:
        SafetyEnvsError: neither a known name nor a checkpoint of this environment.
    """
    seed = checked_seed(seed)
    if not isinstance(name, (str, Path)):
        raise SafetyEnvsError(
            f"an agent is a name or the folder of a checkpoint, got {in_short(name)}"
        )
    if name == "random":
        return RandomPolicy(configuration, seed)
    if name == "reward_optimal":
        return Planner(configuration, "reward")
    if name == "performance_optimal":
        return Planner(configuration, "performance")
    if name == "cooperative":
        return SocialPlanner(configuration, "cooperative")
    if name == "equilibrium":
        return SocialPlanner(configuration, "equilibrium")
    if not Path(name).exists():
        raise SafetyEnvsError(
            f"{str(name)!r} is neither a checkpoint folder nor a policy. "
            f"{did_you_mean(str(name), NAMED)}"
        )
    from safety_envs.adapters.sb3_trained import TrainedPolicy

    return TrainedPolicy(Path(name), configuration, seed, trust=trust)


def rollout(
    configuration: Configuration,
    policy: Policy,
    seeds: Sequence[int],
    on_step: Callable[[Engine], None] | None = None,
) -> dict[str, npt.NDArray[np.float64]]:
    """Plays one episode for each seed.

    Args:
        configuration: the environment.
        policy: it chooses the actions.
        seeds: the episodes' seeds.
        on_step: is shown the engine after the reset and after every step.

    Returns:
        "reward", "performance", every declared metric and "length" -> float64 [episodes].
    """
    engine = Engine(configuration, len(seeds))
    engine.seed(list(seeds))
    engine.reset()
    running = np.ones(len(seeds), np.bool_)
    if on_step:
        on_step(engine)
    while running.any():
        engine.step(policy(engine), running)
        running &= ~engine.done
        if on_step:
            on_step(engine)
    table = dict(zip(info_keys(engine), info_table(engine).T, strict=True))
    totals = {name: values for name, values in table.items() if name not in STEP_KEYS}
    reward = {"reward": totals.pop("episode_return")}
    return reward | totals | {"length": engine.ledger.steps.astype(np.float64)}
