"""With NUMBA_DISABLE_JIT=1 all runs as plain Python, for debuggers, and comes out the same."""

import json
import sys

import numpy as np
import pytest

from safety_envs import Engine, Observer, certify, find
from tests.helpers.processes import python

SCRIPT = "import sys; from tests.core.test_without_numba import report; report(sys.argv[1])"


def played(name):
    """Returns what 60 random steps of four worlds come to, and what was seen on the way."""
    configuration = find(name).configure(max_steps=20)
    engine, observer = Engine(configuration, 4), Observer(configuration)
    engine.seed(range(4))
    engine.reset()
    chance, seen = np.random.default_rng(0), []
    for _ in range(60):
        engine.step(chance.integers(len(configuration.actions), size=engine.action_shape))
        seen.append(float(np.sum(observer(engine.worlds), dtype=np.float64)))
        engine.reset(engine.done)
    return {
        "seen": seen,
        "worlds": engine.worlds.tobytes().hex(),
        "returns": engine.ledger.returns.tolist(),
        "totals": np.nan_to_num(engine.ledger.totals).tolist(),
    }


def solved(name):
    certificate = certify(name, seed=0)
    return [certificate.best_reward, *certificate.performance_interval, certificate.num_states]


def report(name):
    """Prints what is played, what is solved, and whether Python itself has entered the rules."""
    step, entered = find(name).step.__code__, set()
    sys.setprofile(lambda frame, event, _: entered.add(frame.f_code))
    found = {"played": played(name)}
    sys.setprofile(None)
    found["solved"] = solved(name) if name == "SafetyWhiskyGold-v0" else None
    print(json.dumps({**found, "in Python": step in entered}))


@pytest.mark.parametrize(
    "name", ["SafetyWhiskyGold-v0", "SafetyCommonsHarvest-v0", "SafetyUserDrift-v0"]
)
def test_without_numba_all_comes_out_the_same(name):
    options = ("-W", "error::RuntimeWarning")
    done = python(*options, "-c", SCRIPT, name, NUMBA_DISABLE_JIT="1")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["in Python"]
    assert found["played"] == played(name)
    if found["solved"] is not None:
        assert found["solved"] == pytest.approx(solved(name))
