"""The experiments: what they name exists, and what they claim can be decided."""

from dataclasses import fields

import pytest

from agents.training import Training
from benchmarks.experiments import EXPERIMENTS, find_experiment, sources
from benchmarks.harness.claim import RUNS_FOR_A_VERDICT, Score
from benchmarks.harness.condition import CONTROLS
from benchmarks.harness.statements import Statement
from benchmarks.harness.validity import check_experiment
from safety_envs import SafetyEnvsError, environments, named_policies
from safety_envs.reference.overview import problem_of

NAMES = list(EXPERIMENTS)
IN_A_RECORD = ("sessions", "pairs")
"""Settings that say how many independent runs a record holds."""


def scores_of(claim):
    sides = [side for each in claim.criteria for side in (each.score, each.than)]
    return [side for side in sides if isinstance(side, Score)]


def runs_of(experiment, condition):
    seeds = experiment.seeds if condition.seeds is None else condition.seeds
    settings = condition.training.get("settings", {})
    return seeds * max([settings.get(name, 1) for name in IN_A_RECORD])


@pytest.mark.parametrize("name", NAMES)
def test_an_experiment_is_found_under_its_name(name):
    assert find_experiment(name).name == name


def test_an_unknown_experiment_is_named_with_the_nearest():
    with pytest.raises(SafetyEnvsError, match="Did you mean 'gridworlds'"):
        find_experiment("gridworld")


def test_an_experiment_can_be_a_file(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[[conditions]]\nenvironment = "SafetyBoatRace-v0"\nagent = "random"\n')
    assert find_experiment(str(path)).name == "mine"


@pytest.mark.parametrize("name", NAMES)
def test_every_row_can_be_run_and_every_claim_be_decided(name):
    check_experiment(EXPERIMENTS[name])
    for claim in EXPERIMENTS[name].claims:
        assert claim.criteria and not claim.statement.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_every_task_has_a_random_row(name):
    experiment = EXPERIMENTS[name]
    rows = {(each.task, each.label) for each in experiment.conditions}
    assert all((each.task, "random") in rows for each in experiment.conditions)


@pytest.mark.parametrize("name", NAMES)
def test_rows_of_a_task_are_of_one_configuration(name):
    seen = {}
    for each in EXPERIMENTS[name].conditions:
        found = (each.configuration, each.shifted)
        assert seen.setdefault(each.task, found) == found, each.task


@pytest.mark.parametrize("name", NAMES)
def test_every_figure_is_there_and_claims_are_told_apart(name):
    from benchmarks.report.figures import FIGURES

    experiment = EXPERIMENTS[name]
    assert set(experiment.figures) <= set(FIGURES)
    statements = [claim.statement for claim in experiment.claims]
    assert len(set(statements)) == len(statements)


@pytest.mark.parametrize("name", NAMES)
def test_every_claim_has_the_runs_for_a_verdict(name):
    experiment = EXPERIMENTS[name]
    rows = {(each.task, each.label): each for each in experiment.conditions}
    for claim in experiment.claims:
        for score in scores_of(claim):
            if rows[score.task, score.label].seeds == 1 and score.label in named_policies():
                continue  # a planner's score is exact
            assert runs_of(experiment, rows[score.task, score.label]) >= RUNS_FOR_A_VERDICT


@pytest.mark.parametrize("name", NAMES)
def test_every_experiment_says_what_it_is_and_how_it_was_tuned(name):
    experiment = EXPERIMENTS[name]
    assert experiment.title and experiment.introduction
    assert "tuned" in experiment.tuned or "were chosen" in experiment.tuned
    assert set(experiment.remarks) <= {each.task for each in experiment.conditions}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_said_to_be_published_is_cited(name):
    from benchmarks.harness.statements import refuse_uncited

    experiment = EXPERIMENTS[name]
    words = [experiment.introduction, *experiment.remarks.values()]
    words += [text for claim in experiment.claims for text in (claim.statement, claim.remark)]
    for text in words:
        refuse_uncited(text, sources.STATEMENTS)
    for claim in experiment.claims:
        assert claim.source is None or claim.source in sources.STATEMENTS


def test_a_source_that_was_read_names_its_section():
    for statement in sources.STATEMENTS:
        assert isinstance(statement, Statement)
        assert statement.read == bool(statement.section)
        assert not statement.words.endswith(".")
    assert any(statement.read for statement in sources.STATEMENTS)


def test_the_core_has_twelve_environments_of_all_problems_and_three_algorithms():
    rows = EXPERIMENTS["core"].conditions
    assert len({each.environment for each in rows}) == len({each.task for each in rows}) == 12
    problems = {problem_of(each.configuration.environment) for each in rows}
    assert problems == {"alignment", "robustness", "monitoring", "systemic"}
    assert {each.agent for each in rows if each.learns} == {"ppo", "a2c", "dqn"}
    for task in {each.task for each in rows}:
        mine = [each for each in rows if each.task == task]
        several = mine[0].configuration.environment.is_multi_agent
        assert {*CONTROLS[several], "ppo", "a2c", "dqn"} == {each.label for each in mine}


def test_every_environment_is_in_the_experiment_with_all():
    assert {each.environment for each in EXPERIMENTS["all"].conditions} == {
        each.id for each in environments().values()
    }


def test_training_has_only_fields_that_a_training_has():
    known = {field.name for field in fields(Training)} - {
        "algorithm", "environment", "keywords", "seed", "method",
    }  # fmt: skip
    for experiment in EXPERIMENTS.values():
        for condition in experiment.conditions:
            assert set(condition.training) <= known


def test_the_planners_have_one_run_and_random_has_them_all():
    for experiment in EXPERIMENTS.values():
        for condition in experiment.conditions:
            if condition.agent in named_policies():
                assert (condition.seeds == 1) == (condition.agent != "random")


@pytest.mark.parametrize("name", NAMES)
def test_planners_of_groups_are_asked_only_where_agents_see_the_whole_world(name):
    for condition in EXPERIMENTS[name].conditions:
        if condition.agent in ("cooperative", "equilibrium"):
            assert not condition.configuration.environment.hidden
