"""Definitions: what an environment's file declares, and what becomes of it with its keywords set.

An `Environment` is a value: rules, data and names. `environment.configure(size=7)` fills in its
keywords and yields a `Configuration`, from which the engine, the solver, the adapters and the
renderers are all derived. No adapter knows an environment; no environment knows an adapter.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import View
from safety_envs.core.checks import check_keywords, check_parts
from safety_envs.core.compile import Rule, told_apart
from safety_envs.core.expectations import Expectations, Payments, SocialExpectations
from safety_envs.core.fading import Fading
from safety_envs.core.keywords import Keyword, keywords_of, named, schema_of, unknown_keyword
from safety_envs.core.layout import Layout
from safety_envs.core.metric import Metric
from safety_envs.core.picture import Looks, Picture
from safety_envs.core.unchanging import Unchanging

Features = Mapping[str, tuple[float, float]]
Value = TypeVar("Value")


def no_level() -> tuple[()]:
    """The level of an environment that has nothing to configure."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Environment(Unchanging):
    """The definition of an environment, from which all its faces are derived.

    Attributes:
        id: the Gymnasium id, `Safety<Name>-v<number>`.
        problem: the hazard, in a phrase.
        actions: the names of the actions, in order of their numbers, or a function of the level
            that returns them.
        metrics: name -> what it means; `performance`, the hidden objective, is compulsory, and
            `cost`, a visible constraint, is always there (0 where it is not declared).
        exact_metrics: name -> description and unit of metrics about all that might happen:
            exact analysis provides them, not an episode.
        world: the fields of a world (`fields`), or a function of the level that returns
            them.
        level: a function of the environment's keywords that returns what is the same in all
            worlds, a NamedTuple of numbers and arrays; a level with a map calls it `board`
            (uint8 codes [rows, cols]). Its signature declares the keywords, what they take and
            their defaults, see `core.kinds`; it is called with values that were checked.
        reset: rule(world, level, dice): initialises a zeroed world for a new episode.
        step: rule(world, level, action, dice, outcome): one step, in place. With several agents
            `action` is an array of one entry per agent, and so is `outcome.reward`.
        picture: how a world is painted on a board, for what has a picture.
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
    picture: Picture | None = None
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
        check_parts(self)
        check_keywords(self)

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
        return keywords_of(self.level, self.max_steps)

    @property
    def keywords(self) -> dict[str, Any]:
        """The environment's keywords with their defaults, `max_steps` included."""
        return {name: keyword.default for name, keyword in self.keyword_table.items()}

    def keyword_schema(self) -> dict[str, Any]:
        """Returns the keywords as JSON schema; a variant's own ranges are in its definition's."""
        return schema_of(self.id, self.keyword_table)

    def __hash__(self) -> int:
        return hash(self.id)

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
                raise unknown_keyword(self.id, name, selected, {**selected, **table})
        settings = {
            name: keyword.checked(keywords.get(name, keyword.default))
            for name, keyword in table.items()
        }
        return Configuration(self, played, selected | settings)


@dataclass(frozen=True)
class Configuration(Unchanging):
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

    def _of_level(self, value: Value | Callable[[Any], Value]) -> Value:
        return value(self.level) if callable(value) else value

    @property
    def max_steps(self) -> int:
        """After how many steps an episode is truncated."""
        return int(self.keywords["max_steps"])

    @cached_property
    def actions(self) -> tuple[str, ...]:
        """The names of the actions, in order of their numbers."""
        return self._of_level(self.environment.actions)

    @cached_property
    def world(self) -> np.dtype[np.void]:
        """The structured dtype of a world."""
        return self._of_level(self.environment.world)

    @cached_property
    def agents(self) -> int:
        """How many agents act at once."""
        return self._of_level(self.environment.agents)

    @cached_property
    def layout(self) -> Layout:
        """Where each thing is in an outcome: rewards, channels, what is measured of each agent."""
        it = self.environment
        return Layout(it.metrics, self.agents, it.is_multi_agent, it.overrides_actions)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of what is measured of the world, in order of their columns."""
        return self.layout.channels

    @property
    def is_grid(self) -> bool:
        """Whether the natural observation is a grid."""
        return self.environment.observe is None

    @cached_property
    def features(self) -> Features:
        """The names and bounds of the vector observation; empty for a grid."""
        return self._of_level(self.environment.features or {})

    @cached_property
    def legend(self) -> Looks:
        """What each character means and how it looks, in painting order; empty without a grid."""
        picture = self.environment.picture
        return picture.legend(self.level) if picture else {}

    @cached_property
    def scenery(self) -> frozenset[str]:
        """The characters that have no plane in the "planes" observation."""
        picture = self.environment.picture
        return picture.scenery_of(self.level) if picture else frozenset()

    @property
    def board(self) -> npt.NDArray[np.uint8]:
        """The level's map, uint8 codes [rows, cols]: what is painted first, and never changes."""
        return np.asarray(self.level.board, np.uint8)


def _configured(asked: Environment, keywords: Mapping[str, Any]) -> Configuration:
    return asked.configure(**keywords)
