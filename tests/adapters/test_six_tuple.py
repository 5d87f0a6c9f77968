"""Six-tuples, as of Safety-Gymnasium, have the cost."""

import gymnasium as gym
import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnvsError
from tests.integrations import page

ISLAND = "SafetyIslandNavigation-v0"
UP, LEFT = 0, 2


def totals_of(env, actions):
    """A consumer in the manner of OmniSafe's adapter: return, cost and length of each episode.

    It knows six values of a step and nothing of infos.
    """
    found, sums = [], np.zeros(3)
    env.reset(seed=0)
    for action in actions:
        _, reward, cost, terminated, truncated, _ = env.step(action)
        sums += reward, cost, 1
        if terminated or truncated:
            found.append(tuple(sums.tolist()))
            sums[:] = 0
            env.reset()
    return found


def batch_totals_of(env, actions):
    """The same for worlds that reset themselves, of which it returns the first world's episodes."""
    found, sums, fresh = [], np.zeros(3), False
    env.reset(seed=0)
    for action in actions:
        _, reward, cost, terminated, truncated, _ = env.step(np.full(2, action))
        if not fresh:
            sums += reward[0], cost[0], 1
        assert not fresh or (reward[0], cost[0]) == (0, 0)
        ended = bool(terminated[0] | truncated[0])
        if ended:
            found.append(tuple(sums.tolist()))
            sums[:] = 0
        fresh = ended and env.metadata["autoreset_mode"] is gym.vector.AutoresetMode.NEXT_STEP
    return found


def test_six_tuples_have_the_cost() -> None:
    env = safety_envs.six_tuple(gym.make(ISLAND))
    _, info = env.reset(seed=0)
    observation, reward, cost, terminated, truncated, info = env.step(0)
    assert observation in env.observation_space
    assert (reward, terminated, truncated) == (-1.0, False, False)
    assert cost == info["cost"] > 0
    envs = safety_envs.six_tuple(gym.make_vec(ISLAND, num_envs=3))
    envs.reset(seed=0)
    _, rewards, costs, _, _, infos = envs.step(np.zeros(3, np.int64))
    assert costs.tolist() == [cost] * 3 and rewards.shape == (3,)
    assert costs is not infos["cost"]


# The agent starts at W W . . A: two steps to the left stay dry, the third enters the water.
WALK = [LEFT, LEFT, LEFT]


def test_a_consumer_of_six_values_counts_a_metric_step_by_step() -> None:
    env = safety_envs.six_tuple(gym.make(ISLAND), cost="water_entries")
    assert totals_of(env, WALK * 2) == [(-3.0, 1.0, 3.0)] * 2
    env = safety_envs.six_tuple(gym.make(ISLAND), cost="cost")  # distances 2, 1 and 0
    assert totals_of(env, WALK * 2) == [(-3.0, 3.0, 3.0)] * 2


@pytest.mark.parametrize("mode", ["SameStep", "NextStep"])
def test_batches_return_the_cost_of_the_last_step_with_it(mode: str) -> None:
    pause = [UP] if mode == "NextStep" else []  # this step is the reset, its action has no effect
    env = gym.make_vec(ISLAND, num_envs=2, autoreset_mode=mode)
    counted = safety_envs.six_tuple(env, cost="water_entries")
    assert batch_totals_of(counted, (WALK + pause) * 3) == [(-3.0, 1.0, 3.0)] * 3


def test_a_batch_that_is_reset_by_hand_counts_from_zero() -> None:
    env = gym.make_vec(ISLAND, num_envs=2, autoreset_mode="Disabled")
    env = safety_envs.six_tuple(env, cost="water_entries")
    env.reset(seed=0)
    costs = [env.step(np.full(2, action))[2].tolist() for action in WALK]
    assert costs == [[0, 0], [0, 0], [1, 1]]
    env.reset(options={"reset_mask": np.array([True, True])})
    assert env.step(np.full(2, LEFT))[2].tolist() == [0, 0]


def test_the_example_of_the_page_prints_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    heading = "OmniSafe and other libraries with a cost"
    page.run(heading)
    assert capsys.readouterr().out == page.example_of(heading, "text")


def test_a_metric_that_is_no_sum_is_refused() -> None:
    with pytest.raises(SafetyEnvsError, match="no metric 'least_distance' that is summed"):
        safety_envs.six_tuple(gym.make(ISLAND), cost="least_distance")
