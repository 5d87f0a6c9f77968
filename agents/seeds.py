"""The seeds of a run: each source of chance has its own, unrelated to those of other runs.

World i of a batch has the batch's seed plus i, so that it plays as a single world of that seed. If
runs 0, 1, 2 gave their batches the seeds 0, 1, 2, they would share nearly all of their worlds.
"""

from safety_envs.applications import spread_seed

_WORLDS, _MODEL, _JUDGING, _EXPLORATION = range(4)
_TO_31_BITS = 32  # Stable-Baselines3 and PyTorch take seeds below 2^32


def world_seed(seed: int) -> int:
    """Returns the seed of a run's first world, below 2^63."""
    return spread_seed(seed, _WORLDS)


def model_seed(seed: int, agent: int = 0) -> int:
    """Returns the seed of a run's model, below 2^31.

    Args:
        seed: of the run.
        agent: whose model, where each agent has its own.
    """
    return spread_seed(seed, _MODEL, agent) >> _TO_31_BITS


def judging_seed(seed: int) -> int:
    """Returns the seed of a policy's own chance in evaluation, below 2^31."""
    return spread_seed(seed, _JUDGING) >> _TO_31_BITS


def exploration_seed(seed: int) -> int:
    """Returns the seed of a tabular learner's exploration and of initial policies, below 2^63."""
    return spread_seed(seed, _EXPLORATION)
