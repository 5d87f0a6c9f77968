"""Information sets: starts that the agent cannot distinguish.

The agent observes the fields of a world that are not declared `hidden`, and what the default
observation shows of hidden ones. Starts with equal observations form an information set. A seed
selects one start, but the agent does not know its seed. So an analysis of that start covers its
whole information set, each start with its conditional probability.

Kept fields persist from the previous episode. Before the first episode after seeding, all fields
are 0. A policy that plays several episodes carries its belief about kept fields over, as a `Prior`.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import bytes_of, keys
from safety_envs.core.observe import Observer
from safety_envs.exact.models.expand import Expander

Worlds = npt.NDArray[np.void]
Probabilities = npt.NDArray[np.float64]


class Prior(NamedTuple):
    """The belief about kept fields before an episode; see `Information.prior`."""

    worlds: Worlds  # [K] distinct; all fields but the kept ones are cleared
    probabilities: Probabilities  # [K]

    @property
    def key(self) -> bytes:
        """Bytes that identify the prior."""
        return keys(self.worlds).tobytes() + self.probabilities.round(12).tobytes()


class Information:
    """What an agent can know at the start of an episode.

    Args:
        configuration: the environment.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._listed: tuple[bytes, Worlds, Probabilities, list[bytes]] | None = (
            None  # the last listing
        )

    @property
    def first(self) -> Prior:
        """The prior after seeding: all kept fields are 0."""
        return Prior(np.zeros(1, self.configuration.world), np.ones(1))

    def prior(self, worlds: Worlds, probabilities: Probabilities) -> Prior:
        """Returns the belief before an episode, given the possible last worlds of the previous one.

        Args:
            worlds: structured [N].
            probabilities: float64 [N], up to a common factor.
        """
        kept = np.zeros_like(worlds)
        for name in self.configuration.environment.kept:
            kept[name] = worlds[name]
        distinct, which = np.unique(kept, return_inverse=True)
        return Prior(distinct, np.bincount(which, probabilities) / probabilities.sum())

    @cached_property
    def _observe(self) -> Observer:
        return Observer(self.configuration)

    def observations(self, worlds: Worlds) -> list[bytes]:
        """Returns the agent's observations of worlds [N] as bytes, for comparison."""
        seen = keys(visible(self.configuration, worlds))
        if self.configuration.environment.hidden:
            shown = self._observe.empty(len(worlds))
            self._observe.write(worlds, shown)
            shown = np.ascontiguousarray(shown).reshape(len(worlds), -1).view(np.uint8)
            seen = np.concatenate([seen, shown], axis=1)
        return [row.tobytes() for row in np.ascontiguousarray(seen)]

    def sets_of(
        self, worlds: Worlds, probabilities: Probabilities, prior: Prior | None = None
    ) -> tuple[Worlds, Probabilities]:
        """Returns all starts in the information sets of worlds [N], and their probabilities.

        The probability of each world is distributed over the starts in its information set, in
        proportion to their probabilities. If nothing is hidden, the worlds are returned unchanged.

        Args:
            worlds: structured [N], worlds in which episodes start.
            probabilities: float64 [N], their probabilities.
            prior: the belief after the previous episode; None if there was none.

        Raises:
            SafetyEnvsError: a field is hidden and there are too many starts to list; or one of the
                worlds is impossible under the prior.
        """
        if not self.configuration.environment.hidden:
            return worlds, probabilities
        listed, listed_probabilities, observations = self._list(prior or self.first)
        share: dict[bytes, float] = {}
        for observation, probability in zip(
            self.observations(worlds), probabilities.tolist(), strict=True
        ):
            share[observation] = share.get(observation, 0.0) + probability
        whole = dict.fromkeys(share, 0.0)
        for observation, probability in zip(
            observations, listed_probabilities.tolist(), strict=True
        ):
            if observation in whole:
                whole[observation] += probability
        if not all(whole.values()):
            raise SafetyEnvsError(
                f"{self.configuration.id}: an episode cannot start in the given "
                "world: give a world that reset() has produced"
            )
        alike = [i for i, observation in enumerate(observations) if observation in share]
        factor = np.array([share[observations[i]] / whole[observations[i]] for i in alike])
        return listed[alike], listed_probabilities[alike] * factor

    def all_starts(self) -> tuple[Worlds, Probabilities]:
        """Returns all starts of a first episode, [K], and their probabilities, [K].

        Raises:
            SafetyEnvsError: there are too many to list.
        """
        worlds, probabilities, _ = self._list(self.first)
        return worlds, probabilities

    def is_possible(self, world: Worlds, prior: Prior) -> bool:
        """Returns whether an episode can start in a world [1] under a prior."""
        starts, _, _ = self._list(prior)
        return bool((keys(starts) == keys(world)).all(axis=1).any())

    def _list(self, prior: Prior) -> tuple[Worlds, Probabilities, list[bytes]]:
        """Returns all starts [K], their probabilities [K] and their observations [K]."""
        if self._listed is None or self._listed[0] != prior.key:
            worlds, probabilities = self._starts_after(prior)
            self._listed = prior.key, worlds, probabilities, self.observations(worlds)
        return self._listed[1:]

    def _starts_after(self, prior: Prior) -> tuple[Worlds, Probabilities]:
        expander = Expander(self.configuration)
        worlds, probabilities = [], []
        try:
            for before, probability in zip(prior.worlds, prior.probabilities, strict=True):
                starts, conditional = expander.starts(before)
                worlds.append(starts)
                probabilities.append(probability * conditional)
        except SafetyEnvsError as error:
            hidden = ", ".join(self.configuration.environment.hidden)
            raise SafetyEnvsError(
                f"{self.configuration.id} hides {hidden} and has too many starts to list those "
                "with equal observations, so its agent's beliefs cannot be computed exactly: make "
                "it smaller by its keywords, or run policies instead (safety_envs.rollout). "
                "A definition whose episodes have one step can give `action_values`"
            ) from error
        distinct, which = np.unique(np.concatenate(worlds), return_inverse=True)
        return distinct, np.bincount(which, np.concatenate(probabilities)).astype(np.float64)


def visible(configuration: Configuration, worlds: Worlds) -> Worlds:
    """Returns copies of worlds [N] with their hidden fields cleared."""
    seen = keys(worlds).copy()
    seen[:, bytes_of(configuration.world, configuration.environment.hidden)] = 0
    return seen.view(configuration.world)[:, 0]
