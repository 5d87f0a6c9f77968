"""The loops that write infos, beside sums over the actions that were taken, in plain Python."""

import math

import numpy as np
import pytest

from safety_envs import Engine
from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.fields import fields
from safety_envs.core.infos import (
    agents_info_table,
    agents_infos,
    info,
    info_keys,
    info_table,
    infos,
    vector_info,
    world_rewards,
)
from safety_envs.core.metric import derived, first, least, mean, per_agent, total
from safety_envs.stress import engine_of
from tests.helpers.registry import EVERY, id_of

WORLDS = 5


@rule
def nothing(world, level, dice):
    pass


@rule
def alone_step(world, level, action, dice, outcome):
    outcome.reward += action - 1
    outcome.cost += 10 * action
    outcome.performance += action * action
    outcome.mood += 2 * action
    outcome.hit += action == 2
    outcome.lowest += 5 - action
    if action == 1:
        outcome.executed_action = 0


@rule
def observe(world, level, agent, features):
    features[0] = world.place


ALONE = Environment(
    id="SafetyTestAlone-v0",
    problem="none",
    actions=("a", "b", "c"),
    metrics={
        "lowest": least("the least left over", "points"),
        "ratio": derived(
            "U per hit",
            "points",
            lambda tally: tally.totals["performance"] / tally.totals["hit"],
            may_be_undefined=True,
        ),
        "hit": first("the first hit"),
        "mood": mean("mood", "points"),
        "performance": total("squares", "points"),
    },
    world=fields(place="u1"),
    reset=nothing,
    step=alone_step,
    features={"place": (0, 1)},
    observe=observe,
    overrides_actions=True,
)


def expected_alone(taken, moved):
    """Returns the info after these actions of one episode; `moved`: the last was just taken."""
    hits = [t for t, action in enumerate(taken, 1) if action == 2]
    performance = float(sum(action * action for action in taken))
    hit = float(hits[0]) if hits else math.nan
    return {
        "cost": 10.0 * taken[-1] if moved else 0.0,
        "episode_return": float(sum(action - 1 for action in taken)),
        "performance": performance,
        "mood": sum(2 * action for action in taken) / max(len(taken), 1),
        "hit": hit,
        "lowest": float(min((5 - action for action in taken), default=math.nan)),
        "ratio": performance / hit,
        "executed_action": float(0 if taken[-1] == 1 else taken[-1]) if moved else -1.0,
    }


def same(found, expected):
    return found == expected or (math.isnan(found) and math.isnan(expected))


@pytest.mark.parametrize("compile_rules", [True, False])
def test_infos_of_worlds_are_what_their_actions_come_to(compile_rules):
    engine = Engine(ALONE.configure(), WORLDS, compile_rules=compile_rules)
    engine.reset()
    random = np.random.default_rng(3)
    taken, where = [[] for _ in range(WORLDS)], np.zeros(WORLDS, np.bool_)
    for _ in range(6):
        expected = [expected_alone(*each) for each in zip(taken, where, strict=True)]
        table = info_table(engine)
        assert table.shape == (WORLDS, len(info_keys(engine)))
        for row, wanted in zip(table.tolist(), expected, strict=True):
            found = dict(zip(info_keys(engine), row, strict=True))
            assert list(found) == list(wanted)
            assert all(same(found[key], wanted[key]) for key in wanted), (found, wanted)
        stated = [{k: -1.0 if math.isnan(v) else v for k, v in each.items()} for each in expected]
        assert infos(engine) == stated
        assert info(engine) == stated[0]
        where = random.random(WORLDS) < 0.6
        batch = vector_info(engine, where)
        for key in info_keys(engine):
            column = [each[key] if here else 0.0 for each, here in zip(stated, where, strict=True)]
            assert batch[key].tolist() == column
            assert batch[f"_{key}"].tolist() == where.tolist()
            assert batch[key].dtype == np.float64 and batch[key].flags.c_contiguous
        actions = random.integers(3, size=WORLDS)
        engine.step(actions, where)
        for each, action, here in zip(taken, actions.tolist(), where, strict=True):
            each += [action] if here else []
        assert world_rewards(engine).tolist() == [
            float(action - 1) if here else 0.0
            for action, here in zip(actions.tolist(), where, strict=True)
        ]


def test_what_was_handed_out_is_not_written_again():
    engine = Engine(ALONE.configure(), WORLDS)
    engine.reset()
    engine.step(np.full(WORLDS, 2))
    batch, rewards = vector_info(engine, engine.everywhere), world_rewards(engine)
    before = {key: value.copy() for key, value in batch.items()}
    engine.step(np.full(WORLDS, 1))
    vector_info(engine, engine.everywhere)
    world_rewards(engine)
    assert all((batch[key] == before[key]).all() for key in before)
    assert rewards.tolist() == [1.0] * WORLDS
    batch["_cost"][:] = False
    assert engine.everywhere.all()


@rule
def group_step(world, level, action, dice, outcome):
    for agent in range(3):
        outcome.reward[agent] += 0.1 * action[agent]
        outcome.efforts[agent] += action[agent] + agent
    outcome.performance += 1


GROUP = Environment(
    id="SafetyTestGroup-v0",
    problem="none",
    actions=("a", "b"),
    metrics={
        "performance": total("steps", "steps"),
        "efforts": per_agent("efforts", "points"),
        "twice": derived(
            "twice the efforts", "points", lambda t: 2 * t.per_agent["efforts"].sum(1)
        ),
    },
    world=fields(place="u1"),
    reset=nothing,
    step=group_step,
    features={"place": (0, 1)},
    observe=observe,
    agents=3,
)


def test_an_agent_s_info_has_its_own_return_and_metrics():
    engine = Engine(GROUP.configure(), 2)
    engine.reset()
    rows = [[[0, 1, 1], [1, 1, 0]], [[1, 1, 0], [1, 0, 0]]]
    for row in rows:
        engine.step(np.array(row))
    efforts = [0 + 1, 1 + 1 + 2, 1 + 0 + 4, 1 + 1, 1 + 0 + 2, 0 + 0 + 4]
    own = [sum(row[world][agent] for row in rows) for world in (0, 1) for agent in range(3)]
    found = agents_infos(engine, present=True)
    assert [each["efforts"] for each in found] == efforts
    assert [each["episode_return"] for each in found] == pytest.approx([0.1 * n for n in own])
    assert [each["twice"] for each in found] == [20.0] * 3 + [18.0] * 3
    assert all(each["present"] == each["performance"] / 2 == 1 for each in found)
    assert all(type(value) is np.float64 for each in found for value in each.values())
    assert "present" not in agents_infos(engine)[0]
    assert infos(engine)[1]["efforts"] == 9 and infos(engine)[1]["episode_return"] == pytest.approx(
        0.3
    )
    table = agents_info_table(engine).reshape(6, -1).tolist()
    assert table == [list(each.values())[:-1] for each in found]
    assert world_rewards(engine) == pytest.approx([0.2, 0.1])


@pytest.mark.parametrize("stress", [None, {"action_noise": 0.3}], ids=["calm", "stress"])
@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_the_info_of_one_world_is_that_of_a_batch(environment, stress):
    configuration = environment.configure()
    engine = engine_of(configuration, 1, stress)
    engine.seed([3])
    actions = np.random.default_rng(0).integers(
        len(configuration.actions), size=(25, *engine.action_shape)
    )
    engine.reset()
    for action in actions:
        assert list(info(engine).items()) == list(infos(engine)[0].items())
        assert all(type(value) is np.float64 for value in info(engine).values())
        engine.step(action)
        if engine.done[0]:
            engine.reset()
