"""Certificates: the exact statement of a hazard.

Reward R is what the agent is paid, hidden performance H what was wanted. Over all policies and the
whole horizon, by dynamic programming over the very rules that the simulator runs:

    R* = max E[R]     I = [min, max] of E[H] over all reward-optimal policies     P* = max E[H]

Class W, a wedge: max I < P*, every reward-optimal policy falls short. Class T, a tie: min I < P* =
max I, some do. Otherwise the class is "none": optimising the reward is safe, here.

Where several agents act, each for itself, a certificate says something else: see `exact.social`.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from safety_envs.core.definition import (
    Configuration,
    Environment,
    Expectations,
    SocialExpectations,
    named,
)
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.envs import resolve
from safety_envs.exact.belief import believe
from safety_envs.exact.joint_model import joint_model
from safety_envs.exact.model import Model, enumerate_model, starts_of
from safety_envs.exact.social import SocialCertificate, social_class, solve_socially
from safety_envs.exact.solve import evaluate_uniform, optimise

Interval = tuple[float, float]


@dataclass(frozen=True)
class Certificate:
    """What can and what must happen when reward is optimised, exactly.

    Attributes:
        environment: its id.
        keywords: all its keywords.
        start: which starts it speaks of: "seed 3", "100 seeds" or "all starts".
        horizon: steps of an episode.
        best_reward: R*.
        performance_interval: I = (lo, hi), hidden performance over all reward-optimal policies.
        best_performance: P*.
        reward_interval: reward over all performance-optimal policies.
        uniform: (reward, performance) of the uniformly random policy.
        num_states: how many states can be reached; of beliefs, where something is hidden; 0 for a
            closed form.
        hazard_class: "W", "T" or "none".
    """

    environment: str
    keywords: Mapping[str, Any]
    start: str
    horizon: int
    best_reward: float
    performance_interval: Interval
    best_performance: float
    reward_interval: Interval
    uniform: Interval
    num_states: int
    hazard_class: str

    @property
    def alignment_tax(self) -> float:
        """How much reward the best performance costs: R* minus the most such a policy earns."""
        return self.best_reward - self.reward_interval[1]

    def to_json(self) -> str:
        """Returns the certificate as JSON."""
        return json.dumps(asdict(self), indent=2, default=float)

    def __str__(self) -> str:
        asked = named(self.environment, self.keywords)
        low, high = self.performance_interval
        least, most = self.reward_interval
        return "\n".join(
            [
                f"{asked}, {self.start}, {self.num_states:,} states",
                f"  best reward R*                     {self.best_reward:10.4f}",
                f"  hidden performance of reward-optimal policies I  [{low:.4f}, {high:.4f}]",
                f"  best hidden performance P*         {self.best_performance:10.4f}",
                f"  reward of performance-optimal policies           [{least:.4f}, {most:.4f}]",
                f"  random policy: reward {self.uniform[0]:.4f}, performance {self.uniform[1]:.4f}",
                f"  hazard class {self.hazard_class}: {_MEANING[self.hazard_class]}",
            ]
        )


_MEANING = {
    "W": "every reward-optimal policy falls short of P*",
    "T": "some reward-optimal policies fall short of P*, some do not",
    "none": "every reward-optimal policy attains P*",
}


def certify(
    environment: str | Environment,
    *,
    horizon: int | None = None,
    seed: int | None = None,
    starts: int | Sequence[int] | None = None,
    **keywords: Any,
) -> Certificate | SocialCertificate:
    """Returns the certificate of an environment; a social one if it has several agents.

    Args:
        environment: an id or a definition.
        horizon: steps of an episode; `max_steps` if None.
        seed: speak of the start that `reset(seed=seed)` draws.
        starts: speak of the average over the starts of these seeds, or of 0 .. starts-1. If
            neither is given, of the expectation over all starts.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: an unknown environment or keyword, more starts or states than can be
            listed, or chance that cannot be listed at all.
    """
    definition = resolve(environment)
    if definition.closed_form and seed is None and starts is None:
        configuration = configured(definition, horizon, keywords)
        if configuration.max_steps != definition.max_steps:
            raise SafetyEnvsError(
                f"{definition.id} is certified by a closed form for {definition.max_steps} steps, "
                f"not for {configuration.max_steps}: give seed=... or starts=..."
            )
        found = definition.closed_form(configuration.level)
        return _certificate(configuration, found, "all starts, by closed form", 0)
    where = _start_in_words(seed, starts)
    if definition.is_multi_agent:
        configuration = configured(definition, horizon, keywords)
        joint = joint_model(configuration, *_checked_starts(configuration, seed, starts))
        num_states = len(joint.worlds.start)
        return _certificate(configuration, solve_socially(joint), where, num_states)
    configuration, model = setting(definition, horizon, seed, starts, keywords)
    return _certificate(configuration, _expectations(model), where, model.num_states)


def _expectations(model: Model) -> Expectations:
    steps = model.configuration.max_steps
    paid, wanted = optimise(model, "reward", steps), optimise(model, "performance", steps)

    def expected(values: np.ndarray) -> float:
        return float(model.start @ values) + 0.0  # + 0.0: no minus zero

    return Expectations(
        best_reward=expected(paid.best),
        performance_interval=(expected(paid.least), expected(paid.most)),
        best_performance=expected(wanted.best),
        reward_interval=(expected(wanted.least), expected(wanted.most)),
        uniform=(
            expected(evaluate_uniform(model, "reward", steps)),
            expected(evaluate_uniform(model, "performance", steps)),
        ),
    )


def _certificate(
    configuration: Configuration,
    found: Expectations | SocialExpectations,
    start: str,
    num_states: int,
) -> Certificate | SocialCertificate:
    common: dict[str, Any] = {
        "environment": configuration.id,
        "keywords": dict(configuration.keywords),
        "start": start,
        "horizon": configuration.max_steps,
        "num_states": num_states,
        **found._asdict(),
    }
    if isinstance(found, SocialExpectations):
        return SocialCertificate(
            agents=configuration.agents, hazard_class=social_class(found), **common
        )
    hazard_class = _class_of(found.performance_interval, found.best_performance)
    return Certificate(hazard_class=hazard_class, **common)


def setting(
    environment: str | Environment,
    horizon: int | None,
    seed: int | None,
    starts: int | Sequence[int] | None,
    keywords: Mapping[str, Any],
) -> tuple[Configuration, Model]:
    """Returns the configuration that an analysis speaks of, and its model; see `certify`."""
    configuration = configured(resolve(environment), horizon, keywords)
    model = enumerate_model(configuration, *_checked_starts(configuration, seed, starts))
    if configuration.environment.hidden:
        model, _ = believe(model)
    return configuration, model


def _checked_starts(
    configuration: Configuration, seed: int | None, starts: int | Sequence[int] | None
) -> tuple[np.ndarray, np.ndarray]:
    """Returns the worlds in which episodes start, and their probabilities; see `certify`."""
    if isinstance(starts, int):
        whole_number(starts, "starts", 1, 1_000_000)
    elif starts is not None and not starts:
        raise SafetyEnvsError("starts is empty: give at least one seed")
    if seed is not None:
        whole_number(seed, "seed", 0, 2**128)
    return starts_of(configuration, seed, starts)


def configured(
    environment: Environment, horizon: int | None, keywords: Mapping[str, Any]
) -> Configuration:
    """Returns the configuration with `max_steps` set to the horizon, if one is given."""
    if horizon is not None:
        if "max_steps" in keywords:
            raise SafetyEnvsError("give horizon= or max_steps=, not both")
        keywords = {**keywords, "max_steps": whole_number(horizon, "horizon", 1, 100_000)}
    return environment.configure(**keywords)


def _start_in_words(seed: int | None, starts: int | Sequence[int] | None) -> str:
    if seed is not None:
        return f"seed {seed}"
    if starts is None:
        return "all starts"
    return f"{starts if isinstance(starts, int) else len(starts)} seeds"


def _class_of(interval: Interval, best: float) -> str:
    margin = 1e-6 * max(1.0, abs(best), abs(interval[0]))
    if interval[1] < best - margin:
        return "W"
    return "T" if interval[0] < best - margin else "none"
