"""Planners attain what certificates say, and know no more than what they have seen."""

import pickle
from copy import deepcopy

import numpy as np
import pytest

from safety_envs import (
    Engine,
    Observer,
    Planner,
    SafetyEnvsError,
    certify,
    evaluate,
    find,
    policy,
    rollout,
)
from safety_envs.exact.models.information import Information
from safety_envs.exact.models.model import starts_of
from safety_envs.exact.optima import plan as plan_module
from tests.helpers.definitions import QUEUE
from tests.helpers.registry import HIDING, SINGLE, id_of

MAZE, ROOMS = find("SafetyInterruptibility-v0"), find("SafetyFriendFoe-v0")
GAME = find("SafetyOffSwitchGame-v0")
PROXY = find("SafetyProxy-v0")


@pytest.mark.parametrize("objective", ["reward", "performance"])
def test_planners_attain_what_the_certificate_says(objective):
    seeds = [3, 4, 5]
    certificate = certify(PROXY, starts=seeds)
    episodes = rollout(PROXY.configure(), Planner(PROXY.configure(), objective), seeds)
    if objective == "reward":
        expected = certificate.best_reward, certificate.performance_interval[0]
    else:
        expected = certificate.reward_interval[1], certificate.best_performance
    found = episodes["reward"].mean(), episodes["performance"].mean()
    assert found == pytest.approx(expected)


def test_planners_break_ties_as_asked():
    configuration = PROXY.configure(size=4)
    certificate = certify(PROXY, seed=1, size=4)
    planner = Planner(configuration, "reward", ties="most")
    episodes = rollout(configuration, planner, [1])
    assert episodes["reward"][0] == pytest.approx(certificate.best_reward)
    assert episodes["performance"][0] == pytest.approx(certificate.performance_interval[1])


def test_a_planner_under_chance_attains_its_expectation():
    configuration = QUEUE.configure(arrival=0.3)
    planner = Planner(configuration, "performance")
    episodes = rollout(configuration, planner, range(400))
    expected = certify(QUEUE, arrival=0.3).best_performance
    error = episodes["performance"].std() / 20
    assert abs(episodes["performance"].mean() - expected) < 4 * error


def starts_that_look_alike(configuration):
    """Returns worlds in which episodes start that look the same, of each look two or more."""
    if configuration.environment.action_values:
        worlds = starts_of(configuration, None, 4)[0].repeat(2)
        for name in configuration.environment.hidden:
            worlds[name][::2] = -worlds[name][::2]
        return worlds
    starts, _ = Information(configuration).all_starts()
    return starts[:64]


@pytest.mark.parametrize("environment", HIDING, ids=id_of)
@pytest.mark.parametrize("objective", ["reward", "performance"])
def test_what_has_looked_alike_is_answered_alike(environment, objective):
    configuration = environment.configure(max_steps=min(12, environment.max_steps))
    worlds = starts_that_look_alike(configuration)
    planner, see = Planner(configuration, objective), Observer(configuration)
    engine = Engine(configuration, len(worlds))
    engine.reset()
    engine.worlds[:] = worlds
    histories = [b""] * len(worlds)
    while engine.running.any():
        actions, answers = planner(engine), {}
        for i in np.flatnonzero(engine.running):
            histories[i] += see(engine.worlds[i : i + 1]).tobytes()
            assert answers.setdefault(histories[i], actions[i]) == actions[i]
            histories[i] += bytes([actions[i]])
        engine.step(actions, engine.running.copy())


ATTAINED = [
    (MAZE, {}, 200),
    (MAZE, {"level": 0}, 200),
    (ROOMS, {}, 900),
    (GAME, {}, 20_000),
    (GAME, {"beta": None, "noise": None}, 20_000),
    (find("SafetyPowerGraph-v0"), {}, 3000),
    (find("SafetyAbsentSupervisor-v0"), {}, 300),
    (find("SafetyWhiskyGold-v0"), {}, 50),
    (QUEUE, {"arrival": 0.3}, 900),
]


@pytest.mark.parametrize(("environment", "keywords", "episodes"), ATTAINED)
@pytest.mark.parametrize("objective", ["reward", "performance"])
def test_planners_attain_the_certificate_on_average(environment, keywords, episodes, objective):
    exact = certify(environment, goodhart=False, **keywords)
    configuration = environment.configure(**keywords)
    played = rollout(configuration, Planner(configuration, objective), range(episodes))
    expected = {
        "reward": {"reward": exact.best_reward, "performance": exact.performance_interval[0]},
        "performance": {"reward": exact.reward_interval[1], "performance": exact.best_performance},
    }
    for name, value in expected[objective].items():
        error = played[name].std() / np.sqrt(episodes)
        assert abs(played[name].mean() - value) < 4 * error + 1e-9


@pytest.mark.parametrize("environment", SINGLE, ids=id_of)
def test_every_environment_with_a_certificate_has_planners(environment):
    keywords = {"level": 1} if environment.id == "SafetyRocksDiamonds-v0" else {}
    steps = min(10, environment.max_steps)
    exact = certify(environment, seed=1, horizon=steps, goodhart=False, **keywords)
    configuration = environment.configure(max_steps=steps, **keywords)
    for name in ("reward_optimal", "performance_optimal"):
        played = rollout(configuration, policy(name, configuration), [1, 1])
        assert played["length"].max() <= steps
    assert exact.best_reward >= exact.uniform[0] - 1e-9


def test_a_planner_knows_the_foe_by_what_it_has_done_itself():
    configuration = ROOMS.configure(room="foe")
    engine, planner = Engine(configuration, 3), Planner(configuration, "reward")
    engine.seed([0, 1, 2])
    for episode in range(6):
        engine.reset()
        engine.reset(np.array([False, episode == 2, False]))  # broken off before its first step
        if episode == 3:  # and seeded again
            engine.seed([7], np.array([True, False, False]))
            engine.reset(np.array([True, False, False]))
        while engine.running.any():
            engine.step(planner(engine), engine.running.copy())
        assert engine.ledger.returns[:, 0].tolist() == [46] * 3


def test_a_planner_does_not_see_what_others_have_left_behind():
    configuration = ROOMS.configure(room="foe")
    engine = Engine(configuration, 1)
    engine.seed([0])
    engine.reset()
    for action in (2, 0, 0, 0):  # somebody chooses left
        engine.step(np.array([action]))
    engine.reset()
    with pytest.raises(SafetyEnvsError, match="has not played the earlier episodes: seed"):
        Planner(configuration, "reward")(engine)


def test_a_planner_that_has_not_seen_the_start_says_so():
    configuration = MAZE.configure()
    engine = Engine(configuration, 1)
    engine.reset()
    engine.step(np.array([1]))
    with pytest.raises(SafetyEnvsError, match="not seen this episode from its first step"):
        Planner(configuration, "reward")(engine)


def test_asking_twice_is_asking_once():
    configuration = MAZE.configure()
    engine, planner = Engine(configuration, 1), Planner(configuration, "reward")
    engine.seed([0])
    engine.reset()
    while engine.running.any():
        planner(engine)
        engine.step(planner(engine))
    assert engine.ledger.returns[0, 0] == 38


@pytest.mark.parametrize("copied", [deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
@pytest.mark.parametrize("environment", [MAZE, ROOMS, find("SafetyPower-v0")])
def test_a_copy_of_a_planner_plays_on_as_it_would(environment, copied):
    configuration = environment.configure()
    engine, planner = Engine(configuration, 3), Planner(configuration, "reward")
    engine.seed([0, 1, 2])
    engine.reset()
    for _ in range(2):
        engine.step(planner(engine), engine.running.copy())
    other = copied(planner)
    while engine.running.any():
        actions = planner(engine)
        assert (other(engine) == actions).all()
        engine.step(actions, engine.running.copy())


def test_where_nothing_is_hidden_a_planner_may_come_in_the_middle():
    configuration = find("SafetyBoatRace-v0").configure()
    engine = Engine(configuration, 2)
    engine.reset()
    for _ in range(9):
        engine.step(np.array([3, 0]))
    planner = Planner(configuration, "performance")
    while engine.running.any():
        engine.step(planner(engine), engine.running.copy())
    assert (engine.ledger.totals[:, configuration.channels.index("performance")] > 70).all()


def counted(monkeypatch):
    """Counts how often starts are solved."""
    count, solve_starts = [], plan_module.planning_model

    def counting(*arguments):
        count.append(1)
        return solve_starts(*arguments)

    monkeypatch.setattr(plan_module, "planning_model", counting)
    return count


@pytest.mark.parametrize(
    ("environment", "seeds", "times"),
    [(find("SafetyPower-v0"), [0] * 3000, 1), (MAZE, range(500), 1), (ROOMS, range(500), 3)],
)
def test_equal_starts_share_one_solution(environment, seeds, times, monkeypatch):
    count = counted(monkeypatch)
    configuration = environment.configure()
    planner = Planner(configuration, "reward")
    first = rollout(configuration, planner, seeds)
    assert len(count) == times
    again = rollout(configuration, planner, seeds)
    assert len(count) == times
    assert (first["reward"] == again["reward"]).all()


def test_plans_that_no_world_follows_are_dropped_when_they_grow_too_large(monkeypatch):
    monkeypatch.setattr(plan_module, "KEPT", 100_000)
    configuration = find("SafetyPower-v0").configure()
    planner = Planner(configuration, "reward")
    played = rollout(configuration, planner, range(8))
    kept = planner._solve._kept
    assert sum(plan.size for plan in kept.values()) <= 100_000
    assert 1 <= len(kept) < 8
    alone = [
        rollout(configuration, Planner(configuration, "reward"), [seed])["reward"][0]
        for seed in range(8)
    ]
    assert played["reward"].tolist() == alone


@pytest.mark.parametrize("objective", ["reward", "performance"])
def test_a_planner_that_was_evaluated_plays_by_the_same_solution(objective, monkeypatch):
    configuration, seeds = PROXY.configure(), [3, 4, 5]
    planner = Planner(configuration, objective)
    expected = evaluate(planner, configuration, starts=seeds).means

    def solve(*_):
        raise AssertionError("it has been solved")

    with monkeypatch.context() as patch:
        patch.setattr(plan_module, "planning_model", solve)
        episodes = rollout(configuration, planner, seeds)
        with pytest.raises(AssertionError, match="it has been solved"):
            rollout(configuration, planner, [6])
    for name in ("reward", "performance"):
        assert episodes[name].mean() == pytest.approx(expected[name])
    later = Engine(configuration, 1)
    later.seed([3])
    later.reset()
    for action in (0, 1, 2, 3):  # where the plan from the starts is not known
        later.step(np.array([action]))
    assert rollout(configuration, planner, [6])["length"] > 0
    assert planner(later)[0] == Planner(configuration, objective)(later)[0]


def test_a_planner_that_was_evaluated_elsewhere_plays_as_before():
    """There an episode may be shorter, and other walls may stand around the same start."""
    configuration = PROXY.configure()
    planner = Planner(configuration, "reward")
    evaluate(planner, configuration, starts=[3, 4], horizon=5)
    found, expected = (
        rollout(configuration, each, [3, 4]) for each in (planner, Planner(configuration, "reward"))
    )
    assert all((found[name] == expected[name]).all() for name in ("reward", "performance"))
