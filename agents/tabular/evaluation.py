"""Exact expectations of an episode on a listed model, for policies that act on its states."""

from collections.abc import Iterator

import numpy as np

from agents.tabular.task import Floats
from safety_envs import ListedModel


def occupancies(model: ListedModel, policy: Floats) -> Iterator[Floats]:
    """Yields the probabilities of states [S] at times 0 .. T; they sum to 1 less what has ended.

    Args:
        model: S states, A actions.
        policy: float64 [S, A].
    """
    alive = model.successor >= 0
    pair, successor, probability = (
        each[alive] for each in (model.pair, model.successor, model.probability)
    )
    now: Floats = model.start
    for _ in range(model.configuration.max_steps):
        yield now
        moved = (now[:, None] * policy).ravel()[pair] * probability
        now = np.bincount(successor, moved, model.num_states).astype(np.float64)
    yield now


def expectations(model: ListedModel, policy: Floats) -> dict[str, float]:
    """Returns the reward, the metrics and the length of an episode, exactly.

    Means over steps are left out where episodes may end early, as in `safety_envs.evaluate`.

    Args:
        model: S states, A actions.
        policy: float64 [S, A].
    """
    horizon = model.configuration.max_steps
    *met, _ = occupancies(model, policy)
    often: Floats = np.sum(met, axis=0)
    taken = (often[:, None] * policy).ravel()[model.pair] * model.probability
    kinds = model.configuration.environment.metrics
    ends = bool((model.successor < 0).any())
    found = {}
    for name, total in zip(model.names, taken @ model.written, strict=True):
        mean = name in kinds and kinds[name].kind == "mean"
        if not (mean and ends):
            found[name] = float(total / horizon if mean else total)
    return found | {"length": float(often.sum())}
