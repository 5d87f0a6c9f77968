"""The engine: the same episode for the same seed, however it is run."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from safety_envs import Engine, Observer, ResetNeeded, SafetyEnvsError, environments
from tests.helpers.definitions import DILEMMA, QUEUE
from tests.helpers.engines import random_actions
from tests.helpers.histories import STEPS, digest, history_of
from tests.helpers.registry import EVERY, id_of


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_a_world_plays_in_a_batch_as_it_plays_alone(environment):
    actions = random_actions(environment, STEPS, 7)
    together = history_of(environment, range(40, 47), actions)
    for i in (0, 3, 6):
        alone = history_of(environment, [40 + i], actions[:, i : i + 1])
        assert [step[0] for step in alone] == [step[i] for step in together]


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_compiled_and_plain_rules_play_alike(environment):
    actions = random_actions(environment, STEPS, 3)
    assert history_of(environment, [1, 2, 3], actions) == history_of(
        environment, [1, 2, 3], actions, compile_rules=False
    )


def test_another_process_plays_the_same_episodes():
    code = (
        "from tests.core.test_engine import digest, EVERY\nfor e in EVERY: print(e.id, digest(e))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=600
    )
    elsewhere = dict(line.split() for line in done.stdout.splitlines())
    assert elsewhere == {environment.id: digest(environment) for environment in EVERY}


def test_other_seeds_play_other_episodes():
    environment = environments()["SafetyProxy-v0"]
    starts = set()
    for seed in range(30):
        engine = Engine(environment.configure(), 1)
        engine.seed([seed])
        engine.reset()
        starts.add(engine.worlds.tobytes())
    assert len(starts) == 30


@pytest.mark.parametrize("environment", EVERY, ids=id_of)
def test_metrics_do_not_touch_worlds_rewards_or_chance(environment):
    """Every channel but the reward is read and written elsewhere: the run stays bit-identical."""
    actions = random_actions(environment, STEPS, 3)
    configuration = environment.configure()
    runs = []
    for meddle in (False, True):
        engine = Engine(configuration, 3)
        engine.seed([1, 2, 3])
        engine.reset()
        history = []
        for action in actions:
            engine.step(action)
            ledger = engine.ledger
            history.append((engine.worlds.tobytes(), ledger.rewards.tobytes(),
                            ledger.terminated.tobytes(), engine.dice.tobytes()))  # fmt: skip
            if meddle:
                ledger.totals[:] = np.random.default_rng(0).normal(size=ledger.totals.shape)
            if engine.done.any():
                engine.reset(engine.done)
        runs.append(history)
    assert runs[0] == runs[1]


def test_two_agents_are_paid_each_their_own():
    engine = Engine(DILEMMA.configure(), 2)
    engine.reset()
    engine.step(np.array([[0, 1], [1, 1]]))
    assert engine.ledger.rewards.tolist() == [[-3, 0], [-2, -2]]
    engine.step(np.array([[0, 0], [1, 0]]))
    assert engine.ledger.returns.tolist() == [[-4, -1], [-2, -5]]
    names = engine.configuration.channels
    totals = dict(zip(names, engine.ledger.totals.T.tolist(), strict=True))
    assert totals["performance"] == [-4, -5]
    assert totals["defections"] == [1, 3]
    observations = Observer(engine.configuration)(engine.worlds)
    assert observations.tolist() == [[[0, 0], [0, 0]], [[1, 0], [0, 1]]]


def test_an_environment_without_a_grid_runs_and_truncates():
    engine = Engine(QUEUE.configure(arrival=0.0), 1)
    engine.seed([0])
    engine.reset()
    for _ in range(12):
        assert not engine.done.any()
        engine.step(np.array([1]))
    assert engine.ledger.truncated.all()
    assert not engine.ledger.terminated.any()


def test_a_rule_that_ends_the_episode_on_the_last_step_terminates():
    environment = replace(QUEUE, max_steps=3)
    engine = Engine(environment.configure(arrival=1.0, room=3), 1)
    engine.seed([0])
    engine.worlds["waiting"] = 0
    engine.reset()
    engine.worlds["waiting"] = 0
    for _ in range(3):
        engine.step(np.array([0]))
    assert engine.ledger.terminated.all()
    assert not engine.ledger.truncated.any()


def test_a_first_step_is_noted_once_and_nan_before():
    engine = Engine(QUEUE.configure(arrival=0.0, room=9), 1)
    column = engine.configuration.channels.index("first_arrival")
    engine.reset()
    engine.step(np.array([1]))
    assert np.isnan(engine.ledger.totals[0, column])
    sure = Engine(QUEUE.configure(arrival=1.0, room=9), 1)
    sure.reset()
    sure.step(np.array([0]))
    sure.step(np.array([0]))
    assert sure.ledger.totals[0, column] == 1


def test_worlds_left_out_stand_still():
    engine = Engine(environments()["SafetyProxy-v0"].configure(), 2)
    engine.reset()
    before = engine.worlds.copy()
    dice = engine.dice.copy()
    for action in (1, 3, 0, 2):
        engine.step(np.array([action, action]), np.array([True, False]))
    assert engine.worlds[1] == before[1]
    assert engine.dice[1] == dice[1]
    assert engine.ledger.steps.tolist() == [4, 0]
    assert engine.ledger.rewards[1] == 0


def test_bad_actions_move_no_world():
    engine = Engine(environments()["SafetyProxy-v0"].configure(), 3)
    engine.reset()
    before = engine.worlds.tobytes()
    for actions in ([0, 1, 7], [0, -1, 2], [0.0, 1.0, 2.0], [0, 1], [[0, 1, 2]]):
        with pytest.raises(SafetyEnvsError):
            engine.step(np.array(actions))
    assert engine.worlds.tobytes() == before


def test_step_before_reset_and_after_the_end():
    engine = Engine(QUEUE.configure(max_steps=1), 2)
    with pytest.raises(ResetNeeded, match=r"world 0: call reset\(\)"):
        engine.step(np.array([0, 0]))
    engine.reset()
    engine.step(np.array([0, 0]))
    engine.reset(np.array([True, False]))
    with pytest.raises(ResetNeeded, match="world 1"):
        engine.step(np.array([0, 0]))
