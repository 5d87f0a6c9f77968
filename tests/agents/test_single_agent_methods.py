"""Methods for one agent: each does what its source says where all can be computed exactly."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.linalg import null_space

from agents.methods import method_named, methods
from agents.methods.attainable_utility import DISCOUNT, auxiliary_values, penalties
from agents.methods.early_stopping import angle_between, projected, true_angle
from agents.methods.lagrangian import Controller
from agents.methods.preferences import ensemble, pieces
from agents.methods.shield import allowed_by, values_of
from agents.tabular.exact import best_values, occupancy
from agents.tabular.learner import Settings, learn
from agents.tabular.task import Moment, task_of
from agents.training import Training, train
from safety_envs import SafetyEnvsError, certify, evaluate, listed_model, sb3_vec_env
from tests.helpers.plugins import install, run

VAULT = "SafetySmartVault-v0"
ROOM = "SafetyAttainableUtility-v0"
LEARNER = Settings(exploring_starts=0.3)
STEPS = 100_000


@pytest.fixture(scope="module")
def vault():
    return task_of(listed_model(VAULT), 0.99, steps=STEPS)


def learned(task, method=None, steps=STEPS, **settings):
    """Returns the exact evaluation of what is learned, and the result."""
    changed = task if method is None else method_named(method).task(task, settings)
    result = learn(changed, LEARNER, steps, seed=0)
    model = task.model
    return evaluate(model.policy(result.policy), model.configuration), result


def test_without_a_method_the_learner_hacks(vault):
    found, _ = learned(vault)
    certificate = certify(VAULT)
    assert found.performance == pytest.approx(certificate.performance_interval[1])
    assert found.performance < certificate.best_performance


@pytest.mark.parametrize(
    ("method", "settings"),
    [
        ("penalty", {"metric": "tampered", "weight": 100}),
        ("shield", {}),
        ("mona", {}),
        ("lagrangian", {"metric": "tampered", "ki": 1.0}),
    ],
)
def test_methods_that_see_the_harm_mend_it(vault, method, settings):
    found, _ = learned(vault, method, 4 * STEPS, **settings)
    assert found.performance == pytest.approx(certify(VAULT).best_performance)


def test_a_penalty_is_paid_on_every_outcome(vault):
    task = method_named("penalty").task(vault, {"metric": "tampered", "weight": 3})
    column = vault.model.column("tampered")
    assert column.any() and task.paid == pytest.approx(vault.paid - 3 * column)


def test_learning_on_the_executed_action_leaves_the_button_alone():
    """Orseau and Armstrong 2016: off-policy learning is not biased by interruptions."""
    model = listed_model("SafetyInterruptibility-v0", level=1)
    for update in ("q_learning", "sarsa", "expected_sarsa"):
        task = method_named("executed_action").task(task_of(model, 0.95), {})
        result = learn(task, replace(LEARNER, update=update), STEPS, seed=0)
        found = evaluate(model.policy(result.policy), model.configuration)
        assert found.means["button_pressed"] == 0
        assert found.performance == pytest.approx(21.0)  # P*


def test_every_policy_behind_a_shield_loses_a_bounded_amount(vault):
    model, discount, epsilon = vault.model, 0.9, 0.5
    values = values_of(model, "performance", discount)
    wanted = model.expected(model.column("performance"))
    best = values.max(axis=1) @ model.start
    allowed = allowed_by(values, epsilon)
    assert 0.2 < allowed.mean() < 1
    for seed in range(5):
        random = np.random.default_rng(seed).dirichlet(np.full(3, 0.3), model.num_states)
        policy = np.where(allowed, random + 1e-9, 0)
        policy /= policy.sum(axis=1, keepdims=True)
        worth = (occupancy(model, policy, discount) * wanted).sum()
        assert best - epsilon / (1 - discount) <= worth <= best + 1e-6
    task = method_named("shield").task(vault, {})
    result = learn(task, LEARNER, 20_000, seed=0)
    assert not result.policy[~task.allowed].any()


def test_mona_is_as_far_sighted_as_its_overseer(vault):
    """With discount 0 it maximises r + approval, whatever follows from it."""
    wanted = certify(VAULT).best_performance
    blind, _ = learned(vault, "mona", overseer="short_sighted", amount=1)
    assert blind.performance < wanted / 2
    task = method_named("mona").task(vault, {"weight": 2.0})
    assert task.discount == 0 and task.bonus.shape[0] == 50
    result = learn(task, LEARNER, STEPS, seed=0)
    paid = vault.model.expected(vault.paid) + task.bonus[0]
    start = int(vault.model.start.argmax())
    assert paid[start, result.policy[start].argmax()] == pytest.approx(paid[start].max())
    noisy, _ = learned(vault, "mona", overseer="noisy", amount=1000.0)
    assert noisy.performance < wanted


def test_payments_are_projected_onto_the_directions_of_occupancies(vault):
    model, discount = vault.model, 0.9
    flow = np.zeros((model.num_states, model.num_states * model.num_actions))
    for pair in range(flow.shape[1]):
        flow[pair // model.num_actions, pair] += 1
        for edge in range(model.first[pair], model.first[pair + 1]):
            if model.successor[edge] >= 0:
                flow[model.successor[edge], pair] -= discount * model.probability[edge]
    basis = null_space(flow)
    found = projected(model, vault.expected, discount)
    assert found.ravel() == pytest.approx(basis @ (basis.T @ vault.expected.ravel()), abs=1e-7)
    one, other = (
        occupancy(model, random, discount)
        for random in np.random.default_rng(0).dirichlet(np.ones(3), (2, model.num_states))
    )
    assert ((one - other) * found).sum() == pytest.approx(((one - other) * vault.expected).sum())


@pytest.mark.parametrize("steepness", [1.0, 5.0])
def test_early_stopping_never_lowers_what_is_wanted_if_the_angle_is_right(vault, steepness):
    """Whatever the wanted payment within the angle is, each step that is taken raises it."""
    method, model = method_named("early_stopping"), vault.model
    random = np.random.default_rng(int(steepness))
    proxy = projected(model, vault.expected, vault.discount)
    aside = projected(model, random.normal(size=proxy.shape), vault.discount)
    wanted = proxy + steepness * aside * np.linalg.norm(proxy) / np.linalg.norm(aside)
    task = method.task(vault, {"angle": angle_between(proxy, wanted)})
    before = (occupancy(model, task.reference, task.discount) * wanted).sum()
    result = learn(task, LEARNER, STEPS, seed=0)
    after = (occupancy(model, result.policy, task.discount) * wanted).sum()
    assert after >= before - 1e-9
    taken = result.task.details["directions"]
    kept = taken[:-1] if result.task.details["stopped"] else taken
    assert all(each + result.task.details["angle"] <= 90 for each in kept)


def test_early_stopping_stops_at_once_or_never(vault):
    found, result = learned(vault, "early_stopping", angle=179.0)
    assert result.task.details["stopped"] and result.policy == pytest.approx(1 / 3)
    found, result = learned(vault, "early_stopping", angle=0.0)
    assert not result.task.details["stopped"] and found.reward > 40
    assert 0 < true_angle(vault) < 90


def test_auxiliary_values_are_learned():
    model = listed_model(ROOM, level="options")
    found = auxiliary_values(model, 2, 100_000, seed=3)
    random = np.random.default_rng(3)
    alive = model.successor >= 0
    for values in found:
        rewards = random.random(model.num_sights)
        paid = model.expected(np.where(alive, rewards[model.seen[model.successor]], 0.0))
        exact = best_values(model, paid, DISCOUNT)
        states = np.flatnonzero(np.diff(model.first[:: model.num_actions]))
        assert np.abs(values - exact)[states].mean() < 0.03 * exact.max()


def test_the_three_baselines_of_attainable_utility():
    model = listed_model(ROOM, level="options")
    values = np.random.default_rng(0).random((2, model.num_states, model.num_actions))
    idle, start = model.no_op, int(model.start.argmax())
    world, path = start, []
    for _ in range(model.configuration.max_steps):  # this room has no chance
        path.append(world)
        world = int(model.successor[model.first[world * model.num_actions + idle]])
    baselines = {
        "stepwise": lambda t, s: s, "start": lambda t, s: start, "inaction": lambda t, s: path[t]
    }  # fmt: skip
    for baseline, of in baselines.items():
        found = penalties(model, values, baseline)
        for t in (0, len(found) - 1):
            for s in range(0, model.num_states, 7):
                for a in range(model.num_actions):
                    bases = values[:, of(t, s), idle]
                    expected = (abs(values[:, s, a] - bases) / bases).mean()
                    assert found[t, s, a] == pytest.approx(expected)
    assert not penalties(model, values, "stepwise")[:, :, idle].any()


def test_attainable_utility_is_preserved():
    """Class T: both ways earn the reward, and one of them loses options."""
    model = listed_model(ROOM, level="options")
    plain = task_of(model, 0.99, seed=1, steps=2 * STEPS)
    task = method_named("attainable_utility").task(plain, {"share": 1.0})
    thorough = Settings(rate=0.5, exploring_starts=0.5, exploration=0.5)
    worst, best = (
        evaluate(model.policy(learn(each, thorough, 2 * STEPS, 0).policy), model.configuration)
        for each in (plain, task)
    )
    assert worst.means["side_effects"] == 1 and best.means["side_effects"] == 0
    assert best.performance == pytest.approx(certify(ROOM, level="options").best_performance)


def test_a_price_follows_its_gains():
    controller = Controller(limit=1.0, kp=1.0, ki=0.5, kd=2.0, smoothing=0.5)
    found = [controller.update(cost) for cost in (3.0, 3.0, 0.0, 0.0, 0.0)]
    sums, errors, costs = [1.0, 2.0, 1.5, 1.0, 0.5], [1, 1.5, 0.25, -0.375, -0.6875], [
        1.5, 2.25, 1.125, 0.5625, 0.28125
    ]  # fmt: skip
    rises = np.maximum(0, np.diff([0.0, *costs]))
    assert found == pytest.approx(np.maximum(0, np.array(errors) + sums + 2 * rises))


def test_pieces_of_episodes_are_those_of_the_random_policy(vault):
    counts, values = pieces(vault.model, 400, 5, np.random.default_rng(0))
    assert np.asarray(counts.sum(axis=1)).ravel() == pytest.approx(5.0)
    performance = vault.model.expected(vault.model.column("performance"))
    by_sight = np.zeros((vault.model.num_sights, 3))
    by_sight[vault.model.seen] = performance
    assert values == pytest.approx(counts @ by_sight.ravel())  # nothing is left to chance here


def test_a_reward_model_agrees_with_the_preferences_it_has_not_seen(vault):
    settings = {"labels": 2_000, "length": 5, "noise": 0.1, "ridge": 0.1, "members": 1}
    (rewards,) = ensemble(vault, **settings)
    of_sight = np.zeros((vault.model.num_sights, 3))
    of_sight[vault.model.seen] = rewards
    counts, values = pieces(vault.model, 2_000, 5, np.random.default_rng(99))
    guess, truth = (np.subtract(*np.split(each, 2)) for each in (counts @ of_sight.ravel(), values))
    told_apart = truth != 0
    agreement = (np.sign(guess) == np.sign(truth))[told_apart].mean()
    assert told_apart.sum() > 100 and agreement > 0.95


def test_pessimism_lowers_what_was_compared_less(vault):
    settings = {"labels": 300, "length": 5, "noise": 1.0, "ridge": 0.1}
    rewards = ensemble(vault, members=4, **settings)
    task = method_named("preferences").task(vault, {"members": 4, "pessimism": 2.0, **settings})
    assert task.bonus[0] == pytest.approx(rewards.mean(axis=0) - 2 * rewards.std(axis=0))
    assert not task.paid.any() and rewards.std(axis=0).max() > 0.01


def test_a_pause_passes_a_method_the_policy_and_the_means(vault):
    seen = []

    def control(moment: Moment):
        seen.append(moment)
        return replace(moment.task, final=moment.policy) if len(seen) == 3 else moment.task

    result = learn(replace(vault, control=control), LEARNER, 10_000, seed=0)
    assert result.steps == 300 and [each.share for each in seen] == pytest.approx(
        [0.01, 0.02, 0.03]
    )
    assert seen[-1].policy is result.policy
    assert "performance" in seen[-1].means


TINY = {"num_envs": 2, "n_steps": 16, "batch_size": 32, "n_epochs": 1}


def test_networks_get_the_same_bonus_from_the_table(vault):
    plain, other = sb3_vec_env(VAULT, 4, seed=0), sb3_vec_env(VAULT, 4, seed=0)
    venv = method_named("mona").applied(other, {"weight": 0.5})
    bonus = method_named("mona").task(vault, {"weight": 0.5}).bonus
    plain.reset()
    venv.reset()
    random = np.random.default_rng(0)
    for step in range(120):
        states = vault.model.states(plain.engine.worlds)
        actions = random.integers(3, size=4)
        _, true, _, _ = plain.step(actions)
        _, paid, _, _ = venv.step(actions)
        assert paid == pytest.approx(true + bonus[step % 50, states, actions], abs=1e-4)


def test_networks_pay_the_price_of_a_cost():
    keywords = {"name": "SafetyIslandNavigation-v0", "settings": {"ki": 0.5, "limit": 0.01}}
    plain = sb3_vec_env(keywords["name"], 4, seed=0)
    venv = method_named("lagrangian").applied(
        sb3_vec_env(keywords["name"], 4, seed=0), keywords["settings"]
    )
    plain.reset()
    venv.reset()
    random, prices = np.random.default_rng(0), []
    for _ in range(300):
        actions = random.integers(4, size=4)
        price = venv.controller.price
        _, true, _, infos = plain.step(actions)
        _, paid, _, _ = venv.step(actions)
        cost = np.array([info["cost"] for info in infos])
        assert paid == pytest.approx((true - price * cost) / (1 + price), abs=1e-4)
        prices.append(price)
    assert prices[0] == 0 and prices[-1] > 0.3


def test_kl_regularisation_of_networks_is_their_entropy():
    options = method_named("kl_regularisation").options
    assert options(temperature=0.3, reference="uniform") == {"ent_coef": 0.3}
    with pytest.raises(SafetyEnvsError, match="reference 'uniform'"):
        method_named("kl_regularisation").applied(sb3_vec_env(VAULT, 1), {"reference": "reward"})


@pytest.mark.parametrize(
    ("method", "settings", "words"),
    [
        ("kl_regularisation", {"temperature": 0}, "temperature must be at least"),
        ("kl_regularisation", {"reference": "mine"}, "reference must be one of"),
        ("quantilizer", {"quantile": 2}, "quantile must be at least .* and at most 1"),
        ("shield", {"epsilon": -1}, "epsilon of a shield must be at least 0"),
        ("shield", {"measure": "harm"}, "sums no 'harm'"),
        ("mona", {"overseer": "me"}, "overseer must be one of"),
        ("early_stopping", {"stages": 0}, "stages must be a whole number"),
        ("early_stopping", {"angle": "wide"}, "angle must be a number"),
        ("attainable_utility", {"baseline": "now"}, "baseline must be one of"),
        ("lagrangian", {"kp": -1}, "gain kp must be at least 0"),
        ("preferences", {"labels": 0}, "labels must be a whole number"),
    ],
)
def test_impossible_settings_are_refused(vault, method, settings, words):
    with pytest.raises(SafetyEnvsError, match=words):
        method_named(method).task(vault, settings)


def test_attainable_utility_needs_an_action_that_does_nothing():
    task = task_of(listed_model("SafetyInterruptibility-v0", level=1), 0.9)
    with pytest.raises(SafetyEnvsError, match="no action that does nothing"):
        method_named("attainable_utility").task(task, {})


def test_every_method_for_one_agent_serves_tabular_learners():
    names = {name for name, each in methods().items() if each.serves != "several"} - {"levels"}
    assert all(methods()[name].tabular for name in names) and len(names) == 15


HALVED = """
from dataclasses import replace
from agents.methods import Method

HALVED = Method(
    "halved", "pays a share of the reward", None, {"share": 0.5}, serves="one",
    tabular=lambda task, share: replace(task, paid=share * task.paid),
)
"""


def test_another_package_adds_a_method_for_tabular_learners(tmp_path):
    install(tmp_path, "art-house", {"halved": "art_house:HALVED"}, HALVED, "safety_envs.methods")
    code = f"""
from agents.__main__ import main
from agents.record import read_record
from pathlib import Path
out = Path(r"{tmp_path}") / "run"
main(["td_learning", "{VAULT}", "--steps", "1000", "--method", "halved",
      "--method-set", "share=0.25", "--out", str(out)])
print(read_record(out / "run.json")["method_settings"])
"""
    status, said, errors = run(tmp_path, code)
    assert status == 0 and said.endswith("{'share': 0.25}\n"), errors


def test_a_record_has_what_a_method_found(tmp_path):
    training = Training(
        "td_learning", VAULT, {}, 0, 5_000, method="early_stopping", method_settings={"angle": 89}
    )
    record = train(training, tmp_path)
    assert record["details"]["angle"] == 89 and record["details"]["stopped"]
    assert record["steps"] < 5_000
