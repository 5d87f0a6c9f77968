"""Large models: sweeps over what is reached, in threads, against NumPy and against all states."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.speed.depot import DEPOT
from benchmarks.speed.solver import numpy_sweep
from safety_envs import SafetyEnvsError, TooManyStatesError, certify
from safety_envs.exact.models import threads
from safety_envs.exact.models.expand import Expander
from safety_envs.exact.models.growing import Growing
from safety_envs.exact.models.index import WorldIndex
from safety_envs.exact.models.model import enumerate_model, starts_of
from safety_envs.exact.optima.solve import expected_values, optimise, values_of_starts

HORIZON = 12
PLACES = 25_000  # more than `threads.FEW`


@pytest.fixture(scope="module", params=["scattered", "near"])
def model(request):
    configuration = DEPOT.configure(layout=request.param, places=PLACES, max_steps=HORIZON)
    return enumerate_model(configuration, *starts_of(configuration, None, None), HORIZON)


def by_numpy(model, horizon):
    """The eight values in NumPy, over all states, from the definitions."""
    alive = model.successor >= 0
    begin, end = model.first[:-1], model.first[1:]

    def after(values):
        edges = np.where(alive, values[model.successor], 0.0) * model.probability
        sums = np.add.reduceat(np.append(edges, 0.0), begin)
        return np.where(begin == end, 0.0, sums).reshape(model.reward.shape)

    r, h = model.reward, model.performance
    values = np.zeros((8, model.num_states))
    for _ in range(horizon):
        now = np.empty_like(values)
        for base, main, other in ((0, r, h), (3, h, r)):
            q = main + after(values[base])
            now[base] = q.max(axis=1)
            good = q >= now[base][:, None] - 1e-9
            now[base + 1] = np.where(good, other + after(values[base + 1]), np.inf).min(axis=1)
            now[base + 2] = np.where(good, other + after(values[base + 2]), -np.inf).max(axis=1)
        now[6], now[7] = ((x + after(v)).mean(axis=1) for x, v in ((r, values[6]), (h, values[7])))
        values = now
    return values


def test_the_values_are_those_of_numpy(model):
    values = by_numpy(model, HORIZON)
    assert expected_values(model, HORIZON) == pytest.approx(values @ model.start, abs=1e-12)
    assert len(np.unique(values[0])) > 20  # it is not about constants
    everywhere = replace(model, reached=None, start=np.ones(model.num_states))
    assert np.allclose(values_of_starts(everywhere, HORIZON), values.T, atol=1e-12)
    later = np.zeros(model.num_states)
    for _ in range(HORIZON):
        later = numpy_sweep(model, later)  # the benchmark's reference
    assert np.allclose(later, values[0], atol=1e-12)


def test_states_out_of_reach_are_left_out_of_sweeps_and_change_nothing(model):
    within = np.zeros(model.num_states, np.int64)
    reached = model.start > 0
    source = np.repeat(np.arange(model.num_states), np.diff(model.first[::5]))
    for t in range(HORIZON):
        within[reached] += 1
        assert model.num_reached(t) == reached.sum() == reached.nonzero()[0].max() + 1
        reached = reached.copy()
        reached[model.successor[reached[source]]] = True
    everywhere = replace(model, reached=None)
    assert expected_values(model, HORIZON) == expected_values(everywhere, HORIZON)
    for main in ("reward", "performance"):
        expected = optimise(everywhere, main, HORIZON)
        found = optimise(model, main, HORIZON, everywhere=True)
        assert all((plan == other).all() for plan, other in zip(found, expected, strict=True))
        for plan, other in zip(optimise(model, main, HORIZON), expected, strict=True):
            for t in range(HORIZON):
                count = model.num_reached(t)
                assert (plan[t, :count] == other[t, :count]).all() and not plan[t, count:].any()


def test_results_are_the_same_for_any_number_of_threads(model, monkeypatch):
    found = []
    for number in (1, 3):
        monkeypatch.setenv(threads.VARIABLE, str(number))
        plans = optimise(model, "reward", HORIZON)
        found.append((*expected_values(model, HORIZON), *(plan.tobytes() for plan in plans)))
    assert found[0] == found[1]


def test_ranges_cover_every_state_once_and_errors_come_out():
    counts = np.zeros(100_003, np.int64)

    def work(begin, end):
        counts[begin:end] += 1

    with threads.Threads(3) as pool:
        pool.run(work, len(counts))
        pool.run(work, 10)
        with pytest.raises(ZeroDivisionError):
            pool.run(lambda begin, end: 1 // begin, len(counts))
    assert (counts[10:] == 1).all() and (counts[:10] == 2).all()


def test_the_number_of_threads_is_that_of_the_variables(monkeypatch):
    for name in (threads.VARIABLE, *threads.OF_OTHERS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(threads, "usable_processors", lambda: 64)
    assert threads.num_threads() == threads.MOST
    monkeypatch.setenv("OMP_NUM_THREADS", "2,1")
    assert threads.num_threads() == 2
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    assert threads.num_threads() == 1
    monkeypatch.setenv(threads.VARIABLE, "5")
    assert threads.num_threads() == 5
    monkeypatch.setenv(threads.VARIABLE, "many")
    with pytest.raises(SafetyEnvsError, match="at least 1, not 'many'"):
        threads.num_threads()


def test_edges_are_the_outcomes_in_order(model):
    """The loop that lists edges, against the expander, which is used everywhere else."""
    worlds = model.index.some(0, 40)
    out = Expander(model.configuration).outcomes(worlds)
    edges = slice(0, model.first[40 * 5])
    assert np.array_equal(model.successor[edges], model.index.find(out.worlds))
    assert np.array_equal(model.probability[edges], out.probability)
    pair, at = out.source * 5 + out.action, model.configuration.channels.index("performance")
    for table, paid in ((model.reward, out.rewards), (model.performance, out.channels[:, at])):
        expected = np.bincount(pair, paid * out.probability)
        assert np.allclose(table[:40].reshape(-1), expected)


def test_an_index_numbers_worlds_of_any_length_as_a_dictionary_does():
    numbers = np.random.default_rng(0)
    for size in (1, 7, 8, 9, 23):
        dtype = np.dtype([("bytes", "u1", size)])
        index, known = WorldIndex(dtype), {}
        for _ in range(4):
            worlds = numbers.integers(0, 3, (3000, size), np.uint8).view(dtype)[:, 0]
            expected = [known.setdefault(world.tobytes(), len(known)) for world in worlds]
            assert index.add(worlds).tolist() == expected
        assert [world.tobytes() for world in index.worlds] == list(known)
        assert index.find(np.full((1, size), 9, np.uint8).view(dtype)[:, 0]).tolist() == [-1]


def test_growing_arrays_keep_what_they_hold():
    array, expected = Growing(np.float64, (2,)), []
    end = 0
    for number in range(40):
        rows = np.full((number * 30, 2), number)
        end = array.append(rows, end)
        expected.append(rows)
    assert np.array_equal(array.finished(end), np.concatenate(expected))
    assert (array.finished(end + 5)[end:] == 0).all()


def test_an_error_says_which_horizon_still_fits():
    """Each state has ten successors, nearly all different, so 1111 are reached in 3 steps."""
    configuration = DEPOT.configure(places=PLACES, max_steps=20)
    starts = starts_of(configuration, None, None)
    with pytest.raises(TooManyStatesError, match=r"shorter horizon= \(at most 3\)"):
        enumerate_model(configuration, *starts, 20, most=2000)
    fits = enumerate_model(configuration, *starts, 3, most=2000)
    assert fits.num_states <= 2000
    with pytest.raises(TooManyStatesError):
        enumerate_model(configuration, *starts, 4, most=2000)


def test_a_certificate_of_the_depot_has_the_values():
    found = certify(DEPOT, places=400, horizon=6)
    configuration = DEPOT.configure(places=400, max_steps=6)
    model = enumerate_model(configuration, *starts_of(configuration, None, None), 6)
    values = by_numpy(model, 6) @ model.start
    assert found.best_reward == pytest.approx(values[0])
    assert found.performance_interval == pytest.approx(values[1:3])
    assert found.best_performance == pytest.approx(values[3])
    assert found.reward_interval == pytest.approx(values[4:6])
    assert found.uniform == pytest.approx(values[6:8])
