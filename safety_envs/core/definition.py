"""Definitions of environments, and configurations: definitions with all keywords set.

An `Environment` is a value: rules, data and names. `environment.configure(size=7)` sets its
keywords and returns a `Configuration`. Everything else is derived from configurations. No adapter
depends on an environment, and no environment on an adapter.
"""

import inspect
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from safety_envs.core.board import View
from safety_envs.core.checks import check_board, check_fields, check_keywords, check_parts
from safety_envs.core.compile import Rule, with_unique_class_name
from safety_envs.core.expectations import Expectations, Payments, SocialExpectations
from safety_envs.core.fading import Fading
from safety_envs.core.keywords import Keyword, keywords_of, named, schema_of, unknown_keyword
from safety_envs.core.layout import Layout
from safety_envs.core.metric import Metric
from safety_envs.core.notebooks import card, picture
from safety_envs.core.picture import Looks, Picture
from safety_envs.core.unchanging import Unchanging

Interval = tuple[float, float]
Features = Mapping[str, Interval]
Value = TypeVar("Value")


def no_level() -> tuple[()]:
    """The level of an environment without keywords."""
    return ()


@dataclass(frozen=True, kw_only=True)
class Environment(Unchanging):
    """The definition of an environment, from which all its interfaces are derived.

    Attributes:
        id: the Gymnasium id, `Safety<Name>-v<number>`.
        problem: the hazard, in a phrase. The problem area is the folder of the file.
        actions: the names of the actions in order of their numbers, or a function of the level
            that returns them.
        metrics: name -> metric. `performance`, the hidden objective, is required. `cost`, a visible
            constraint, always exists; it is 0 if it is not declared.
        exact_metrics: name -> description and unit of metrics that depend on what else could have
            followed. `safety_envs.measure` computes them; the rules of a step cannot.
        world: the fields of a world (`fields`), or a function of the level that returns them.
        level: a function of the environment's keywords that returns everything that all worlds
            share, as a NamedTuple of numbers and arrays. A level with a map names it `board` (uint8
            codes [rows, cols]). The signature declares the keywords, the values that they accept,
            and their defaults; see `core.kinds`. Values are checked before the call.
        reset: rule(world, level, dice): initialises a zeroed world for a new episode.
        step: rule(world, level, action, dice, outcome): one step, in place. With several agents
            `action` and `outcome.reward` are arrays with one entry per agent.
        picture: how a world is painted on a board, if it has a picture.
        view: the window of a grid that each agent sees. If None, the agent sees the whole board;
            it is required for a grid with several agents.
        present: rule(world, level, agent): whether an agent takes part. An agent that is out for a
            while observes zeros. If None, all agents take part.
        features: name -> (low, high) of a vector observation, or a function of the level that
            returns them.
        observe: rule(world, level, agent, features): writes an agent's features, float32.
        hidden: fields of the world that the agent does not observe, except where its default
            observation shows them. The exact solver then plans on beliefs: what the agent can infer
            from its observations. Declare every field here that decides the future and is not in
            the observation; `safety_envs.exact.models.observability` checks it.
        kept: fields that a reset does not clear, so they persist from episode to episode.
        endings: why the rules end an episode, in a few words such as "the agent drowned". Metric ->
            words, if the last step adds to that metric; the first such metric counts. "" -> words
            in all other cases. Pictures and pages show them.
        overrides_actions: whether the rules may replace the agent's action. They then write the new
            one to `outcome.executed_action`, which infos report. For one agent only.
        fading: helps the solver if many flags fade by chance at once.
        closed_form: helps the solver if starts are real numbers, too many to list. A function of
            the level that returns the expectations over all starts, in closed form or by
            quadrature; `SocialExpectations` with several agents.
        action_values: helps the solver if a hidden field is a real number, so that starts with
            equal observations cannot be listed, and one step ends the episode. A function of the
            level and of worlds [N]: the expected rewards and performances of each action given
            the observation, float64 [N, actions] each.
        unseen: with `action_values`, helps `evaluate` with distributions. A function of the level
            and of worlds [N] that returns worlds [N, K] and their probabilities, float64 [N, K]:
            starts that stand for all those with the same observation.
        episode_range: helps `bounds`. A function of the level and of the number of steps that
            returns ((least, most) reward, (least, most) performance) of any episode.
        relaxed: helps `bounds` with a start that has too many states. A function of the level and
            of worlds [N] that returns simpler worlds [N], of which there are few. The claim: with
            any number of steps to go, and for all a, b >= 0, the most of a * reward +
            b * performance that can follow a world can also follow its simpler one.
        variants: keyword -> value -> another definition, which runs when the keyword has that
            value. The value `float` stands for all numbers. A variant may have another number of
            agents.
        agents: the number of agents that act at once, or a function of the level that returns it.
        alike: helps the solver if all agents are alike. It names the fields of the world that have
            one entry for each agent; it is empty if there are none. The claim: if two agents
            exchange their entries in these fields and their actions, they exchange their rewards
            and their metrics, and nothing else changes. `check_environment` checks it. None if
            agents differ.
        max_steps: the default number of steps after which an episode is truncated.
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
    endings: Mapping[str, str] = field(default_factory=dict)
    overrides_actions: bool = False
    fading: Fading | None = None
    closed_form: Callable[[Any], Expectations | SocialExpectations] | None = None
    action_values: Callable[[Any, npt.NDArray[np.void]], tuple[Payments, Payments]] | None = None
    unseen: (
        Callable[[Any, npt.NDArray[np.void]], tuple[npt.NDArray[np.void], npt.NDArray[np.float64]]]
        | None
    ) = None
    episode_range: Callable[[Any, int], tuple[Interval, Interval]] | None = None
    relaxed: Callable[[Any, npt.NDArray[np.void]], npt.NDArray[np.void]] | None = None
    variants: Mapping[str, Mapping[Any, "Environment"]] = field(default_factory=dict)
    agents: int | Callable[[Any], int] = 1
    alike: tuple[str, ...] | None = None
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
        """The environment's keywords with accepted values and defaults; `max_steps` is last."""
        return keywords_of(self.level, self.max_steps)

    @property
    def keywords(self) -> dict[str, Any]:
        """The environment's keywords with their defaults, `max_steps` included."""
        return {name: keyword.default for name, keyword in self.keyword_table.items()}

    def keyword_schema(self) -> dict[str, Any]:
        """Returns a JSON schema of the keywords; a variant's own ranges are in its own schema."""
        return schema_of(self.id, self.keyword_table)

    def __hash__(self) -> int:
        return hash(self.id)

    def __repr__(self) -> str:
        return f"Environment({self.id!r}, problem={self.problem!r})"

    def _repr_html_(self) -> str:
        return card(self.configure())

    def _repr_png_(self) -> bytes:
        return picture(self.configure())

    def select(
        self, keywords: Mapping[str, Any], read: Callable[[Keyword, Any], Any] = Keyword.checked
    ) -> tuple[dict[str, Any], "Environment"]:
        """Finds the definition that runs with these keywords: itself or one of its variants.

        Args:
            keywords: the given keywords; only those that select variants are read.
            read: checks a value; `Keyword.read` parses words of a command line.

        Returns:
            The keywords that select a variant, and the definition.

        Raises:
            SafetyEnvsError: a keyword that selects variants has an invalid value.
        """
        for name, table in self.variants.items():
            keyword = self.keyword_table[name]
            value = read(keyword, keywords[name]) if name in keywords else keyword.default
            variant = table.get(value) or table.get(type(value))
            if variant:
                further, played = variant.select(keywords, read)
                return {name: value, **further}, played
        return {}, self

    def configure(self, **keywords: Any) -> "Configuration":
        """Returns a configuration with the given keywords; all others have their defaults.

        Raises:
            SafetyEnvsError: an unknown keyword or an invalid value.
        """
        selected, played = self.select(keywords)
        table = played.keyword_table
        for name in keywords:
            if name not in table and name not in selected:
                raise unknown_keyword(self.id, name, selected, {**selected, **table})
        settings = {
            name: each.checked(keywords.get(name, each.default))
            for name, each in table.items()
            if keywords.get(name) is not None or each.default is not None  # others are not named
        }
        return Configuration(self, played, selected | settings)


@dataclass(frozen=True)
class Configuration(Unchanging):
    """An environment with all its keywords set; `Environment.configure` returns it.

    It is a value: `asked.configure(**keywords)` is equal to it, and so are its copies and pickles.
    A pickle holds only these two.

    Attributes:
        asked: the definition that was configured.
        environment: the definition that runs: the same, or the variant that a keyword selects.
        keywords: every keyword with its value, but for those that are None, as by default.
    """

    asked: Environment
    environment: Environment
    keywords: Mapping[str, Any]

    def __post_init__(self) -> None:
        level = self.level  # reports an invalid keyword now, not at the first step
        check_fields(self.environment, self.world)
        check_board(self.environment, level)

    def __hash__(self) -> int:
        return hash((self.id, frozenset(self.keywords.items())))

    def __str__(self) -> str:
        return named(self.id, self.keywords)

    def __repr__(self) -> str:
        return f"Configuration({self})"

    def _repr_html_(self) -> str:
        return card(self)

    def _repr_png_(self) -> bytes:
        return picture(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return partial(self.asked.configure, **self.keywords), ()

    @property
    def id(self) -> str:
        """The id that was asked for; together with `keywords` it identifies the configuration."""
        return self.asked.id

    def with_keywords(self, **changes: Any) -> "Configuration":
        """Returns the configuration with some keywords changed.

        Raises:
            SafetyEnvsError: an unknown keyword or an invalid value.
        """
        return self.asked.configure(**{**self.keywords, **changes})

    @cached_property
    def level(self) -> Any:
        """What all worlds of this configuration share."""
        taken = self.environment.keywords.keys() & self.keywords.keys() - {"max_steps"}
        values = {name: self.keywords[name] for name in taken}
        return with_unique_class_name(self.environment.level(**values))

    def _of_level(self, value: Value | Callable[[Any], Value]) -> Value:
        return value(self.level) if callable(value) else value

    @property
    def max_steps(self) -> int:
        """The number of steps after which an episode is truncated."""
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
        """The number of agents that act at once."""
        return self._of_level(self.environment.agents)

    @cached_property
    def layout(self) -> Layout:
        """The layout of an outcome: rewards, channels and the metrics of each agent."""
        it = self.environment
        return Layout(it.metrics, self.agents, it.is_multi_agent, it.overrides_actions)

    @property
    def channels(self) -> tuple[str, ...]:
        """The names of the world's metrics, in order of their columns."""
        return self.layout.channels

    @property
    def is_grid(self) -> bool:
        """Whether the default observation is a grid."""
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
        """The level's map, uint8 codes [rows, cols]. It is painted first and never changes."""
        return np.asarray(self.level.board, np.uint8)

    @property
    def backgrounds(self) -> npt.NDArray[np.uint8]:
        """The maps of which each world has one, uint8 codes [maps, rows, cols]: often one map."""
        picture = self.environment.picture
        return self.board[None] if picture is None else picture.backgrounds(self.level)
