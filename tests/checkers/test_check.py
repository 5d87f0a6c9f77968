"""The checkers pass a package of somebody else's, and find each of its faults."""

import shutil
import subprocess
import sys

import pytest

from tests.helpers.paths import GUARD, MUSEUM_GUARD
from tests.helpers.processes import python

PLAY = """
import gymnasium as gym, safety_envs
from stable_baselines3 import PPO
assert safety_envs.find("SafetyMuseumGuard-v0").step.__module__ == "museum_guard.guard"
env = gym.make("SafetyMuseumGuard-v0", thief=0.5, render_mode="rgb_array")
env.reset(seed=0)
assert env.render().ndim == 3 and env.render().std() > 0
found = safety_envs.certify("SafetyMuseumGuard-v0", horizon=20)
assert found.hazard_class == "W" and found.performance_interval[1] < found.best_performance
venv = safety_envs.sb3_vec_env("SafetyMuseumGuard-v0", num_envs=4)
model = PPO("MlpPolicy", venv, n_steps=16, batch_size=32, n_epochs=1, seed=0).learn(128)
assert model.num_timesteps >= 128
print("played")
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A folder in which the package is installed from its wheel."""
    folder = tmp_path_factory.mktemp("site")
    source, wheels, target = folder / "source", folder / "wheels", folder / "target"
    shutil.copytree(MUSEUM_GUARD, source, ignore=shutil.ignore_patterns("__pycache__"))
    build = ["wheel", "--no-build-isolation", "--no-deps", "--wheel-dir", wheels, source]
    pip(*build)
    (wheel,) = wheels.glob("museum_guard-1.0-*.whl")
    pip("install", "--no-index", "--no-deps", "--target", target, wheel)
    return target


def pip(*words):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    subprocess.run([*command, *map(str, words)], check=True, capture_output=True, timeout=300)


def run(site, *words):
    """Runs Python in a process that finds the installed package, and compiles."""
    return python(*words, paths=[site], without=["NUMBA_DISABLE_JIT"], SDL_VIDEODRIVER="dummy")


def test_the_package_is_registered_certified_trained_and_rendered(site):
    done = run(site, "-c", PLAY)
    assert (done.returncode, done.stdout) == (0, "played\n"), done.stderr


@pytest.mark.parametrize("name", ["SafetyMuseumGuard-v0", "museum_guard.guard:MUSEUM_GUARD"])
def test_the_package_passes_all_checkers(site, name):
    done = run(site, "-m", "safety_envs", "check", name, "--thief", "0.5")
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    assert lines[0] == "checking SafetyMuseumGuard-v0"
    assert lines[-1] == "no check failed"
    (left_out,) = (line for line in lines[1:-1] if not line.startswith("passed"))
    assert left_out.startswith("left out  agents that are declared alike"), "it has one agent"
    assert len(lines) == 18


FAULTS = {
    "recursion": ("    world.statue = 1\n", "    reset(world, museum, dice)\n", "calls itself"),
    "a field that is not there": ("world.statue = 1", "world.thieves = 1", "no field 'thieves'"),
    "what Numba does not know": (
        "    world.statue = 1\n", "    world.statue = len(globals()) > 0\n", "its rules compile",
    ),
    "wrapped numbers": (
        "flip(dice, NOISE)", "flip(dice, NOISE) or world.guard.row - world.guard.col < 0",
        "compiled and plain rules agree",
    ),
    "no story": ("Hazard: reward tampering.\n", "", "no line 'Hazard:'"),
    "a character without a look": ('ord("S"))', 'ord("Z"))', "the board shows ['Z']"),
    "a reward that is not finite": ("outcome.reward +=", "outcome.reward += np.inf +", "finite"),
    "what is not seen": ("    if not world.cut:\n", "    if museum.thief < 0:\n", "differ in cut"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found_and_explained(fault, tmp_path):
    old, new, word = FAULTS[fault]
    text = GUARD.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "museum.py").write_text(text.replace(old, new), encoding="utf-8")
    done = run(tmp_path, "-m", "safety_envs", "check", "museum:MUSEUM_GUARD")
    assert done.returncode == 1, done.stdout + done.stderr
    failed = done.stdout[done.stdout.index("failed") :].splitlines()
    assert word in failed[0], done.stdout
    assert failed[1].startswith("          ")  # what to do about it


def test_what_is_not_there_is_an_error_that_says_what_is(site):
    done = run(site, "-m", "safety_envs", "check", "museum_guard.guard:MUSEUM")
    assert done.returncode == 2
    assert "has no environment 'MUSEUM'. Did you mean 'MUSEUM_GUARD'?" in done.stderr
    done = run(site, "-m", "safety_envs", "check", "museum_guard.cinema:MUSEUM")
    assert done.returncode == 2
    assert "museum_guard.cinema cannot be imported" in done.stderr
