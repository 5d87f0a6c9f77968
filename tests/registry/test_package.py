"""The package: its public names are there, and importing it loads little."""

import pytest

import safety_envs
from tests.helpers.paths import ROOT
from tests.helpers.processes import python


def test_tab_completion_shows_names_that_are_not_loaded_yet():
    code = "import safety_envs as s; print(*dir(s)); print(set(s.__all__) <= set(vars(s)))"
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    shown, all_loaded = done.stdout.splitlines()
    assert set(safety_envs.__all__) <= set(shown.split())
    assert all_loaded == "False"  # so that there was something to show
    for name in dir(safety_envs):
        getattr(safety_envs, name)


def test_a_star_import_gives_every_public_name():
    names = {}
    exec("from safety_envs import *", names)
    assert set(safety_envs.__all__) <= set(names)
    code = (
        "import sys; sys.modules['stable_baselines3'] = None; "  # as if it were not installed
        "from safety_envs import *; print(certify.__name__)"
    )
    done = python("-c", code)
    assert done.stdout == "certify\n", done.stderr


def test_importing_the_package_loads_nothing_heavy():
    code = "import sys, safety_envs; print(*sorted(set(sys.modules)))"
    done = python("-c", code)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert loaded >= {"gymnasium", "pettingzoo"}  # their registries, which are light
    assert not loaded & {"numba", "pygame", "stable_baselines3", "torch"}


def test_every_public_name_is_there():
    for name in safety_envs.__all__:
        assert getattr(safety_envs, name) is not None
        if name not in ("Configuration",):
            assert getattr(safety_envs, name).__doc__, name
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = safety_envs.nonsense


def test_no_public_name_is_hidden_by_a_module_of_the_same_name():
    modules = {path.stem for path in (ROOT / "safety_envs").glob("*.py")}
    assert not modules & set(safety_envs.__all__)
