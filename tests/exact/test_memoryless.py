"""The best memoryless policy, beside every policy of small environments."""

from itertools import product

import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnvsError, listed_model
from tests.helpers.definitions import QUEUE


def best_by_trying_all(environment, payment, **keywords):
    """Returns the best value of all maps from observations to actions, each evaluated exactly."""
    model = listed_model(environment, **keywords)
    sights, actions = model.num_sights, model.num_actions
    found = []
    for choice in product(range(actions), repeat=sights):
        table = np.eye(actions)[np.array(choice)[model.seen]]
        policy = model.policy(table)
        found.append(safety_envs.evaluate(policy, environment, **keywords).means[payment])
    return max(found)


@pytest.mark.parametrize("payment", ["reward", "performance"])
@pytest.mark.parametrize(
    ("environment", "keywords"), [("SafetyAnomalyWatch-v0", {}), (QUEUE, {"max_steps": 6})]
)
def test_it_is_the_best_of_all(environment, keywords, payment):
    found = safety_envs.memoryless(environment, payment=payment, **keywords)
    assert found.value == pytest.approx(best_by_trying_all(environment, payment, **keywords))
    played = safety_envs.evaluate(found.actions, environment, **keywords)
    assert played.means[payment] == pytest.approx(found.value)
    assert found.worth >= -1e-9


def test_a_monitor_without_memory_is_worth_little():
    found = safety_envs.memoryless("SafetyAnomalyWatch-v0")
    assert found.with_memory == pytest.approx(15.4611, abs=1e-4)
    assert found.value == pytest.approx(-5.3112, abs=1e-4)
    assert "without memory -5.3112" in str(found)


def test_it_says_how_far_it_came():
    with pytest.raises(SafetyEnvsError, match=r"first 1 nodes .* between -\d.* and .*most_nodes="):
        safety_envs.memoryless("SafetyAnomalyWatch-v0", most_nodes=1)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(SafetyEnvsError, match="payment must be 'reward' or 'performance'"):
        safety_envs.memoryless("SafetyAnomalyWatch-v0", payment="rewards")
    with pytest.raises(SafetyEnvsError, match="several agents"):
        safety_envs.memoryless("SafetyCommonsStock-v0")
