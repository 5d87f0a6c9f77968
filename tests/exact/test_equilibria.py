"""All pure Markov-perfect equilibria, against every policy there is, and against known ones."""

import itertools
import sys
from collections import Counter

import numpy as np
import pytest

from safety_envs import Engine, certify, find, policy
from safety_envs.core.expectations import Equilibria, Payoff, SocialExpectations
from safety_envs.exact.games import equilibrium_sets
from safety_envs.exact.games.equilibrium import find_equilibria
from safety_envs.exact.games.equilibrium_bounds import bounds
from safety_envs.exact.games.equilibrium_search import search
from safety_envs.exact.games.joint_model import joint_model
from safety_envs.exact.games.social import social_class
from safety_envs.exact.games.stage import StageGames
from safety_envs.exact.models.model import starts_of
from tests.helpers.small_games import SMALL_GAME, pond, random_game

STOCK = find("SafetyCommonsStock-v0")
PRICES = find("SafetyPriceCollusion-v0")
MOST = 2000  # equilibria that are listed policy by policy


def games_of(environment, **keywords):
    configuration = environment.configure(**keywords)
    return StageGames(joint_model(configuration, *starts_of(configuration, None, None)))


def true_class(certificate, truth):
    """The class by the catalogue's definition, of what trying every policy found."""
    if truth is None:
        return "unknown"
    least, most = truth[1]
    if most < certificate.best_performance - 1e-6:
        return "E"
    return "C" if least < certificate.best_performance - 1e-6 else "none"


def interval(equilibria):
    if equilibria is None:
        return None
    worst, best = equilibria.worst, equilibria.best
    return (worst.reward, best.reward), (worst.performance, best.performance)


def compare(certificate, game):
    """Compares a certificate with every policy; returns which comparisons were made."""
    made, truths = [], []
    for symmetric in (True, False):
        try:
            truth = game.extremes(symmetric, most=MOST)
        except OverflowError:
            break
        found = certificate.symmetric if symmetric else certificate.pure
        assert (found is None) == (truth is None)
        if found is not None:
            assert found.known == "all" and found.found is None
            assert np.allclose(interval(found), truth, atol=1e-6)
        truths.append(truth)
        made.append("none" if truth is None else "one" if len(set(truth[0])) == 1 else "several")
    if len(truths) == 2 or (truths and truths[0] is not None):
        truth = truths[1] if truths[0] is None else truths[0]
        assert certificate.hazard_class == true_class(certificate, truth)
        made.append(certificate.hazard_class)
    return made


def size(number):
    """The sizes of random games take turns."""
    if number % 7 == 0:
        return {"states": 2, "agents": 3}, 2
    if number % 5 == 0:
        return {"states": 2, "actions": 3}, 2
    return ({"states": 2}, 4) if number % 3 == 0 else ({"states": 3}, 3)


def compare_random_games(numbers):
    made = Counter()
    for number in numbers:
        keywords, steps = size(number)
        certificate = certify(SMALL_GAME, number=number, max_steps=steps, **keywords)
        made.update(compare(certificate, random_game(number, steps=steps, **keywords)))
    return made


def compare_ponds(agents, capacities, growths, steps):
    made = Counter()
    for capacity, growth, most_steps in itertools.product(capacities, growths, steps):
        keywords = {"agents": agents, "capacity": capacity, "growth": growth}
        certificate = certify(STOCK, max_steps=most_steps, **keywords)
        made.update(compare(certificate, pond(**keywords, steps=most_steps)))
    return made


def test_random_games_have_the_equilibria_that_trying_every_policy_finds():
    made = compare_random_games(range(150))
    assert all(made[kind] > 10 for kind in ("none", "one", "several", "E", "C"))


def test_a_game_that_always_ends_at_once_has_its_equilibria():
    def ends(game):
        return not any(after for start in game.starts for after in game.after[start].values())

    number = next(number for number in range(10_000) if ends(random_game(number, states=2)))
    certificate = certify(SMALL_GAME, number=number, states=2)
    assert compare(certificate, random_game(number, states=2))


def test_small_ponds_have_the_equilibria_that_trying_every_policy_finds():
    made = compare_ponds(2, range(2, 8), (0.7, 1.0, 1.5), (1, 3, 4, 5))
    assert made["several"] > 10 and made["E"] > 10


@pytest.mark.parametrize(
    ("capacity", "growth", "steps", "most", "optimum"),
    [
        (7, 1.5, 5, 18, 18),
        (4, 0.7, 4, 6, 7),
        (4, 0.7, 5, 8, 8),
        (3, 1.0, 4, 6, 6),
        (3, 1.0, 5, 6, 7),
    ],
)
def test_threats_hold_up_the_stock_of_small_ponds(capacity, growth, steps, most, optimum):
    keywords = {"agents": 2, "capacity": capacity, "growth": growth}
    found = certify(STOCK, **keywords, max_steps=steps)
    assert found.symmetric.known == "all"
    assert found.symmetric.best.reward == pytest.approx(most)
    assert found.best_reward == pytest.approx(optimum)
    assert found.hazard_class == ("E" if most < optimum else "C")


def test_where_equilibria_are_not_listed_nothing_is_said_that_is_not_so(monkeypatch):
    """The same random games, but with bounds and searching only."""
    monkeypatch.setattr(equilibrium_sets, "MOST_WORK", 0)
    known = Counter()
    for number in range(100):
        keywords, steps = size(number)
        certificate = certify(SMALL_GAME, number=number, max_steps=steps, **keywords)
        game = random_game(number, steps=steps, **keywords)
        try:
            truths = [game.extremes(symmetric, most=MOST) for symmetric in (True, False)]
        except OverflowError:
            continue
        for found, truth in zip((certificate.symmetric, certificate.pure), truths, strict=True):
            if truth is None:
                assert found is None or found.attained is None
                continue
            known[found.known] += 1
            for (low, high), (least, most) in zip(interval(found), truth, strict=True):
                if found.known == "all":
                    assert (low, high) == pytest.approx((least, most))
                assert low <= least + 1e-6 and most <= high + 1e-6
            if found.known == "bounds" and found.found:
                inner = interval(Equilibria(*found.found))
                known["found"] += 1
                for (low, high), (least, most) in zip(inner, truth, strict=True):
                    assert least - 1e-6 <= low <= high <= most + 1e-6
        truth = truths[1] if truths[0] is None else truths[0]
        known[certificate.hazard_class] += 1
        if certificate.hazard_class != "unknown":
            assert true_class(certificate, truth) in certificate.hazard_class
    assert known["all"] > 20 and known["bounds"] > 20 and known["found"] > 20


def test_prices_are_held_up_by_the_threat_of_a_price_war():
    """Monopoly prices (13) while all have kept them and t < 95, then 2; 1 after a deviation."""
    games = games_of(PRICES)
    model = games.model
    last = model.worlds.states.worlds["last"]
    plan = np.full((games.steps, len(last)), 1 * 15 + 1)
    plan[0] = plan[1:95, (last == 13).all(axis=1)] = 13 * 15 + 13
    plan[95, (last == 13).all(axis=1)] = 2 * 15 + 2
    plan[96:, (last == 2).all(axis=1)] = 2 * 15 + 2
    values = games.values_of(plan, symmetric=True)
    known = model.expected(values)
    assert known[:2].sum() == pytest.approx(66.48, abs=0.005)
    wanted = np.array([1, 1, 0.0])
    found = search(games, symmetric=True, weights=wanted, default=1)
    most = model.expected(games.values_of(found, symmetric=True))[:2].sum()
    limit = model.expected(bounds(games, symmetric=True).high)[2]
    assert known[:2].sum() < most == pytest.approx(limit, abs=1e-6)
    assert most < 67.492
    undercut = plan.copy()
    undercut[50:] = 16  # from here on nobody is to punish, and nobody to keep
    undercut[49, (last == 13).all(axis=1)] = 13 * 15 + 13
    assert games.values_of(undercut, symmetric=True) is None


def test_a_short_market_says_bounds_and_never_an_interval_the_wrong_way_round():
    found = certify(PRICES, max_steps=4)
    for equilibria in (found.symmetric, found.pure):
        assert equilibria.known == "bounds"
        for low, high in interval(equilibria):
            assert low <= high
        for low, high in interval(Equilibria(*equilibria.found)):
            assert low <= high
    assert found.hazard_class == "E"  # by the bound: the last price is never the lowest
    assert "bounds" in str(found) and "of these found" in str(found)


def test_the_planner_carries_out_its_threats():
    """A firm that deviates for one period, and then follows the plan, gains at no price."""
    configuration = PRICES.configure(max_steps=8)
    planner = policy("equilibrium", configuration)
    engine = Engine(configuration, 16)

    def play(strays_at):
        engine.seed([3] * 16)
        engine.reset()
        for t in range(8):
            actions = planner(engine).copy()
            if t == strays_at:
                actions[:15, 0] = np.arange(15)
            engine.step(actions)
        return engine.ledger.returns[:, 0]

    for t in range(8):
        returns = play(t)
        assert (returns[:15] <= returns[15] + 1e-9).all()
    assert returns[15] > 8 * configuration.level.nash_profit * 1.1


def test_the_iterated_chicken_has_no_better_equilibrium_than_one_round():
    found = certify("SafetyMatrixGames-v0", game="chicken", max_steps=5)
    assert found.symmetric is None
    assert found.pure.known == "all"
    assert np.allclose(interval(found.pure), ((25, 25), (5, 5)))
    assert found.hazard_class == "E"


def test_stag_hunters_may_settle_on_either():
    found = certify("SafetyMatrixGames-v0", game="stag_hunt")
    assert found.symmetric.known == "all"
    assert np.allclose(interval(found.symmetric), ((200, 800), (100, 400)))
    assert found.hazard_class == "C"


LOW, MIDDLE, TOP = Payoff(1, 1), Payoff(2, 2), Payoff(3, 3)


@pytest.mark.parametrize(
    ("symmetric", "pure", "expected"),
    [
        (Equilibria(LOW, MIDDLE), None, "E"),
        (Equilibria(LOW, TOP), None, "C"),
        (Equilibria(TOP, TOP), None, "none"),
        (None, Equilibria(LOW, TOP), "C"),
        (None, None, "unknown"),
        (Equilibria(LOW, MIDDLE, "bounds", (LOW, LOW)), None, "E"),
        (Equilibria(LOW, TOP, "bounds", (LOW, MIDDLE)), None, "E or C"),
        (Equilibria(LOW, TOP, "bounds", (TOP, TOP)), None, "C or none"),
        (Equilibria(LOW, TOP, "bounds", (MIDDLE, TOP)), None, "C"),
        (Equilibria(TOP, TOP, "bounds", (TOP, TOP)), None, "none"),
        (Equilibria(LOW, TOP, "bounds"), Equilibria(LOW, MIDDLE), "E"),
        (Equilibria(LOW, TOP, "bounds"), Equilibria(LOW, TOP), "unknown"),
        (Equilibria(LOW, MIDDLE, "some"), None, "E or C"),
        (Equilibria(TOP, TOP, "some"), None, "C or none"),
    ],
)
def test_no_class_is_given_that_needs_more_than_is_known(symmetric, pure, expected):
    found = SocialExpectations(9.0, 3.0, symmetric, pure, LOW)
    assert social_class(found) == expected
    assert social_class(found._replace(attainable=False)) == "E"


def test_class_goes_by_performance_and_not_by_reward():
    rich = Equilibria(Payoff(9, 1), Payoff(9, 2))
    assert social_class(SocialExpectations(9.0, 3.0, rich, rich, LOW)) == "E"
    poor = Equilibria(Payoff(1, 3), Payoff(1, 3))
    assert social_class(SocialExpectations(9.0, 3.0, poor, poor, LOW)) == "none"


def test_plans_of_all_equilibria_are_equilibria():
    for number in range(40):
        keywords, steps = size(number)
        games = games_of(SMALL_GAME, number=number, max_steps=steps, **keywords)
        for symmetric in (True, False):
            found = find_equilibria(games, symmetric=symmetric)
            for rank, plan in enumerate(found.plans):
                *rewards, performance = games.model.expected(
                    games.values_of(plan, symmetric=symmetric)
                )
                if rank == 0:
                    assert sum(rewards) == pytest.approx(found.equilibria.best.reward)
                assert performance <= found.equilibria.best.performance + 1e-6


if __name__ == "__main__":  # make equilibria
    number = int(sys.argv[1])
    print("random games", dict(compare_random_games(range(number))))
    growths = (0.0, 0.4, 0.7, 1.0, 1.5, 2.0, 2.5)
    print("two fishers", dict(compare_ponds(2, range(1, 9), growths, range(1, 6))))
    print("three fishers", dict(compare_ponds(3, range(1, 7), growths, range(1, 6))))
