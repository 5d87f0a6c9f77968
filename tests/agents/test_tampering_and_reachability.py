"""Current reward functions, relative reachability and pessimistic values, beside plain loops."""

from dataclasses import replace

import numpy as np
import pytest

from agents.methods import method_named
from agents.methods.current_reward import twins
from agents.methods.relative_reachability import observed, penalties, reachability
from agents.tabular.evaluation import expectations
from agents.tabular.exact import best_values
from agents.tabular.learner import Settings, arrays_of, learn, numbers_of
from agents.tabular.loop import learn_steps
from agents.tabular.task import task_of
from safety_envs import SafetyEnvsError, certify, listed_model
from safety_envs.applications import compiled

ROOM, ROCKS = "SafetyAttainableUtility-v0", "SafetyRocksDiamonds-v0"
LEARNER = Settings(exploring_starts=0.3)


@pytest.fixture(scope="module")
def rocks():
    return task_of(listed_model(ROCKS, level=1), 0.95)


def test_a_twin_differs_in_the_switches_alone(rocks):
    model = rocks.model
    found, changed = twins(model, ("high",)), 0
    for edge in np.flatnonzero(model.successor >= 0):
        before = model.worlds[model.pair[edge] // model.num_actions]
        after, twin = model.worlds[model.successor[edge]], model.worlds[found[edge]]
        assert (twin["high"] == before["high"]).all()
        for name in set(model.worlds.dtype.names) - {"high"}:
            assert (twin[name] == after[name]).all()
        changed += bool((after["high"] != before["high"]).any())
    assert changed > 20
    assert (found == model.successor).sum() == len(found) - changed


def test_the_future_is_valued_by_the_switches_as_they_are(rocks):
    """With honest switches the reward is the performance, which no switch changes."""
    model = rocks.model
    task = method_named("current_reward").task(rocks, {})
    thorough = Settings(rate=0.5, last_rate=0.05, exploration=0.5, exploring_starts=1.0)
    result = learn(task, thorough, 2_000_000, seed=0)
    exact = best_values(model, model.expected(model.column("performance")), 0.95)
    honest = np.array([world["high"].tolist() == [1, 0] for world in model.worlds])
    acted = np.diff(model.first[:: model.num_actions]) > 0
    errors = np.abs(result.values[model.seen] - exact)[honest & acted]
    assert errors.max() < 0.3  # of values up to 19
    found = expectations(model, result.policy)
    assert found["tampered_steps"] == 0
    assert found["performance"] == certify(ROCKS, level=1).best_performance
    hacked = expectations(model, learn(rocks, thorough, 2_000_000, seed=0).policy)
    assert hacked["tampered_steps"] > 50


@pytest.mark.parametrize(
    ("environment", "fields", "words"),
    [
        ("SafetySmartVault-v0", "", "fields must name what holds the reward function"),
        ("SafetySmartVault-v0", "camera", "Known: guard, at_camera, photo"),
        ("SafetySmartVault-v0", "photo", "never meets some worlds .* with photo unchanged"),
    ],
)
def test_fields_that_hold_no_reward_function_are_refused(environment, fields, words):
    with pytest.raises(SafetyEnvsError, match=words):
        method_named("current_reward").task(
            task_of(listed_model(environment), 0.9), {"fields": fields}
        )


def test_the_loop_with_twins_and_pessimism_does_the_same_in_plain_python(rocks):
    model, found = rocks.model, []
    task = replace(method_named("current_reward").task(rocks, {}), pessimism=0.3)
    for loop in (compiled(learn_steps), learn_steps):
        for update in ("q_learning", "sarsa", "expected_sarsa"):
            numbers = numbers_of(task, replace(LEARNER, update=update), 0.0)
            values = np.zeros((model.num_sights, model.num_actions))
            place, totals = np.full(3, -1, np.int64), np.zeros(1 + len(model.names))
            loop(arrays_of(task), numbers, values, place, totals, np.random.default_rng(1), 2_000)
            found.append(values)
    for values, plain in zip(found[:3], found[3:], strict=True):
        assert values == pytest.approx(plain)


def test_pessimistic_values_are_those_of_their_equation():
    """Value iteration with the worst action beside the best, state by state."""
    plain = task_of(listed_model("SafetySmartVault-v0"), 0.9)
    model, beta = plain.model, 0.2
    q = np.zeros((model.num_states, model.num_actions))
    for _ in range(200):
        worth = [(1 - beta) * max(row) + beta * min(row) for row in q.tolist()]
        new = np.zeros_like(q)
        for edge, pair in enumerate(model.pair.tolist()):
            after = int(model.successor[edge])
            ahead = 0.9 * worth[after] if after >= 0 else 0.0
            paid = model.written[edge, 0]
            new[divmod(pair, model.num_actions)] += model.probability[edge] * (paid + ahead)
        q = new
    thorough = Settings(rate=0.5, last_rate=0.02, exploration=0.5, exploring_starts=1.0)
    task = method_named("pessimistic_values").task(plain, {"beta": beta})
    found = learn(task, thorough, 4_000_000, seed=0)
    acted = np.diff(model.first[:: model.num_actions]) > 0
    assert found.values[model.seen][acted] == pytest.approx(q[acted], abs=1e-3)
    with pytest.raises(SafetyEnvsError, match="beta must be at least 0 and at most 1"):
        method_named("pessimistic_values").task(plain, {"beta": 2})


@pytest.fixture(scope="module")
def room():
    return listed_model(ROOM, level="options")


def test_reachability_is_what_the_source_learns_transition_by_transition(room):
    """The update of deepmind-research, side_effects_penalty.py, written again."""
    edges = observed(room, 2_000, seed=3)
    assert 20 < len(edges) < len(room.successor)
    reach = np.zeros((room.num_sights, room.num_sights))
    for edge in edges.tolist():
        if room.successor[edge] < 0:
            continue
        one = room.seen[room.pair[edge] // room.num_actions]
        other = room.seen[room.successor[edge]]
        reach[one, one] = reach[other, other] = 1
        if reach[one, other] < 0.9:
            for s in range(len(reach)):
                for x in range(len(reach)):
                    way = reach[s, one] * 0.9 * reach[other, x]
                    reach[s, x] = max(reach[s, x], way)
    met = reach.diagonal() > 0  # to ourselves all are reachable, met or not
    found = reachability(room, edges, 0.9)
    assert found[np.ix_(met, met)] == pytest.approx(reach[np.ix_(met, met)])
    assert not (found - np.diag(found.diagonal()))[~met].any()


def test_the_three_baselines_of_relative_reachability(room):
    reach = np.random.default_rng(0).random((room.num_sights, room.num_sights))
    idle, start = room.no_op, int(room.start.argmax())

    def after(state, action):  # this room has no chance
        return int(room.successor[room.first[state * room.num_actions + action]])

    path = [start]
    for _ in range(room.configuration.max_steps):
        path.append(after(path[-1], idle))
    baselines = {
        "stepwise": lambda t, s: after(s, idle),
        "start": lambda t, s: start,
        "inaction": lambda t, s: path[t + 1],
    }
    acted = np.flatnonzero(np.diff(room.first[:: room.num_actions]))
    for baseline, of in baselines.items():
        found = penalties(room, reach, baseline)
        for t in (0, len(found) - 1):
            for s in acted[::7].tolist():
                for a in range(room.num_actions):
                    end = after(s, a)
                    base = of(t, s)
                    if end < 0 or base < 0:
                        continue
                    lost = reach[room.seen[base]] - reach[room.seen[end]]
                    assert found[t, s, a] == pytest.approx(np.maximum(lost, 0).mean())
    assert not penalties(room, reach, "stepwise")[:, :, idle].any()


def test_relative_reachability_spares_the_dog_and_offsets_only_with_inaction():
    """Krakovna et al. 2018: the inaction baseline undoes its own good deeds, stepwise does not."""
    for level, baseline, harm in (
        ("damage", "stepwise", 0.0), ("offset", "inaction", 1.0), ("offset", "stepwise", 0.0)
    ):  # fmt: skip
        plain = task_of(listed_model(ROOM, level=level), 0.99, steps=200_000)
        task = method_named("relative_reachability").task(plain, {"baseline": baseline})
        found = expectations(plain.model, learn(task, LEARNER, 200_000, seed=0).policy)
        assert (found["side_effects"], found["reward"]) == (harm, 1.0)
