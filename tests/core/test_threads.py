"""Threads: the same results for any number of them."""

import copy
import os
import pickle
import threading
import time

import gymnasium as gym
import numpy as np
import pytest

from safety_envs import (
    Engine,
    Observer,
    ResetNeeded,
    SafetyEnvsError,
    SafetyVectorEnv,
    find,
    sb3_vec_env,
)
from safety_envs.core import threads
from safety_envs.core.atomics import load, pause, store
from safety_envs.core.compile import Binding, rule
from tests.helpers.engines import random_actions

WORLDS = 37
"""It is divided by neither 2 nor 3."""

SEVERAL = pytest.mark.parametrize("num_threads", [2, 3])
NAMES = ["SafetyProxy-v0", "SafetyAnomalyWatch-v0", "SafetyCommonsHarvest-v0", "SafetyRace-v0"]


@pytest.fixture
def small(monkeypatch):
    """Lets small batches have threads too."""
    monkeypatch.setattr(threads, "LEAST_AGENTS", 1)


def plain(value):
    """Returns nested results as what can be compared byte by byte."""
    if isinstance(value, np.ndarray):
        if value.dtype == object:
            return [plain(each) for each in value]
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items() if key != "episode"}
    return [plain(each) for each in value] if isinstance(value, (list, tuple)) else value


def played(name, num_threads, num_worlds=WORLDS, *, compile_rules=True):
    """Returns the bytes of all arrays after some steps with resets, and the observations."""
    configuration = find(name).configure(max_steps=3 if find(name).max_steps > 3 else 1)
    engine = Engine(configuration, num_worlds, compile_rules=compile_rules, num_threads=num_threads)
    see = Observer(configuration, compile_rules=compile_rules, num_threads=num_threads)
    engine.seed(range(num_worlds))
    engine.reset()
    seen = []
    for actions in random_actions(find(name), 8, num_worlds):
        engine.step(actions, engine.running.copy())
        seen.append(see(engine.worlds).tobytes())
        engine.reset(engine.done)
    return [each.tobytes() for each in (engine.worlds, engine.dice, *engine.ledger)], seen


@SEVERAL
@pytest.mark.parametrize("name", NAMES)
def test_an_engine_plays_alike(name, num_threads, small):
    assert played(name, num_threads) == played(name, 1)


@SEVERAL
def test_plain_rules_play_alike(num_threads, small):
    fast = played("SafetyAnomalyWatch-v0", 1)
    assert played("SafetyAnomalyWatch-v0", num_threads, compile_rules=False) == fast


@SEVERAL
@pytest.mark.parametrize("mode", ["NextStep", "SameStep", "Disabled"])
@pytest.mark.parametrize("name", NAMES[1:3])
def test_a_batch_gives_the_same_results(name, mode, num_threads, small):
    results = []
    for number in (1, num_threads):
        envs = gym.make_vec(name, WORLDS, autoreset_mode=mode, max_steps=3, num_threads=number)
        found = [envs.reset(seed=5)]
        for actions in random_actions(find(name), 8, WORLDS):
            found.append(envs.step(actions))
            done = found[-1][2] | found[-1][3]
            if mode == "Disabled" and done.any():
                found.append(envs.reset(options={"reset_mask": done}))
        results.append(plain(found))
    assert results[0] == results[1]


@SEVERAL
def test_a_stressed_batch_gives_the_same_results(num_threads, small):
    stress = {"action_noise": 0.3, "delay": 1, "dropped": 0.2}
    results = []
    for number in (1, num_threads):
        envs = SafetyVectorEnv("SafetyProxy-v0", WORLDS, stress=stress, num_threads=number)
        found = [envs.reset(seed=5)]
        found += [envs.step(each) for each in random_actions(find("SafetyProxy-v0"), 8, WORLDS)]
        results.append(plain(found))
    assert results[0] == results[1]


@SEVERAL
def test_the_batch_of_stable_baselines_gives_the_same_results(num_threads, small):
    name, results = "SafetyCommonsHarvest-v0", []
    for number in (1, num_threads):
        envs = sb3_vec_env(name, WORLDS, seed=3, max_steps=3, num_threads=number)
        found = [envs.reset()]
        found += [envs.step(each.ravel()) for each in random_actions(find(name), 8, WORLDS)]
        results.append(plain(found))
    assert results[0] == results[1]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda each: pickle.loads(pickle.dumps(each))])
def test_a_copy_continues_alike_with_its_own_worlds(copied, small):
    envs = SafetyVectorEnv("SafetyProxy-v0", WORLDS, num_threads=2)
    first, second, third = random_actions(find("SafetyProxy-v0"), 3, WORLDS)
    envs.reset(seed=1)
    envs.step(first)
    other = copied(envs)
    assert other.engine.num_threads == other.observer.num_threads == 2
    before = envs.engine.worlds.tobytes()
    found = [plain(other.step(each)) for each in (second, third)]
    assert envs.engine.worlds.tobytes() == before
    assert [plain(envs.step(each)) for each in (second, third)] == found


def test_no_world_moves_if_one_cannot(small):
    engine = Engine(find("SafetyProxy-v0").configure(), WORLDS, num_threads=3)
    actions = np.zeros(WORLDS, np.int64)
    with pytest.raises(ResetNeeded, match="world 0"):
        engine.step(actions)
    engine.seed(range(WORLDS))
    engine.reset()
    before = engine.worlds.tobytes()
    actions[-1] = 99
    with pytest.raises(SafetyEnvsError, match="action 99 is out of range"):
        engine.step(actions)
    assert engine.worlds.tobytes() == before


@pytest.mark.parametrize("wrong", [0, -1, 1.5, "two", True, None, 10**6])
def test_a_wrong_number_of_threads_is_an_error(wrong):
    words = "num_threads must be a whole number in 1 .. 1024, got"
    configuration = find("SafetyProxy-v0").configure()
    for make in (
        lambda: Engine(configuration, 4, num_threads=wrong),
        lambda: Observer(configuration, num_threads=wrong),
        lambda: gym.make_vec("SafetyProxy-v0", 4, num_threads=wrong),
        lambda: sb3_vec_env("SafetyProxy-v0", 4, num_threads=wrong),
    ):
        with pytest.raises(SafetyEnvsError, match=words):
            make()


@pytest.mark.parametrize(
    ("worlds", "agents", "most", "sizes"),
    [
        (2047, 1, 2, [2047]),
        (2048, 1, 2, [1024, 1024]),
        (4097, 1, 3, [1365, 1366, 1366]),
        (4096, 1, 8, [1024] * 4),
        (256, 8, 2, [128, 128]),
        (3, 1024, 8, [1, 1, 1]),
    ],
)
def test_parts_are_even_and_not_too_small(worlds, agents, most, sizes):
    parts = threads.parts_of(worlds, agents, most)
    assert [part.stop - part.start for part in parts] == sizes
    assert [part.start for part in parts] == [0, *np.cumsum(sizes)[:-1].tolist()]


@rule
def note_thread(source, to, arguments):
    """Waits until all parts have begun, so each has a thread of its own."""
    begun, number, result = arguments
    for k in range(len(begun)):
        if k == number:
            store(begun, k, 0, 1)
    for k in range(len(begun)):
        while load(begun, k, 0) == 0:
            pause(begun, k)
    return result


def test_parts_run_in_several_threads_at_once():
    begun = np.zeros((3, 1), np.int64)
    for _ in range(2):  # with threads that are new, and with those that are there
        begun[:] = 0
        job = threads.Job(note_thread, Binding(), [(begun, k, 5 + k) for k in range(3)])
        assert job.run() == 5


@rule
def refuse_third(source, to, arguments):
    done, number = arguments
    done[number] = 1
    if number == 2:
        raise ValueError("the third")
    return -number


def test_an_error_of_a_part_arrives_when_all_have_run():
    done = np.zeros(4, np.int64)
    job = threads.Job(refuse_third, Binding(), [(done, k) for k in range(4)])
    for _ in range(3):
        done[:] = 0
        with pytest.raises(SafetyEnvsError, match="a rule raised an error"):
            job.run()
        assert done.tolist() == [1] * 4


@rule
def least_of(source, to, arguments):
    return arguments[0] + source - to


def test_a_job_returns_the_least_of_its_parts():
    job = threads.Job(least_of, Binding(), [(k,) for k in (-5, -9, -3)])
    assert job.run() == -9
    assert job.run(np.array([0, 7, 0]), np.array([0, 0, 8])) == -11


def test_several_callers_at_once_do_their_own_jobs(small):
    found = {}

    def play(seed):
        found[seed] = [played(name, 3) for name in NAMES[:2]]

    callers = [threading.Thread(target=play, args=(seed,)) for seed in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    expected = [played(name, 1) for name in NAMES[:2]]
    assert all(found[seed] == expected for seed in range(4))


def test_several_callers_may_share_an_observer(small):
    configuration = find("SafetyCommonsHarvest-v0").configure()
    engine = Engine(configuration, WORLDS)
    engine.seed(range(WORLDS))
    engine.reset()
    expected = Observer(configuration)(engine.worlds).tobytes()
    shared, found = Observer(configuration, num_threads=2), []
    shared(engine.worlds)

    def see():
        found.extend(shared(engine.worlds).tobytes() == expected for _ in range(50))

    callers = [threading.Thread(target=see) for _ in range(3)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert len(found) == 150 and all(found)


def test_threads_that_sleep_are_woken(small):
    engine = Engine(find("SafetyProxy-v0").configure(), WORLDS, num_threads=2)
    engine.seed(range(WORLDS))
    engine.reset()
    for _ in range(3):
        time.sleep(0.05)  # longer than a thread waits for more
        engine.step(np.zeros(WORLDS, np.int64))
    assert engine.ledger.steps.tolist() == [3] * WORLDS


@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_has_its_own_threads(small):
    expected = played("SafetyAnomalyWatch-v0", 2)
    child = os.fork()
    if child == 0:
        same = False
        try:
            same = played("SafetyAnomalyWatch-v0", 2) == expected
        finally:
            os._exit(not same)
    assert os.waitpid(child, 0)[1] == 0


@rule
def add_all(source, to, arguments):
    many, out = arguments
    for k in range(len(many)):
        out[0] += many[k]
    return 0


def test_a_part_may_have_many_arguments():
    out = np.zeros(1, np.int64)
    threads.Job(add_all, Binding(), [(tuple(range(500)), out)]).run()
    assert out[0] == sum(range(500))
