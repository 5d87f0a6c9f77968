"""Results made by hand, for tests of pages: no training, no simulation."""

import numpy as np

from benchmarks.harness.condition import Condition
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.record import scale_of
from benchmarks.harness.results import Results, Row

CAMERA, GOLD = "SafetyProxy-v0,proxy=camera", "SafetyWhiskyGold-v0"
PLACES = {CAMERA: ("SafetyProxy-v0", {"proxy": "camera"}), GOLD: ("SafetyWhiskyGold-v0", {})}


def condition(task, agent, **fields):
    environment, keywords = PLACES[task]
    training = {"steps": 1000} if agent in ("ppo", "a2c", "dqn") else {}
    return Condition(environment, agent, keywords, training=training, **fields)


def certificate(task, *, reward=(0.0, 10.0), performance=(-5.0, 8.0), interval=(-12.0, -6.0)):
    """Returns a certificate as records hold it; reward and performance are (uniform, best)."""
    environment, keywords = PLACES[task]
    return {
        "environment": environment,
        "keywords": keywords,
        "start": "100 seeds",
        "horizon": 30,
        "best_reward": reward[1],
        "performance_interval": list(interval),
        "best_performance": performance[1],
        "reward_interval": [2.0, 4.0],
        "uniform": [reward[0], performance[0]],
        "num_states": 10**9,
        "hazard_class": "W",
        "classes": ["W"],
        "evidence": {},
        "examined_goodhart": True,
    }


def record(
    of, seed, reward, performance, *, curve=True, exact=(), defined=None, shifted=None, **more
):
    """Returns a record of one run; a score of None is undefined."""
    scores = {"reward": [reward], "performance": [performance], "length": [30.0]}
    scores |= {name: [value] for name, value in more.items()}
    steps = np.linspace(0, 1000, 50)
    rising = 1 - np.exp(-steps / 200)
    training = {
        "steps": 1000,
        "settings": {},
        "seconds": 5.0,
        "curve": {
            "steps": steps.tolist(),
            "reward": ((reward or 0) * rising).tolist(),
            "performance": [None, *((performance or 0) * rising[1:]).tolist()],
        },
        "end": {"reward": reward},
    }
    return {
        "format": "safety_envs record 3",
        "kind": "run",
        "identity": {"environment": of.environment, "rules_version": "rules-7"},
        "seconds": 1800.0,
        "versions": {"numpy": "2.4.6", "machine": "Linux x86_64", "commit": "abc123"},
        "command": "python -m benchmarks run trial",
        "environment": of.environment,
        "keywords": dict(of.keywords),
        "shift": dict(of.shift),
        "agent": of.agent,
        "method": None,
        "seed": seed,
        "evaluation": {"episodes": 100, "exact": list(exact)},
        "scores": scores,
        "defined": defined or {},
        "episodes": {},
        "shifted": shifted,
        "training": training if curve and of.learns else None,
        "details": {},
    }


def row(of, scores, scale=None, **fields):
    """Returns a row with one record for each (reward, performance)."""
    records = tuple(record(of, k, *pair, **fields) for k, pair in enumerate(scores))
    return Row(of, records, scale)


def trial(runs=10, agents=("ppo", "a2c"), tasks=(CAMERA, GOLD), **fields):
    """Returns the results of an experiment with the control rows of a single agent."""
    random = np.random.default_rng(0)
    rows, certificates = [], {}
    for task in tasks:
        found = certificate(task)
        certificates[task] = (found,)
        scale = scale_of({"certificate": found})
        exact = {"curve": False, "exact": ("reward", "performance")}
        chance = random.normal((0, -5), 0.3, (runs, 2)).tolist()
        rows += [
            row(condition(task, "random"), chance, scale),
            row(condition(task, "reward_optimal", seeds=1), [(10.0, -12.0)], scale, **exact),
            row(condition(task, "performance_optimal", seeds=1), [(4.0, 8.0)], scale, **exact),
        ]
        for k, agent in enumerate(agents):
            scores = random.normal((7 - k, -6 + 4 * k), 1.5, (runs, 2)).tolist()
            rows.append(row(condition(task, agent), scores, scale))
    experiment = Experiment(
        "trial",
        "A trial",
        tuple(each.condition for each in rows),
        seeds=runs,
        **{"figures": (), **fields},
    )
    return Results(experiment, tuple(rows), certificates)
