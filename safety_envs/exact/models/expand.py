"""Runs rules with loaded dice, to enumerate all outcomes of a reset or a step."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import Binding, Rule, rule
from safety_envs.core.definition import Configuration
from safety_envs.core.dice import LOADED, LOADING, fade, load_first, load_next
from safety_envs.core.engine import kept_bytes
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.fields import joined, keys, some_of
from safety_envs.core.placeholders import own_rules, reset, step
from safety_envs.exact.models.finite import check_outcomes
from safety_envs.exact.tiers import compiled

MOST_STARTS = 65_536
"""The largest number of starts of an episode that are listed."""

MOST_ACTIONS = 1_000_000
"""The largest number of joint actions."""

_GIVE_A_SEED = (
    "give seed=... for the start that reset(seed=...) draws, or starts=100 for the average over "
    "the seeds 0 .. 99"
)


class UnlistedStartsError(SafetyEnvsError):
    """The starts of an environment are too many to list."""


class Outcomes(NamedTuple):
    """All outcomes of actions in some worlds; each row is one possible result of the dice."""

    source: npt.NDArray[np.int64]  # [E] number of the world among those given
    action: npt.NDArray[np.int64]  # [E] number of the action, or of the joint action
    probability: npt.NDArray[np.float64]  # [E]
    worlds: npt.NDArray[np.void]  # [E] the world afterwards
    rewards: npt.NDArray[np.float64]  # [E], or [E, agents] with several agents
    terminated: npt.NDArray[np.bool_]  # [E]
    channels: npt.NDArray[np.float64]  # [E, channels] what the step wrote
    sums: npt.NDArray[np.float64]  # [E, channels] those of them that are summed over an episode
    per_agent: npt.NDArray[np.float64]  # [E, metrics * agents]
    executed: npt.NDArray[np.int64]  # [E] number of the action that took effect

    def where(self, which: npt.NDArray[np.bool_]) -> "Outcomes":
        """Returns some of them."""
        return Outcomes(*(some_of(column, which) for column in self))


class Expander:
    """Lists outcomes of one configuration's rules.

    Args:
        configuration: the environment; with several agents, an action is a joint action.
        without_fading: omit fading and the payments after it, which the solver handles separately;
            see `Fading`.
        actions: the actions that there are, as in the attribute; all if None.
    """

    def __init__(
        self,
        configuration: Configuration,
        *,
        without_fading: bool = False,
        actions: npt.NDArray[np.int64] | None = None,
    ) -> None:
        self._actions = actions
        environment = configuration.environment
        self.configuration = configuration
        dtypes = (configuration.world, configuration.layout.dtype)
        rules: dict[Rule, Rule] = {**own_rules(environment, step), **LOADING}
        if without_fading and environment.fading:
            rules |= {fade: no_fade, environment.fading.settle: no_settling}
        self._expand = compiled(expand_all, Binding(rules, dtypes))
        self._list_resets = compiled(
            list_resets, Binding({**own_rules(environment, reset), **LOADING}, dtypes)
        )
        self.dice = np.zeros(1, LOADED)

    def write(self, before: npt.NDArray[np.uint8], *rows: Any) -> tuple[int, int]:
        """Writes every outcome of actions in worlds, given as bytes, into rows; see `expand_all`.

        Raises:
            SafetyEnvsError: a step draws real numbers, or throws the dice too often.
        """
        try:
            taken, number = self._expand(before, self.configuration.level, self.dice, *rows)
        except ValueError as error:
            raise SafetyEnvsError(
                f"{self.configuration.id}: {error}. Exact analysis is not possible; "
                "run policies instead: safety_envs.rollout"
            ) from error
        return taken, number

    @cached_property
    def actions(self) -> npt.NDArray[np.int64]:
        """The actions by number: [A], or joint actions [A^agents, agents] in lexicographic order.

        Raises:
            SafetyEnvsError: more than `MOST_ACTIONS` joint actions.
        """
        if self._actions is not None:
            return self._actions
        number, agents = len(self.configuration.actions), self.configuration.agents
        if not self.configuration.environment.is_multi_agent:
            return np.arange(number)
        if number**agents > MOST_ACTIONS:
            raise SafetyEnvsError(
                f"{self.configuration.id}: {agents} agents with {number} actions each "
                f"have more than {MOST_ACTIONS} joint actions: give fewer agents"
            )
        grid = np.indices((number,) * agents).reshape(agents, -1)
        return np.ascontiguousarray(grid.T)

    def starts(
        self, before: np.void | None = None
    ) -> tuple[npt.NDArray[np.void], npt.NDArray[np.float64]]:
        """Returns all worlds in which an episode can start, [K], and their probabilities, [K].

        Args:
            before: the last world of the previous episode, whose kept fields persist. If None, all
                fields are 0, as after seeding.

        Raises:
            UnlistedStartsError: there are too many starts to list, or a start is a real number; the
                message says to give a seed.
        """
        name = self.configuration.id
        kept = kept_bytes(self.configuration)
        capacity = 256
        while True:
            worlds = np.zeros(capacity, self.configuration.world)
            if before is not None:
                worlds[:] = before
                keys(worlds)[...] &= kept
            probabilities = np.zeros(capacity)
            try:
                count = self._list_resets(
                    worlds, self.configuration.level, self.dice, probabilities
                )
            except ValueError as error:
                raise UnlistedStartsError(f"{name} ({error}): {_GIVE_A_SEED}") from error
            if count >= 0:
                break
            capacity *= 16
            if capacity > MOST_STARTS:
                raise UnlistedStartsError(
                    f"{name} can start in more than {MOST_STARTS} ways: {_GIVE_A_SEED}"
                )
        distinct, which = np.unique(worlds[:count], return_inverse=True)
        return distinct, np.bincount(which, probabilities[:count], len(distinct)).astype(np.float64)

    def outcomes(
        self, worlds: npt.NDArray[np.void], actions: Sequence[int] | None = None
    ) -> Outcomes:
        """Returns all outcomes of every action, or of the given actions, in worlds [N].

        Raises:
            SafetyEnvsError: a step draws real numbers, or throws the dice too often, so its
                outcomes cannot be listed.
        """
        every = range(len(self.actions))
        chosen = np.array(every if actions is None else actions, np.int64)
        parts = []
        begin, capacity = 0, 2 * len(worlds) * len(chosen)
        while begin < len(worlds):
            part, taken = self._some(worlds[begin:], chosen, capacity)
            parts.append(part._replace(source=part.source + begin))
            begin += taken
            capacity = capacity if taken else 2 * capacity
        return Outcomes(*map(joined, zip(*parts, strict=True)))

    def _some(
        self, worlds: npt.NDArray[np.void], actions: npt.NDArray[np.int64], capacity: int
    ) -> tuple[Outcomes, int]:
        """Returns the outcomes of as many worlds as fit into the rows, and their number."""
        configuration, layout = self.configuration, self.configuration.layout

        def before(row: int) -> tuple[np.void, str]:
            action = self._action_in_words(int(actions[which[row]]))
            return worlds[source[row]], f"`step` with the action {action}"

        after = np.zeros(capacity + 1, configuration.world)  # the last row is scratch space
        outcome = np.zeros(capacity + 1, layout.dtype)
        if layout.overrides_actions:
            outcome["executed_action"] = -1.0  # until a rule writes another action
        numbers = outcome.view(np.float64).reshape(capacity + 1, -1)
        source = np.zeros(capacity + 1, np.int64)
        which = np.zeros(capacity + 1, np.int64)
        probability = np.zeros(capacity + 1)
        taken, rows = self.write(
            keys(worlds), after, keys(after), outcome, source, which, probability,
            self.actions[actions],
        )  # fmt: skip
        check_outcomes(configuration, outcome[:rows], before)
        part_of = {name: numbers[:rows, where] for name, where in layout.slices.items()}
        rewards = part_of["rewards"]
        part = Outcomes(
            source[:rows], actions[which[:rows]], probability[:rows], after[:rows],
            rewards if layout.is_multi_agent else rewards[:, 0],
            part_of["terminated"][:, 0] != 0, part_of["channels"],
            part_of["channels"][:, : layout.channels_of("total", "mean").stop],
            part_of["per_agent"], actions[which[:rows]],
        )  # fmt: skip
        if layout.overrides_actions:
            written = part_of["executed"][:, 0].astype(np.int64)
            part = part._replace(executed=np.where(written < 0, part.action, written))
        return part, taken

    def _action_in_words(self, number: int) -> str:
        chosen = np.atleast_1d(self.actions[number]).tolist()
        return ", ".join(repr(self.configuration.actions[action]) for action in chosen)


@rule
def expand_all(
    before: Any, level: Any, dice: Any, after: Any, after_bytes: Any, outcome: Any, source: Any,
    which: Any, probability: Any, actions: Any,
) -> Any:  # fmt: skip
    """Writes every outcome of the actions in worlds (bytes [N, B or more]) into rows.

    Returns the number of worlds that were finished before the rows ran out, and of rows they used.
    """
    row = 0
    capacity = len(after) - 1
    for i in range(len(before)):
        first = row
        for a in range(len(actions)):
            load_first(dice[0])
            more = True
            while more:
                for k in range(after_bytes.shape[1]):
                    after_bytes[row, k] = before[i, k]
                step(after[row], level, actions[a], dice[0], outcome[row])
                if row == capacity:
                    return i, first
                source[row] = i
                which[row] = a
                probability[row] = dice[0].probability
                row += 1
                more = load_next(dice[0])
    return len(before), row


def list_resets(worlds, level, dice, probabilities):
    """Writes all starts of an episode into worlds [K]; returns their number, -1 if more than K."""
    load_first(dice[0])
    for row in range(len(worlds)):
        reset(worlds[row], level, dice[0])
        probabilities[row] = dice[0].probability
        if not load_next(dice[0]):
            return row + 1
    return -1


@rule
def no_fade(dice, flags, probability):
    """Replaces `fade` if the solver handles fading separately."""


@rule
def no_settling(world, level, outcome):
    """Replaces an environment's `settle` if the solver handles it separately."""
