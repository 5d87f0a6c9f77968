"""Products: a listed model with a memory, so that a learner may act on what has happened so far.

A state of the product is a pair of a state and a whole number that each outcome changes: the state
of an automaton, or what has been paid so far. The learner sees both. Outcomes, their probabilities
and what they pay are those of the model.
"""

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from agents.tabular.task import Floats, Ints
from safety_envs import ListedModel, ListedPolicy, SafetyEnvsError

Remember = Callable[[Ints, Ints], Ints]
"""Memories [N] and edges [N] of the model -> memories afterwards, int64 [N]."""
MOST_STATES = 200_000


@dataclass(frozen=True)
class ProductModel(ListedModel):
    """A listed model whose states are pairs; S states of the product, E edges.

    Attributes:
        plain: the model without a memory.
        state: int64 [S], the state of `plain`.
        memory: int64 [S].
        edge: int64 [E], the edge of `plain`.
    """

    plain: ListedModel
    state: Ints
    memory: Ints
    edge: Ints

    def policy(self, probabilities: Any, seed: int = 0) -> ListedPolicy:
        """Returns a policy for `evaluate` and `rollout`, if it does the same whatever the memory.

        Args:
            probabilities: [S, A], of each action in each state of the product.
            seed: of its own random numbers, where it is played.

        Raises:
            SafetyEnvsError: it depends on the memory.
        """
        table = np.asarray(probabilities, np.float64)
        of_plain = np.full((self.plain.num_states, self.num_actions), 1 / self.num_actions)
        of_plain[self.state] = table
        if not np.allclose(of_plain[self.state], table):
            raise SafetyEnvsError(
                "a policy with a memory is no table over worlds: its scores are in the record of "
                "its run"
            )
        return self.plain.policy(of_plain, seed)


def product(model: ListedModel, remember: Remember, first: int = 0,
            most_states: int = MOST_STATES) -> ProductModel:  # fmt: skip
    """Returns a model with a memory.

    Args:
        model: without one.
        remember: how an outcome changes it.
        first: the memory at the start of an episode.
        most_states: of the product.

    Raises:
        SafetyEnvsError: more states than that.
    """
    number = model.num_states
    starts = np.flatnonzero(model.start)
    fresh = starts + number * first
    known, layers = fresh, [fresh]
    for _ in range(model.configuration.max_steps):
        _, edges, after = _moved(model, remember, layers[-1])
        fresh = np.setdiff1d(after[model.successor[edges] >= 0], known)
        if not len(fresh):
            break
        layers.append(fresh)
        known = np.union1d(known, fresh)
        if len(known) > most_states:
            raise SafetyEnvsError(
                f"{model.configuration.id} with a memory has more than {most_states:,} states: "
                "give a smaller environment, or a memory of fewer values"
            )
    return _joined(model, remember, np.concatenate(layers), starts)


def _moved(model: ListedModel, remember: Remember, keys: Ints) -> tuple[Ints, Ints, Ints]:
    """Returns for each outcome in states [N] of the product: which, its edge, the key after it."""
    state, memory = keys % model.num_states, keys // model.num_states
    begin = model.first[state * model.num_actions]
    count = model.first[(state + 1) * model.num_actions] - begin
    which = np.repeat(np.arange(len(keys)), count)
    edges = np.arange(len(which)) - np.repeat(np.cumsum(count) - count, count) + begin[which]
    after = model.successor[edges] + model.num_states * remember(memory[which], edges)
    return which, edges, after


def _joined(model: ListedModel, remember: Remember, keys: Ints, starts: Ints) -> ProductModel:
    """Returns the product with the states of these keys, of which starts come first."""
    state, memory = keys % model.num_states, keys // model.num_states
    which, edges, after = _moved(model, remember, keys)
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys, after, sorter=order), len(keys) - 1)
    successor = order[place]
    lasting = (model.successor[edges] >= 0) & (keys[successor] == after)
    missing = (model.successor[edges] >= 0) & ~lasting
    # What follows a state that is first met in the last step is not listed.
    kept = ~np.isin(which, which[missing])
    which, edges, successor = which[kept], edges[kept], np.where(lasting, successor, -1)[kept]
    actions = model.pair[edges] % model.num_actions
    counts = np.bincount(
        which * model.num_actions + actions, minlength=len(keys) * model.num_actions
    )
    start: Floats = np.zeros(len(keys))
    start[: len(starts)] = model.start[starts]
    sights = np.stack([model.seen[state], memory], axis=1)
    changed = {
        "worlds": model.worlds[state],
        "first": np.concatenate([[0], np.cumsum(counts)]),
        "successor": successor,
        "probability": model.probability[edges],
        "executed": model.executed[edges],
        "written": model.written[edges],
        "start": start,
        "seen": np.unique(sights, axis=0, return_inverse=True)[1].reshape(-1),
    }
    same = {each.name: getattr(model, each.name) for each in fields(ListedModel)}
    return ProductModel(**same | changed, plain=model, state=state, memory=memory, edge=edges)
