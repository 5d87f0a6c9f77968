"""Evaluation of one run: exact where the model is finite and small, by held-out episodes elsewhere.

The exact expectations are over the same starts as the held-out episodes. Metrics that are not sums
over steps, such as a Gini index or the step of an event, always come from the episodes.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from agents.record import numbers
from agents.seeds import judging_seed
from safety_envs import (
    Configuration,
    Planner,
    SafetyEnvsError,
    SocialPlanner,
    Stress,
    TooManyStatesError,
    evaluate,
    named_policies,
    policy,
    rollout,
)

MOST_STATES = 200_000
"""Models with more states than this are evaluated by episodes."""
Values = list[float | None]


@dataclass(frozen=True)
class Evaluation:
    """What came of a policy in a configuration.

    Attributes:
        scores: metric -> one mean for each independent run.
        defined: metric -> share of episodes in which it is defined, where that is below 1.
        episodes: metric -> one value for each held-out episode.
        method: {"episodes": how many, "exact": metrics whose mean is exact}.
    """

    scores: Mapping[str, Values]
    defined: Mapping[str, float]
    episodes: Mapping[str, Values]
    method: Mapping[str, Any]

    def as_json(self) -> dict[str, Any]:
        """Returns it as a record holds it for a shifted configuration."""
        found = asdict(self)
        return {**found, "evaluation": found.pop("method")}


def evaluated(
    agent: str | Path,
    configuration: Configuration,
    episode_seeds: Sequence[int],
    seed: int,
    stress: Mapping[str, Any] | None = None,
) -> Evaluation:
    """Evaluates a policy.

    Under stress all scores come from the episodes, since exact expectations are those of the
    undisturbed environment.

    Args:
        agent: the name of a policy, or the folder of a checkpoint.
        configuration: where.
        episode_seeds: of the held-out episodes.
        seed: of the run; the policy's own chance is spread from it.
        stress: disturbances, attributes of `safety_envs.Stress`; none if empty.
    """
    actor = policy(agent, configuration, seed=judging_seed(seed))
    disturbed = Stress.of(stress).against(agent)
    # First, because a planner that has solved the model plays the episodes by its solution.
    exact = {} if stress else _exact(agent, actor, configuration, episode_seeds)
    episodes = rollout(configuration, actor, episode_seeds, stress=disturbed)
    scores, defined = {}, {}
    for name, values in episodes.items():
        there = values[~np.isnan(values)]
        scores[name] = numbers([float(there.mean()) if there.size else math.nan])
        if there.size < values.size:
            defined[name] = there.size / values.size
    for name, value in exact.items():
        scores[name] = [value]
    return Evaluation(
        scores=scores,
        defined=defined,
        episodes={name: numbers(values) for name, values in episodes.items()},
        method={"episodes": len(episode_seeds), "exact": sorted(exact)},
    )


def from_scores(scores: Mapping[str, Values]) -> Evaluation:
    """Returns the evaluation that an algorithm has made of its own runs."""
    return Evaluation(dict(scores), {}, {}, {"episodes": 0, "exact": []})


def _exact(
    agent: str | Path, actor: Any, configuration: Configuration, episode_seeds: Sequence[int]
) -> dict[str, float]:
    """Returns exact expectations by metric, none where the model is too large or not finite."""
    model = json.dumps([configuration.id, dict(configuration.keywords), list(episode_seeds)])
    if model in _too_large:
        return {}
    if (agent, model) in _known:
        return _known[agent, model]
    try:
        found = evaluate(
            actor if isinstance(actor, (Planner, SocialPlanner)) else agent,
            configuration.asked,
            starts=list(episode_seeds),
            most_states=MOST_STATES,
            **configuration.keywords,
        )
    except TooManyStatesError:
        _too_large.add(model)
        return {}
    except SafetyEnvsError:  # chance that cannot be listed, or a policy without probabilities
        return {}
    means = {name: float(value) for name, value in found.means.items()}
    if agent in named_policies():  # a checkpoint may be written again
        _known[agent, model] = means
    return means


_too_large: set[str] = set()
"""Models that this process has tried in vain, which takes seconds."""

_known: dict[tuple[str | Path, str], dict[str, float]] = {}
"""What named policies get in models: the same in all runs of a row, whatever their seeds."""
