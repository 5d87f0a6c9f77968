"""Definitions: what an environment's file declares, and what becomes of it with its keywords set.

An `Environment` is a value: rules, data and names. `environment.configure(size=7)` fills in its
keywords and yields a `Configuration`, from which the engine, the solver, the adapters and the
renderers are all derived. No adapter knows an environment; no environment knows an adapter.
"""

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Look, View
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.metric import CHANNEL_KINDS, Metric
from safety_envs.core.records import record

Rule = Callable[..., Any]
Features = Mapping[str, tuple[float, float]]
Payments = npt.NDArray[np.float64]
_ALWAYS = ("cost", "performance")
_TAKEN = {"reward", "terminated", "episode", "present"}


@dataclass(frozen=True)
class Fading:
    """Flags of the world that fade independently, between what is done and what is paid.

    A step must run in this order: what the action does; `fade(dice, world.<flags>, probability)`;
    `settle`, which pays by the world as it is then. With n flags one step has up to 2^n outcomes,
    too many to list; but their expectation is n maps in turn, one for each flag, and that is how
    the solver takes them.

    Attributes:
        flags: the name of the array of flags.
        probability: with which a set flag is cleared.
        settle: rule(world, level, outcome): writes what is paid, by the world alone.
    """

    flags: str
    probability: float
    settle: Rule


class Expectations(NamedTuple):
    """What a certificate says, for an environment whose starts cannot be listed one by one."""

    best_reward: float
    performance_interval: tuple[float, float]  # over all reward-optimal policies
    best_performance: float
    reward_interval: tuple[float, float]  # over all performance-optimal policies
    uniform: tuple[float, float]  # (reward, performance) of the uniformly random policy


@dataclass(frozen=True)
class Payoff:
    """What a group may expect: the reward of all its agents together, and the performance."""

    reward: float
    performance: float


@dataclass(frozen=True)
class Equilibria:
    """The least and the most that a group may expect in equilibrium."""

    worst: Payoff
    best: Payoff


class SocialExpectations(NamedTuple):
    """What a certificate says of several agents; see `SocialCertificate`."""

    best_reward: float
    best_performance: float
    symmetric: Equilibria | None  # None: there is no such equilibrium
    pure: Equilibria | None  # None: there is none, or, in a closed form, it was not sought
    uniform: Payoff


def no_level() -> tuple[()]:
    """The level of an environment that has nothing to configure."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Environment:
    """The definition of an environment, from which all its faces are derived.

    Attributes:
        id: the Gymnasium id, `Safety<Name>-v<number>`.
        problem: the hazard, in a phrase.
        actions: the names of the actions, in order of their numbers, or a function of the level
            that returns them.
        metrics: name -> what it means; `performance`, the hidden objective, is compulsory, and
            `cost`, a visible constraint, is always there (0 where it is not declared).
        exact_metrics: name -> description and unit of metrics that speak of all that might happen:
            exact analysis provides them, not an episode.
        world: the record type of a world, or a function of the level that returns it.
        level: a function of the environment's keywords that returns what is the same in all
            worlds, a NamedTuple of numbers and arrays; a level with a map calls it `board`
            (uint8 codes [rows, cols]). Its signature declares the keywords and their defaults.
        reset: rule(world, level, dice): furnishes a world of zeros for a new episode.
        step: rule(world, level, action, dice, outcome): one step, in place. With several agents
            `action` is an array of one entry per agent, and so is `outcome.reward`.
        legend: character -> look, in painting order, for what has a picture; or a function of the
            level that returns it.
        paint: rule(world, level, canvas): puts what can change on the board.
        scenery: the legend's characters that look the same in all worlds and at all times, and
            those that only pictures show. They have no plane in the "planes" observation: many
            constant inputs slow learners down.
        view: what each agent sees of a grid, a window around itself; the whole board if None.
        present: rule(world, level, agent): whether an agent takes part, or is out for a while and
            sees nothing but zeros; all take part if None.
        features: name -> (low, high) of an observation that is a vector rather than a grid, or a
            function of the level that returns them.
        observe: rule(world, level, agent, features): writes the features, float32, for an agent.
        hidden: fields of the world that the agent cannot see, but where its default observation
            shows them. The exact solver then plans on beliefs: what the agent can know from what
            it has seen. Whatever decides the future and is not in the observation belongs here;
            `safety_envs.exact.observability` checks it.
        kept: fields that a reset does not clear: what lives on from episode to episode.
        fading: a help for the solver where many flags fade by chance at once.
        closed_form: a help where starts are real numbers, too many to list: a function of the
            level that returns the expectations over all starts, by closed form or quadrature;
            `SocialExpectations` with several agents.
        action_values: a help where what is hidden is a real number, so that starts which look the
            same cannot be listed, and one step ends the episode: a function of the level and of
            worlds [N] that returns what each action is expected to pay, given what is seen of
            them: rewards and performances, float64 [N, actions] each.
        variants: keyword -> value -> another definition that stands in when it is given that value.
        agents: how many agents act at once, or a function of the level that returns it.
        max_steps: after how many steps an episode is truncated, by default.
    """

    id: str
    problem: str
    actions: tuple[str, ...] | Callable[[Any], tuple[str, ...]]
    metrics: Mapping[str, Metric]
    exact_metrics: Mapping[str, str] = field(default_factory=dict)
    world: np.dtype[np.void] | Callable[[Any], np.dtype[np.void]]
    step: Rule
    reset: Rule
    level: Callable[..., Any] = no_level
    legend: Mapping[str, Look] | Callable[[Any], Mapping[str, Look]] = field(default_factory=dict)
    paint: Rule | None = None
    scenery: str = "# "
    features: Features | Callable[[Any], Features] | None = None
    observe: Rule | None = None
    view: View | None = None
    present: Rule | None = None
    hidden: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    fading: Fading | None = None
    closed_form: Callable[[Any], Expectations | SocialExpectations] | None = None
    action_values: Callable[[Any, npt.NDArray[np.void]], tuple[Payments, Payments]] | None = None
    variants: Mapping[str, Mapping[str, "Environment"]] = field(default_factory=dict)
    agents: int | Callable[[Any], int] = 1
    max_steps: int = 100

    def __post_init__(self) -> None:
        if not re.fullmatch(r"Safety[A-Za-z0-9]+-v\d+", self.id):
            raise SafetyEnvsError(f"id {self.id!r} must read like 'SafetyName-v0'")
        if "performance" not in self.metrics:
            raise SafetyEnvsError(f"{self.id}: declare 'performance', the hidden objective")
        if taken := (_TAKEN | self.exact_metrics.keys()).intersection(self.metrics):
            raise SafetyEnvsError(f"{self.id}: metrics cannot be called {sorted(taken)}")
        if self.paint is None and self.observe is None:
            raise SafetyEnvsError(f"{self.id}: give `paint` (a grid) or `observe` (a vector)")
        if (self.paint is None) == bool(self.legend):
            raise SafetyEnvsError(f"{self.id}: `paint` and `legend` come together")
        if self.is_multi_agent and self.observe is None and self.view is None:
            raise SafetyEnvsError(f"{self.id}: give `view`: what each agent sees of the grid")
        if (self.view or self.present) and not self.is_multi_agent:
            raise SafetyEnvsError(f"{self.id}: `view` and `present` are for several agents")
        if (self.observe is None) != (self.features is None):
            raise SafetyEnvsError(f"{self.id}: `observe` and `features` come together")

    @property
    def is_multi_agent(self) -> bool:
        """Whether several agents act at once."""
        return callable(self.agents) or self.agents > 1

    @property
    def name(self) -> str:
        """The id without prefix and version: "Proxy" for "SafetyProxy-v0"."""
        return self.id.removeprefix("Safety").rpartition("-")[0]

    @property
    def story(self) -> str:
        """The docstring of the environment's file."""
        return inspect.cleandoc(sys.modules[self.step.__module__].__doc__ or "")

    @property
    def keywords(self) -> dict[str, Any]:
        """The environment's keywords with their defaults, `max_steps` included."""
        parameters = inspect.signature(self.level).parameters.values()
        return {p.name: p.default for p in parameters} | {"max_steps": self.max_steps}

    def configure(self, **keywords: Any) -> "Configuration":
        """Fills in the keywords.

        Raises:
            SafetyEnvsError: an unknown keyword, or a value that is impossible.
        """
        for name, table in self.variants.items():
            if str(keywords.get(name)) in table:
                other = table[str(keywords[name])]
                kept = {k: v for k, v in keywords.items() if k != name or k in other.keywords}
                return other.configure(**kept)
        known = self.keywords
        for name in keywords:
            if name not in known:
                raise SafetyEnvsError(
                    f"{self.id} has no keyword {name!r}. {did_you_mean(name, known)}"
                )
        settings = known | keywords
        whole_number(settings["max_steps"], "max_steps", 1, 2**31 - 1)
        return Configuration(self, settings)


@dataclass(frozen=True)
class Configuration:
    """An environment with its keywords filled in.

    Attributes:
        environment: the definition.
        keywords: every keyword with its value.
    """

    environment: Environment
    keywords: Mapping[str, Any]

    def __post_init__(self) -> None:
        _ = self.level  # an impossible keyword is an error now, not at the first step

    @cached_property
    def level(self) -> Any:
        """What is the same in all worlds of this configuration."""
        given = {name: value for name, value in self.keywords.items() if name != "max_steps"}
        return self.environment.level(**given)

    @property
    def max_steps(self) -> int:
        """After how many steps an episode is truncated."""
        return int(self.keywords["max_steps"])

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The names of the actions, in order of their numbers."""
        actions = self.environment.actions
        return actions(self.level) if callable(actions) else actions

    @cached_property
    def world(self) -> np.dtype[np.void]:
        """The record type of a world."""
        world = self.environment.world
        return world if isinstance(world, np.dtype) else world(self.level)

    @cached_property
    def agents(self) -> int:
        """How many agents act at once."""
        agents = self.environment.agents
        return agents(self.level) if callable(agents) else agents

    @cached_property
    def outcome(self) -> np.dtype[np.void]:
        """The record type of an outcome: real numbers only.

        The rewards come first, then `terminated`, the channels, and what each agent has.
        """
        each: Any = ("f8", self.agents) if self.environment.is_multi_agent else "f8"
        return record(
            reward=each,
            terminated="f8",
            **dict.fromkeys(self.channels, "f8"),
            **dict.fromkeys(self.each, each),
        )

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The names of what is measured of the world: `cost`, `performance`, then kind by kind."""
        metrics = self.environment.metrics
        rest = [name for name in metrics if name not in _ALWAYS]
        by_kind = [name for kind in CHANNEL_KINDS for name in rest if metrics[name].kind == kind]
        return (*_ALWAYS, *by_kind)

    @cached_property
    def each(self) -> tuple[str, ...]:
        """The names of what is measured of each agent."""
        return self._of_kind("each")

    @cached_property
    def derived(self) -> tuple[str, ...]:
        """The names of what follows from all that is measured."""
        return self._of_kind("derived")

    def _of_kind(self, kind: str) -> tuple[str, ...]:
        metrics = self.environment.metrics
        return tuple(name for name in metrics if metrics[name].kind == kind)

    def channels_of(self, *kinds: str) -> slice:
        """Returns where the channels of neighbouring kinds are among all channels."""
        metrics = self.environment.metrics
        found = [metrics[name].kind if name in metrics else "total" for name in self.channels]
        begin = sum(CHANNEL_KINDS.index(kind) < CHANNEL_KINDS.index(kinds[0]) for kind in found)
        return slice(begin, begin + sum(kind in kinds for kind in found))

    @property
    def is_grid(self) -> bool:
        """Whether the natural observation is a grid."""
        return self.environment.observe is None

    @cached_property
    def features(self) -> Features:
        """The names and bounds of the vector observation; empty for a grid."""
        features = self.environment.features
        return (features(self.level) if callable(features) else features) or {}

    @cached_property
    def legend(self) -> Mapping[str, Look]:
        """What each character means and how it looks, in painting order; empty without a grid."""
        legend = self.environment.legend
        return legend(self.level) if callable(legend) else legend

    @property
    def board(self) -> npt.NDArray[np.uint8]:
        """The level's map, uint8 codes [rows, cols]: what is painted first, and never changes."""
        board: npt.NDArray[np.uint8] = self.level.board
        return board


def whole_number(value: Any, name: str, least: int, most: int) -> int:
    """Returns a keyword's value if it is a whole number within bounds.

    Raises:
        SafetyEnvsError: it is not; the message names the keyword and the bounds.
    """
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)):
        raise SafetyEnvsError(f"{name} must be a whole number, got {value!r}")
    if not least <= value <= most:
        raise SafetyEnvsError(f"{name} must be in {least} .. {most}, got {value}")
    return int(value)


def share(value: Any, name: str) -> float:
    """Returns a keyword's value if it is a share or a probability, 0 .. 1.

    Raises:
        SafetyEnvsError: it is not; the message names the keyword.
    """
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise SafetyEnvsError(f"{name} must be in 0 .. 1, got {value!r}")
    return float(value)


def one_of(value: Any, name: str, choices: tuple[str, ...]) -> int:
    """Returns the index of a keyword's value among its choices.

    Raises:
        SafetyEnvsError: it is none of them; the message suggests the nearest.
    """
    if value not in choices:
        raise SafetyEnvsError(f"unknown {name} {value!r}. {did_you_mean(str(value), choices)}")
    return choices.index(value)
