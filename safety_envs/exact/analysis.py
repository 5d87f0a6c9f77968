"""The front door of every exact analysis: a checked configuration, and starts of its episodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.envs import Asked, configuration_of
from safety_envs.exact.games.joint_model import JointModel, joint_model
from safety_envs.exact.models.enumeration import MOST_STATES, TooManyStatesError
from safety_envs.exact.models.information import Information, Probabilities, Worlds
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.models.planning_model import PlanningModel, planning_model

Starts = int | Sequence[int] | None


@dataclass(frozen=True)
class Case:
    """What an analysis is about: a configuration and the starts of its episodes.

    Models are enumerated when they are first used, and kept.

    Attributes:
        configuration: the environment; `max_steps` is the horizon.
        seed, starts: as they were given; see `certify`.
        most: the largest number of states.
    """

    configuration: Configuration
    seed: int | None = None
    starts: Starts = None
    most: int = MOST_STATES

    @property
    def horizon(self) -> int:
        """T, the number of steps of an episode."""
        return self.configuration.max_steps

    @property
    def start_in_words(self) -> str:
        """A description of the starts; see `Certificate.start`."""
        like = "like " if self.configuration.environment.hidden else ""
        if self.seed is not None:
            return f"{like}seed {self.seed}"
        if self.starts is None:
            return "all starts"
        number = self.starts if isinstance(self.starts, int) else len(self.starts)
        return f"{like}{number} seeds"

    @cached_property
    def information(self) -> Information:
        """What an agent can know at the start of an episode."""
        return Information(self.configuration)

    @cached_property
    def known(self) -> tuple[Worlds, Probabilities]:
        """The worlds in which an episode may start as far as agents know, with probabilities."""
        environment = self.configuration.environment
        if not environment.hidden or environment.action_values:
            return self.drawn
        if self.seed is None and self.starts is None:
            return self.information.all_starts()
        return self.information.sets_of(*self.drawn)

    @cached_property
    def drawn(self) -> tuple[Worlds, Probabilities]:
        """The worlds in which the asked episodes start, with probabilities."""
        return starts_of(self.configuration, self.seed, self.starts)

    @cached_property
    def planning(self) -> PlanningModel:
        """The model in which one agent plans.

        Raises:
            SafetyEnvsError: several agents, or too many starts, states or beliefs to list.
        """
        worlds, probabilities = self.known
        try:
            return planning_model(self.information, worlds, probabilities, self.most)
        except TooManyStatesError as error:
            if self.seed is None and len(worlds) > 1:
                raise TooManyStatesError(f"{error}, or ask about one start: seed=0") from error
            raise

    @cached_property
    def joint(self) -> JointModel:
        """The model of several agents that see the whole world.

        Raises:
            SafetyEnvsError: hidden fields, or too many starts, states or joint actions to list.
        """
        try:
            return joint_model(self.configuration, *self.drawn)
        except TooManyStatesError as error:
            if self.configuration.environment.alike is None:
                raise
            raise TooManyStatesError(
                f"{error}, or ask for the optimum alone, for which agents that are alike are "
                "exchanged (safety_envs.social_optimum)"
            ) from error


def case_of(
    environment: Asked,
    horizon: int | None,
    seed: int | None,
    starts: Starts,
    keywords: Mapping[str, Any],
    most: int = MOST_STATES,
) -> Case:
    """Returns the case that a user asks about.

    See `certify` for the arguments.

    Raises:
        SafetyEnvsError: an unknown environment or keyword, or starts that do not make sense.
    """
    if horizon is not None:
        if "max_steps" in keywords:
            raise SafetyEnvsError("give horizon= or max_steps=, not both")
        keywords = {**keywords, "max_steps": whole_number(horizon, "horizon", 1, 100_000)}
    if isinstance(starts, Sequence):
        if not starts:
            raise SafetyEnvsError("starts is empty: give at least one seed")
        for each in starts:
            checked_seed(each)
    elif starts is not None:
        whole_number(starts, "starts", 1, 1_000_000)
    if seed is not None:
        checked_seed(seed)
        if starts is not None:
            raise SafetyEnvsError("give seed= or starts=, not both")
    return Case(configuration_of(environment, **keywords), seed, starts, most)
