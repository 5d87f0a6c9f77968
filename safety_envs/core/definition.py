"""Definitions: what an environment's file declares, and what becomes of it with its keywords set.

An `Environment` is a value: rules, data and names. `environment.configure(size=7)` fills in its
keywords and yields a `Configuration`, from which the engine, the solver, the adapters and the
renderers are all derived. No adapter knows an environment; no environment knows an adapter.
"""

import inspect
import re
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import Look, View
from safety_envs.core.compile import told_apart
from safety_envs.core.errors import SafetyEnvsError, UnknownKeyword, did_you_mean
from safety_envs.core.keywords import Keyword, keywords_of
from safety_envs.core.kinds import Whole, Within
from safety_envs.core.metric import CHANNEL_KINDS, Metric
from safety_envs.core.records import record

Rule = Callable[..., Any]
Features = Mapping[str, tuple[float, float]]
Payments = npt.NDArray[np.float64]
MOST_STEPS = 2**31 - 1
_ALWAYS = ("cost", "performance")
_TAKEN = {"reward", "terminated", "episode", "episode_return", "executed_action", "present"}


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
    """Between what a group may expect in equilibrium; reward and performance apart.

    One equilibrium may have the least reward and another the least performance.

    Attributes:
        worst: the least reward, and the least performance.
        best: the most reward, and the most performance.
        known: "all", the extremes are over all equilibria, and attained; "bounds", all lie within,
            if there are any; "some", these have been found, and others may lie outside.
        found: with "bounds" the extremes of those that have been found, if any have.
    """

    worst: Payoff
    best: Payoff
    known: Literal["all", "bounds", "some"] = "all"
    found: tuple[Payoff, Payoff] | None = None

    @property
    def attained(self) -> tuple[Payoff, Payoff] | None:
        """The worst and the best that equilibria are known to have; None if none is known."""
        return self.found if self.known == "bounds" else (self.worst, self.best)


class SocialExpectations(NamedTuple):
    """What a certificate says of several agents; see `SocialCertificate`."""

    best_reward: float
    best_performance: float
    symmetric: Equilibria | None  # None: there is none; in a closed form, none was found
    pure: Equilibria | None  # None: there is none; in a closed form, it was not sought
    uniform: Payoff
    attainable: bool | None = None
    """Whether any equilibrium attains the best performance, where a closed form proves it."""


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
            (uint8 codes [rows, cols]). Its signature declares the keywords, what they take and
            their defaults, see `core.kinds`; it is called with values that were checked.
        reset: rule(world, level, dice): initialises a zeroed world for a new episode.
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
        overrides_actions: the rules may replace the agent's action by another; they then write it
            to `outcome.executed_action`, which infos report. For one agent.
        fading: a help for the solver where many flags fade by chance at once.
        closed_form: a help where starts are real numbers, too many to list: a function of the
            level that returns the expectations over all starts, by closed form or quadrature;
            `SocialExpectations` with several agents.
        action_values: a help where what is hidden is a real number, so that starts which look the
            same cannot be listed, and one step ends the episode: a function of the level and of
            worlds [N] that returns what each action is expected to pay, given what is seen of
            them: rewards and performances, float64 [N, actions] each.
        variants: keyword -> value -> another definition that plays when it has that value.
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
    overrides_actions: bool = False
    fading: Fading | None = None
    closed_form: Callable[[Any], Expectations | SocialExpectations] | None = None
    action_values: Callable[[Any, npt.NDArray[np.void]], tuple[Payments, Payments]] | None = None
    variants: Mapping[str, Mapping[str, "Environment"]] = field(default_factory=dict)
    agents: int | Callable[[Any], int] = 1
    max_steps: int = 100

    def __post_init__(self) -> None:
        if not re.fullmatch(r"Safety[A-Za-z0-9]+-v\d+", str(self.id)):
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
        if self.overrides_actions and self.is_multi_agent:
            raise SafetyEnvsError(f"{self.id}: `overrides_actions` is for one agent")
        if (self.observe is None) != (self.features is None):
            raise SafetyEnvsError(f"{self.id}: `observe` and `features` come together")
        self._check_keywords()

    def _check_keywords(self) -> None:
        try:
            table = self.keyword_table
        except SafetyEnvsError as error:
            raise SafetyEnvsError(f"{self.id}: {error}") from None
        for name, variants in self.variants.items():
            if name not in table or not set(variants) <= set(table[name].choices):
                raise SafetyEnvsError(
                    f"{self.id}: variants need a keyword {name!r} of the level with the choices "
                    f"{', '.join(map(str, variants))}"
                )

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

    @cached_property
    def keyword_table(self) -> Mapping[str, Keyword]:
        """The environment's keywords: what each takes, and its default; `max_steps` is the last."""
        declared = keywords_of(self.level)
        if "max_steps" in declared:
            raise SafetyEnvsError("'max_steps' is a keyword of every environment, not of a level")
        steps = Keyword("max_steps", (Whole(Within(1, MOST_STEPS)),), self.max_steps)
        return {**declared, "max_steps": steps}

    @property
    def keywords(self) -> dict[str, Any]:
        """The environment's keywords with their defaults, `max_steps` included."""
        return {name: keyword.default for name, keyword in self.keyword_table.items()}

    def keyword_schema(self) -> dict[str, Any]:
        """Returns the keywords as JSON schema; a variant's own ranges are in its definition's."""
        return {
            "title": self.id,
            "type": "object",
            "properties": {name: each.schema() for name, each in self.keyword_table.items()},
            "additionalProperties": False,
        }

    def __hash__(self) -> int:
        return hash(self.id)

    def __copy__(self) -> "Environment":
        return self  # a value that nobody changes

    def __deepcopy__(self, memo: dict[int, Any]) -> "Environment":
        return self

    def select(
        self, keywords: Mapping[str, Any], read: Callable[[Keyword, Any], Any] = Keyword.checked
    ) -> tuple[dict[str, Any], "Environment"]:
        """Finds the definition that plays with these keywords: itself, or one of its variants.

        Args:
            keywords: those given; only the ones that select variants are looked at.
            read: how a value is checked; `Keyword.read` takes words of a command line.

        Returns:
            The keywords that select a variant, and the definition.

        Raises:
            SafetyEnvsError: a keyword that selects variants has an impossible value.
        """
        for name, table in self.variants.items():
            keyword = self.keyword_table[name]
            value = read(keyword, keywords[name]) if name in keywords else keyword.default
            if value in table:
                further, played = table[value].select(keywords, read)
                return {name: value, **further}, played
        return {}, self

    def configure(self, **keywords: Any) -> "Configuration":
        """Fills in the keywords.

        Raises:
            SafetyEnvsError: an unknown keyword, or a value that is impossible.
        """
        selected, played = self.select(keywords)
        table = played.keyword_table
        for name in keywords:
            if name not in table and name not in selected:
                raise self.unknown_keyword(name, selected, {**selected, **table})
        settings = {
            name: keyword.checked(keywords.get(name, keyword.default))
            for name, keyword in table.items()
        }
        return Configuration(self, played, selected | settings)

    def unknown_keyword(
        self, name: str, selected: Mapping[str, Any], known: Iterable[str]
    ) -> SafetyEnvsError:
        """Returns the error for a keyword that there is not, where these select a variant."""
        asked = named(self.id, selected) if selected else self.id
        return UnknownKeyword(
            f"{asked} got an unexpected keyword argument '{name}'. {did_you_mean(name, known)}"
        )


@dataclass(frozen=True)
class Configuration:
    """An environment with its keywords filled in: what `Environment.configure` returns.

    It is a value: `asked.configure(**keywords)` is equal to it, and so is a copy or a pickle, which
    holds these two alone.

    Attributes:
        asked: the definition whose keywords these are.
        environment: the definition that plays: the same, or the variant that a keyword selects.
        keywords: every keyword with its value.
    """

    asked: Environment
    environment: Environment
    keywords: Mapping[str, Any]

    def __post_init__(self) -> None:
        _ = self.level  # an impossible keyword is an error now, not at the first step

    def __hash__(self) -> int:
        return hash((self.id, frozenset(self.keywords.items())))

    def __str__(self) -> str:
        return named(self.id, self.keywords)

    def __copy__(self) -> "Configuration":
        return self  # a value that nobody changes

    def __deepcopy__(self, memo: dict[int, Any]) -> "Configuration":
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return _configured, (self.asked, dict(self.keywords))

    @property
    def id(self) -> str:
        """The id that was asked for: with `keywords` it names this configuration."""
        return self.asked.id

    def with_keywords(self, **changes: Any) -> "Configuration":
        """Returns the configuration with some keywords changed.

        Raises:
            SafetyEnvsError: an unknown keyword, or a value that is impossible.
        """
        return self.asked.configure(**{**self.keywords, **changes})

    @cached_property
    def level(self) -> Any:
        """What is the same in all worlds of this configuration."""
        taken = self.environment.keywords.keys() - {"max_steps"}
        return told_apart(self.environment.level(**{name: self.keywords[name] for name in taken}))

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

        The rewards come first, then `terminated`, the channels, what each agent has, and the action
        that took effect where rules may override the agent's.
        """
        each: Any = ("f8", self.agents) if self.environment.is_multi_agent else "f8"
        return record(
            reward=each,
            terminated="f8",
            **dict.fromkeys(self.channels, "f8"),
            **dict.fromkeys(self.each, each),
            **({"executed_action": "f8"} if self.environment.overrides_actions else {}),
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


def named(id: str, keywords: Mapping[str, Any]) -> str:
    """Returns the name of a configuration: "SafetyProxy-v0(size=5, max_steps=50)"."""
    return f"{id}({', '.join(f'{name}={value}' for name, value in keywords.items())})"


def _configured(asked: Environment, keywords: Mapping[str, Any]) -> Configuration:
    return asked.configure(**keywords)
