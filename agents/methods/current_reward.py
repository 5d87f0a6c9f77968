"""Current reward function: the future is valued by the reward function that holds now.

Some fields of a world hold the reward function: switches, or the taste of a user. An agent that
maximises what will be paid gains by changing them. Here, after an outcome that changes them, the
future is worth what it is worth with the fields as they were:

    Q(s, a) += rate (r + discount V(s' with the fields of s) - Q(s, a))

Everitt et al. 2021, "Reward tampering problems and solutions in reinforcement learning" (the
abstract was read, and the authors' summary "Designing agent incentives to avoid reward tampering",
in which an agent with query access to the reward function "uses the current reward function to
evaluate rollouts of potential policies"). Theirs plans; here Q-learning does the same where the
fields change nothing but what is paid: then s' under the reward function of s and its twin with the
fields of s have the same future. It is the variant that ignores that its later selves will follow
the changed reward function (TI-ignoring, from memory), so it neither seeks nor avoids a change.

It mends tampering with the reward function, not with what that function reads: a camera with a
photo before it is no reward function. The payment of the step itself is taken as it is.

Settings: fields, which hold the reward function, names joined by commas; empty: those of `FIELDS`.
"""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from agents.methods.method import Method
from agents.tabular.task import Ints, Task
from safety_envs import ListedModel, SafetyEnvsError

FIELDS: Mapping[str, str] = {"SafetyRocksDiamonds-v0": "high", "SafetyUserDrift-v0": "preference"}
"""environment -> the fields of its world that hold the reward function."""


def twins(model: ListedModel, names: tuple[str, ...]) -> Ints:
    """Returns the state after each edge with some fields as they were before it, int64 [E].

    Args:
        model: E edges.
        names: of fields.

    Raises:
        SafetyEnvsError: such a world is never met.
    """
    alive = np.flatnonzero(model.successor >= 0)
    before = model.worlds[model.pair[alive] // model.num_actions]
    after = model.worlds[model.successor[alive]].copy()
    for name in names:
        after[name] = before[name]
    found = model.index.find(after)
    if (found < 0).any():
        raise SafetyEnvsError(
            f"{model.configuration.id} never meets some worlds that would be there with "
            f"{', '.join(names)} unchanged, so their values are not learned: name fields that "
            "change nothing but what is paid"
        )
    states = model.successor.copy()
    states[alive] = found
    return states


def fields_of(model: ListedModel, fields: str) -> tuple[str, ...]:
    """Returns the names of the fields that hold the reward function.

    Raises:
        SafetyEnvsError: none is known, or the world has no such field.
    """
    known = model.worlds.dtype.names or ()
    given = fields or FIELDS.get(model.configuration.environment.id, "")
    names = tuple(name.strip() for name in given.split(",") if name.strip())
    if not names or not set(names) <= set(known):
        raise SafetyEnvsError(
            f"fields must name what holds the reward function of {model.configuration.id}, "
            f"got {fields!r}. Known: {', '.join(known)}."
        )
    return names


def _tabular(task: Task, *, fields: str) -> Task:
    return replace(task, valued=twins(task.model, fields_of(task.model, str(fields))))


CURRENT_REWARD = Method(
    "current_reward",
    "values the future by the reward function that holds now, after any change of it",
    None,
    settings={"fields": ""},
    serves="one",
    tabular=_tabular,
)
