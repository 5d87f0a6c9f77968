"""Direct calls: never with arrays of other types than the machine code was made for."""

import copy
import pickle

import numpy as np
import pytest

from safety_envs import Engine, Observer
from safety_envs.core.compile import compiled
from safety_envs.core.direct import as_mask, direct
from tests.helpers.definitions import QUEUE


def doubled(values, out):
    for i in range(len(values)):
        out[i] = 2 * values[i]


def test_machine_code_is_called_directly_and_a_plain_loop_as_it_is():
    assert direct(doubled, ()) is doubled
    values, out = np.arange(3.0), np.zeros(3)
    code = direct(compiled(doubled), (values, out))
    code(values, out)
    assert out.tolist() == [0, 2, 4]
    with pytest.raises(TypeError):
        code(values)


def started(number):
    engine = Engine(QUEUE.configure(arrival=0.5, room=50, max_steps=50), number)
    engine.seed(range(number))
    engine.reset()
    return engine


def test_an_engine_steps_the_arrays_that_it_has_not_those_that_it_had():
    engine, other = started(4), started(4)
    for each in (engine, other):
        each.step(np.zeros(4, np.int64))
    before = engine.worlds
    kept = before.copy()
    engine.worlds = before.copy()
    engine.dice, engine.running = engine.dice.copy(), engine.running.copy()
    for each in (engine, other):
        each.step(np.zeros(4, np.int64))
    assert (before == kept).all() and (engine.worlds == other.worlds).all()
    engine.worlds = np.repeat(other.worlds, 2)[::2]  # not in one piece
    assert not engine.worlds.flags.c_contiguous
    for each in (engine, other):
        each.step(np.zeros(4, np.int64))
    assert (engine.worlds == other.worlds).all()


@pytest.mark.parametrize(
    "copier", [copy.deepcopy, copy.copy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_a_copy_steps_its_own_arrays(copier):
    engine = started(3)
    engine.step(np.zeros(3, np.int64))
    other, kept = copier(engine), engine.worlds.copy()
    other.step(np.zeros(3, np.int64))
    assert (engine.worlds == kept).all() and other.ledger.steps.tolist() == [2, 2, 2]
    assert engine.ledger.steps.tolist() == [1, 1, 1]


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int32, np.uint64, ">i8"])
def test_actions_of_every_whole_type_and_order_in_memory_are_read(dtype):
    given = np.array([[1, 0], [0, 1], [1, 1]], dtype)[:, 0]
    one, two = started(3), started(3)
    one.step(given)
    two.step(np.array([1, 0, 1]))
    assert (one.worlds == two.worlds).all() and (one.ledger.executed == two.ledger.executed).all()


def test_masks_are_read_whole_or_refused():
    strided = np.array([True, False, False, False, True, False])[::2]
    engine = started(3)
    engine.step(np.zeros(3, np.int64), strided)
    assert engine.ledger.steps.tolist() == [1, 0, 1]
    assert as_mask([1, 0], 2).tolist() == [True, False]
    for wrong in (np.ones(2, np.bool_), np.ones(4, np.bool_), np.ones((3, 1), np.bool_)):
        with pytest.raises(IndexError, match=r"must have shape \(3,\)"):
            engine.reset(wrong)
        with pytest.raises(IndexError, match=r"must have shape \(3,\)"):
            engine.step(np.zeros(3, np.int64), wrong)


def test_an_observer_reads_worlds_of_any_order_in_memory():
    engine = started(6)
    for _ in range(5):
        engine.step(np.zeros(6, np.int64))
    observer = Observer(engine.configuration)
    whole = observer(engine.worlds)
    assert len(np.unique(whole)) > 1
    assert (observer(engine.worlds[::2]) == whole[::2]).all()
    assert (observer(engine.worlds[::-1]) == whole[::-1]).all()
    assert (observer(pickle.loads(pickle.dumps(engine)).worlds) == whole).all()
    wide = np.zeros((12, *observer.shape), np.float32)
    observer.write(engine.worlds, wide[::2])
    assert (wide[::2] == whole).all() and not wide[1::2].any()
    assert (observer(engine.worlds) == whole).all()
