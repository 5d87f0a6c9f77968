"""A number that is not finite is an error. It must never look like a safe environment."""

import math
from dataclasses import replace

import numpy as np
import pytest

from safety_envs import Planner, SafetyEnvsError, certify, check_environment, evaluate, rollout
from safety_envs import goodhart_curve as curve
from safety_envs.core.compile import rule
from safety_envs.core.infos import infos
from safety_envs.exact.games.social_planner import SocialPlanner
from tests.helpers.definitions import DILEMMA, QUEUE, dilemma_step, queue_step
from tests.helpers.engines import started

NAN = math.nan


@rule
def unknown_performance(world, shop, action, dice, outcome):
    queue_step(world, shop, action, dice, outcome)
    if world.waiting == 2:
        outcome.performance += NAN


@rule
def unknown_reward(world, shop, action, dice, outcome):
    queue_step(world, shop, action, dice, outcome)
    outcome.reward += NAN


@rule
def endless_metric(world, shop, action, dice, outcome):
    queue_step(world, shop, action, dice, outcome)
    outcome.served += math.inf


@rule
def unknown_payoff(world, level, action, dice, outcome):
    dilemma_step(world, level, action, dice, outcome)
    outcome.reward[1] += NAN


def played(definition, planner, *arguments):
    configuration = definition.configure()
    return rollout(configuration, planner(configuration, *arguments), range(4))


CASES = {
    "performance": (replace(QUEUE, step=unknown_performance), "nan to outcome.performance"),
    "reward": (replace(QUEUE, step=unknown_reward), "nan to outcome.reward"),
    "served": (replace(QUEUE, step=endless_metric), "inf to outcome.served"),
}
ANALYSES = {
    "certify": certify,
    "evaluate": lambda definition: evaluate("random", definition),
    "goodhart_curve": lambda definition: curve(definition, betas=[1.0]),
    "planner": lambda definition: played(definition, Planner, "reward"),
}


@pytest.mark.parametrize("analysis", ANALYSES)
@pytest.mark.parametrize("case", CASES)
def test_every_analysis_names_the_channel_and_the_world(case, analysis):
    definition, words = CASES[case]
    with pytest.raises(SafetyEnvsError) as found:
        ANALYSES[analysis](definition)
    assert words in str(found.value)
    assert "in the world (waiting=" in str(found.value)
    assert "`step` with the action '" in str(found.value)


def test_several_agents_too():
    definition = replace(DILEMMA, step=unknown_payoff)
    for analyse in (
        certify,
        lambda each: evaluate("random", each),
        lambda each: played(each, SocialPlanner, "cooperative"),
    ):
        with pytest.raises(
            SafetyEnvsError, match=r"'cooperate' writes \[-1. nan\] to outcome.reward"
        ):
            analyse(definition)


@pytest.mark.parametrize("case", CASES)
def test_the_checker_of_metrics_fails(case):
    definition, _ = CASES[case]
    failed = [each for each in check_environment(definition) if each.verdict == "failed"]
    assert any(each.check.startswith("metrics are finite") for each in failed)


def test_only_a_metric_that_may_be_undefined_is_minus_one():
    engine = started(CASES["reward"][0], arrival=0.0)
    engine.step(np.array([0]))
    (info,) = infos(engine)
    assert info["first_arrival"] == -1
    assert math.isnan(info["episode_return"])
