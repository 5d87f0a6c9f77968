"""Penalties for side effects: how far a step takes the world from a baseline.

Two choices make a penalty (Krakovna et al. 2018). The *baseline* is the state that is compared
with: the start; the state after as many no-ops from the start; or the state after a no-op instead
of the last action ("stepwise"). The *measure* says how far the current state s is from the baseline
state b, with R(s; x) = max E[discount^N] for the N steps from s to x, and V_u the optimal
discounted value of a utility function u:

- "unreachability": 1 - R(s; b).
- "relative_reachability": the mean of max(0, R(b; x) - R(s; x)) over all x.
- "attainable_utility": the mean of (1 - discount) |V_u(b) - V_u(s)| over sampled u, each of which
  pays iid U[0, 1] in each x.

The x are what an agent can see, not worlds: in the sources a state is the board. So `x` is reached
in any world that looks like it, while what may follow is decided by the world.

Sources: Krakovna et al. 2018, "Penalizing side effects using stepwise relative reachability", and
its code; Turner et al. 2020, "Conservative agency via attainable utility preservation".
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import whole_number
from safety_envs.exact.measures.discounted import attainable_values, reach_values
from safety_envs.exact.measures.graph import Floats, Graph, Ints
from safety_envs.exact.measures.no_ops import NoOps

MEASURES = ("unreachability", "relative_reachability", "attainable_utility")
BASELINES = ("start", "inaction", "stepwise")
ROLLOUTS = ("none", "discounted", "horizon")
ROWS = 2_048  # pairs of states that are compared at once, which bounds the memory


@dataclass(frozen=True, kw_only=True)
class Penalty:
    """A penalty for side effects, per step.

    Attributes:
        measure: "unreachability", "relative_reachability" or "attainable_utility".
        baseline: "start", "inaction" or "stepwise".
        rollout: what is compared: "none", the states themselves; "discounted", what follows from
            them if nothing is done, (1 - discount) sum_k discount^k of the state k no-ops later
            (Krakovna et al.); "horizon", the states at the end of the plan if nothing is done after
            this step (the planning agents of Turner et al.). Delayed effects show only in rollouts.
            The start is never rolled out.
        decrease_only: count only what is lost, max(0, b - s), of attainable utility. The other two
            measures always do.
        scaled: divide each difference by the baseline's value, or by 1 where that is 0 (Turner et
            al.).
        known: whether attainable utility is that of an agent that knows the "world", or only what
            is "seen" of it: then values belong to observations, and worlds that look the same count
            as equally likely. In the sources values are those of the board.
        discount: of the measure, and of discounted rollouts.
        goals: how many utility functions are sampled.
        rng: the seed of the sample.
        at_end: whether the step that ends the episode is charged, with nothing attainable after it.
    """

    measure: Literal["unreachability", "relative_reachability", "attainable_utility"]
    baseline: Literal["start", "inaction", "stepwise"]
    rollout: Literal["none", "discounted", "horizon"] = "none"
    decrease_only: bool = False
    scaled: bool = False
    known: Literal["world", "seen"] = "world"
    discount: float = 0.99
    goals: int = 30
    rng: int = 0
    at_end: bool = False

    def __post_init__(self) -> None:
        known = {
            "measure": MEASURES,
            "baseline": BASELINES,
            "rollout": ROLLOUTS,
            "known": ("world", "seen"),
        }
        for name, values in known.items():
            if getattr(self, name) not in values:
                raise SafetyEnvsError(
                    f"{name} must be one of {', '.join(values)}, got {getattr(self, name)!r}"
                )
        whole_number(self.goals, "goals", 1, 1_000_000)
        if not 0 <= self.discount < 1:
            raise SafetyEnvsError(
                f"discount must be at least 0 and less than 1, got {self.discount}"
            )


class Deviations:
    """The deviations between the states of a graph: the running ones, and one for all ends.

    Args:
        graph: the environment's.
        penalty: what is measured, and how.
    """

    def __init__(self, graph: Graph, penalty: Penalty) -> None:
        self.penalty = penalty
        self.end = graph.running  # the number of the state of all ends
        self.successor = np.minimum(graph.successor, self.end)
        self.no_ops = NoOps(graph)
        self._tables: dict[int, Floats] = {}
        if penalty.measure == "attainable_utility":
            self._table = self._attainable(graph)
        else:
            seen, looks = np.unique(graph.looks[: self.end], return_inverse=True)
            self._table = self._reachable(graph, looks, len(seen))
            if penalty.measure == "unreachability":
                self._table = 1 - self._table[:, np.append(looks, len(seen))]  # [S+1, S+1]
            else:
                self._table = self._table[:, :-1]

    def _reachable(self, graph: Graph, looks: Ints, number: int) -> Floats:
        """Returns the reachability of each look, and of an end, [S+1, looks + 1]."""
        targets = np.zeros((graph.num_states, number + 1), np.bool_)
        targets[np.arange(self.end), looks] = True
        targets[self.end :, number] = True
        found = reach_values(graph.edges, self.end, targets, self.penalty.discount)
        return np.vstack([found[: self.end], np.arange(number + 1) == number])

    def _attainable(self, graph: Graph) -> Floats:
        """Returns the normalised values of the sampled utility functions, [S+1, goals]."""
        discount, goals = self.penalty.discount, self.penalty.goals
        sample = np.random.default_rng(self.penalty.rng).random((graph.looks.max() + 1, goals))
        seen, looks = np.unique(graph.looks[: self.end], return_inverse=True)
        if self.penalty.known == "seen":
            ends = np.zeros((1, goals))
            found = attainable_values(graph.seen, sample[seen], ends, discount)[looks]
        else:
            ends = np.zeros((graph.num_states - self.end, goals))
            found = attainable_values(graph.edges, sample[seen[looks]], ends, discount)
        return np.vstack([found[: self.end] * (1 - discount), np.zeros(goals)])

    def table(self, steps_left: int) -> Floats:
        """Returns what is compared of each state, rolled out with some steps left in the plan."""
        if self.penalty.rollout == "none":
            return self._table
        key = steps_left if self.penalty.rollout == "horizon" else 0
        if key not in self._tables:
            start = self.penalty.baseline == "start"  # which is never rolled out
            pairs = self.penalty.measure == "unreachability" and not start
            self._tables[key] = (
                self.no_ops.after(self._table, key, pairs)
                if self.penalty.rollout == "horizon"
                else self.no_ops.discounted(self._table, self.penalty.discount, pairs)
            )
        return self._tables[key]

    def between(self, states: Ints, baselines: Ints, steps_left: int) -> Floats:
        """Returns the deviations of states [N] from baseline states [N], float64 [N]."""
        current = self.table(steps_left)
        if self.penalty.measure == "unreachability":
            return current[states, baselines]
        base = self._table if self.penalty.baseline == "start" else current
        found = np.empty(len(states))
        for begin in range(0, len(states), ROWS):
            part = slice(begin, begin + ROWS)
            wanted = base[baselines[part]]
            lost = wanted - current[states[part]]
            lost = np.maximum(lost, 0) if self._only_losses else np.abs(lost)
            if self.penalty.scaled:
                lost /= np.where(wanted == 0, 1, wanted)
            found[part] = lost.mean(axis=1)
        return found

    @property
    def _only_losses(self) -> bool:
        return self.penalty.decrease_only or self.penalty.measure == "relative_reachability"


def penalties(graph: Graph, penalty: Penalty, horizon: int) -> Floats:
    """Returns the expected penalty of each action, float64 [T, running, A] with t steps taken.

    A result that does not depend on time has only one row.

    Args:
        graph: of one start.
        penalty: the penalty.
        horizon: T, the number of steps of a plan.
    """
    deviations = Deviations(graph, penalty)
    timeless = penalty.rollout != "horizon" and penalty.baseline != "inaction"
    start = np.append(graph.start[: deviations.end], 0.0)
    idle, found = start, []
    for t in range(1 if timeless else horizon):
        idle = deviations.no_ops.step(idle)
        baseline = start if penalty.baseline == "start" else idle
        left = horizon - 1 - t
        edges = (
            _stepwise(deviations, graph, left)
            if penalty.baseline == "stepwise"
            else _of_states(deviations, baseline, left)
        )
        if not penalty.at_end:
            edges = np.where(deviations.successor == deviations.end, 0.0, edges)
        pairs = graph.running * graph.num_actions
        charged = np.bincount(graph.source, edges * graph.probability, pairs)
        found.append(charged.reshape(graph.running, -1))
    return np.array(found)


def _of_states(deviations: Deviations, baseline: Floats, left: int) -> Floats:
    """Returns the deviation of each edge's successor from a distribution of states, [E]."""
    states = np.arange(deviations.end + 1)
    of_state = np.zeros(len(states))
    for state in np.flatnonzero(baseline):
        of_state += baseline[state] * deviations.between(states, np.full(len(states), state), left)
    return of_state[deviations.successor]


def _stepwise(deviations: Deviations, graph: Graph, left: int) -> Floats:
    """Returns the deviation of each edge's successor from what a no-op leads to, [E]."""
    no_ops = deviations.no_ops
    source = graph.source // graph.num_actions
    first = np.searchsorted(no_ops.source, np.arange(no_ops.states + 1))
    count = np.diff(first)[source]
    edge = np.repeat(np.arange(len(source)), count)
    other = np.repeat(first[source] - np.cumsum(count) + count, count) + np.arange(count.sum())
    found = deviations.between(deviations.successor[edge], no_ops.successor[other], left)
    return np.bincount(edge, found * no_ops.probability[other], len(source)).astype(np.float64)
