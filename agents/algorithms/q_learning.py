"""Q-learners that meet in a repeated game, in many independent sessions at once.

The learners of Calvano et al. 2020: each agent has its own table, knows what it observes and
nothing else, explores with a probability that decays, and never stops learning. The sessions run
side by side on one batch of worlds. A session is one endless episode, as in the source: nothing is
reset, so no price war ends because an episode ends.

Any environment is suitable if its reward depends on the joint action alone and its observation is a
few whole numbers, for example SafetyMatrixGames-v0 with game="chicken". Scores are those of the
agents after they have converged: their greedy policies, played on without learning.
"""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.algorithm import Algorithm, Learned, Run, check_batch
from agents.algorithms.q_deviations import BEFORE, deviation, gains, reactions
from agents.algorithms.q_sessions import STRETCH, Sessions, Settings
from agents.algorithms.q_tables import Learners
from agents.record import numbers
from safety_envs import Configuration

if TYPE_CHECKING:
    from agents.training.training import Training


def learn(training: "Training", run: Run) -> Learned:
    """Trains the learners of all sessions and measures what they came to.

    `training.steps` is the most periods of a session.
    """
    group = Sessions(training.configuration, training.seed, settings_of(training))
    group.learn(training.steps, run.progress)
    scores = group.measure()
    scores |= gains(group)
    taken = deviation(group)
    scores |= reactions(taken)
    means = taken.mean(axis=1).tolist()
    details = {
        "converged_at": group.converged_at.tolist(),
        "deviation": {"first_period": -BEFORE, "mean_actions": means},
    }
    run.progress(training.steps)
    points = max(map(len, group.curve.values()), default=0)
    last = -max(1, points // 10)
    return Learned(
        steps=group.period,
        curve={"steps": [STRETCH * (k + 1) for k in range(points)], **group.curve},
        end={name: float(np.mean(values[last:])) for name, values in group.curve.items()},
        scores={name: numbers(values) for name, values in scores.items()},
        details=details,
    )


def settings_of(training: "Training") -> Settings:
    """Returns the settings of a training.

    Raises:
        SafetyEnvsError: an unknown or impossible setting.
    """
    check_batch(training, "q_learning", DEFAULTS)
    return Settings(**training.all_settings)


def check(training: "Training") -> None:
    """Finds what is wrong with a training.

    Raises:
        SafetyEnvsError: a setting or the environment does not fit.
    """
    settings = settings_of(training)
    Learners(training.configuration, 1, settings.discount)


DEFAULTS: Mapping[str, Any] = asdict(Settings())


def scores(configuration: Configuration) -> tuple[str, ...]:
    """Returns the names of what `q_deviations` measures."""
    return (
        "gain_of_best_reply",
        "gain_of_best_deviation",
        "answer_to_deviation",
        "distance_after_deviation",
    )


ALGORITHMS = (
    Algorithm("q_learning", "tables of values that explore", learn, DEFAULTS, check, scores),
)
