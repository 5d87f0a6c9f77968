"""The checker of batches finds faults."""

import numpy as np
import pytest

from safety_envs import SafetyEnv, SafetyVectorEnv, check_vector_env, environments


class Faulty(SafetyVectorEnv):
    """A batch with one fault, which the checker must find."""

    fault = ""

    def step(self, actions):
        observations, rewards, terminated, truncated, infos = super().step(actions)
        if self.fault == "reward":
            rewards[1] += 0.5
        elif self.fault == "mask":
            infos["_performance"][0] = False
        elif self.fault == "dtype":
            infos["performance"] = infos["performance"].astype(np.int64)
        elif self.fault == "observation":
            observations = observations.copy()
            observations[2] = observations[0]
        elif self.fault == "info":
            del infos["cost"]
        elif self.fault == "truncated":
            terminated, truncated = terminated | truncated, np.zeros_like(truncated)
        return observations, rewards, terminated, truncated, infos


@pytest.mark.parametrize("fault", ["reward", "mask", "dtype", "observation", "info", "truncated"])
def test_the_vector_checker_finds_faults(fault):
    environment = environments()["SafetyProxy-v0"]

    def make(mode):
        env = Faulty(environment, 3, autoreset_mode=mode)
        env.fault = fault
        return env

    with pytest.raises(AssertionError):
        check_vector_env(make, lambda: SafetyEnv(environment), steps=60)
