"""A configuration is a value: its id and keywords are enough to make it again."""

import copy
import json
import pickle
from dataclasses import replace

import cloudpickle
import gymnasium as gym
import numpy as np
import pytest

import safety_envs
from agents.training import Training, train
from safety_envs import Engine, SafetyEnvsError, SafetyParallelEnv, environments, find, sb3_vec_env
from tests.helpers.definitions import DILEMMA, NOISY, QUEUE


def all_configurations():
    """Yields every environment by default, and as each of its variants."""
    for environment in environments().values():
        yield environment.configure()
        for keyword, table in environment.variants.items():
            for value, variant in table.items():
                number = variant.keywords[keyword] if value is float else value
                yield environment.configure(**{keyword: number})


CONFIGURATIONS = [pytest.param(each, id=str(each)) for each in all_configurations()]
VARIANTS = [each for each in all_configurations() if each.environment is not each.asked]
SMALL = {
    "SafetyPower-v0": {"size": 3, "servers": 1},
    "SafetyProxy-v0": {"size": 3, "patches": 1},
    "SafetySideEffects-v0": {"bank": "corridor"},
}
"""Keywords with which all starts of a view can be listed, as a certificate needs it."""


def played(configuration, steps=40):
    """Returns the bytes of all worlds and outcomes of three worlds that act at random."""
    engine = Engine(configuration, 3, compile_rules=False)
    engine.seed([5, 6, 7])
    engine.reset()
    random = np.random.default_rng(0)
    seen = [engine.worlds.tobytes()]
    for _ in range(steps):
        engine.reset(engine.done) if engine.done.any() else None
        engine.step(random.integers(len(configuration.actions), size=engine.action_shape))
        seen += [engine.worlds.tobytes(), engine.ledger.rewards.tobytes()]
    return seen


def assert_the_same(again, configuration, *, play=False):
    assert again == configuration
    assert hash(again) == hash(configuration)
    assert again.id == configuration.id
    assert again.environment is configuration.environment
    assert again.world == configuration.world
    assert type(again.level) is type(configuration.level)
    for mine, its in zip(again.level, configuration.level, strict=True):
        np.testing.assert_array_equal(mine, its)
    if play:
        assert played(again) == played(configuration)


def test_there_are_variants_to_be_tested():
    assert {each.id for each in VARIANTS} == {
        "SafetyAttainableUtility-v0",
        "SafetyControl-v0",
        "SafetyKeyChest-v0",
        "SafetyPower-v0",
        "SafetyProxy-v0",
        "SafetySideEffects-v0",
        "SafetyStagHunt-v0",
    }
    assert not any(each.asked == each.environment for each in VARIANTS)


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_id_and_keywords_name_it(configuration):
    keywords = json.loads(json.dumps(configuration.keywords))
    assert list(map(type, keywords.values())) == list(map(type, configuration.keywords.values()))
    assert_the_same(find(configuration.id).configure(**keywords), configuration, play=True)
    changed = configuration.with_keywords(max_steps=3)
    assert changed.environment is configuration.environment
    assert changed.keywords == {**configuration.keywords, "max_steps": 3}
    assert changed != configuration


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_copies_and_pickles_are_the_same(configuration):
    _ = configuration.layout, configuration.legend  # what it has worked out is not pickled
    for pickler in (pickle, cloudpickle):
        text = pickler.dumps(configuration)
        assert len(text) < 1000
        assert_the_same(pickle.loads(text), configuration)
    assert copy.deepcopy(configuration) is configuration
    assert copy.copy(configuration) is configuration


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_specs_name_it(configuration):
    keywords = configuration.keywords
    if configuration.environment.is_multi_agent:
        env = SafetyParallelEnv(configuration.id, **keywords)
        assert_the_same(env.unwrapped.configuration, configuration)
    else:
        env = gym.make(configuration.id, disable_env_checker=True, **keywords)
        assert_the_same(env.unwrapped.configuration, configuration)
        spec = gym.envs.registration.EnvSpec.from_json(env.spec.to_json())
        assert_the_same(gym.make(spec).unwrapped.configuration, configuration)
        given = spec.kwargs
        assert_the_same(find(given.pop("environment")).configure(**given), configuration)
    batch = gym.make_vec(configuration.id, num_envs=2, **keywords)
    assert_the_same(batch.configuration, configuration)
    assert_the_same(sb3_vec_env(configuration.id, 2, **keywords).configuration, configuration)


@pytest.mark.parametrize("configuration", VARIANTS, ids=str)
def test_certificates_name_it(configuration):
    if "view" in configuration.keywords:
        configuration = configuration.with_keywords(**SMALL[configuration.id])
    if configuration.agents > 1:
        found = safety_envs.certify(configuration.id, **{**configuration.keywords, "max_steps": 1})
    else:
        found = safety_envs.certify(
            configuration.id, seed=0, **{**configuration.keywords, "max_steps": 3}
        )
    again = json.loads(found.to_json())
    assert_the_same(
        find(again["environment"]).configure(**again["keywords"]),
        configuration.with_keywords(max_steps=found.horizon),
    )
    assert str(found).startswith(str(configuration.with_keywords(max_steps=found.horizon)))


def test_checkpoints_name_it(tmp_path):
    chests, keywords = find("SafetyKeyChest-v0"), {"variant": "shield", "size": 4}
    record = train(Training("a2c", chests.id, keywords=keywords, seed=0, steps=100), tmp_path)
    shields = chests.configure(**keywords)
    again = find(record["environment"]).configure(**record["keywords"])
    assert_the_same(again, shields)
    assert safety_envs.policy(tmp_path, shields)
    assert safety_envs.policy(tmp_path, find("SafetyShieldMonster-v0").configure(size=4))
    with pytest.raises(
        SafetyEnvsError, match=r"trained on .*variant=shield.*, not on .*variant=keys"
    ):
        safety_envs.policy(tmp_path, chests.configure(size=3))
    with pytest.raises(SafetyEnvsError, match="not on SafetyCoinCorner-v0"):
        safety_envs.policy(tmp_path, find("SafetyCoinCorner-v0").configure(size=3))


@pytest.mark.parametrize("definition", [QUEUE, DILEMMA, NOISY])
def test_definitions_that_nobody_registered_are_pickled_by_where_they_stand(definition):
    configuration = definition.configure(max_steps=4)
    for pickler in (pickle, cloudpickle):
        again = pickle.loads(pickler.dumps(configuration))
        assert again == configuration
        assert again.environment is definition
    assert copy.deepcopy(definition) is definition


def test_a_definition_without_a_place_is_pickled_field_by_field():
    local = replace(QUEUE, id="SafetyTestLocal-v0")
    again = pickle.loads(cloudpickle.dumps(local.configure(room=4)))
    assert again.id == "SafetyTestLocal-v0"
    assert again.keywords == local.configure(room=4).keywords
    assert played(again) == played(local.configure(room=4))


def test_other_keywords_and_other_definitions_are_not_equal():
    chests = find("SafetyKeyChest-v0")
    shields = chests.configure(variant="shield")
    assert shields != find("SafetyShieldMonster-v0").configure()
    assert shields.environment is find("SafetyShieldMonster-v0")
    assert shields != chests.configure()
    assert len({shields, chests.configure(variant="shield"), chests.configure()}) == 2
    assert {find("SafetyProxy-v0"): 1}[find("SafetyProxy-v0")] == 1


def test_keywords_of_another_variant_are_refused():
    with pytest.raises(SafetyEnvsError, match="mauling"):
        find("SafetyStagHunt-v0").configure(form="matrix", mauling=3)
