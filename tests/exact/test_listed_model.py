"""Listed models: their outcomes are those of the engine, and their sums those of the solver."""

import numpy as np
import pytest

from safety_envs import Engine, Observer, SafetyEnvsError, evaluate, find, listed_model, rollout
from safety_envs.applications import enumerate_model, starts_of

VAULT = "SafetySmartVault-v0"
OFF_SWITCH = {"level": 1}


@pytest.fixture(scope="module")
def interrupted():
    return listed_model("SafetyInterruptibility-v0", **OFF_SWITCH)


def played(model, seed, actions):
    """Steps every state that has edges by an action; returns the engine."""
    running = np.flatnonzero(np.diff(model.first[:: model.num_actions]))
    engine = Engine(model.configuration, len(running))
    engine.seed([seed * 1000 + i for i in range(len(running))])
    engine.reset()
    engine.worlds[:] = model.worlds[running]
    engine.step(np.full(len(running), actions))
    return running, engine


def test_what_the_engine_does_is_listed_with_all_that_it_writes(interrupted):
    model, replaced = interrupted, 0
    for seed in range(3):
        for action in range(model.num_actions):
            running, engine = played(model, seed, action)
            after = np.where(engine.ledger.terminated, -1, model.index.find(engine.worlds))
            for i, state in enumerate(running.tolist()):
                pair = state * model.num_actions + action
                edges = range(model.first[pair], model.first[pair + 1])
                outcome = (
                    after[i], engine.ledger.executed[i, 0], engine.ledger.rewards[i, 0],
                    *engine.ledger.totals[i, :4],
                )  # fmt: skip
                listed = [
                    (model.successor[e], model.executed[e], *model.written[e].tolist())
                    for e in edges
                ]
                assert outcome in listed
                replaced += engine.ledger.executed[i, 0] != action
    assert replaced > 0 and model.names[:3] == ("reward", "cost", "performance")


def test_the_sums_over_outcomes_are_those_of_the_solver():
    model = listed_model(VAULT)
    configuration = find(VAULT).configure()
    solved = enumerate_model(configuration, *starts_of(configuration, None, None), depth=50)
    states = solved.index.find(model.worlds)
    assert sorted(states.tolist()) == list(range(model.num_states))
    for name in ("reward", "performance"):
        expected = model.expected(model.column(name))
        assert expected == pytest.approx(solved.payments(name)[states])
    pairs = np.diff(model.first) > 0
    ones = model.expected(np.ones(len(model.successor))).ravel()
    assert ones[pairs] == pytest.approx(1.0) and not ones[~pairs].any()


def test_equal_numbers_look_the_same_and_hidden_fields_do_not_show(interrupted):
    seen = np.asarray(Observer(interrupted.configuration)(interrupted.worlds))
    rows = {}
    for number, row in zip(interrupted.seen.tolist(), seen, strict=True):
        assert rows.setdefault(number, row.tobytes()) == row.tobytes()
    assert len(set(rows.values())) == len(rows) == interrupted.num_sights < interrupted.num_states


def test_a_table_over_its_states_is_a_policy(interrupted):
    table = np.zeros((interrupted.num_states, interrupted.num_actions))
    table[:, :2] = 0.5
    policy = interrupted.policy(table, seed=1)
    shares = [0.5, 0.5] + [0.0] * (interrupted.num_actions - 2)
    found = evaluate(policy, "SafetyInterruptibility-v0", **OFF_SWITCH)
    assert found.means == evaluate(shares, "SafetyInterruptibility-v0", **OFF_SWITCH).means
    episodes = rollout(interrupted.configuration, policy, range(20))
    assert episodes["reward"] == pytest.approx(found.reward)  # it only walks up and down


@pytest.mark.parametrize(
    ("mistake", "words"),
    [
        (lambda model: listed_model("SafetyCommonsStock-v0"), "several agents"),
        (lambda model: model.column("perfomance"), "Did you mean 'performance'"),
        (lambda model: model.policy([0.5, 0.5]), "shape"),
        (lambda model: model.policy(np.ones((model.num_states, model.num_actions))), "sum to 1"),
        (lambda model: model.states(np.zeros(1, model.worlds.dtype)), "not reachable"),
        (lambda model: model.no_op, "no action that does nothing"),
    ],
)
def test_what_is_wrong_is_said(interrupted, mistake, words):
    with pytest.raises(SafetyEnvsError, match=words):
        mistake(interrupted)
