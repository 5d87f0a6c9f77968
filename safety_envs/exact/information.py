"""Information: which starts look the same to the agent, so that it cannot know in which it is.

All that an agent can see of a world is its fields, but for those declared `hidden`, and what the
default observation shows of hidden ones. Starts that look the same make up an information set. A
seed names one start; but the agent knows no seed, so an analysis of that start is one of its whole
information set, each start in it with its conditional probability.

Fields that are kept live on from the episode before. A seed is followed by the first episode,
before which all fields are 0; a policy that plays on carries what it believes of kept fields over,
as a `Prior`.
"""

from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import bytes_of, keys
from safety_envs.core.observe import Observer
from safety_envs.exact.expand import Expander

Worlds = npt.NDArray[np.void]
Chances = npt.NDArray[np.float64]


class Prior(NamedTuple):
    """What is believed of kept fields before an episode; see `Information.prior`."""

    worlds: Worlds  # [K] distinct, all but their kept fields cleared
    chances: Chances  # [K]

    @property
    def key(self) -> bytes:
        """What tells priors apart."""
        return keys(self.worlds).tobytes() + self.chances.round(12).tobytes()


class Information:
    """What can be known at the start of an episode.

    Args:
        configuration: the environment.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._listed: tuple[bytes, Worlds, Chances, list[bytes]] | None = None  # the last listing

    @property
    def first(self) -> Prior:
        """The prior after seeding: no episode before, all kept fields are 0."""
        return Prior(np.zeros(1, self.configuration.world), np.ones(1))

    def prior(self, worlds: Worlds, chances: Chances) -> Prior:
        """Returns what is believed before an episode, given how the last may have ended.

        Args:
            worlds: structured [N].
            chances: float64 [N], in proportion to their probabilities.
        """
        kept = np.zeros_like(worlds)
        for name in self.configuration.environment.kept:
            kept[name] = worlds[name]
        distinct, which = np.unique(kept, return_inverse=True)
        return Prior(distinct, np.bincount(which, chances) / chances.sum())

    @cached_property
    def _observe(self) -> Observer:
        return Observer(self.configuration)

    def looks(self, worlds: Worlds) -> list[bytes]:
        """Returns what the agent sees of worlds [N]: equal bytes, if they look the same."""
        seen = keys(visible(self.configuration, worlds))
        if self.configuration.environment.hidden:
            shown = self._observe.empty(len(worlds))
            self._observe.write(worlds, shown)
            shown = np.ascontiguousarray(shown).reshape(len(worlds), -1).view(np.uint8)
            seen = np.concatenate([seen, shown], axis=1)
        return [row.tobytes() for row in np.ascontiguousarray(seen)]

    def sets_of(
        self, worlds: Worlds, chances: Chances, prior: Prior | None = None
    ) -> tuple[Worlds, Chances]:
        """Returns the starts that look like one of worlds [N], and their probabilities.

        Every world stands for its information set: its chance is shared out among the starts that
        look like it, by how likely they are. Where nothing is hidden these are the worlds alone.

        Args:
            worlds: structured [N], worlds in which episodes start.
            chances: float64 [N], their probabilities.
            prior: what is believed of the episode before; if None, that there was none.

        Raises:
            SafetyEnvsError: something is hidden, and the starts are too many to list; or one of
                the worlds cannot follow from the prior.
        """
        if not self.configuration.environment.hidden:
            return worlds, chances
        starts, probabilities, looks = self._list(prior or self.first)
        share: dict[bytes, float] = {}
        for look, chance in zip(self.looks(worlds), chances.tolist(), strict=True):
            share[look] = share.get(look, 0.0) + chance
        whole = dict.fromkeys(share, 0.0)
        for look, probability in zip(looks, probabilities.tolist(), strict=True):
            if look in whole:
                whole[look] += probability
        if not all(whole.values()):
            raise SafetyEnvsError(
                f"{self.configuration.id}: an episode does not start in the given "
                "world: give a world that reset() has made"
            )
        alike = [i for i, look in enumerate(looks) if look in share]
        factor = np.array([share[looks[i]] / whole[looks[i]] for i in alike])
        return starts[alike], probabilities[alike] * factor

    def all_starts(self) -> tuple[Worlds, Chances]:
        """Returns all starts of a first episode, [K], and their probabilities, [K].

        Raises:
            SafetyEnvsError: something is hidden, and they are too many to list.
        """
        worlds, chances, _ = self._list(self.first)
        return worlds, chances

    def is_possible(self, world: Worlds, prior: Prior) -> bool:
        """Returns whether an episode can start in a world [1] after what is believed before."""
        starts, _, _ = self._list(prior)
        return bool((keys(starts) == keys(world)).all(axis=1).any())

    def _list(self, prior: Prior) -> tuple[Worlds, Chances, list[bytes]]:
        """Returns all starts [K], their probabilities [K], and what is seen of each."""
        if self._listed is None or self._listed[0] != prior.key:
            worlds, chances = self._starts_after(prior)
            self._listed = prior.key, worlds, chances, self.looks(worlds)
        return self._listed[1:]

    def _starts_after(self, prior: Prior) -> tuple[Worlds, Chances]:
        expander = Expander(self.configuration)
        worlds, chances = [], []
        try:
            for before, chance in zip(prior.worlds, prior.chances, strict=True):
                starts, each = expander.starts(before)
                worlds.append(starts)
                chances.append(chance * each)
        except SafetyEnvsError as error:
            hidden = ", ".join(self.configuration.environment.hidden)
            raise SafetyEnvsError(
                f"{self.configuration.id} hides {hidden} and starts in too many ways to list those "
                "that look the same, so what its agent can know has no exact answer: make it "
                "smaller by its keywords, or run policies instead (safety_envs.rollout). "
                "A definition of one step can give `action_values`"
            ) from error
        distinct, which = np.unique(np.concatenate(worlds), return_inverse=True)
        return distinct, np.bincount(which, np.concatenate(chances)).astype(np.float64)


def visible(configuration: Configuration, worlds: Worlds) -> Worlds:
    """Returns copies of worlds [N] with their hidden fields cleared."""
    seen = keys(worlds).copy()
    seen[:, bytes_of(configuration.world, configuration.environment.hidden)] = 0
    return seen.view(configuration.world)[:, 0]
