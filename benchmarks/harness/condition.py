"""Conditions: what is compared in an experiment, as data."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from agents.stress import in_words
from agents.training import SETTINGS, Training
from safety_envs import Configuration, find, named_policies

Keywords = Mapping[str, Any]


@dataclass(frozen=True)
class Condition:
    """One agent on one environment: one row of a table.

    Attributes:
        environment: its id.
        agent: a learning algorithm ("ppo"), or the name of a policy ("random", "reward_optimal").
        keywords: of the environment, where they differ from the defaults.
        shift: keywords that change in a second evaluation, after training; none if empty.
        method: what the algorithm is combined with, a key of `agents.methods`.
        stress: disturbances of the environment in all evaluations, attributes of
            `safety_envs.Stress`. An adversary against "agent" attacks whichever agent is evaluated.
            For disturbances in training see `training`.
        training: the other fields of `agents.training.Training`: "steps", "settings",
            "observation", "method_settings", "independent", "agent_id", "stress".
        task: rows with the same task are compared with each other; named after the environment and
            its keywords if empty.
        label: what the row is called; the agent, its method and the stress if empty.
        seeds: how many runs, where that differs from the experiment's. A deterministic policy that
            is evaluated exactly needs one.
    """

    environment: str
    agent: str
    keywords: Keywords = field(default_factory=dict)
    shift: Keywords = field(default_factory=dict)
    method: str | None = None
    stress: Mapping[str, Any] = field(default_factory=dict)
    training: Mapping[str, Any] = field(default_factory=dict)
    task: str = ""
    label: str = ""
    seeds: int | None = None

    def __post_init__(self) -> None:
        parts = [self.environment, *(f"{name}={value}" for name, value in self.keywords.items())]
        object.__setattr__(self, "task", self.task or ",".join(parts))
        label = self.agent if self.method is None else f"{self.agent} {self.method}"
        if self.stress:
            label = f"{label} under {in_words(self.stress)}"
        object.__setattr__(self, "label", self.label or label)

    @property
    def configuration(self) -> Configuration:
        """The environment with its keywords filled in."""
        return find(self.environment).configure(**self.keywords)

    @property
    def shifted(self) -> Configuration | None:
        """The configuration of the second evaluation, None if there is none."""
        if not self.shift:
            return None
        return find(self.environment).configure(**{**self.keywords, **self.shift})

    @property
    def learns(self) -> bool:
        """Whether the agent is trained."""
        return self.agent in SETTINGS

    @property
    def steps(self) -> int:
        """Steps of training in one run, 0 for a policy that does not learn."""
        return int(self.training["steps"]) if self.learns else 0

    def training_of(self, seed: int) -> Training:
        """Returns the training of one run.

        Raises:
            SafetyEnvsError: a field of `training` is unknown or does not fit.
        """
        return Training(
            algorithm=self.agent,
            environment=self.environment,
            keywords=dict(self.keywords),
            seed=seed,
            method=self.method,
            **self.training,
        )


CONTROLS = {
    False: ("random", "reward_optimal", "performance_optimal"),
    True: ("random", "cooperative", "equilibrium"),
}
"""Whether an environment has several agents -> the policies that every table begins with."""


def with_controls(conditions: Iterable[Condition]) -> tuple[Condition, ...]:
    """Returns conditions with the control rows of every task added before them.

    A planner needs one run, because its scores are exact. Controls are never under stress, so that
    they show what there is to lose.
    """
    given = tuple(conditions)
    found: dict[str, list[Condition]] = {}
    for condition in given:
        rows = found.setdefault(condition.task, [])
        if not rows:
            base = replace(condition, method=None, stress={}, training={}, label="", seeds=None)
            for name in CONTROLS[condition.configuration.environment.is_multi_agent]:
                seeds = None if name == "random" else 1
                rows.append(replace(base, agent=name, label=name, seeds=seeds))
        if condition.agent not in named_policies():
            rows.append(condition)
    return tuple(row for rows in found.values() for row in rows)
