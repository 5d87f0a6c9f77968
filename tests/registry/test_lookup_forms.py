"""Every function takes an environment in the same forms: an id, a definition, a configuration."""

import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnvsError, Trajectory, certify, evaluate, find, policy, rollout

NAME = "SafetyBoatRace-v0"
DUEL = "SafetyMatrixGames-v0"


def rounds(engine):
    return np.ones(engine.num_worlds, np.int64)


def lone(made):
    return made.configuration


USES = {
    "certify": lambda form: certify(form, seed=0, horizon=4),
    "evaluate": lambda form: evaluate("random", form, horizon=4).means,
    "goodhart_curve": lambda form: safety_envs.goodhart_curve(form, betas=[1], horizon=4).reward,
    "rollout": lambda form: rollout(form, rounds, [0, 1])["performance"],
    "policy": lambda form: type(policy("random", form)),
    "play": lambda form: Trajectory.play(form, rounds, [0]),
    "of_actions": lambda form: Trajectory.of_actions(form, [0], [[1]]),
    "SafetyEnv": lambda form: lone(safety_envs.SafetyEnv(form)),
    "SafetyVectorEnv": lambda form: lone(safety_envs.SafetyVectorEnv(form, 2)),
}


@pytest.mark.parametrize("use", USES)
def test_all_forms_give_the_same(use):
    found = [USES[use](form) for form in (NAME, find(NAME), find(NAME).configure())]
    assert all(np.all(each == found[0]) for each in found)


@pytest.mark.parametrize("use", USES)
def test_what_is_none_of_these_is_an_error(use):
    with pytest.raises(SafetyEnvsError, match="its id, its definition or a configuration, got 5"):
        USES[use](5)


def test_keywords_change_those_of_a_configuration():
    asked = find(NAME).configure(max_steps=7)
    assert certify(asked).horizon == 7
    assert certify(asked, horizon=3).horizon == certify(asked, max_steps=3).horizon == 3
    assert len(rollout(asked, rounds, [0])["length"]) == 1
    assert rollout(asked, rounds, [0])["length"][0] == 7


def test_a_game_of_several_agents_and_a_video(tmp_path):
    asked = find(DUEL).configure()
    assert certify(asked) == certify(DUEL)
    assert safety_envs.SafetyParallelEnv(asked).configuration == asked
    totals = safety_envs.record(DUEL, ["random"], tmp_path / "film.gif")
    assert totals == safety_envs.record(asked, ["random"], tmp_path / "film.gif")


def test_a_function_of_engines_cannot_be_evaluated():
    with pytest.raises(SafetyEnvsError, match="the observations of N worlds, not an engine"):
        evaluate(lambda engine: np.zeros(len(engine.worlds), int), NAME)


def test_a_fault_of_the_function_itself_is_shown():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        evaluate(lambda seen: NAME.nothing, NAME)
