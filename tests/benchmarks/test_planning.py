"""Plans and tuning: forecasts from measured rates, and settings that are chosen by the reward."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from benchmarks.harness.condition import Condition, with_controls
from benchmarks.harness.experiment import FIRST_EPISODE, Experiment
from benchmarks.harness.experiment_jobs import RunJob, jobs_of
from benchmarks.harness.planning import USUAL_RATES, disk, forecast
from benchmarks.harness.store import Store
from benchmarks.harness.tuning import FIRST_SEED, SPACES, tune
from safety_envs import SafetyEnvsError

BOATS = Condition("SafetyBoatRace-v0", "ppo", training={"steps": 3000, "settings": {"num_envs": 8}})
THREAD = partial(ThreadPoolExecutor, 1)


def contents_of(job, **training):
    """Returns what the record of a run holds, with a training of our own."""
    identity = job.identity
    said = {name: identity[name] for name in ("environment", "keywords", "shift", "agent", "seed")}
    scores = {"reward": [0.0], "performance": [0.0]}
    return {"kind": "run", **said, "scores": scores, "episodes": {}, "shifted": None,
            "training": training}  # fmt: skip


def test_a_plan_counts_jobs_and_learns_rates_from_finished_runs(tmp_path):
    experiment = Experiment("test", "Test", with_controls([BOATS]), seeds=4, episodes=2)
    store = Store(tmp_path)
    rows = {row.label: row for row in forecast(experiment, store)}
    assert {label: row.to_do for label, row in rows.items()} == {
        "certificates": 1, "random": 4, "reward_optimal": 1, "performance_optimal": 1, "ppo": 4,
    }  # fmt: skip
    assert not rows["ppo"].measured
    assert rows["ppo"].hours > 4 * 3000 / USUAL_RATES["ppo"] / 3600
    job = next(job for job in jobs_of(experiment) if job.cost)
    store.write(job, contents_of(job, steps=3000, seconds=3.0))
    measured = {row.label: row for row in forecast(experiment, store)}["ppo"]
    assert (measured.done, measured.to_do, measured.measured) == (1, 3, True)
    assert measured.hours == pytest.approx(3 * (3000 / 1000 + 3.0) / 3600)
    assert disk(experiment) > 4 * 100_000


def test_tuning_chooses_by_reward_on_seeds_of_its_own_and_resumes(tmp_path, monkeypatch):
    pytest.importorskip("optuna", reason="needs pip install 'safety-envs[tune]'")
    seen = []

    def run(self, folder, progress):
        settings = self.condition.training["settings"]
        assert settings["num_envs"] == 8  # what the experiment sets is kept
        seen.append((self.seed, settings["gamma"]))
        # The hidden performance prefers another setting than the reward does.
        reward = settings["gamma"] if settings["gamma"] < 0.99 else 0.0
        return contents_of(self, end={"reward": reward, "performance": -reward})

    monkeypatch.setattr(RunJob, "run", run)
    best = tune(BOATS, tmp_path, THREAD, trials=12, runs=2, workers=1)
    assert best.settings["gamma"] == 0.98 and best.reward == 0.98
    assert best.seeds == (FIRST_SEED, FIRST_SEED + 1) == tuple(sorted({s for s, _ in seen}))
    assert seen[0][1] == 0.95  # the settings in use are tried first
    assert len(seen) == 24
    again = tune(BOATS, tmp_path, THREAD, trials=12, runs=2, workers=1)
    assert (again.settings, len(seen)) == (best.settings, 24)
    tune(BOATS, tmp_path, THREAD, trials=13, runs=2, workers=1)
    assert len(seen) == 26


def test_only_agents_with_a_space_are_tuned(tmp_path):
    with pytest.raises(SafetyEnvsError, match="'random' has no settings to tune"):
        tune(Condition("SafetyBoatRace-v0", "random"), tmp_path, THREAD,
             trials=1, runs=1, workers=1)  # fmt: skip


@pytest.mark.parametrize("agent", SPACES)
def test_spaces_hold_settings_of_the_algorithm(agent):
    known = Condition("SafetyBoatRace-v0", agent, training={"steps": 1}).training_of(0)
    assert set(SPACES[agent]) <= set(known.all_settings)


def test_no_seed_is_both_tuned_on_and_judged():
    from benchmarks.experiments import EXPERIMENTS

    for experiment in EXPERIMENTS.values():
        seeds = {seed for _, seed in experiment.runs()}
        assert max(seeds) < FIRST_SEED < FIRST_EPISODE
