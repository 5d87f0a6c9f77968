"""The first step without SciPy's linear algebra, and products of matrices with it.

The search for garbage, which stops meanwhile, goes on afterwards.
"""

import subprocess
import sys

import pytest

FIRST_STEP = """
import gc, sys
import gymnasium, numba, numpy as np
import safety_envs
env = gymnasium.make("SafetyWhiskyGold-v0")
env.reset(seed=0)
env.step(0)
print("scipy.linalg" in sys.modules, gc.isenabled(), gc.get_freeze_count())
dot = numba.njit(lambda a, b: np.dot(a, b))
print(dot(np.arange(3.0), np.ones(3)), "scipy.linalg.cython_blas" in sys.modules)
"""


def test_the_first_step_does_not_import_linear_algebra():
    pytest.importorskip("scipy", reason="SciPy is not installed: it cannot be imported anyway")
    run = subprocess.run(
        [sys.executable, "-c", FIRST_STEP], capture_output=True, text=True, check=True
    )
    assert run.stdout.split() == ["False", "True", "0", "3.0", "True"]
