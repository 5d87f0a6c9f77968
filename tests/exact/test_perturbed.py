"""The worst case of perturbed observations, compared with all attacks on a hand-written model."""

from dataclasses import replace
from functools import cache
from itertools import product

import numpy as np
import pytest
from stable_baselines3 import PPO

from safety_envs import Observer, SafetyEnvsError, TooManyStatesError, evaluate, find, sb3_vec_env
from safety_envs import worst_case as worst
from safety_envs.authoring import rule
from safety_envs.core.episodes import begin, play, totals
from tests.helpers.definitions import HALL
from tests.helpers.gardens import garden
from tests.helpers.ledge import LEDGE, REACHED, RIGHT, STEPS, act


def alternatives(place, luck, entries):
    """What may be shown: reached worlds of which at most so many features differ."""
    return [
        other
        for other in REACHED
        if (other[0] != place) + (other[1] != luck) <= entries and other != (place, luck)
    ]


def ledge_value(budget, entries, payment):
    """The least expectation, by a search over all attacks in plain Python."""

    @cache
    def value(place, luck, taken, left):
        if taken == STEPS or (taken and place in (0, 4)):
            return 0.0

        def on_seeing(shown, left):
            expected = 0.0
            for action, moves in product((0, 1), (True, False)):
                chance = RIGHT[shown] if action else 1 - RIGHT[shown]
                chance *= 0.8 if moves else 0.2
                there = place + (1 if action else -1) * moves
                lucky = luck if moves else 1
                paid = there if payment == "reward" else there * (1 + lucky)
                expected += chance * (paid + value(there, lucky, taken + 1, left))
            return expected

        options = [on_seeing((place, luck), left)]
        if left:
            others = alternatives(place, luck, entries)
            options += [on_seeing(shown, left - 1) for shown in others]
        return min(options)

    return (value(1, 0, 0, budget) + value(2, 0, 0, budget)) / 2


@pytest.mark.parametrize("payment", ["reward", "performance"])
@pytest.mark.parametrize("entries", [1, 2])
def test_the_worst_case_is_the_least_of_all_attacks(entries, payment):
    found = worst(act, LEDGE, budget=3, perturbations=entries, payment=payment)
    expected = [ledge_value(budget, entries, payment) for budget in range(4)]
    assert found.values == pytest.approx(expected)
    assert found.clean == pytest.approx(evaluate(act, LEDGE)[payment])
    assert list(found.values) == sorted(found.values, reverse=True)
    assert found.worst < found.clean - 0.1 and found.budget == 3


def test_a_function_may_give_worlds_or_observations():
    """The place is seen one further right, whether the world or the observation is given."""

    def worlds_to_the_right(worlds):
        shown = worlds.copy()
        shown["place"] = np.minimum(worlds["place"] + 1, 4)
        return shown[:, None]

    def features_to_the_right(worlds):
        place, luck = np.minimum(worlds["place"] + 1.0, 4), worlds["luck"].astype(float)
        return np.stack([place, luck], axis=1)[:, None]

    given = worst(act, LEDGE, budget=1, perturbations=worlds_to_the_right)
    seen = worst(act, LEDGE, budget=1, perturbations=features_to_the_right)
    assert given.values == pytest.approx(seen.values)
    assert worst(act, LEDGE, budget=1).worst < given.worst < given.clean
    same = worst(act, LEDGE, budget=2, perturbations=lambda worlds: worlds[:, None])
    assert same.values == pytest.approx([same.clean] * 3)


def played(found, configuration, episodes, budget):
    """What episodes come to when the attack is played."""
    engine, random = begin(configuration, range(episodes)), np.random.default_rng(0)
    left = np.full(episodes, budget)

    def under_attack(engine):
        steps = engine.ledger.steps.astype(np.int64)
        running = np.flatnonzero(engine.running)
        views, false = found.attack(engine.worlds[running], steps[running], left[running])
        left[running] -= false
        chances = found.attack.views.probabilities[views]
        actions = np.zeros(episodes, np.int64)
        draws = random.random(len(running))
        actions[running] = (chances.cumsum(axis=1) < draws[:, None]).sum(axis=1)
        return actions

    for _ in play(engine, under_attack):
        pass
    assert left.min() >= 0
    return totals(engine)


@pytest.mark.parametrize("budget", [1, 3])
def test_the_attack_that_is_returned_does_what_is_said(budget):
    found = worst(act, LEDGE, budget=3)
    values = played(found, LEDGE.configure(), 4000, budget)["performance"]
    error = values.std() / np.sqrt(len(values))
    assert abs(values.mean() - found.values[budget]) < 4 * error
    assert abs(values.mean() - found.clean) > 10 * error
    far = begin(LEDGE.configure(), [0]).worlds.copy()
    far["luck"] = 7
    with pytest.raises(SafetyEnvsError, match="other starts"):
        found.attack(far, np.zeros(1, int), np.ones(1, int))


def test_a_thing_is_seen_elsewhere_on_a_board():
    """Right until the end: shown the end at the start, the robot turns back once, and no more."""
    configuration = HALL.configure()
    end = Observer(configuration)(at(configuration, 3))[0]

    def until_the_end(seen):
        return np.where((seen == end).reshape(len(seen), -1).all(axis=1), 2, 3)

    found = worst(until_the_end, HALL, budget=3)
    told = evaluate(until_the_end, HALL)
    assert found.clean == told.performance
    steps = [told.performance - value for value in found.values]
    assert steps == sorted(steps) and steps[1] > 0


def test_a_policy_of_pictures_may_see_more_than_the_default_observation_shows():
    """The lamp is on the board and in no plane. Half of the robots see it and go to the end."""

    def to_the_light(boards):
        starts = (np.asarray(boards)[:, 1, 1] == ord("A")) & (boards[:, 1, 2] != ord("P"))
        return np.where(starts, 2, 3)

    found = worst(to_the_light, HALL, budget=1, observation="board")
    assert found.clean == evaluate(to_the_light, HALL, observation="board").performance == 4.5
    assert found.worst == 3.5  # one that sees the light is sent back from half way: two steps


def at(configuration, col):
    worlds = begin(configuration, [0]).worlds.copy()
    worlds["robot"]["col"] = col
    return worlds


def test_flags_that_fade_one_by_one_are_attacked_like_all_their_outcomes():
    one_by_one, all_at_once = garden(), replace(garden(), fading=None, hidden=())

    def by_sum(seen):
        return np.asarray(seen).reshape(len(seen), -1).dot(np.arange(seen[0].size)) % 4

    for payment in ("reward", "performance"):
        found = worst(by_sum, one_by_one, budget=2, payment=payment)
        assert found.values == pytest.approx(
            worst(by_sum, all_at_once, budget=2, payment=payment).values
        )
        assert found.clean == pytest.approx(evaluate(by_sum, one_by_one)[payment])


def test_a_model_is_attacked_through_its_own_observations():
    keywords = {"size": 3, "patches": 1, "depth": 1, "max_steps": 5}
    venv = sb3_vec_env("SafetyProxy-v0", 1, seed=0, **keywords)
    model = PPO("MlpPolicy", venv, n_steps=8, batch_size=8, seed=0, device="cpu")
    found = worst(model, "SafetyProxy-v0", budget=2, seed=0, **keywords)
    assert found.clean == pytest.approx(
        evaluate(model, "SafetyProxy-v0", seed=0, **keywords).performance
    )
    assert found.worst < found.clean
    blind = worst("random", "SafetyProxy-v0", budget=2, seed=0, **keywords)
    assert blind.values == pytest.approx([blind.clean] * 3)  # it does not look


def test_agents_may_be_attacked_together():
    keywords = {"agents": 2, "capacity": 4, "growth": 0.7, "max_steps": 4}
    size = len(find("SafetyCommonsStock-v0").configure(**keywords).actions)

    def moderate(seen):
        full = np.asarray(seen)[..., 0] >= np.asarray(seen)[..., 0].max()
        return np.where(full, size - 1, 0)

    found = worst(moderate, "SafetyCommonsStock-v0", budget=1, payment="reward", **keywords)
    assert found.clean == pytest.approx(
        evaluate(moderate, "SafetyCommonsStock-v0", **keywords).reward
    )
    assert found.worst <= found.clean


def outcomes(place, luck, action):
    """Yields the probability, place and luck after an action."""
    for moves, chance in ((True, 0.8), (False, 0.2)):
        yield chance, place + (1 if action else -1) * moves, luck if moves else 1


@cache
def best(place, luck, taken):
    """The best performance to come, and the action that earns it, by plain recursion."""
    if taken == STEPS or (taken and place in (0, 4)):
        return 0.0, 0
    worth = [
        sum(
            chance * (there * (1 + lucky) + best(there, lucky, taken + 1)[0])
            for chance, there, lucky in outcomes(place, luck, action)
        )
        for action in (0, 1)
    ]
    return max(worth), int(worth[1] > worth[0])


def attacked_planner(budget, entries):
    """The least expectation of a planner that is shown something else, by plain recursion."""

    @cache
    def value(place, luck, taken, left):
        if taken == STEPS or (taken and place in (0, 4)):
            return 0.0

        def on_seeing(shown, left):
            action = best(*shown, taken)[1]
            return sum(
                chance * (there * (1 + lucky) + value(there, lucky, taken + 1, left))
                for chance, there, lucky in outcomes(place, luck, action)
            )

        options = [on_seeing((place, luck), left)]
        if left:
            others = alternatives(place, luck, entries)
            options += [on_seeing(shown, left - 1) for shown in others]
        return min(options)

    return (value(1, 0, 0, budget) + value(2, 0, 0, budget)) / 2


def test_a_planner_is_shown_other_worlds_where_it_acts_on_what_is_seen():
    found = worst("performance_optimal", LEDGE, budget=2, perturbations=1)
    assert found.values == pytest.approx([attacked_planner(budget, 1) for budget in range(3)])
    assert found.clean == pytest.approx((best(1, 0, 0)[0] + best(2, 0, 0)[0]) / 2)
    assert found.worst < found.clean - 0.1
    assert found.attack.views.probabilities_at(1).shape == (len(found.attack.views.shown), 2)
    given = worst(
        "performance_optimal", LEDGE, budget=1, perturbations=lambda worlds: worlds[:, None]
    )
    assert given.values == pytest.approx([given.clean] * 2)


@rule
def observe_luck(world, level, agent, features):
    features[0] = world.luck


def test_a_planner_that_acts_on_what_is_not_seen_is_refused():
    blind = replace(LEDGE, features={"luck": (0, 1)}, observe=observe_luck)
    with pytest.raises(SafetyEnvsError, match=r"look the same: they differ in place"):
        worst("performance_optimal", blind, budget=1)
    with pytest.raises(SafetyEnvsError, match="hides lit, so its planner acts on its memory"):
        worst("reward_optimal", HALL, budget=1)


def test_perturbations_may_be_worlds_that_are_met():
    """In 200 episodes all worlds of the ledge are met; in one of them few are."""
    listed = worst(act, LEDGE, budget=2, perturbations=1)
    met = worst(act, LEDGE, budget=2, perturbations={"entries": 1, "episodes": 200})
    few = worst(act, LEDGE, budget=2, perturbations={"entries": 1, "episodes": 1})
    assert met.values == pytest.approx(listed.values)
    assert met.clean == few.clean and met.worst < few.worst
    with pytest.raises(SafetyEnvsError, match=r"have no 'entry'\. Known: entries"):
        worst(act, LEDGE, budget=1, perturbations={"entry": 1})


def test_what_cannot_be_attacked_is_said():
    with pytest.raises(SafetyEnvsError, match="budget must be a whole number"):
        worst(act, LEDGE, budget=-1)
    with pytest.raises(SafetyEnvsError, match="perturbations must be a whole number"):
        worst(act, LEDGE, budget=1, perturbations=0)
    with pytest.raises(SafetyEnvsError, match="'reward' or 'performance', got 'cost'"):
        worst(act, LEDGE, budget=1, payment="cost")
    with pytest.raises(SafetyEnvsError, match="alternatives for each of 6 worlds"):
        worst(act, LEDGE, budget=1, perturbations=lambda worlds: np.zeros(3))
    with pytest.raises(SafetyEnvsError, match=r"observations of shape \(2,\)"):
        worst(act, LEDGE, budget=1, perturbations=lambda worlds: np.zeros((len(worlds), 1, 3)))
    with pytest.raises(SafetyEnvsError, match="this policy is no function of observations"):
        worst("random", LEDGE, budget=1, perturbations=lambda worlds: np.zeros((len(worlds), 1, 2)))
    with pytest.raises(SafetyEnvsError, match="only expectations are known"):
        worst("random", "SafetyOffSwitchGame-v0", budget=1, seed=0)
    with pytest.raises(TooManyStatesError, match="more than 3 states"):
        worst(act, LEDGE, budget=1, most_states=3)


def test_it_prints_as_a_table():
    found = worst(act, LEDGE, budget=1)
    head, *lines = str(found).splitlines()
    assert head == "SafetyTestLedge-v0(max_steps=3), all starts, 6 states: the least performance"
    assert [line.split()[:2] for line in lines] == [
        ["0", "observations"], ["1", "observation"]
    ]  # fmt: skip
    assert [float(line.split()[-1]) for line in lines] == pytest.approx(found.values, abs=1e-4)
