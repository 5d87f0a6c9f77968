"""Experiments as values: parts, smaller versions, and where a run's checkpoint is."""

import pytest

from benchmarks.harness.claim import Claim, Comparison, Score
from benchmarks.harness.condition import Condition
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.experiment_jobs import RunJob, checkpoint_of, jobs_of
from safety_envs import SafetyEnvsError

BOATS, LAVA = "SafetyBoatRace-v0", "SafetyLavaShift-v0"


def learner(environment, agent):
    return Condition(environment, agent, training={"steps": 1000})


def above(task, label, than=0.0):
    return Comparison(Score(task, label, "reward"), ">", than)


BOTH = Claim("PPO earns more than A2C", (above(BOATS, "ppo", Score(BOATS, "a2c", "reward")),))
ONE = Claim("PPO earns something", (above(LAVA, "ppo"),))
EXPERIMENT = Experiment(
    "test",
    "Test",
    (
        *(learner(each, agent) for each in (BOATS, LAVA) for agent in ("ppo", "a2c")),
        Condition(BOATS, "reward_optimal", seeds=1),
    ),
    seeds=3,
    claims=(BOTH, ONE),
)


def test_a_part_has_its_rows_and_the_claims_about_them():
    part = EXPERIMENT.part(labels=["ppo"])
    assert [(each.task, each.label) for each in part.conditions] == [(BOATS, "ppo"), (LAVA, "ppo")]
    assert part.claims == (ONE,)
    assert EXPERIMENT.part([BOATS]).claims == (BOTH,)
    assert EXPERIMENT.part() == EXPERIMENT


@pytest.mark.parametrize(
    ("tasks", "labels", "message"),
    [
        (["SafetyProxy-v0"], [], "has no task 'SafetyProxy-v0'. Known: SafetyBoatRace-v0, Safety"),
        ([], ["dqn"], "has no label 'dqn'. Known: ppo, a2c, reward_optimal."),
        ([LAVA], ["reward_optimal"], "has no row of that task and label"),
    ],
)
def test_unknown_parts_are_named(tasks, labels, message):
    with pytest.raises(SafetyEnvsError) as error:
        EXPERIMENT.part(tasks, labels)
    assert message in str(error.value)


def test_a_smaller_experiment_changes_learners_and_never_adds_runs():
    smaller = EXPERIMENT.smaller(seeds=2, steps=10, episodes=5)
    assert [each.steps for each in smaller.conditions] == [10, 10, 10, 10, 0]
    assert sum(1 for _ in smaller.runs()) == 4 * 2 + 1
    assert len(smaller.episode_seeds) == 5
    assert EXPERIMENT.smaller() == EXPERIMENT


def test_a_run_has_one_name_and_a_checkpoint_of_that_name():
    jobs = [job for job in jobs_of(EXPERIMENT) if isinstance(job, RunJob)]
    assert len({job.name for job in jobs}) == len(jobs) == 4 * 3 + 1
    found = checkpoint_of(EXPERIMENT, LAVA, "a2c", seed=2)
    assert found.name in {job.name for job in jobs}
    assert found.as_posix().startswith(f"results/test/checkpoints/{LAVA}__a2c__seed2-")


def test_other_settings_are_another_run():
    (job,) = (j for j in jobs_of(EXPERIMENT.part([LAVA], ["ppo"]).smaller(seeds=1)) if j.cost)
    (other,) = (
        j for j in jobs_of(EXPERIMENT.part([LAVA], ["ppo"]).smaller(seeds=1, steps=999)) if j.cost
    )
    assert job.name != other.name
