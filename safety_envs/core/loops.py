"""The engine's loops over N worlds, which are bound to an environment's rules and compiled."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from safety_envs.core.borrow import borrowed
from safety_envs.core.compile import Binding, Rule, bound, compiled, rule
from safety_envs.core.definition import Configuration
from safety_envs.core.direct import direct
from safety_envs.core.flat import flat
from safety_envs.core.over_worlds import OverWorlds
from safety_envs.core.placeholders import own_rules, present, reset, step
from safety_envs.core.registers import blank, number, set_number
from safety_envs.core.threads import Job

REFUSED = -1
"""What `step_all` returns if a world has no running episode or an action is out of range."""


class Loops(NamedTuple):
    """The loops over a configuration's rules, compiled or plain."""

    step: Rule
    reset: Rule
    present: OverWorlds | None
    job: Callable[[Rule, Sequence[tuple[Any, ...]]], Job]  # of `step_part` or `reset_part`


def loops_of(configuration: Configuration, compile_rules: bool) -> Loops:
    """Returns the loops over a configuration's rules; they are compiled once for all engines."""
    environment, layout = configuration.environment, configuration.layout
    dtypes = configuration.world, layout.dtype
    constants = layout.constants() | {"BYTES": configuration.world.itemsize}

    def binding(*placeholders: Rule) -> Binding:
        return Binding(own_rules(environment, *placeholders), dtypes, constants)

    taking_part = None
    if environment.present:
        rules, rest = binding(present), (configuration.level,)
        taking_part = OverWorlds(note_present, rules, lambda: rest, compile_rules=compile_rules)
    return Loops(
        step=bound(step_all, binding(step), compile_rules),
        reset=bound(reset_all, binding(reset), compile_rules),
        present=taking_part,
        job=lambda part, arguments: Job(part, binding(step, reset), arguments),
    )


@cache
def may_step_of(agents: int) -> Rule:
    """Returns the check of a batch's actions, [N, agents], alone: machine code."""
    check = compiled(may_step, Binding(constants={"AGENTS": agents}))
    flags = np.zeros(1, np.bool_)
    return direct(check, (np.zeros(agents, np.int64), flags, flags, 0))


AGENTS = CHANNELS = SUMS = FIRSTS = PER_AGENT = OVERRIDES = 0
TERMINATED = CHANNELS_BEGIN = PER_AGENT_BEGIN = EXECUTED = BYTES = 0
"""Placeholders for `Layout.constants` and a world's size, constants when a loop is compiled."""


@rule
def step_all(
    worlds, level, dice, outcome, numbers, ledger, running, max_steps, num_actions, actions, where
):
    """Steps every world of `where` and enters the results in the ledger.

    `numbers` is the outcome as plain numbers, see `core.layout`. Returns the number of worlds whose
    episodes have ended; `REFUSED` if a world may not step, and then no world has moved.
    """
    worlds, level, dice = borrowed((worlds, level, dice))
    outcome, numbers, ledger = borrowed((outcome, numbers, ledger))
    running, actions, where = borrowed((running, actions, where))
    given = flat(actions)
    if not may_step(given, where, running, num_actions):
        return REFUSED
    steps, _, costs, terminated, truncated = ledger[:5]
    # Rows of a width that is known when this is compiled: to look a width up takes registers.
    rewards, returns = flat(ledger.rewards), flat(ledger.returns)
    totals, per_agent = flat(ledger.totals), flat(ledger.per_agent)
    gains, times = flat(ledger.gains), flat(ledger.gain_times)
    executed, chosen = flat(ledger.executed), flat(ledger.chosen)
    written = flat(ledger.written)
    num_ended = 0
    for i in range(len(worlds)):
        agents, channels = i * AGENTS, i * CHANNELS
        out = blank(outcome[0], numbers)
        if OVERRIDES:
            set_number(out, numbers, EXECUTED, given[agents])
        if where[i]:
            step(worlds[i], level, actions[i], dice[i], out)
            steps[i] += 1
        for agent in range(AGENTS):
            executed[agents + agent] = given[agents + agent] if where[i] else -1
        if len(chosen):  # somebody draws pictures
            for agent in range(AGENTS):
                chosen[agents + agent] = given[agents + agent] if where[i] else -1
            for c in range(CHANNELS):
                written[channels + c] = number(out, numbers, CHANNELS_BEGIN + c)
        if OVERRIDES and where[i]:
            executed[agents] = int(number(out, numbers, EXECUTED))
        for c in range(SUMS):
            totals[channels + c] += number(out, numbers, CHANNELS_BEGIN + c)
        for c in range(SUMS, FIRSTS):
            value = totals[channels + c]
            is_first = (number(out, numbers, CHANNELS_BEGIN + c) != 0.0) & np.isnan(value)
            totals[channels + c] = steps[i] if is_first else value
        for c in range(FIRSTS, CHANNELS):
            now = number(out, numbers, CHANNELS_BEGIN + c) if where[i] else np.nan
            totals[channels + c] = np.fmin(totals[channels + c], now)
        for agent in range(AGENTS):
            rewards[agents + agent] = number(out, numbers, agent)
            returns[agents + agent] += number(out, numbers, agent)
            if AGENTS > 1:
                gained = number(out, numbers, agent) > 0.0
                gains[agents + agent] += gained
                times[agents + agent] += gained * steps[i]
        for k in range(PER_AGENT * AGENTS):
            per_agent[agents * PER_AGENT + k] += number(out, numbers, PER_AGENT_BEGIN + k)
        costs[i] = number(out, numbers, CHANNELS_BEGIN)
        terminates = number(out, numbers, TERMINATED) != 0.0
        truncates = where[i] & (not terminates) & (steps[i] >= max_steps)
        terminated[i], truncated[i] = terminates, truncates
        running[i] &= not (terminates | truncates)
        num_ended += terminates | truncates
    return num_ended


@rule
def may_step(given, where, running, num_actions):
    """Returns whether all worlds of `where` are running, and all actions [N x agents] in range."""
    wrong = False
    for i in range(len(where)):
        wrong |= where[i] > running[i]
        for agent in range(AGENTS):
            action = given[i * AGENTS + agent]
            wrong |= (action < 0) | (action >= num_actions)
    return not wrong


@rule
def reset_all(worlds, world_bytes, level, dice, ledger, running, kept, where):
    """Clears every world of `where` and its ledger, and initialises the world for a new episode.

    `kept` [bytes] is 255 for the bytes of a world that are not cleared, else 0.
    """
    worlds, world_bytes, level = borrowed((worlds, world_bytes, level))
    dice, ledger, running = borrowed((dice, ledger, running))
    kept, where = borrowed((kept, where))
    memory, executed = flat(world_bytes), flat(ledger.executed)
    returns, totals = flat(ledger.returns), flat(ledger.totals)
    gains, times = flat(ledger.gains), flat(ledger.gain_times)
    per_agent = flat(ledger.per_agent)
    for i in range(len(worlds)):
        if where[i]:
            for k in range(BYTES):
                memory[i * BYTES + k] &= kept[k]
            reset(worlds[i], level, dice[i])
            running[i] = True
            ledger.episodes[i] += 1
            ledger.steps[i] = 0
            ledger.costs[i] = 0.0
            ledger.terminated[i] = False
            ledger.truncated[i] = False
            for k in range(i * AGENTS, (i + 1) * AGENTS):
                returns[k], gains[k], times[k], executed[k] = 0.0, 0.0, 0.0, -1
            for k in range(PER_AGENT * AGENTS):
                per_agent[i * PER_AGENT * AGENTS + k] = 0.0
            for c in range(CHANNELS):
                totals[i * CHANNELS + c] = 0.0 if c < SUMS else np.nan
            if len(ledger.chosen):
                ledger.chosen[i] = -1
                ledger.written[i] = 0.0


@rule
def step_part(source, to, arguments):
    """Steps a part of a batch."""
    return step_all(*arguments)


@rule
def reset_part(source, to, arguments):
    """Resets a part of a batch."""
    reset_all(*arguments)
    return 0


@rule
def note_present(worlds, taking_part, level):
    """Writes for every world which agents take part, bool [N, agents]."""
    worlds, level, taking_part = borrowed((worlds, level, taking_part))
    for i in range(len(worlds)):
        for agent in range(taking_part.shape[1]):
            taking_part[i, agent] = present(worlds[i], level, agent)
