"""What a deviation of one Q-learner leads to: how the others answer it, and whether it pays.

Nobody learns meanwhile. All follow their greedy policies, but for one action of agent 0.
"""

from collections.abc import Mapping
from math import ceil, log

import numpy as np

from agents.algorithms.q_sessions import Sessions
from agents.algorithms.q_tables import Floats, Integers
from agents.algorithms.repeated_game import joint_payoffs

BEFORE, AFTER = 5, 25  # periods shown around a forced deviation
CALM = 10  # the period from which on the agents are expected to be back
NEGLIGIBLE = 1e-4  # the weight of a period that ends the sum of discounted payoffs


def deviation(sessions: Sessions) -> Integers:
    """Returns actions [periods, sessions, agents] around period 0, in which agent 0 must deviate.

    It plays the best reply of that period to what the others do; then all follow their policies.
    """
    before = sessions.play(BEFORE)
    return np.concatenate([before, sessions.play(AFTER, {0: best_replies(sessions)})])


def best_replies(sessions: Sessions) -> Integers:
    """Returns agent 0's best action of this period against what the others do, [sessions]."""
    payoffs = joint_payoffs(sessions.configuration)[..., 0]
    rivals = sessions.policies[sessions.rows()][:, 1:]
    replies: Integers = payoffs[(slice(None), *rivals.T)].argmax(axis=0)
    return replies


def reactions(taken: Integers) -> dict[str, list[float]]:
    """Returns what a forced deviation leads to in each session, in numbers of actions.

    "answer_to_deviation" is by how much the others' mean action changes in the next period.
    "distance_after_deviation" is how far the agents' mean actions from period 10 on are from those
    before, on average over the agents.
    """
    usual = taken[:BEFORE].mean(axis=0)  # [sessions, agents]
    answer = (taken[BEFORE + 1] - usual)[:, 1:].mean(axis=1)
    distance = abs(taken[BEFORE + CALM :].mean(axis=0) - usual).mean(axis=1)
    return {
        "answer_to_deviation": answer.tolist(),
        "distance_after_deviation": distance.tolist(),
    }


def gains(sessions: Sessions) -> dict[str, list[float]]:
    """Returns what agent 0 gains by deviating once, in each session, as a payoff a period.

    With pi_t the payoff of period t and d the discount of the learners it is (1 - d) sum d^t pi_t
    with the deviation, less the same without it, from the worlds as they are. They are restored.
    "gain_of_best_reply" is of the best reply of period 0, "gain_of_best_deviation" of the action
    that gains most; it is 0 where none gains anything.
    """
    payoffs = joint_payoffs(sessions.configuration)[..., 0]
    count = len(sessions.converged_at)
    replies = best_replies(sessions)
    forced = [{0: np.full(count, action)} for action in range(len(payoffs))]
    each = np.array([_value(sessions, payoffs, each) for each in forced])
    gained = each - _value(sessions, payoffs, {})
    return {
        "gain_of_best_reply": gained[replies, np.arange(count)].tolist(),
        "gain_of_best_deviation": gained.max(axis=0).tolist(),
    }


def _value(sessions: Sessions, payoffs: Floats, forced: Mapping[int, Integers]) -> Floats:
    """Returns agent 0's discounted payoff a period, [sessions]; the worlds stay as they are."""
    discount = sessions.settings.discount
    periods = 1 if discount == 0 else ceil(log(NEGLIGIBLE) / log(discount))
    worlds = sessions.engine.worlds.copy()
    taken = sessions.play(periods, forced)
    sessions.engine.worlds[:] = worlds
    paid = payoffs[tuple(np.moveaxis(taken, -1, 0))]
    value: Floats = (1 - discount) * discount ** np.arange(periods) @ paid
    return value
