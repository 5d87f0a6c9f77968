"""The engine: N worlds stepped at once by one compiled loop over the environment's rules."""

import copy
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.compile import Binding, Rule, bound
from safety_envs.core.definition import Configuration
from safety_envs.core.dice import seeded
from safety_envs.core.errors import ResetNeeded, SafetyEnvsError
from safety_envs.core.fields import bytes_of, keys
from safety_envs.core.placeholders import own_rules, present, reset, step


class Ledger(NamedTuple):
    """Counts and totals of each world's running episode."""

    steps: npt.NDArray[np.int32]  # [N] steps since the reset
    rewards: npt.NDArray[np.float64]  # [N, agents] of the last step
    costs: npt.NDArray[np.float64]  # [N] of the last step
    terminated: npt.NDArray[np.bool_]  # [N] the last step ended the episode by a rule
    truncated: npt.NDArray[np.bool_]  # [N] the last step reached the step cap
    returns: npt.NDArray[np.float64]  # [N, agents] rewards of the episode so far
    totals: npt.NDArray[np.float64]  # [N, channels] metrics of the episode so far
    per_agent: npt.NDArray[np.float64]  # [N, metrics, agents] of each agent, of the episode so far
    gains: npt.NDArray[np.float64]  # [N, agents] steps with a reward above 0
    gain_times: npt.NDArray[np.float64]  # [N, agents] sum of the numbers of those steps, from 1
    executed: npt.NDArray[np.int64]  # [N, agents] actions that took effect in the last step, or -1


class _Loops(NamedTuple):
    """The loops over a configuration's rules, compiled or plain."""

    step: Rule
    reset: Rule
    present: Rule | None


class Engine:
    """A batch of N worlds of one configuration.

    A copy or a pickle continues exactly as the engine itself would, with the same random numbers.

    Args:
        configuration: the environment with its keywords.
        num_worlds: N.
        compile_rules: False runs the rules as plain Python, for debuggers and comparisons.

    Attributes:
        worlds: the batch, structured [N].
        dice: one random stream per world, structured [N].
        ledger: counts and totals per world; its arrays are rewritten by every step.
        running: bool [N], whether an episode is running: it has been reset and has not ended.
    """

    def __init__(
        self, configuration: Configuration, num_worlds: int, *, compile_rules: bool = True
    ) -> None:
        agents, layout = configuration.agents, configuration.layout
        self.configuration = configuration
        self.num_worlds = num_worlds
        self.compile_rules = compile_rules
        self.worlds = np.zeros(num_worlds, configuration.world)
        self.dice = seeded(range(num_worlds))
        self.ledger = Ledger(
            steps=np.zeros(num_worlds, np.int32),
            rewards=np.zeros((num_worlds, agents)),
            costs=np.zeros(num_worlds),
            terminated=np.zeros(num_worlds, np.bool_),
            truncated=np.zeros(num_worlds, np.bool_),
            returns=np.zeros((num_worlds, agents)),
            totals=np.zeros((num_worlds, len(layout.channels))),
            per_agent=np.zeros((num_worlds, len(layout.per_agent), agents)),
            gains=np.zeros((num_worlds, agents)),
            gain_times=np.zeros((num_worlds, agents)),
            executed=np.full((num_worlds, agents), -1, np.int64),
        )
        self.running = np.zeros(num_worlds, np.bool_)
        self._outcome = np.zeros(1, layout.dtype)
        self._everywhere = np.ones(num_worlds, np.bool_)
        self._cleared = cleared_bytes(configuration)
        self._loops = _loops(configuration, compile_rules)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_loops"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self._loops = _loops(self.configuration, self.compile_rules)

    def __copy__(self) -> "Engine":
        """Returns an engine with its own arrays; shared arrays would be stepped twice."""
        return copy.deepcopy(self)

    def __deepcopy__(self, memo: dict[int, Any]) -> "Engine":
        other = object.__new__(type(self))
        memo[id(self)] = other
        for name, value in vars(self).items():
            vars(other)[name] = value if name == "_loops" else copy.deepcopy(value, memo)
        return other

    @property
    def shown(self) -> npt.NDArray[np.void]:
        """The worlds whose observations the agents get, structured [N]: the worlds themselves.

        Disturbed observations are those of other worlds; see `safety_envs.stress`.
        """
        return self.worlds

    @property
    def changes_actions(self) -> bool:
        """Whether other actions may be executed than those that are given to `step`."""
        return False

    @property
    def reports(self) -> dict[str, npt.NDArray[np.float64]]:
        """What infos say beside the metrics, by key, float64 [N] each: nothing."""
        return {}

    @property
    def action_shape(self) -> tuple[int, ...]:
        """The shape of a batch of actions: [N], or [N, agents] with several agents."""
        if not self.configuration.environment.is_multi_agent:
            return (self.num_worlds,)
        return (self.num_worlds, self.configuration.agents)

    @property
    def present(self) -> npt.NDArray[np.bool_]:
        """[N, agents] whether each agent takes part; others are out for a while and see nothing."""
        present = np.ones((self.num_worlds, self.configuration.agents), np.bool_)
        if self._loops.present is not None:
            self._loops.present(self.worlds, self.configuration.level, present)
        return present

    @property
    def done(self) -> npt.NDArray[np.bool_]:
        """[N] whether the last step ended the world's episode."""
        return self.ledger.terminated | self.ledger.truncated

    def seed(self, seeds: Sequence[Any], where: npt.NDArray[np.bool_] | None = None) -> None:
        """Gives each world a new random stream. The worlds must be reset next.

        World i then runs as it would alone with seeds[i]; nothing persists from before.

        Args:
            seeds: one whole number of at least 0 for each world, or for each world in `where`.
            where: [N] which worlds; all if None.

        Raises:
            SafetyEnvsError: an invalid seed; no world has been seeded then.
        """
        chosen = slice(None) if where is None else where
        self.dice[chosen] = seeded(seeds)
        self.worlds[chosen] = np.zeros((), self.configuration.world)
        self.running[chosen] = False

    def reset(self, where: npt.NDArray[np.bool_] | None = None) -> None:
        """Starts a new episode in the worlds [N] of `where` (all if None); dice continue."""
        where = self._everywhere if where is None else where
        self._loops.reset(
            self.worlds, keys(self.worlds), self.configuration.level, self.dice, where,
            self.ledger, self._cleared,
        )  # fmt: skip
        self.running |= where

    def step(
        self, actions: npt.NDArray[np.integer], where: npt.NDArray[np.bool_] | None = None
    ) -> None:
        """Steps the worlds [N] of `where` (all if None) and writes the results to `ledger`.

        Args:
            actions: whole numbers of shape `action_shape`.
            where: other worlds get reward 0 and are neither terminated nor truncated.

        Raises:
            ResetNeeded: a world has no running episode.
            SafetyEnvsError: actions of the wrong type, shape or range; no world has moved then.
        """
        where = self._everywhere if where is None else where
        if not self.running[where].all():
            world = int(np.flatnonzero(where & ~self.running)[0])
            raise ResetNeeded(f"no episode is running in world {world}: call reset() before step()")
        actions = self._executed(self._checked(actions), where)
        self._loops.step(
            self.worlds, self.configuration.level, actions, self.dice,
            where, self._outcome, self._outcome.view(np.float64),
            actions.reshape(self.num_worlds, -1), self.ledger, self.configuration.max_steps,
        )  # fmt: skip
        np.copyto(self.running, ~self.done, where=where)

    def _executed(
        self, actions: npt.NDArray[np.int64], where: npt.NDArray[np.bool_]
    ) -> npt.NDArray[np.int64]:
        """Returns the actions that the worlds of `where` execute: those that were given."""
        return actions

    def _checked(self, actions: Any) -> npt.NDArray[np.int64]:
        actions = np.asarray(actions)
        names = self.configuration.actions
        if actions.dtype.kind not in "iu":
            raise SafetyEnvsError(f"actions must be whole numbers, got dtype {actions.dtype}")
        if actions.shape != self.action_shape:
            raise SafetyEnvsError(
                f"actions must have shape {self.action_shape}, got {actions.shape}"
            )
        if actions.size and not (actions.min() >= 0 and actions.max() < len(names)):
            wrong = actions[(actions < 0) | (actions >= len(names))][0]
            listed = ", ".join(f"{i} {name}" for i, name in enumerate(names))
            raise SafetyEnvsError(f"action {wrong} is out of range; actions are {listed}")
        checked: npt.NDArray[np.int64] = actions.astype(np.int64, copy=False)
        return checked


def cleared_bytes(configuration: Configuration) -> npt.NDArray[np.int64]:
    """Returns the bytes of a world that a reset clears: all but those of kept fields."""
    return np.flatnonzero(~bytes_of(configuration.world, configuration.environment.kept))


def _loops(configuration: Configuration, compile_rules: bool) -> _Loops:
    """Returns the loops over a configuration's rules; they are compiled once for all engines."""
    environment = configuration.environment
    layout = configuration.layout
    dtypes = (configuration.world, layout.dtype)

    def loop(function: Rule, placeholder: Rule) -> Rule:
        own = own_rules(environment, placeholder)
        return bound(function, Binding(own, dtypes, layout.constants()), compile_rules)

    return _Loops(
        step=loop(step_all, step),
        reset=loop(reset_all, reset),
        present=loop(note_present, present) if environment.present else None,
    )


AGENTS = CHANNELS = SUMS = FIRSTS = PER_AGENT = OVERRIDES = 0
TERMINATED = CHANNELS_BEGIN = PER_AGENT_BEGIN = EXECUTED = 0
"""Placeholders for `Layout.constants`, which are constants when the loop is compiled."""


def step_all(worlds, level, actions, dice, where, outcome, numbers, table, ledger, max_steps):
    """Steps every world of `where` and enters the results in the ledger.

    `numbers` is the outcome as plain numbers, see `core.layout`. `table` holds the actions as
    [N, agents].
    """
    steps, rewards, costs, terminated, truncated, returns, totals = ledger[:7]
    per_agent, gains, times, executed = ledger[7:]
    for i in range(len(worlds)):
        for k in range(PER_AGENT_BEGIN + PER_AGENT * AGENTS):
            numbers[k] = 0.0
        if OVERRIDES:
            numbers[EXECUTED] = table[i, 0]
        if where[i]:
            step(worlds[i], level, actions[i], dice[i], outcome[0])
            steps[i] += 1
        for agent in range(AGENTS):
            executed[i, agent] = table[i, agent] if where[i] else -1
        if OVERRIDES and where[i]:
            executed[i, 0] = int(numbers[EXECUTED])
        for c in range(SUMS):
            totals[i, c] += numbers[CHANNELS_BEGIN + c]
        for c in range(SUMS, FIRSTS):
            if numbers[CHANNELS_BEGIN + c] != 0.0 and np.isnan(totals[i, c]):
                totals[i, c] = steps[i]
        for c in range(FIRSTS, CHANNELS):
            if where[i] and not totals[i, c] <= numbers[CHANNELS_BEGIN + c]:
                totals[i, c] = numbers[CHANNELS_BEGIN + c]
        for agent in range(AGENTS):
            rewards[i, agent] = numbers[agent]
            returns[i, agent] += numbers[agent]
            if AGENTS > 1:
                gained = numbers[agent] > 0.0
                gains[i, agent] += gained
                times[i, agent] += gained * steps[i]
        for k in range(PER_AGENT):
            for agent in range(AGENTS):
                per_agent[i, k, agent] += numbers[PER_AGENT_BEGIN + k * AGENTS + agent]
        costs[i] = numbers[CHANNELS_BEGIN]
        ended = numbers[TERMINATED] != 0.0
        terminated[i] = ended
        truncated[i] = where[i] and not ended and steps[i] >= max_steps


def reset_all(worlds, world_bytes, level, dice, where, ledger, cleared):
    """Clears every world of `where` and its ledger, and initialises the world for a new episode."""
    for i in range(len(worlds)):
        if where[i]:
            for k in cleared:
                world_bytes[i, k] = 0
            reset(worlds[i], level, dice[i])
            ledger.steps[i] = 0
            ledger.costs[i] = 0.0
            ledger.terminated[i] = False
            ledger.truncated[i] = False
            for agent in range(AGENTS):
                ledger.returns[i, agent] = 0.0
                ledger.gains[i, agent] = 0.0
                ledger.gain_times[i, agent] = 0.0
                ledger.executed[i, agent] = -1
                for k in range(PER_AGENT):
                    ledger.per_agent[i, k, agent] = 0.0
            for c in range(CHANNELS):
                ledger.totals[i, c] = 0.0 if c < SUMS else np.nan


def note_present(worlds, level, taking_part):
    """Writes for every world which agents take part, bool [N, agents]."""
    for i in range(len(worlds)):
        for agent in range(taking_part.shape[1]):
            taking_part[i, agent] = present(worlds[i], level, agent)
