"""Specs are data, and make the same environment again."""

import json

import gymnasium as gym
import pytest
from gymnasium.vector import AutoresetMode

from tests.helpers.configurations import CONFIGURATIONS, Case, has_several, name_of


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_a_spec_is_data_that_makes_the_same_again(case: Case) -> None:
    name, keywords = case
    envs = gym.make_vec(name, num_envs=2, autoreset_mode=AutoresetMode.SAME_STEP, **keywords)
    faces = [(envs, gym.make_vec)]
    if not has_several(case):
        faces.append((gym.make(name, **keywords), gym.make))  # type: ignore[arg-type]
    for face, make in faces:
        assert face.spec is not None
        spec = gym.envs.registration.EnvSpec.from_json(face.spec.to_json())
        again = make(spec)
        configuration = face.unwrapped.configuration  # type: ignore[attr-defined]
        assert again.unwrapped.configuration == configuration  # type: ignore[attr-defined]
        assert face.spec.max_episode_steps == configuration.max_steps


def test_an_autoreset_mode_is_text_in_the_spec() -> None:
    envs = gym.make_vec("SafetyProxy-v0", num_envs=2, autoreset_mode=AutoresetMode.SAME_STEP)
    assert envs.spec is not None
    assert json.loads(envs.spec.to_json())["kwargs"]["autoreset_mode"] == "SameStep"
