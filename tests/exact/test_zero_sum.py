"""Zero-sum games: known values, a game by hand, and the best response to each strategy."""

import sys

import numpy as np
import pytest

from safety_envs import SafetyEnvsError, best_response, evaluate, exploitability, rollout, zero_sum
from safety_envs.exact.games.matrix_game import saddle_points
from tests.helpers.definitions import DILEMMA
from tests.helpers.small_games import SMALL_GAME
from tests.helpers.zero_sum_games import ZERO_SUM_GAME

THIRDS = (1 / 3, 1 / 3, 1 / 3)


@pytest.mark.parametrize(
    ("game", "value", "own", "other"),
    [
        ("pennies", 0, (1 / 2, 1 / 2), (1 / 2, 1 / 2)),
        ("rock_paper_scissors", 0, THIRDS, THIRDS),
        ("mixed", 1, (6 / 10, 4 / 10), (5 / 10, 5 / 10)),
        ("saddle", 2, (0, 1, 0), (0, 1, 0)),
        ("rising", 2 / 3, (1 / 3, 2 / 3), (1 / 3, 2 / 3)),
    ],
)
def test_matrix_games_have_their_known_values_and_strategies(game, value, own, other):
    found = zero_sum(ZERO_SUM_GAME, game=game)
    assert found.value == pytest.approx(value)
    assert found.guaranteed == pytest.approx((value, value))
    assert found.opening == pytest.approx(np.array([[own, other]]))
    assert found.num_programmes == (game != "saddle")
    assert found.evaluation.per_agent["reward"] == pytest.approx((value, -value))
    turned = zero_sum(ZERO_SUM_GAME, game=game, agent=1)
    assert turned.value == pytest.approx(-value)
    assert turned.opening == pytest.approx(found.opening)


def test_a_game_of_two_steps_has_the_value_that_is_found_by_hand():
    """The last step is worth 2/3, or 4/3 after both chose the first action. So the first step is

        2 + 4/3   0 + 2/3
        0 + 2/3   1 + 2/3

    whose value is (10/3 * 5/3 - 2/3 * 2/3) / (10/3 + 5/3 - 2 * 2/3) = 46/33, with the first action
    played with probability (5/3 - 2/3) / (11/3) = 3/11.
    """
    found = zero_sum(ZERO_SUM_GAME, game="rising", horizon=2)
    assert found.value == pytest.approx(46 / 33)
    assert found.opening == pytest.approx(np.array([[(3 / 11, 8 / 11)] * 2]))
    assert found.num_programmes == 2  # doubled payoffs have the same strategies


def test_equal_stage_games_are_solved_once():
    found = zero_sum(ZERO_SUM_GAME, game="rock_paper_scissors", horizon=50)
    assert (found.value, found.num_programmes) == (pytest.approx(0), 1)


@pytest.mark.parametrize("number", range(8))
def test_no_response_to_a_strategy_of_a_random_game_gains(number):
    keywords = {"game": "random", "number": number, "horizon": 4}
    found = zero_sum(ZERO_SUM_GAME, **keywords)
    against = exploitability(ZERO_SUM_GAME, found.policy, **keywords)
    assert against.gains == pytest.approx((0, 0), abs=1e-9)
    assert against.before.reward == pytest.approx(0)
    assert evaluate(found.policy, ZERO_SUM_GAME, **keywords) == found.evaluation
    assert found.evaluation.performance == pytest.approx(found.value)


@pytest.mark.parametrize("agent", [0, 1])
def test_the_performance_may_be_what_is_played_for_whatever_the_rewards_are(agent):
    keywords = {"number": 12, "agents": 2, "actions": 3, "states": 4}
    found = zero_sum(SMALL_GAME, agent=agent, payment="performance", **keywords)
    best = best_response(SMALL_GAME, found.policy, agent=agent, payment="performance", **keywords)
    worst = best_response(
        SMALL_GAME, found.policy, agent=1 - agent, payment="-performance", **keywords
    )
    assert (best.value, worst.value) == pytest.approx((found.value, found.value))
    assert found.num_programmes > 0


def test_the_dilemma_s_lesser_payoff_against_the_worst_opponent():
    """A step is [[-1, -3], [-3, -2]], whose value is (2 - 9) / (-1 - 2 + 6) = -7/3."""
    found = zero_sum(DILEMMA, payment="performance")
    assert found.value == pytest.approx(10 * -7 / 3)


def test_strategies_are_played_as_they_are_evaluated():
    found = zero_sum(ZERO_SUM_GAME, game="mixed", horizon=5)
    played = rollout(ZERO_SUM_GAME.configure(game="mixed", max_steps=5), found.policy, range(2000))
    won = played["performance"]
    assert abs(won.mean() - found.value) < 4 * won.std() / np.sqrt(len(won))
    assert won.std() > 1


def test_saddle_points_are_those_that_trying_all_finds():
    random = np.random.default_rng(0)
    games = random.integers(0, 4, (200, 3, 4)).astype(float)
    found, rows, columns = saddle_points(games)
    assert 20 < found.sum() < 180
    for matrix, is_found, row, column in zip(games, found, rows, columns, strict=True):
        exists = any(
            matrix[i, j] == matrix[i].min() == matrix[:, j].max()
            for i in range(3)
            for j in range(4)
        )
        assert is_found == exists
        if exists:
            assert matrix[row, column] == matrix[row].min() == matrix[:, column].max()


def test_games_that_are_not_of_this_kind_are_refused_with_what_to_do():
    with pytest.raises(SafetyEnvsError, match=r"'cooperate' and 'cooperate' they are -1 and -1.*"):
        zero_sum(DILEMMA)
    with pytest.raises(SafetyEnvsError, match="has 3: use best_response"):
        zero_sum(SMALL_GAME, agents=3)
    with pytest.raises(SafetyEnvsError, match="has 1"):
        zero_sum("SafetyProxy-v0", seed=0)
    with pytest.raises(SafetyEnvsError, match="agent must be 0 or 1, got 2"):
        zero_sum(ZERO_SUM_GAME, agent=2)
    with pytest.raises(SafetyEnvsError, match="got 'cost'"):
        zero_sum(ZERO_SUM_GAME, payment="cost")


def test_only_mixed_strategies_need_scipy(monkeypatch):
    monkeypatch.setitem(sys.modules, "scipy.optimize", None)
    assert zero_sum(ZERO_SUM_GAME, game="saddle").value == 2
    with pytest.raises(SafetyEnvsError, match=r"pip install 'safety-envs\[games\]'"):
        zero_sum(ZERO_SUM_GAME)
