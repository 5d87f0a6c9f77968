"""Chains: what follows what under one policy, and how often each state is met.

A policy that acts on observations makes a Markov chain of the worlds. What agents cannot see plays
no part: the chain runs over whole worlds, and the policy acts on what it sees of them.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.fields import some_of
from safety_envs.core.progress import progress
from safety_envs.exact.models.enumeration import CHUNK, too_many_states
from safety_envs.exact.models.expand import Expander, Outcomes
from safety_envs.exact.models.fading import FadingMaps, cleared_worlds, fading_maps, settled
from safety_envs.exact.models.growing import Growing
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.policies.choices import Choices, Floats, Worlds
from safety_envs.exact.tiers import compiled

Ints = npt.NDArray[np.int64]

MOST_EDGES = 20
"""Edges for each of the states that there may be: joint actions and chance make them many."""


class Chain(NamedTuple):
    """What a policy reaches and is paid; S states, E edges without endings."""

    states: WorldIndex
    source: npt.NDArray[np.int32]  # [E]
    successor: npt.NDArray[np.int32]  # [E]
    probability: Floats  # [E]
    paid: Floats  # [S, columns] expected in the next step, before anything fades
    start: Floats  # [S]
    acting: tuple[Ints, Ints, Floats]  # [L] states, their joint actions, and how likely each is


def chain(
    expander: Expander, worlds: Worlds, weights: Floats, choices: Choices, most: int
) -> Chain:
    """Returns the chain of a policy from starts [K] with their probabilities, the weights [K].

    Only actions that the policy may take are followed, for as many steps as an episode has.

    Raises:
        TooManyStatesError: more than `most` states, or `MOST_EDGES` times as many edges.
    """
    configuration = expander.configuration
    fading, num_actions = configuration.environment.fading, len(expander.actions)
    depth = None if fading else configuration.max_steps
    chunk_size = max(1, CHUNK * len(configuration.actions) // num_actions)
    states = WorldIndex(configuration.world)
    first_state = states.add(worlds)
    names = columns(configuration)
    sources, successors, probabilities = Growing(np.int32), Growing(np.int32), Growing(np.float64)
    payments = Growing(np.float64, (len(names),))
    acting: list[tuple[Ints, Ints, Floats]] = []
    done, steps, level = 0, 0, len(states)  # the number of states reached after `steps`
    edges = 0
    while done < len(states):
        if done == level:
            steps, level = steps + 1, len(states)
        if len(states) > most:
            raise too_many_states(configuration, most, num_actions, depth)
        if steps == depth:
            break
        chunk = states.some(done, min(done + chunk_size, level))
        if fading:
            states.add(cleared_worlds(chunk, fading))
        paid = np.zeros((len(chunk), len(names)))
        chosen = choices(chunk)
        which, action = np.nonzero(chosen > 0)
        acting.append((done + which, action, chosen[which, action]))
        for rows, out in weighted_outcomes(expander, chunk, chosen):
            alive = ~out.terminated
            sources.append(done + rows[out.source[alive]], edges)
            successors.append(states.add(some_of(out.worlds, alive)), edges)
            edges = probabilities.append(out.probability[alive], edges)
            if edges > MOST_EDGES * most:
                raise too_many_states(
                    configuration, MOST_EDGES * most, num_actions, depth, "transitions"
                )
            for column, each in enumerate((columns_of(out) * out.probability[:, None]).T):
                paid[:, column] += np.bincount(rows[out.source], each, len(chunk))
        done = payments.append(paid, done)
    return Chain(
        states=states,
        source=sources.finished(edges),
        successor=successors.finished(edges),
        probability=probabilities.finished(edges),
        paid=payments.finished(len(states)),  # 0 in states reached when an episode is over
        start=np.bincount(first_state, weights, len(states)).astype(np.float64),
        acting=(
            np.concatenate([state for state, _, _ in acting]),
            np.concatenate([action for _, action, _ in acting]),
            np.concatenate([share for _, _, share in acting]),
        ),
    )


def weighted_outcomes(
    expander: Expander, worlds: Worlds, probabilities: Floats
) -> Iterator[tuple[Ints, Outcomes]]:
    """Yields numbers of worlds and the policy's expected channels there, over its own randomness.

    If it takes few of the joint actions, they are expanded only where they are taken.
    """
    for rows, actions in _parts(probabilities > 0):
        out = expander.outcomes(some_of(worlds, rows), actions)
        weight = probabilities[rows[out.source], out.action] * out.probability
        out = out._replace(probability=weight)
        if not weight.all():
            out = out.where(weight > 0)
        yield rows, out


def _parts(used: npt.NDArray[np.bool_]) -> list[tuple[Ints, list[int] | None]]:
    """Returns worlds and the actions that are expanded there (None for all), in few parts.

    Args:
        used: bool [N, J], which actions are taken.
    """
    if used.mean() >= 0.5:
        return [(np.arange(len(used)), None)]
    taken = np.flatnonzero(used.any(axis=0)).tolist()
    kinds, kind = np.unique(np.packbits(used, axis=1), axis=0, return_inverse=True)
    if len(kinds) > len(taken):
        return [(np.flatnonzero(used[:, action]), [action]) for action in taken]
    alike = [np.flatnonzero(kind.reshape(-1) == number) for number in range(len(kinds))]
    return [(rows, np.flatnonzero(used[rows[0]]).tolist()) for rows in alike]


def columns(configuration: Configuration) -> list[str]:
    """Returns the names of what is summed over an episode, in the order of `columns_of`.

    With several agents, what each of them has is "name[agent]".
    """
    layout, agents = configuration.layout, range(configuration.agents)
    sums = layout.channels[: layout.channels_of("total", "mean").stop]
    by_agent = [f"{name}[{agent}]" for name in ("reward", *layout.per_agent) for agent in agents]
    return ["length", *sums, *by_agent]


def columns_of(out: Outcomes) -> Floats:
    """Returns what is summed over an episode of each outcome, [E, columns]."""
    rewards = out.rewards.reshape(len(out.rewards), -1)
    return np.column_stack([np.ones(len(rewards)), out.sums, rewards, out.per_agent])


def totals_of_chain(configuration: Configuration, found: Chain) -> Floats:
    """Returns what is expected over an episode, [columns]."""
    maps = fading_maps(configuration, found.states)
    step, now = compiled(chain_step), found.start
    met, faded = np.zeros(len(now)), np.zeros(len(now))
    for _ in progress(range(configuration.max_steps), "evaluating"):
        met += now
        after = np.zeros(len(now))
        step(found.source, found.successor, found.probability, now, after)
        now = after
        if maps is not None:
            maps.spread(now)
            faded += now
        if not now.any():
            break
    return met @ found.paid + settlements(configuration, found.states, faded, maps)


def chain_step(source: Any, successor: Any, probability: Any, now: Any, after: Any) -> None:
    """Moves what is in states by one step of a chain."""
    for edge in range(len(source)):
        after[successor[edge]] += now[source[edge]] * probability[edge]


def totals_of_acting(
    expander: Expander,
    worlds: Worlds,
    weights: Floats,
    acting: Callable[[Worlds, int], Floats],
    most: int,
) -> tuple[Floats, int]:
    """Returns what is expected over an episode, [columns], and how many states are met.

    It goes forward step by step, because the policy may depend on the time.

    Args:
        expander: lists outcomes, with fading.
        worlds: structured [K], the starts.
        weights: [K] their probabilities.
        acting: (worlds [N], steps taken) -> the probabilities of joint actions, [N, J].
        most: the largest number of states.

    Raises:
        TooManyStatesError: more than `most` states.
    """
    configuration, num_actions = expander.configuration, len(expander.actions)
    chunk_size = max(1, CHUNK * len(configuration.actions) // num_actions)
    total, met = np.zeros(len(columns(configuration))), WorldIndex(configuration.world)
    after = WorldIndex(configuration.world)
    numbers, shares = [after.add(worlds)], [weights]
    for step in progress(range(configuration.max_steps), "evaluating"):
        now, after = after, WorldIndex(configuration.world)
        often = np.bincount(np.concatenate(numbers), np.concatenate(shares), len(now))
        numbers, shares = [], []
        met.add(now.worlds)
        if len(met) > most:
            raise too_many_states(configuration, most, num_actions, configuration.max_steps)
        for begin in range(0, len(now), chunk_size):
            chunk = now.some(begin, begin + chunk_size)
            for rows, out in weighted_outcomes(expander, chunk, acting(chunk, step)):
                share = often[begin + rows[out.source]] * out.probability
                total += share @ columns_of(out)
                alive = ~out.terminated & (share > 0)
                numbers.append(after.add(some_of(out.worlds, alive)))
                shares.append(share[alive])
        if not len(after):
            break
    return total, len(met)


def settlements(
    configuration: Configuration, states: WorldIndex, faded: Floats, maps: FadingMaps | None
) -> Floats:
    """Returns what is paid after fading, [columns], in states met so often [S] then."""
    if maps is None:
        return np.zeros(len(columns(configuration)))
    outcome = settled(configuration, states.worlds)
    numbers = outcome.view(np.float64).reshape(len(outcome), -1)
    layout = configuration.layout
    part = {name: faded @ numbers[:, where] for name, where in layout.slices.items()}
    sums = part["channels"][: layout.channels_of("total", "mean").stop]
    return np.concatenate([[0.0], sums, part["rewards"], part["per_agent"]])


def totals_of_plan(expander: Expander, worlds: Worlds, often: Floats) -> Floats:
    """Returns what is paid, [columns], for joint actions in worlds [N], taken so often [N, J]."""
    total = np.zeros(len(columns(expander.configuration)))
    for action in np.flatnonzero(often.any(axis=0)).tolist():
        rows = np.flatnonzero(often[:, action])
        for begin in range(0, len(rows), CHUNK):
            part = rows[begin : begin + CHUNK]
            out = expander.outcomes(some_of(worlds, part), [action])
            total += (often[part[out.source], action] * out.probability) @ columns_of(out)
    return total


def follow_plan(
    edges: tuple[npt.NDArray[Any], ...],
    start: Floats,
    plan: npt.NDArray[np.integer],
    num_actions: int,
    maps: FadingMaps | None = None,
) -> tuple[Floats, Floats]:
    """Returns how often a plan takes each action in each state, [S, A], and what fades, [S].

    Args:
        edges: first, successor and probability of a model; see `Model`.
        start: [S].
        plan: [T, S] the actions with t steps taken.
        num_actions: A.
        maps: of fading.
    """
    taken, faded = np.zeros((len(start), num_actions)), np.zeros(len(start))
    step, now = compiled(follow_step), start
    for t in progress(range(len(plan)), "evaluating"):
        after = np.zeros(len(start))
        step(*edges, plan[t], now, after, taken)
        if maps is not None:
            maps.spread(after)
            faded += after
        now = after
    return taken, faded


def follow_step(
    first: Any, successor: Any, probability: Any, actions: Any, now: Any, after: Any, taken: Any
) -> None:
    """Moves what is in states by one step of a plan, and counts the actions taken."""
    num_actions = taken.shape[1]
    for s in range(len(now)):
        if now[s] > 0.0:
            action = int(actions[s])
            taken[s, action] += now[s]
            pair = s * num_actions + action
            for edge in range(first[pair], first[pair + 1]):
                if successor[edge] >= 0:
                    after[successor[edge]] += now[s] * probability[edge]
