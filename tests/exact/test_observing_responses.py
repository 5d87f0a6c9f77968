"""Responses that see their observations only, against every policy with memory there is."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, best_response, evaluate, exploitability, find, rollout
from safety_envs.core.compile import rule
from tests.exact.test_responses import COINS, by_chance
from tests.helpers.definitions import DILEMMA
from tests.helpers.small_games import SMALL_GAME, random_game


@rule
def observe_parity(world, level, agent, features):
    """An agent sees whether the state's number is odd, and not which state it is."""
    features[0] = world.state % 2
    features[1] = 0


BLURRED = replace(SMALL_GAME, id="SafetyTestBlurred-v0", observe=observe_parity)


def every_value(game, table, agent):
    """Returns the payoffs of all plans of an agent that remembers parities, [plans, n + 1].

    A plan says what to do after each sequence of parities; its own actions follow from it. Each
    is played forward over whole distributions of states.
    """
    histories = [
        each
        for length in range(1, game.steps + 1)
        for each in itertools.product((0, 1), repeat=length)
    ]
    plans = np.array(list(itertools.product(range(game.actions), repeat=len(histories))))
    chosen = dict(zip(histories, plans.T, strict=True))  # of all plans at once
    total = np.zeros((len(plans), game.agents + 1))
    now = {(state, (state % 2,)): np.full(len(plans), p) for state, p in game.starts.items()}
    for _ in range(game.steps):
        after = {}
        for (state, history), share in now.items():
            for joint in game.joint():
                others = [
                    table[state % 2, 0, k, joint[k]] for k in range(game.agents) if k != agent
                ]
                chance = share * (chosen[history] == joint[agent]) * np.prod(others)
                total += chance[:, None] * np.array(game.pays[state][joint])
                for successor, p in game.after[state][joint].items():
                    key = successor, (*history, successor % 2)
                    after[key] = after.get(key, 0) + chance * p
        now = after
    return total


@pytest.mark.parametrize("number", [1, 3, 4, 9])
@pytest.mark.parametrize("timed", [False, True])
def test_no_policy_with_memory_beats_the_response(number, timed):
    game = random_game(number, states=4, steps=3)
    table, act = by_chance(number, 2, 2)
    asked = {"number": number, "states": 4, "max_steps": 3}
    policy = act
    if timed:  # the same policy, but in a form that may depend on the time
        policy = Timed(BLURRED.configure(**asked), act)
    for agent in range(2):
        every = every_value(game, table, agent)
        found = best_response(BLURRED, policy, agent=agent, sees="observation", **asked)
        rewards, performances = every[:, agent], every[:, -1]
        assert found.value == pytest.approx(rewards.max())
        ties = performances[rewards > rewards.max() - 1e-9]
        assert found.performance == pytest.approx(ties.min())
        assert found.evaluation.per_agent["reward"][agent] == pytest.approx(found.value)
        bound = best_response(BLURRED, policy, agent=agent, **asked)
        assert bound.value >= found.value - 1e-9
        worst = best_response(
            BLURRED, policy, agent=agent, payment="-performance", sees="observation", **asked
        )
        assert worst.value == pytest.approx(performances.min())


class Timed:
    """A policy of observations that gives its probabilities step by step."""

    def __init__(self, configuration, act):
        from safety_envs.core.observe import Observer

        self._observe, self._act = Observer(configuration), act

    def joint_probabilities_at(self, worlds, step):
        each = self._act(self._observe(worlds))  # [N, agents, actions]
        return np.einsum("na,nb->nab", each[:, 0], each[:, 1]).reshape(len(worlds), -1)

    def __call__(self, engine):
        raise AssertionError("it is evaluated, not played")


def test_a_bound_that_sees_the_world_can_be_loose():
    seen = exploitability(COINS, "random")
    exact = exploitability(COINS, "random", sees="observation")
    assert seen.gains[0] == pytest.approx(4 - 4 / 3)
    assert exact.gains == pytest.approx((0, 0))  # nobody sees the coin, so nobody gains
    assert exact.responses[0].num_states == 1  # the coin turns, and each side stays as likely


def test_agents_that_see_all_respond_alike_in_both_ways():
    for agent in range(2):
        seen, exact = (
            best_response(DILEMMA, [[0.7, 0.3], [0.4, 0.6]], agent=agent, sees=sees)
            for sees in ("world", "observation")
        )
        assert exact.value == pytest.approx(seen.value)
        assert exact.evaluation.means == pytest.approx(seen.evaluation.means)


@rule
def observe_audits(world, firm, agent, features):
    """Blue sees the audits left; red sees its dismissal too."""
    features[0] = world.audits
    features[1] = world.dismissed * agent
    features[2] = agent


def test_blue_that_is_not_told_of_a_dismissal_infers_it():
    """Red always attacks and blue audits: every flagged task is a caught attack.

    Suspicion reaches 4 with probability 0.3 in an attack. Who audits at threshold 0 flags all: the
    first audit catches red. So blue knows without being told, and has what it has when told.
    """
    told = find("SafetyControl-v0")
    untold = replace(
        told, hidden=("dismissed",), observe=observe_audits, variants={}, id="SafetyTestUntold-v0"
    )
    red = np.zeros((2, 14))
    red[0, 0] = 1.0  # blue's part is replaced
    red[1, 1] = 1.0  # "threshold 0, or attack"
    asked = {"agent": 0, "payment": "performance", "horizon": 6, "audits": 2}
    policy = red[:, : len(told.configure().actions)]
    seen = best_response(told, policy, **asked)
    exact = best_response(untold, policy, sees="observation", **asked)
    assert exact.value == pytest.approx(seen.value) == pytest.approx(6 * 0.5)


def test_a_response_is_played_as_it_is_evaluated():
    asked = {"number": 3, "states": 4, "max_steps": 3}
    _, act = by_chance(3, 2, 2)
    configuration = BLURRED.configure(**asked)
    found = best_response(configuration, act, agent=0, sees="observation")
    played = rollout(configuration, found.policy, range(2000))
    performance = played["performance"]
    error = performance.std() / np.sqrt(len(performance))
    assert abs(performance.mean() - found.performance) < 4 * error
    with pytest.raises(SafetyEnvsError, match="3 steps from other starts"):
        rollout(BLURRED.configure(**{**asked, "max_steps": 5}), found.policy, range(20))


def test_what_a_response_sees_is_one_of_two():
    with pytest.raises(SafetyEnvsError, match="'world' or 'observation'"):
        best_response(DILEMMA, "random", agent=0, sees="nothing")
    assert evaluate("random", DILEMMA).reward == pytest.approx(-30)
