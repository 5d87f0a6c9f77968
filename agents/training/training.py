"""Trainings as values: everything that decides the result of a training."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from agents.algorithms import algorithm_named
from agents.methods import method_named
from agents.record import Identity, digest, identity_of
from agents.stress import declared
from safety_envs import Configuration, Observer, SafetyEnvsError, find

PROCEDURE = 2
"""The version of how agents are trained and evaluated, for changes that no setting shows."""
_LONGEST_NAME = 120


@dataclass(frozen=True)
class Training:
    """One run of training.

    Attributes:
        algorithm: a key of `SETTINGS`.
        environment: an id.
        keywords: of the environment, where they differ from the defaults.
        seed: of the run; the seeds of worlds and models are derived from it.
        steps: how many steps to train for, counted over all worlds and all agents; rounded up to
            whole rollouts. For algorithms that carry out many runs in one batch: the steps of each
            run.
        observation: the encoding; the environment's first if None.
        settings: overrides of `SETTINGS[algorithm]`; "num_envs" counts worlds.
        independent: with several agents, each has its own model instead of sharing one.
        agent_id: with several agents, each observes its number.
        method: what the algorithm is combined with, see `agents.methods`.
        method_settings: of the method, where they differ from its defaults.
        stress: disturbances of the worlds to learn in, attributes of `safety_envs.Stress`.
    """

    algorithm: str
    environment: str
    keywords: Mapping[str, Any]
    seed: int
    steps: int
    observation: str | None = None
    settings: Mapping[str, Any] = field(default_factory=dict)
    independent: bool = False
    agent_id: bool = False
    method: str | None = None
    method_settings: Mapping[str, Any] = field(default_factory=dict)
    stress: Mapping[str, Any] = field(default_factory=dict)

    @property
    def configuration(self) -> Configuration:
        """The environment with its keywords filled in."""
        return find(self.environment).configure(**self.keywords)

    @property
    def all_settings(self) -> dict[str, Any]:
        """The algorithm's settings with those that are overridden.

        Raises:
            SafetyEnvsError: an unknown algorithm.
        """
        return {**algorithm_named(self.algorithm).settings, **self.settings}

    @cached_property
    def identity(self) -> Identity:
        """All that decides the result.

        Raises:
            SafetyEnvsError: an unknown algorithm, environment, keyword, observation, method,
                setting of a method or disturbance; an impossible seed or number of steps.
        """
        if isinstance(self.steps, bool) or not isinstance(self.steps, int) or self.steps < 1:
            raise SafetyEnvsError(f"--steps must be at least 1, got {self.steps!r}")
        method_settings: Mapping[str, Any] = {}
        if self.method is not None:
            method_settings = method_named(self.method).all_settings(self.method_settings)
        return identity_of(
            self.environment,
            self.keywords,
            self.seed,
            procedure=PROCEDURE,
            algorithm=self.algorithm,
            steps=self.steps,
            observation=Observer(self.configuration, self.observation).encoding,
            settings=self.all_settings,
            independent=self.independent,
            agent_id=self.agent_id,
            method=self.method,
            method_settings=method_settings,
            **declared(self.stress),
        )

    @property
    def name(self) -> str:
        """A folder's name: what differs from the defaults, by name, and a digest of everything."""
        usual = self.configuration.environment.keywords
        given = self.configuration.keywords.items()
        parts = [self.algorithm, self.environment]
        parts += [f"{name}={value}" for name, value in given if value != usual.get(name)]
        parts += ["independent"] * self.independent + ["id"] * self.agent_id
        parts += [each for each in (self.method, self.observation) if each]
        parts += ["stress"] * bool(self.stress)
        parts.append(f"seed{self.seed}")
        readable = re.sub(r"[^\w.,=+-]", "_", "-".join(parts))[:_LONGEST_NAME]
        return f"{readable}-{digest(self.identity)[:8]}"

    def check(self) -> None:
        """Finds what is wrong before anything is written.

        Raises:
            SafetyEnvsError: the training is impossible; the message says why.
        """
        _ = self.identity
        algorithm_named(self.algorithm).check(self)
