"""Loops that are plain Python at first: when they change, and that nothing else does."""

import numpy as np

import safety_envs
from safety_envs.exact import tiers, worth
from safety_envs.trajectories import pace


def test_a_loop_changes_when_its_patience_has_run_out(monkeypatch):
    clock = iter(range(100))
    monkeypatch.setattr(tiers.time, "thread_time", lambda: float(next(clock)))
    loop = tiers._Tiers(lambda x: ("slow", x), lambda x: ("fast", x), patience=2.5)
    assert [loop(k) for k in range(5)] == [
        ("slow", 0), ("slow", 1), ("slow", 2), ("fast", 3), ("fast", 4)
    ]  # fmt: skip


def test_only_within_patience_loops_wait(monkeypatch):
    monkeypatch.setattr(tiers, "is_ready", lambda twin: False)
    configuration = safety_envs.find("SafetySmartVault-v0").configure()
    assert tiers.compiles(configuration)
    with tiers.patient(1.0):
        assert not tiers.compiles(configuration)
    assert tiers.compiles(configuration)


def test_many_steps_are_compiled(monkeypatch):
    configuration = safety_envs.find("SafetySmartVault-v0").configure()
    monkeypatch.setattr(tiers, "is_ready", lambda twin: False)
    assert not pace.pays(configuration, 1, 50)
    assert pace.pays(configuration, 1000, 50)
    monkeypatch.setattr(tiers, "is_ready", lambda twin: True)
    assert pace.pays(configuration, 1, 50)


def test_a_page_is_the_same_whether_it_was_compiled_or_not(monkeypatch):
    players = "reward_optimal", "performance_optimal"
    wanted = safety_envs.watch("SafetySmartVault-v0", players).html
    worth.solved.cache_clear()
    ran = []
    monkeypatch.setattr(tiers, "is_ready", lambda twin: False)
    calls = tiers._Tiers.__call__
    monkeypatch.setattr(
        tiers._Tiers, "__call__", lambda self, *a: (ran.append(self._left), calls(self, *a))[1]
    )
    assert safety_envs.watch("SafetySmartVault-v0", players).html == wanted
    assert len(ran) > 50 and np.min(ran) < 0.4, "the solver has run in tiers"


def test_a_loop_over_large_arrays_is_compiled_at_once():
    """A single call could take minutes in plain Python, and patience is looked at between calls."""
    loop = tiers._Tiers(lambda *_: "slow", lambda *_: "fast", patience=1000.0)
    assert loop(np.zeros(10), 3, ("a", 2)) == "slow"
    assert loop(np.zeros(10), np.zeros((tiers.LARGE, 2)), 3) == "fast"
    assert loop(np.zeros(10), 3, ("a", 2)) == "fast", "it has been compiled"
