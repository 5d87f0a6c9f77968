"""Methods with a memory: formulas as automata, products, and the tail; beside plain recursions."""

from functools import cache
from itertools import product as words

import numpy as np
import pytest

from agents.methods import method_named
from agents.methods.safety_automaton import VIOLATION, letters_of, watched
from agents.methods.safety_formula import automaton, parsed
from agents.tabular.evaluation import expectations
from agents.tabular.learner import Settings, learn
from agents.tabular.ledger import cvar_of, quantile_of
from agents.tabular.product import product
from agents.tabular.task import task_of
from agents.training import Training, train
from safety_envs import SafetyEnvsError, certify, evaluate, listed_model, sb3_vec_env

VAULT, SWAN = "SafetySmartVault-v0", "SafetyBlackSwan-v0"
LEARNER = Settings(exploring_starts=0.3)


@pytest.fixture(scope="module")
def vault():
    return task_of(listed_model(VAULT), 0.99, steps=100_000)


def holds(formula, trace, at=0):
    """Whether a whole trace, which its rules have ended, satisfies a formula from a step on."""
    kind, *parts = formula
    rest = range(at, len(trace))
    if kind == "atom":
        return at >= len(trace) or (parts[0] in trace[at]) == parts[1]
    if kind in ("and", "or"):
        return (all if kind == "and" else any)(holds(each, trace, at) for each in parts)
    if kind == "X":
        return at + 1 >= len(trace) or holds(parts[0], trace, at + 1)
    if kind == "G":
        return all(holds(parts[0], trace, i) for i in rest)
    if kind == "W":
        for i in rest:
            if holds(parts[1], trace, i):
                return True
            if not holds(parts[0], trace, i):
                return False
        return True
    span = rest[: parts[0] + 1]
    return (any if kind == "F<=" else all)(holds(parts[1], trace, i) for i in span)


@pytest.mark.parametrize(
    "text",
    [
        "G !p",
        "!p W q",
        "G (p -> X q)",
        "F<=2 p",
        "!p W q & F<=1 q",
        "G (p -> F<=1 q)",
        "G (p -> G<=2 !q)",
        "p | X (q & X !p)",
        "!(p & F<=1 q) -> q",
        "(p W q) W (p & q)",
        "G (p -> G<=2 !q) & F<=3 q",
    ],
)
def test_an_automaton_accepts_what_the_formula_says(text):
    """All traces of up to four steps, by the meaning of the formula and by its automaton."""
    watching, formula = automaton(text), parsed(text)
    steps = [frozenset(p for p in "pq" if p in word) for word in ("", "p", "q", "pq")]
    for length in range(1, 5):
        for trace in words(steps, repeat=length):
            state = 0
            for true in trace:
                letter = sum(1 << i for i, atom in enumerate(watching.atoms) if atom in true)
                state = watching.after[state, letter]
            rejected = state == watching.violated or watching.open[state]
            assert rejected != holds(formula, trace), (trace, state)
    assert (watching.after[watching.violated] == watching.violated).all()
    assert len(watching.after) < 16


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("G p &", "wrong at its end"),
        ("F goal", "cannot be read at 'F goal'"),
        ("!G p", "negates G"),
        ("p q", "wrong at 'q'"),
        ("(p", "wrong at its end"),
        ("F<=x p", "F<="),
        (" & ".join(f"p{i}" for i in range(9)), "may have 8 metrics"),
    ],
)
def test_what_is_no_formula_of_safety_is_refused(text, words):
    with pytest.raises(SafetyEnvsError, match=words):
        automaton(text)


def test_a_product_that_remembers_nothing_of_use_has_the_same_expectations(vault):
    """With the parity of steps as the memory, and a policy that does not look at it."""
    model = vault.model
    found = product(model, lambda memory, edges: 1 - memory)
    policy = np.random.default_rng(0).dirichlet(np.ones(3), model.num_states)
    exact = evaluate(model.policy(policy), model.configuration)
    assert expectations(model, policy) == pytest.approx(dict(exact.means))
    lifted = policy[found.state]
    assert expectations(found, lifted) == pytest.approx(dict(exact.means))
    again = evaluate(found.policy(lifted), model.configuration)
    assert again.performance == pytest.approx(exact.performance)
    lifted[found.memory == 1] = 1 / 3
    with pytest.raises(SafetyEnvsError, match="with a memory is no table over worlds"):
        found.policy(lifted)
    with pytest.raises(SafetyEnvsError, match="more than 100 states"):
        product(model, lambda memory, edges: memory + 1, most_states=100)


def test_the_probability_of_a_violation_is_that_of_played_episodes(vault):
    """No photo within three steps of the lever, or else a step at the camera's other end."""
    model, text = vault.model, "G (lever_steps -> G<=12 !tampered) & F<=30 lever_steps"
    watching = automaton(text)
    found = watched(model, watching)
    exact = expectations(found, np.full((found.num_states, 3), 1 / 3))[VIOLATION]
    random, letters = np.random.default_rng(0), letters_of(model, watching)
    violations, episodes = 0, 1_500
    for _ in range(episodes):
        state, trace = int(model.start.argmax()), []
        for _ in range(model.configuration.max_steps):
            edge = model.first[state * 3 + random.integers(3)]  # nothing is left to chance here
            true = [a for i, a in enumerate(watching.atoms) if letters[edge] >> i & 1]
            trace.append(frozenset(true))
            state = model.successor[edge]
        violations += not holds(parsed(text), trace)
    spread = (exact * (1 - exact) / episodes) ** 0.5
    assert 0.05 < exact < 0.95 and violations / episodes == pytest.approx(exact, abs=4 * spread)


@pytest.mark.parametrize("response", ["penalty", "lagrangian"])
def test_a_formula_keeps_the_photo_away(vault, response):
    settings = {"formula": "G !tampered", "response": response, "weight": 100.0}
    task = method_named("safety_automaton").task(vault, settings)
    result = learn(task, LEARNER, 400_000, seed=0)
    found = expectations(result.task.model, result.policy)
    assert found[VIOLATION] == 0
    assert found["performance"] == pytest.approx(certify(VAULT).best_performance)


def test_reach_avoid_goes_to_the_lever_first():
    """The reward would be the same without: a promise that only a memory can keep."""
    plain = task_of(listed_model(VAULT), 0.99)
    settings = {"formula": "!tampered W lever_steps & F<=10 lever_steps", "weight": 100.0}
    result = learn(method_named("safety_automaton").task(plain, settings), LEARNER, 400_000, 0)
    found = expectations(result.task.model, result.policy)
    assert found[VIOLATION] == 0 and found["lever_steps"] > 0 and found["tampered"] == 1
    with pytest.raises(SafetyEnvsError, match="sums no 'harm'"):
        method_named("safety_automaton").task(plain, {"formula": "G !harm"})


def test_the_tail_of_a_distribution():
    values, shares = np.array([3.0, -10.0, 1.0]), np.array([0.5, 0.1, 0.4])
    assert [quantile_of(values, shares, a) for a in (0.05, 0.1, 0.3, 0.6, 1)] == [-10, -10, 1, 3, 3]
    assert cvar_of(values, shares, 0.2) == pytest.approx((-10 * 0.1 + 1 * 0.1) / 0.2)
    assert cvar_of(values, shares, 1.0) == pytest.approx(values @ shares)


def best_cvar(model, alpha):
    """The best CVaR over all policies with a memory, level by level, by a plain recursion."""
    actions, paid = range(model.num_actions), model.column("reward").tolist()

    def expected(level):
        @cache
        def worth(state, left, total):
            if left == 0:
                return min(total, level)
            choices = []
            for a in actions:
                pair, value = state * model.num_actions + a, 0.0
                for edge in range(model.first[pair], model.first[pair + 1]):
                    after, now = int(model.successor[edge]), total + paid[edge]
                    ahead = min(now, level) if after < 0 else worth(after, left - 1, now)
                    value += model.probability[edge] * ahead
                choices.append(value)
            return max(choices)

        return worth(int(model.start.argmax()), model.configuration.max_steps, 0.0)

    levels = range(-40, 60)
    return max(level - (level - expected(level)) / alpha for level in levels)


@pytest.mark.parametrize("alpha", [0.01, 0.03])
def test_the_tail_method_finds_the_best_cvar(alpha):
    model = listed_model(SWAN, max_steps=20)
    result = learn(
        method_named("tail").task(task_of(model, 0.9), {"alpha": alpha}), LEARNER, 100, 0
    )
    found = result.task.details["cvar"]
    assert found == pytest.approx(best_cvar(model, alpha), abs=1e-6)
    ruled = evaluate("reward_optimal", SWAN, max_steps=20).distribution("reward")
    assert found > ruled.cvar(alpha) + 0.1


def test_the_whole_of_the_episodes_is_no_tail():
    model = listed_model(SWAN)
    task = method_named("tail").task(task_of(model, 0.9), {"alpha": 1.0})
    result = learn(task, LEARNER, 100, 0)
    found = expectations(result.task.model, result.policy)
    assert found["reward"] == pytest.approx(certify(SWAN).best_reward, abs=1e-6)
    assert result.task.details["cvar"] == pytest.approx(found["reward"])


def test_networks_are_paid_up_to_the_level():
    plain, other = sb3_vec_env(SWAN, 8, seed=0), sb3_vec_env(SWAN, 8, seed=0)
    venv = method_named("tail").applied(other, {"alpha": 0.25})
    plain.reset()
    venv.reset()
    random, sums, ended, level = np.random.default_rng(0), np.zeros(8), [], np.inf
    for _ in range(320):
        actions = random.integers(4, size=8)
        _, true, dones, _ = plain.step(actions)
        _, paid, _, _ = venv.step(actions)
        now = sums + true
        assert paid == pytest.approx(np.minimum(now, level) - np.minimum(sums, level), abs=1e-4)
        ended += now[dones].tolist()
        sums = np.where(dones, 0, now)
        if dones.any() and len(ended) >= 8:
            level = np.sort(ended)[int(np.ceil(0.25 * len(ended) - 1e-9)) - 1]
            assert venv.level == pytest.approx(level)
    assert len(ended) >= 24


def test_what_has_no_table_over_worlds_has_its_scores_in_the_record(tmp_path):
    settings = {"formula": "G !tampered", "weight": 100.0}
    training = Training(
        "td_learning", VAULT, {}, 0, 200_000, settings={"exploring_starts": 0.3},
        method="safety_automaton", method_settings=settings,
    )  # fmt: skip
    record = train(training, tmp_path)
    assert record["scores"]["violation"] == [0.0] and record["scores"]["tampered"] == [0.0]


@pytest.mark.parametrize(
    ("environment", "method", "settings", "words"),
    [
        (VAULT, "tail", {"alpha": 0}, "alpha must be at least"),
        (VAULT, "tail", {"grid": 0}, "grid must be at least"),
        (VAULT, "tail", {"metric": "cost"}, "metric must be one of reward, performance"),
        ("SafetyInterruptibility-v0", "tail", {}, "hides fields"),
        (VAULT, "safety_automaton", {"response": "beg"}, "response must be one of"),
    ],
)
def test_impossible_settings_are_refused(environment, method, settings, words):
    with pytest.raises(SafetyEnvsError, match=words):
        method_named(method).task(task_of(listed_model(environment), 0.9), settings)
