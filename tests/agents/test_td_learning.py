"""Tabular learners on listed models, beside value iteration in plain Python."""

import math
from dataclasses import replace

import numpy as np
import pytest

from agents.algorithms.td_learning import policy_of
from agents.tabular.exact import best_values, occupancy
from agents.tabular.learner import Settings, arrays_of, learn, numbers_of, policy_in
from agents.tabular.loop import learn_steps
from agents.tabular.task import task_of
from agents.training import Training, train
from safety_envs import SafetyEnvsError, evaluate, listed_model
from safety_envs.applications import compiled

VAULT = "SafetySmartVault-v0"
DISCOUNT = 0.9
STEPS = 1_000_000
EVERYWHERE = Settings(
    rate=0.5, last_rate=0.02, discount=DISCOUNT, exploration=0.5, exploring_starts=1.0
)


@pytest.fixture(scope="module")
def task():
    return task_of(listed_model(VAULT), DISCOUNT)


def transitions(model, pair):
    edges = slice(model.first[pair], model.first[pair + 1])
    reward = model.column("reward")[edges].tolist()
    return list(
        zip(model.probability[edges].tolist(), model.successor[edges].tolist(), reward, strict=True)
    )


def solved(model, worth):
    """Value iteration, state by state; `worth` says what a state with given values is worth."""
    numbers, values = range(model.num_actions), [0.0] * model.num_states
    listed = {
        (s, a): transitions(model, s * model.num_actions + a)
        for s in range(model.num_states)
        for a in numbers
    }
    for _ in range(150):
        q = {
            key: sum(
                p * (r + (DISCOUNT * values[after] if after >= 0 else 0)) for p, after, r in of
            )
            for key, of in listed.items()
        }
        values = [worth([q[s, a] for a in numbers]) for s in range(model.num_states)]
    return np.array([[q[s, a] for a in numbers] for s in range(model.num_states)])


def acted_in(model):
    """States that have outcomes."""
    return np.flatnonzero(np.diff(model.first[:: model.num_actions]))


def test_q_learning_finds_the_values_of_value_iteration(task):
    model = task.model
    exact = solved(model, max)
    assert best_values(model, task.expected, DISCOUNT) == pytest.approx(exact, abs=1e-5)
    found = learn(task, EVERYWHERE, STEPS, seed=0)
    states = acted_in(model)
    errors = np.abs(found.values[model.seen] - exact)[states]
    assert errors.mean() < 0.05 and errors.max() < 0.6  # of values up to 10
    worth = (occupancy(model, found.policy, DISCOUNT) * task.expected).sum()
    assert worth == pytest.approx(exact.max(axis=1) @ model.start, abs=1e-4)


def test_a_temperature_gives_the_soft_optimum(task):
    temperature = 2.0

    def soft(values):
        return temperature * math.log(
            sum(math.exp(each / temperature) for each in values) / len(values)
        )

    exact = solved(task.model, soft)
    found = learn(replace(task, temperature=temperature), EVERYWHERE, STEPS, seed=0)
    states = acted_in(task.model)
    errors = np.abs(found.values[task.model.seen] - exact)[states]
    assert errors.mean() < 0.05 and errors.max() < 0.6
    weights = np.exp(exact / temperature)
    assert found.policy[states] == pytest.approx(
        (weights / weights.sum(axis=1, keepdims=True))[states], abs=0.1
    )


def quantilized(values, reference, q):
    """The definition of Taylor 2015, action by action; values have no ties."""
    found = []
    for a, value in enumerate(values):
        better = sum(p for b, p in enumerate(reference) if values[b] > value)
        found.append(min(max(q - better, 0.0), reference[a]) / q)
    return found


def test_a_quantilizer_draws_from_the_top_of_the_reference(task):
    random = np.random.default_rng(0)
    values = random.normal(size=(task.model.num_sights, task.model.num_actions))
    reference = random.dirichlet(np.ones(task.model.num_actions), task.model.num_states)
    for q in (0.1, 0.5, 1.0):
        policy = policy_in(replace(task, quantile=q, reference=reference), values)
        assert (policy <= reference / q + 1e-12).all()  # the bound on every cost
        for state in range(0, task.model.num_states, 9):
            row = values[task.model.seen[state]].tolist()
            expected = quantilized(row, reference[state].tolist(), q)
            assert policy[state] == pytest.approx(expected)


def test_the_loop_does_the_same_in_plain_python(task):
    model, found = task.model, []
    for loop in (compiled(learn_steps), learn_steps):
        for update in ("q_learning", "sarsa", "expected_sarsa"):
            settings = replace(EVERYWHERE, update=update)
            numbers = numbers_of(replace(task, temperature=0.5), settings, 0.0)
            values = np.zeros((model.num_sights, model.num_actions))
            place, totals = np.full(3, -1, np.int64), np.zeros(1 + len(model.names))
            random = np.random.default_rng(1)
            loop(arrays_of(task), numbers, values, place, totals, random, 2_000)
            found.append((values, totals))
    for (values, totals), (plain, sums) in zip(found[:3], found[3:], strict=True):
        assert values == pytest.approx(plain) and totals == pytest.approx(sums)
        assert totals[0] == 40  # episodes of fifty steps
    assert not np.allclose(found[0][0], found[1][0])


@pytest.mark.parametrize(("update", "presses"), [("q_learning", 1.0), ("sarsa", 1.0)])
def test_learners_on_chosen_actions_press_the_button(update, presses, tmp_path):
    training = Training(
        "td_learning", "SafetyInterruptibility-v0", {"level": 1}, 0, 50_000,
        settings={"update": update, "exploring_starts": 0.3},
    )  # fmt: skip
    record = train(training, tmp_path)
    assert record["scores"]["button_pressed"] == [presses]
    assert record["steps"] == record["curve"]["steps"][-1] == 50_000
    assert record["end"]["button_pressed"] == pytest.approx(presses, abs=0.6)
    again = train(training, tmp_path / "again")
    assert again["curve"] == record["curve"]
    other = train(replace(training, seed=1), tmp_path / "other")
    assert other["curve"] != record["curve"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"update": "td"}, "update must be one of"),
        ({"discount": 1.0}, "discount must be in"),
        ({"last_rate": 0.0}, "last_rate must be in"),
        ({"starts": -1}, "starts must be at least 0"),
        ({"gamma": 0.9}, "no setting 'gamma'"),
    ],
)
def test_impossible_settings_are_refused(settings, words):
    with pytest.raises(SafetyEnvsError, match=words):
        Training("td_learning", VAULT, {}, 0, 10, settings=settings).check()


def test_what_a_training_learns_is_a_policy(tmp_path):
    training = Training("td_learning", VAULT, {}, seed=3, steps=20_000)
    found = evaluate(policy_of(training), VAULT)
    scores = train(training, tmp_path)["scores"]
    assert {name: [value] for name, value in found.means.items()} == scores
    with pytest.raises(SafetyEnvsError, match="a training of td_learning, got 'ppo'"):
        policy_of(Training("ppo", VAULT, {}, seed=3, steps=20_000))


def test_several_agents_and_methods_for_networks_are_refused():
    with pytest.raises(SafetyEnvsError, match="several agents"):
        Training("td_learning", "SafetyCommonsStock-v0", {}, 0, 10).check()
    with pytest.raises(SafetyEnvsError, match="for learners with networks"):
        Training("td_learning", VAULT, {}, 0, 10, method="contract").check()
    with pytest.raises(SafetyEnvsError, match="for tabular learners alone"):
        Training("ppo", VAULT, {}, 0, 10, method="shield").check()
