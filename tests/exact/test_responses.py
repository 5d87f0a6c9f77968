"""Best responses against every policy that depends on state and time, and against known numbers."""

import itertools

import numpy as np
import pytest

from safety_envs import (
    Environment,
    SafetyEnvsError,
    TooManyStatesError,
    best_response,
    evaluate,
    exploitability,
    find,
    rollout,
)
from safety_envs.core.compile import rule
from safety_envs.core.dice import roll
from safety_envs.core.fields import fields
from safety_envs.core.metric import total
from tests.helpers.definitions import DILEMMA
from tests.helpers.prices import profits
from tests.helpers.small_games import SMALL_GAME, random_game

PRICES = find("SafetyPriceCollusion-v0")
STOCK = find("SafetyCommonsStock-v0")
SIZES = [
    ({"states": 2}, 3),
    ({"states": 3}, 2),
    ({"states": 2, "actions": 3}, 2),
    ({"states": 2, "agents": 3}, 2),
]


def by_chance(seed, agents, actions):
    """A random policy: a table [state, class, agent] of probabilities, and as a function."""
    random = np.random.default_rng(seed)
    table = random.dirichlet(np.ones(actions), (10, 10, agents)).round(3)
    table /= table.sum(axis=-1, keepdims=True)

    def act(seen):  # [N, agents, (state, class)]
        seen = np.asarray(seen).reshape(len(seen), agents, 2).astype(int)
        return table[seen[..., 0], seen[..., 1], np.arange(agents)]

    return table, act


class Against:
    """A game in which some agents follow a policy: a second model, one policy at a time."""

    def __init__(self, game, table, group):
        self.game, self.group = game, group
        self.shares = [
            {
                joint: np.prod(
                    [
                        table[state, game.classes[state][agent], agent, joint[agent]]
                        for agent in range(game.agents)
                        if agent not in group
                    ]
                )
                for joint in game.joint()
            }
            for state in range(len(game.pays))
        ]

    def values(self, plan):
        """Returns the expected payoffs if the group follows a plan, (t, state) -> actions."""
        later = {}
        for t in range(self.game.steps - 1, -1, -1):
            now = {}
            for state, shares in enumerate(self.shares):
                total = np.zeros(self.game.agents + 1)
                for joint, share in shares.items():
                    if tuple(joint[agent] for agent in self.group) == plan[t, state]:
                        total += share * np.array(self.game.worth(state, joint, later))
                now[state] = total
            later = now
        return sum(p * later[state] for state, p in self.game.starts.items())

    def every_value(self):
        """Returns the expected payoffs of all plans, [plans, agents + 1]."""
        places = list(itertools.product(range(self.game.steps), range(len(self.game.pays))))
        choices = list(itertools.product(range(self.game.actions), repeat=len(self.group)))
        plans = itertools.product(choices, repeat=len(places))
        return np.array([self.values(dict(zip(places, plan, strict=True))) for plan in plans])


def game_of(number):
    keywords, steps = SIZES[number % len(SIZES)]
    game = random_game(number, steps=steps, **keywords)
    table, act = by_chance(number, game.agents, game.actions)
    return game, table, act, {"number": number, "max_steps": steps, **keywords}


@pytest.mark.parametrize("number", range(8))
def test_no_policy_of_an_agent_beats_its_best_response(number):
    game, table, act, keywords = game_of(number)
    own = evaluate(act, SMALL_GAME, **keywords)
    gains = []
    for agent in range(game.agents):
        every = Against(game, table, (agent,)).every_value()
        rewards, performances = every[:, agent], every[:, -1]
        found = best_response(SMALL_GAME, act, agent=agent, **keywords)
        assert found.value == pytest.approx(rewards.max())
        assert found.value_before == pytest.approx(own.per_agent["reward"][agent])
        ties = performances[rewards > rewards.max() - 1e-9]
        assert found.performance == pytest.approx(ties.min())
        again = evaluate(found.policy, SMALL_GAME, **keywords)
        assert again == found.evaluation
        assert again.per_agent["reward"][agent] == pytest.approx(found.value)
        gains.append(rewards.max() - own.per_agent["reward"][agent])

        worst = best_response(SMALL_GAME, act, agent=agent, payment="-performance", **keywords)
        assert worst.value == pytest.approx(performances.min())
        assert worst.performance == pytest.approx(performances.min())
        assert worst.gain == pytest.approx(own.performance - performances.min())
        ties = rewards[performances < performances.min() + 1e-9]
        assert worst.evaluation.per_agent["reward"][agent] == pytest.approx(ties.max())
    found = exploitability(SMALL_GAME, act, **keywords)
    assert found.gains == pytest.approx(gains)
    assert found.nash_conv == pytest.approx(sum(gains)) and found.nash_conv > 0


@pytest.mark.parametrize("number", [3, 7])
def test_several_agents_respond_together(number):
    game, table, act, keywords = game_of(number)
    every = Against(game, table, (0, 2)).every_value()
    found = best_response(SMALL_GAME, act, agent=[2, 0], **keywords)
    assert found.agents == (0, 2)
    assert found.value == pytest.approx((every[:, 0] + every[:, 2]).max())
    worst = best_response(SMALL_GAME, act, agent=(0, 2), payment="-performance", **keywords)
    assert worst.value == pytest.approx(every[:, -1].min())


def test_uniformly_random_agents_of_a_random_game():
    game = random_game(5, states=2, steps=2)
    table = np.full((10, 10, 2, 2), 1 / 2)
    expected = 0.0
    for agent in range(2):
        every = Against(game, table, (agent,)).every_value()[:, agent]
        expected += every.max() - every.mean()  # to mix plans evenly is to act evenly
    found = exploitability(SMALL_GAME, "random", number=5, states=2, max_steps=2)
    assert found.nash_conv == pytest.approx(expected)


def test_a_response_to_a_policy_that_depends_on_time_is_one_to_its_plan():
    """Both respond in turn in 3 steps of chicken, and each response is compared with all plans."""
    keywords = {"game": "chicken", "max_steps": 3}
    first = best_response("SafetyMatrixGames-v0", [[0.9, 0.1]] * 2, agent=0, **keywords)
    assert first.value == pytest.approx(3 * (0.9 * 4))
    second = best_response("SafetyMatrixGames-v0", first.policy, agent=1, **keywords)
    assert second.value == pytest.approx(3 * 1)  # agent 0 always defects
    third = best_response("SafetyMatrixGames-v0", second.policy, agent=0, **keywords)
    assert third.gain == pytest.approx(0)
    assert exploitability("SafetyMatrixGames-v0", second.policy, **keywords).gains == pytest.approx(
        (0, 0)
    )


def test_the_dilemma_s_cooperators_are_exploited_and_its_defectors_are_not():
    found = exploitability(DILEMMA, "cooperative")
    assert found.gains == (10, 10) and found.nash_conv == 20
    assert [response.value for response in found.responses] == [0, 0]
    assert found.responses[0].evaluation["defections"] == 10  # one defects always, one never
    assert exploitability(DILEMMA, "equilibrium").nash_conv == 0
    assert exploitability(DILEMMA, "random").gains == (5, 5)  # -1 a step instead of -1.5


def test_the_best_response_to_tit_for_tat_defects_in_the_last_step():
    def tit_for_tat(seen):
        return (np.asarray(seen).reshape(len(seen), 2, 2)[..., 1] == 1).astype(int)

    found = best_response(DILEMMA, tit_for_tat, agent=1)
    assert (found.value_before, found.value, found.gain) == (-10, -9, 1)
    assert found.evaluation["defections"] == 1


def test_who_undercuts_a_cartel_earns_what_the_paper_s_demand_says():
    """One period: the best reply to the cartel's price, among the 15."""
    prices = PRICES.configure().level.prices
    together, best = max((2 * profits([p, p])[0], p) for p in prices)
    alone = max(profits([p, best])[0] for p in prices)
    found = exploitability(PRICES, "cooperative", horizon=1)
    assert found.gains == pytest.approx([alone - together / 2] * 2)
    assert found.nash_conv > 0.01
    assert exploitability(PRICES, "equilibrium", horizon=2).nash_conv == pytest.approx(0)


def test_no_agent_of_an_equilibrium_of_the_commons_gains():
    keywords = {"agents": 3, "capacity": 6, "horizon": 4}
    assert exploitability(STOCK, "equilibrium", **keywords).gains == pytest.approx((0, 0, 0))
    assert exploitability(STOCK, "cooperative", **keywords).nash_conv > 1


def test_a_response_is_to_the_average_of_what_the_others_do():
    """Both agents follow one public coin: the response cannot see it."""

    class Coin:
        def joint_probabilities(self, worlds):
            return np.tile([0.5, 0.0, 0.0, 0.5], (len(worlds), 1))

    found = best_response(DILEMMA, Coin(), agent=0)
    assert found.value_before == pytest.approx(10 * (-1 - 2) / 2)
    assert found.value == pytest.approx(10 * (0 - 2) / 2)


@rule
def reset_coins(world, level, dice):
    world.coin = roll(dice, 3)


@rule
def step_coins(world, level, action, dice, outcome):
    outcome.reward[0] += action[0] == world.coin
    outcome.reward[1] += action[1] == action[0]
    outcome.performance -= action[0] == world.coin
    outcome.guesses += 1
    world.coin = (world.coin + 1) % 3


@rule
def observe_nothing(world, level, agent, features):
    features[0] = 0


COINS = Environment(
    id="SafetyTestCoins-v0",
    problem="test",
    actions=("first", "second", "third"),
    metrics={"performance": total("missed", "times"), "guesses": total("guesses", "times")},
    world=fields(coin="u1"),
    hidden=("coin",),
    reset=reset_coins,
    step=step_coins,
    features={"nothing": (0, 1)},
    observe=observe_nothing,
    agents=2,
    max_steps=4,
)


def test_a_response_sees_what_is_hidden():
    found = best_response(COINS, "random", agent=0)
    assert found.value_before == pytest.approx(4 / 3)
    assert (found.value, found.performance) == pytest.approx((4, -4))
    assert best_response(COINS, "random", agent=0, seed=1).before.start == "like seed 1"


def test_a_response_is_played_as_it_is_evaluated():
    configuration = DILEMMA.configure()
    found = best_response(configuration, [[0.7, 0.3], [0.4, 0.6]], agent=1)
    played = rollout(configuration, found.policy, range(500))
    defections = played["defections"]
    error = defections.std() / np.sqrt(len(defections))
    assert abs(defections.mean() - found.evaluation["defections"]) < 4 * error
    assert defections.min() >= 10 > 20 - defections.max()


def test_a_policy_is_for_the_starts_and_steps_that_it_was_computed_for():
    found = best_response(PRICES, "random", agent=0, seed=3, horizon=1)
    with pytest.raises(SafetyEnvsError, match="computed for other starts"):
        rollout(PRICES.configure(max_steps=1), found.policy, [4])
    with pytest.raises(SafetyEnvsError, match="longer horizon="):
        evaluate(found.policy, PRICES, seed=3, horizon=2)


def test_records_in_words():
    found = exploitability(DILEMMA, "cooperative")
    assert "NashConv 20.0000" in str(found) and "gains 10.0000" in str(found)
    worst = best_response(DILEMMA, "cooperative", agent=1, payment="-performance")
    assert "agent 1 minimises performance" in str(worst)
    assert worst.performance == -30


def test_questions_that_make_no_sense_are_refused_with_what_to_do():
    with pytest.raises(SafetyEnvsError, match=r"one agent.*safety_envs.certify"):
        best_response("SafetyBoatRace-v0", "random", agent=0)
    for agent in (2, -1, []):
        with pytest.raises(SafetyEnvsError, match="agents 0 to 1"):
            best_response(DILEMMA, "random", agent=agent)
    with pytest.raises(SafetyEnvsError, match="Did you mean 'reward'"):
        best_response(DILEMMA, "random", agent=0, payment="rewards")
    with pytest.raises(SafetyEnvsError, match="summed over the steps"):
        best_response("SafetyMatrixGames-v0", "random", agent=0, payment="cooperation_rate")
    with pytest.raises(TooManyStatesError, match="more than 100 states"):
        best_response(PRICES, "random", agent=0, most_states=100)
