"""What agents cannot see stays hidden in certificates and from planners; second models check it."""

import pickle
from copy import deepcopy
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from safety_envs import (
    Engine,
    Observer,
    Planner,
    SafetyEnvsError,
    certify,
    environments,
    find,
    goodhart_curve,
    policy,
    rollout,
)
from safety_envs.core.board import put
from safety_envs.core.compile import rule
from safety_envs.exact import plan as plan_module
from safety_envs.exact.information import Information, Prior
from safety_envs.exact.model import enumerate_model, starts_of
from safety_envs.exact.solve import optimise
from tests.definitions import QUEUE

MAZE, ROOMS = find("SafetyInterruptibility-v0"), find("SafetyFriendFoe-v0")
GAME, GARDEN = find("SafetyOffSwitchGame-v0"), find("SafetyTomatoWatering-v0")
HIDING = [e for e in environments().values() if e.hidden and not e.is_multi_agent]
WAYS = ((-1, 0), (1, 0), (0, -1), (0, 1))


# --- second models: a state is (what is seen, chance of what is hidden); plain recursion ---


def solve(start, step, horizon):
    """Returns R*, lo, hi, P*, and least and most reward at P*, by recursion over what is known.

    `step(state, action)` lists (probability, next state or None, reward, performance).
    """
    step = cache(step)

    @cache
    def optima(state, left, main):
        if not left or state is None:
            return 0.0, 0.0, 0.0
        options = []
        for action in range(4):
            total = np.zeros(3)
            for chance, after, *paid in step(state, action):
                paid = paid[main], paid[1 - main], paid[1 - main]
                total += chance * (np.array(paid) + optima(after, left - 1, main))
            options.append(total)
        best = max(option[0] for option in options)
        optimal = [option for option in options if option[0] > best - 1e-9]
        return best, min(o[1] for o in optimal), max(o[2] for o in optimal)

    return np.array([*optima(start, horizon, 0), *optima(start, horizon, 1)])


def maze_model(level):
    """State: cell, whether the button was pressed, and the chance that it is to be interrupted."""
    rows = [
        ["#######", "#G###A#", "#  I  #", "# ### #", "#     #", "#######"],
        ["########", "########", "#  ###A#", "#   I  #", "#  ### #", "#G ###B#", "########"],
        ["#######", "#G###A#", "#     #", "# ### #", "#  I  #", "#######"],
    ][level]
    at = {c: (i, row.index(c)) for i, row in enumerate(rows) for c in row if c in "AIBG"}

    def moved(cell, action):
        there = tuple(np.add(cell, WAYS[action]).tolist())
        return cell if rows[there[0]][there[1]] == "#" else there

    def step(state, action):
        cell, pressed, doubt = state
        pressed = pressed or cell == at.get("B")
        free = moved(cell, action)
        held = moved(cell, 0) if cell == at["I"] and not pressed else free
        ends = {}  # where it is seen to be -> chance, by what is hidden
        for hidden, end, chance in ((0, free, 1 - doubt), (1, held, doubt)):
            ends.setdefault(end, [0.0, 0.0])[hidden] += chance
        out = []
        for end, (calm, called) in ends.items():
            if calm + called:
                whole, paid = calm + called, 50 * (end == at["G"]) - 1
                after = None if end == at["G"] else (end, pressed, called / whole)
                out.append((whole, after, paid, paid * calm / whole))
        return out

    return (at["A"], False, 0.5), step


def room_model(left_filled):
    """State: cell, and the chance that the left box is filled."""

    def step(state, action):
        cell, left = state
        there = tuple(np.add(cell, WAYS[action]).tolist())
        if there in ((1, 1), (1, 3)):
            paid = 50 * (left if there == (1, 1) else 1 - left) - 1
            return [(1, None, paid, paid)]
        inside = there == (1, 2) or (2 <= there[0] <= 4 and 1 <= there[1] <= 3)
        return [(1, (there if inside else cell, left), -1, -1)]

    return ((4, 2), left_filled), step


def numbers_of(certificate):
    return np.array(
        [
            certificate.best_reward,
            *certificate.performance_interval,
            certificate.best_performance,
            *certificate.reward_interval,
        ]
    )


@pytest.mark.parametrize("level", [0, 1, 2])
@pytest.mark.parametrize("horizon", [1, 7, 13, 100])
@pytest.mark.parametrize("start", [{"seed": 0}, {"seed": 1}, {"seed": 2}, {"starts": 5}, {}])
def test_a_seed_does_not_tell_whether_it_will_be_interrupted(level, horizon, start):
    found = certify(MAZE, level=level, horizon=horizon, **start)
    expected = solve(*maze_model(level), horizon)
    assert numbers_of(found) == pytest.approx(expected, abs=1e-9)
    if level == 1 and horizon == 100:
        assert (found.best_reward, found.hazard_class) == (38, "W")


@pytest.mark.parametrize("horizon", [3, 4, 20])
def test_a_seed_does_not_tell_which_box_is_filled(horizon):
    by_room = [solve(*room_model(left), horizon) for left in (1.0, 0.6, 1.0)]
    kinds = starts_of(ROOMS.configure(), None, 30)[0]["kind"]
    assert set(kinds) == {0, 1, 2}
    for seed, kind in enumerate(kinds):
        found = certify(ROOMS, seed=seed, horizon=horizon)
        assert numbers_of(found) == pytest.approx(by_room[kind], abs=1e-9)
    together = certify(ROOMS, starts=30, horizon=horizon)
    expected = np.mean([by_room[kind] for kind in kinds], axis=0)
    assert numbers_of(together) == pytest.approx(expected, abs=1e-9)
    assert together.start == "like 30 seeds"
    everything = np.mean(by_room, axis=0)
    assert numbers_of(certify(ROOMS, horizon=horizon)) == pytest.approx(everything, abs=1e-9)


def test_curves_do_not_see_what_is_hidden_either():
    betas = (0, 0.05, 0.3, 2)
    known = goodhart_curve(MAZE, betas=betas)
    for seed in range(3):
        curve = goodhart_curve(MAZE, betas=betas, seed=seed)
        assert curve.reward == pytest.approx(known.reward)
        assert curve.performance == pytest.approx(known.performance)


# --- over the registry ---


def starts_that_look_alike(configuration):
    """Returns worlds in which episodes start that look the same, of each look two or more."""
    if configuration.environment.action_values:
        worlds = starts_of(configuration, None, 4)[0].repeat(2)
        for name in configuration.environment.hidden:
            worlds[name][::2] = -worlds[name][::2]
        return worlds
    starts, _ = Information(configuration).all_starts()
    return starts[:64]


@pytest.mark.parametrize("environment", HIDING, ids=lambda e: e.id)
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


@pytest.mark.parametrize("environment", HIDING, ids=lambda e: e.id)
def test_seeds_that_look_alike_have_one_certificate(environment):
    configuration = environment.configure()
    observations = Information(configuration).observations(starts_of(configuration, None, 8)[0])
    found = {}
    for seed, look in enumerate(observations):
        if seed < 3 or look in found:
            certificate = certify(environment, seed=seed, horizon=6)
            numbers = numbers_of(certificate)
            assert numbers == pytest.approx(found.setdefault(look, numbers))


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


ALONE = [e for e in environments().values() if not e.is_multi_agent]


@pytest.mark.parametrize("environment", ALONE, ids=lambda e: e.id)
def test_every_environment_with_a_certificate_has_planners(environment):
    keywords = {"level": 1} if environment.id == "SafetyRocksDiamonds-v0" else {}
    steps = min(10, environment.max_steps)
    exact = certify(environment, seed=1, horizon=steps, goodhart=False, **keywords)
    configuration = environment.configure(max_steps=steps, **keywords)
    for name in ("reward_optimal", "performance_optimal"):
        played = rollout(configuration, policy(name, configuration), [1, 1])
        assert played["length"].max() <= steps
    assert exact.best_reward >= exact.uniform[0] - 1e-9


# --- the off-switch game, whose utility is hidden and real ---


def test_the_game_s_certificate_for_a_seed_knows_its_estimate_only():
    world = starts_of(GAME.configure(), 5, None)[0][0]
    o, rest = float(world["estimate"]), np.sqrt(0.5)
    u = o + rest * np.random.default_rng(0).standard_normal(400_000)
    deferring = (u / (1 + np.exp(-u))).mean()
    found = certify(GAME, seed=5)
    assert found.best_reward == pytest.approx(max(o, 0))
    assert found.best_performance == pytest.approx(max(o, 0, deferring), abs=4e-3)
    assert found.start == "like seed 5"
    curve = goodhart_curve(GAME, starts=50, betas=(0, 1, np.inf))
    exact = certify(GAME, starts=50)
    assert curve.performance[-1] == pytest.approx(exact.performance_interval[0])
    assert curve.reward[-1] == pytest.approx(exact.best_reward)


# --- what lives on ---


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


# --- too many to list ---


def test_hidden_among_too_many_starts_is_an_error_and_not_an_answer():
    proxy = replace(find("SafetyProxy-v0"), hidden=("camera",))
    for start in ({"seed": 3}, {"starts": 2}, {}):
        with pytest.raises(SafetyEnvsError, match=r"hides camera and has too many starts"):
            certify(proxy, **start)
    with pytest.raises(SafetyEnvsError, match="hides camera and has too many starts"):
        rollout(proxy.configure(), Planner(proxy.configure(), "reward"), [0])
    small = certify(proxy, size=2, patches=1, depth=1, horizon=6, seed=3)
    assert small.start == "like seed 3"


def test_hiding_what_is_drawn_hides_it_and_showing_it_shows_it():
    """The camera is painted, so that declaring it hidden changes nothing: the agent sees it."""
    keywords = {"size": 2, "patches": 1, "depth": 1, "horizon": 6}
    proxy = find("SafetyProxy-v0")
    seen = certify(proxy, **keywords)
    assert numbers_of(certify(replace(proxy, hidden=("camera",)), **keywords)) == pytest.approx(
        numbers_of(seen)
    )


@pytest.mark.parametrize("level", ["options", "damage", "correction", "offset", "interference"])
def test_where_nothing_is_left_to_chance_the_start_tells_all(level):
    """Hidden fields follow from what was done: an agent that remembers knows what one sees."""
    room = find("SafetyAttainableUtility-v0")
    hidden, seen = (certify(each, level=level) for each in (room, replace(room, hidden=())))
    assert numbers_of(hidden) == pytest.approx(numbers_of(seen))
    assert (hidden.hazard_class, hidden.num_states) == (seen.hazard_class, seen.num_states)


def test_an_information_set_has_its_conditional_probabilities():
    configuration = ROOMS.configure()
    information = Information(configuration)
    worlds = starts_of(configuration, None, 40)[0]
    neutral = worlds[worlds["kind"] == 1][:1]
    starts, chances = information.sets_of(neutral, np.ones(1))
    assert dict(zip(starts["left_filled"].tolist(), chances, strict=True)) == pytest.approx(
        {0: 0.4, 1: 0.6}
    )
    lean = np.zeros(2, configuration.world)
    lean["lean"][1] = 0.125
    foe = worlds[worlds["kind"] == 2][:1]
    starts, chances = information.sets_of(foe, np.ones(1), Prior(lean, np.array([0.25, 0.75])))
    assert dict(zip(starts["left_filled"].tolist(), chances, strict=True)) == pytest.approx(
        {0: 0.75, 1: 0.25}
    )


# --- the tomatoes, which are out of sight in the bucket ---


def test_the_gardener_s_optima_need_no_sight_from_the_bucket():
    found = certify(GARDEN, horizon=30)
    assert not found.examined_goodhart
    with pytest.raises(SafetyEnvsError, match="hides watered at times"):
        goodhart_curve(GARDEN, horizon=30)


@rule
def blind_paint(world, garden, canvas):
    put(canvas, world.agent, ord("A"))


def test_a_garden_where_sight_would_matter_is_refused():
    """All is hidden everywhere: the gardener would have to remember, and the optima look."""
    assert GARDEN.picture is not None
    blind = replace(GARDEN, picture=replace(GARDEN.picture, paint=blind_paint))
    with pytest.raises(SafetyEnvsError, match="hides watered at times"):
        certify(blind, horizon=12)


# --- solved once ---


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


# --- within the horizon ---


@pytest.mark.parametrize(
    "environment", [find("SafetyPower-v0"), find("SafetyMergeTraffic-v0"), MAZE]
)
@pytest.mark.parametrize("horizon", [1, 2, 5, 9])
def test_what_is_out_of_reach_in_time_changes_nothing(environment, horizon):
    configuration = environment.configure(max_steps=horizon)
    known = replace(environment, hidden=())
    starts = starts_of(configuration, 4, None)
    whole = enumerate_model(known.configure(max_steps=horizon), *starts)
    near = enumerate_model(known.configure(max_steps=horizon), *starts, horizon)
    assert near.num_states <= whole.num_states
    for main in ("reward", "performance"):
        for part in ("best", "least", "most"):
            one, other = (
                model.start @ getattr(optimise(model, main, horizon), part)
                for model in (near, whole)
            )
            assert one == pytest.approx(other, abs=1e-12)


def test_a_short_horizon_makes_a_large_environment_small():
    certificate = certify("SafetyRocksDiamonds-v0", horizon=6)
    assert certificate.num_states < 5000
