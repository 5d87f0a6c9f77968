"""Multi-agent learners: what they are paid, and that independent ones stay in step."""

import csv
import json

import numpy as np
import pytest

from agents.algorithms.independent import Table
from agents.methods import method_named
from agents.methods.contract import Contract, contract
from agents.methods.inequity_aversion import InequityAversion
from agents.methods.social_rewards import SocialRewards, Step
from agents.methods.social_value import SocialValueOrientation
from agents.training import Training, train
from safety_envs import SafetyEnvsError, find, policy, rollout, sb3_vec_env

SMALL = {"agents": 3, "layout": "small", "max_steps": 20}
QUICK = {"num_envs": 2, "n_steps": 16, "batch_size": 32, "n_epochs": 1}


def step_of(rewards, actions=None, ended=False):
    """Returns a step of one world in which nothing is seen."""
    return Step(
        rewards=np.array([rewards], float),
        actions=np.array([actions]),
        seen=None,
        after=None,
        present=np.ones((1, len(rewards)), bool),
        done=np.array([ended]),
    )


def plain_inequity(recent, rewards, alpha, beta):
    """The formula of Hughes et al., agent by agent."""
    paid = []
    for i, mine in enumerate(recent):
        others = [other for j, other in enumerate(recent) if j != i]
        envy = sum(max(other - mine, 0) for other in others) / len(others)
        guilt = sum(max(mine - other, 0) for other in others) / len(others)
        paid.append(rewards[i] - alpha * envy - beta * guilt)
    return paid


def test_inequity_aversion_is_the_source_s_formula():
    method = InequityAversion(alpha=5, beta=0.05, smoothing=0.9)
    recent = np.zeros(3)
    random = np.random.default_rng(0)
    for _ in range(10):
        rewards = random.integers(3, size=3).astype(float)
        recent = 0.9 * recent + rewards
        found = method(step_of(rewards))[0]
        assert found == pytest.approx(plain_inequity(recent, rewards, 5, 0.05))
    method(step_of([1, 1, 1], ended=True))
    assert method(step_of([1, 0, 0]))[0].tolist() == pytest.approx(
        [1 - 0.05, -2.5, -2.5]
    )  # nothing is remembered of the last episode


def test_the_placebo_is_the_same_formula_about_agents_of_the_next_world():
    """Each is compared with the other seats of the next world, never with those beside it."""
    method = InequityAversion(alpha=5, beta=0.05, smoothing=0.9, placebo=True)
    recent = np.zeros((3, 4))
    random = np.random.default_rng(0)
    for _ in range(5):
        rewards = random.integers(3, size=(3, 4)).astype(float)
        recent = 0.9 * recent + rewards
        nobody = np.ones((3, 4), bool)
        step = Step(rewards, None, None, None, present=nobody, done=np.zeros(3, bool))
        found = method(step)
        for world in range(3):
            for i in range(4):
                met = recent[(world + 1) % 3].copy()
                met[i] = recent[world, i]
                expected = plain_inequity(met, rewards[world], 5, 0.05)[i]
                assert found[world, i] == pytest.approx(expected)
    with pytest.raises(SafetyEnvsError, match="at least two"):
        InequityAversion(placebo=True)(step_of([1, 0, 0]))


def test_social_value_orientation_weighs_by_an_angle():
    step = step_of([1, 2, 6])
    assert SocialValueOrientation(0)(step)[0].tolist() == [1, 2, 6]
    altruistic = SocialValueOrientation(90)(step)[0]
    assert altruistic.tolist() == pytest.approx([4, 3.5, 1.5])


def test_a_contract_moves_money_and_makes_none():
    signed = Contract(lambda step: step.actions.astype(float), price=2.0)
    paid = signed(step_of([1, 1, 1], [2, 0, 0]))[0]
    assert paid.tolist() == [1 - 4, 1 + 2, 1 + 2]
    assert paid.sum() == 3
    valley = sb3_vec_env("SafetyCleanUp-v0", 1, seed=0)
    with pytest.raises(SafetyEnvsError, match="no contract"):
        method_named("contract").applied(valley, {})
    with pytest.raises(SafetyEnvsError, match="unknown method"):
        method_named("kindness")
    with pytest.raises(SafetyEnvsError, match="no setting 'gamma'"):
        method_named("inequity_aversion").applied(valley, {"gamma": 1})
    board = sb3_vec_env("SafetyCommonsHarvest-v0", 1, seed=0, observation="board")
    with pytest.raises(SafetyEnvsError, match="planes"):
        method_named("contract").applied(board, {})


def test_the_harvest_s_contract_counts_the_apples_left_near():
    """Agents are put where they eat the top of a diamond: one apple more or less decides."""
    venv = sb3_vec_env("SafetyCommonsHarvest-v0", 1, seed=0, agents=2, layout="small")
    social = SocialRewards(venv, contract(venv))
    level = venv.configuration.level
    sites = level.sites.tolist()
    apart = ((level.sites[:, None] - level.sites) ** 2).sum(axis=2)
    for left in (2, 3):
        social.reset()
        world = venv.engine.worlds
        top = sites.index([1, 5])
        keep = [top, *np.flatnonzero((apart[top] > 0) & (apart[top] <= 4))[:left]]
        world["apples"][0] = np.isin(np.arange(len(sites)), keep)
        world["near"][0] = ((apart > 0) & (apart <= 4)) @ world["apples"][0]
        world["left"][0] = left + 1
        for body, (row, col), facing in zip(world["bodies"][0], [(1, 4), (11, 1)], (3, 0)):
            body["cell"]["row"], body["cell"]["col"], body["facing"] = row, col, facing
        _, paid, _, _ = social.step(np.array([0, 7]))
        assert venv.engine.ledger.rewards[0].tolist() == [1, 0]
        assert paid.tolist() == ([1 - 2, 2] if left < 3 else [1, 0])


def test_contracts_on_the_stock_and_the_race():
    def step_with(actions, stock):
        seen = np.full((1, 2, 1), stock)
        here = np.ones((1, 2), bool)
        return Step(np.zeros((1, 2)), np.array([actions]), seen, seen, here, np.zeros(1, bool))

    pond = sb3_vec_env("SafetyCommonsStock-v0", 1, seed=0, agents=2)
    stock = contract(pond)
    assert stock(step_with([2, 0], 10.0)).tolist() == [[-4, 4]]
    assert stock(step_with([2, 0], 11.0)).tolist() == [[0, 0]]
    assert contract(pond, price=1.0)(step_with([2, 0], 9.0)).tolist() == [[-2, 2]]
    race = contract(sb3_vec_env("SafetyRace-v0", 1, seed=0))
    assert race(step_with([20, 10], 0.5)).tolist() == [[0.5, -0.5]]


def test_learners_see_the_method_s_payments_and_logs_the_environment_s():
    venv = sb3_vec_env("SafetyCommonsHarvest-v0", 4, seed=0, **SMALL)
    social = SocialRewards(venv, SocialValueOrientation(90))
    social.reset()
    random = np.random.default_rng(0)
    for _ in range(60):
        _, paid, dones, infos = social.step(random.integers(8, size=social.num_envs))
        true = venv.engine.ledger.rewards
        theirs = (true.sum(axis=1, keepdims=True) - true) / 2
        assert paid.reshape(4, 3) == pytest.approx(theirs, abs=1e-6)
        for done, info in zip(dones, infos, strict=True):
            assert not done or info["episode"]["r"] == info["episode_return"]


def test_independent_learners_are_deterministic_and_act_together(tmp_path):
    def run(name):
        return train(
            Training(
                "ppo",
                "SafetyCommonsHarvest-v0",
                keywords=SMALL,
                seed=1,
                steps=3 * 64,
                settings=QUICK,
                independent=True,
                method="inequity_aversion",
            ),
            tmp_path / name,
        )

    record = run("one")
    run("two")
    assert record["steps"] == 3 * 64
    assert record["independent"] is True
    for agent in range(3):
        one, two = (tmp_path / name / f"episodes_{agent}.csv" for name in ("one", "two"))
        assert one.read_text() == two.read_text()
        with one.open(encoding="utf-8") as file:
            assert {row["agent"] for row in csv.DictReader(file)} == {str(agent)}
    configuration = find("SafetyCommonsHarvest-v0").configure(**SMALL)
    acting = policy(tmp_path / "one", configuration)
    totals = rollout(configuration, acting, [0, 1])
    assert totals["length"].tolist() == [20, 20]
    assert json.loads((tmp_path / "one" / "run.json").read_text())["method"] == "inequity_aversion"
    with pytest.raises(SafetyEnvsError, match="3 independent agents"):
        policy(
            tmp_path / "one", find("SafetyCommonsHarvest-v0").configure(**{**SMALL, "agents": 4})
        )


def test_a_failing_learner_stops_the_others():
    venv = sb3_vec_env("SafetyCommonsHarvest-v0", 2, seed=0, **SMALL)
    table = Table(venv, 3)

    def learn(seat, agent):
        seat.reset()
        for step in range(10):
            if agent == 1 and step == 4:
                raise ZeroDivisionError("agent 1")
            seat.step(np.zeros(2, int))

    with pytest.raises(ZeroDivisionError, match="agent 1"):
        table.learn(table.seats, learn)


def test_methods_are_for_several_agents(tmp_path):
    for option in ({"independent": True}, {"method": "social_value"}):
        with pytest.raises(SafetyEnvsError, match="one agent"):
            train(
                Training(
                    "ppo", "SafetyProxy-v0", keywords={}, seed=0, steps=64, settings=QUICK, **option
                ),
                tmp_path,
            )


def test_shared_parameters_with_numbers(tmp_path):
    train(
        Training(
            "ppo",
            "SafetyCommonsHarvest-v0",
            keywords=SMALL,
            seed=1,
            steps=192,
            settings=QUICK,
            agent_id=True,
        ),
        tmp_path,
    )
    with (tmp_path / "episodes.csv").open(encoding="utf-8") as file:
        logged = [(row["world"], row["agent"]) for row in csv.DictReader(file)]
    assert logged == [(str(world), str(agent)) for world in range(2) for agent in range(3)]
    configuration = find("SafetyCommonsHarvest-v0").configure(**SMALL)
    totals = rollout(configuration, policy(tmp_path, configuration), [3])
    assert totals["length"].tolist() == [20]
