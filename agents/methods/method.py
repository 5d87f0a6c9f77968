"""Methods as values: what a learning algorithm is combined with."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from safety_envs import Configuration, SafetyEnvsError

if TYPE_CHECKING:
    from agents.algorithms.repeated_game import Game, RepeatedGame
    from agents.tabular.task import Task


def no_options(**settings: Any) -> Mapping[str, Any]:
    """Changes nothing."""
    return {}


@dataclass(frozen=True)
class Method:
    """A change to what a learner experiences, or to how it learns.

    Attributes:
        name: lower-case letters, digits and underscores.
        summary: what it does, in a phrase.
        wrap: takes a `safety_envs.sb3_vec_env` and the settings by name, and returns the vector
            environment that the learner sees. It raises a `SafetyEnvsError` if the method does not
            fit the environment. None: the method does not serve learners with networks.
        settings: name -> default.
        serves: environments with "one" agent, with "several" agents, or with "any" number.
        options: takes the settings by name, and returns options of the learning algorithm that the
            method changes.
        tabular: takes an `agents.tabular.task.Task` and the settings by name, and returns the task
            that a tabular learner experiences. It raises as `wrap` does. None: the method does not
            serve tabular learners.
        game: takes an `agents.algorithms.repeated_game.RepeatedGame` and the settings by name, and
            returns the game that gradient learners play. None: the method does not serve them.
    """

    name: str
    summary: str
    wrap: Callable[..., Any] | None
    settings: Mapping[str, Any] = field(default_factory=dict)
    serves: Literal["one", "several", "any"] = "any"
    options: Callable[..., Mapping[str, Any]] = no_options
    tabular: "Callable[..., Task] | None" = None
    game: "Callable[..., Game] | None" = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[a-z][a-z0-9_]*", str(self.name)):
            raise SafetyEnvsError(f"a method's name must be like 'social_value', got {self.name!r}")
        if self.serves not in ("one", "several", "any"):
            raise SafetyEnvsError(
                f"method {self.name!r} serves 'one', 'several' or 'any', got {self.serves!r}"
            )

    def all_settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Returns all settings; those that are not given have their defaults.

        Raises:
            SafetyEnvsError: an unknown setting.
        """
        for name in given:
            if name not in self.settings:
                known = f"Known: {', '.join(self.settings)}." if self.settings else "It has none."
                raise SafetyEnvsError(f"method {self.name} has no setting {name!r}. {known}")
        return {**self.settings, **given}

    def applied(self, worlds: Any, given: Mapping[str, Any]) -> Any:
        """Returns worlds as the learner sees them.

        Args:
            worlds: a `safety_envs.sb3_vec_env`.
            given: settings that differ from the defaults.

        Raises:
            SafetyEnvsError: an unknown setting, or the method does not fit the environment.
        """
        self.check_serves(worlds.configuration)
        if self.wrap is None:
            raise SafetyEnvsError(
                f"{self.name!r} is a method for tabular learners alone: train td_learning"
                if self.game is None
                else f"{self.name!r} is a method for repeated games alone: train naive_gradient"
            )
        return self.wrap(worlds, **self.all_settings(given))

    def task(self, task: "Task", given: Mapping[str, Any]) -> "Task":
        """Returns the task that a tabular learner experiences.

        Args:
            task: of maximising the reward.
            given: settings that differ from the defaults.

        Raises:
            SafetyEnvsError: an unknown setting, or the method does not fit the environment or the
                learner.
        """
        self.check_tabular()
        self.check_serves(task.model.configuration)
        assert self.tabular is not None
        return self.tabular(task, **self.all_settings(given))

    def of_game(self, game: "RepeatedGame", given: Mapping[str, Any]) -> "Game":
        """Returns the game that gradient learners play.

        Args:
            game: of the environment.
            given: settings that differ from the defaults.

        Raises:
            SafetyEnvsError: an unknown setting, or the method does not serve them.
        """
        self.check_game()
        assert self.game is not None
        return self.game(game, **self.all_settings(given))

    def check_game(self) -> None:
        """Checks that the method serves gradient learners in repeated games.

        Raises:
            SafetyEnvsError: it does not.
        """
        if self.game is None:
            raise SafetyEnvsError(
                f"{self.name!r} does not serve learners in repeated games: give mediator or "
                "signed_contract, or train another algorithm"
            )

    def check_tabular(self) -> None:
        """Checks that the method serves tabular learners.

        Raises:
            SafetyEnvsError: it does not.
        """
        if self.tabular is None:
            raise SafetyEnvsError(
                f"{self.name!r} is a method for learners with networks: train ppo, a2c, dqn or trpo"
            )

    def check_serves(self, configuration: Configuration) -> None:
        """Checks that the method fits the number of agents.

        Raises:
            SafetyEnvsError: it does not.
        """
        several = configuration.environment.is_multi_agent
        if self.serves not in ("any", "several" if several else "one"):
            here = "several agents" if several else "one agent"
            there = "one agent" if several else "several agents"
            raise SafetyEnvsError(
                f"{configuration.id} has {here}, and {self.name!r} is a method for {there}"
            )
