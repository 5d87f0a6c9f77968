"""Doors: recording, ids, names of the package, homes. What cannot be is one clear line."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnvsError, certify, find, policy, sb3_vec_env
from safety_envs.__main__ import main
from safety_envs.core import compile as compiling
from safety_envs.core.definition import Environment
from safety_envs.envs import resolve
from safety_envs.recording import record
from safety_envs.render.video import beside, write_video
from tests.definitions import QUEUE

ID = "SafetyProxy-v0"
ROOT = Path(__file__).parent.parent
SMALL = {"size": 3, "patches": 2, "max_steps": 3}
FILM = [np.zeros((4, 4, 3), np.uint8)]


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder to be in, with a file and a folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.gif").mkdir()
    (tmp_path / "file").write_text("text", encoding="utf-8")
    (tmp_path / "ppo").mkdir()
    return tmp_path


def called(function, *arguments):
    return lambda: function(*arguments)


def filmed(agents=("random",), out="film.gif", **options):
    return lambda: record(find(ID).configure(**SMALL), agents, out, **options)


def defined(id):
    fields = {name: getattr(QUEUE, name) for name in QUEUE.__dataclass_fields__}
    return lambda: Environment(**(fields | {"id": id}))


CASES = {
    "no frames per second": (filmed(frames_per_second=0), "frames_per_second .* in 1 .*got 0"),
    "negative frames per second": (filmed(frames_per_second=-3), "in 1 .*got -3"),
    "half a frame per second": (filmed(frames_per_second=0.5), "whole number in 1 .*got 0.5"),
    "a folder to write to": (filmed(out="folder.gif"), "'folder.gif': it is a folder"),
    "a path through a file": (filmed(out="file/deep/film.gif"), "'file' is a file"),
    "a path that is a number": (filmed(out=5), "text or a Path, got 5"),
    "no ending": (filmed(out="film"), "must end with .mp4"),
    "no agents": (filmed([]), "nothing to record: give at least one agent"),
    "a name instead of a list": (filmed("random"), "agents must be a list, got 'random'"),
    "an agent that is a number": (filmed([5]), "must be a list of names"),
    "an agent that is a file": (filmed(["file"]), "'file' is a file: give the folder"),
    "an agent that is an empty folder": (filmed(["ppo"]), "no checkpoint in 'ppo'"),
    "two agents of one name": (filmed(["random", "random"]), "two agents have the title 'random'"),
    "two folders of one name": (filmed(["a/ppo_1", "b/ppo 1"]), "have the title 'ppo 1'"),
    "two agents of one title": (filmed(["random", "nobody"], titles=["x", "x"]), "title 'x'"),
    "a title that is another's name": (filmed(["random", "ppo"], titles=["ppo"]), "title 'ppo'"),
    "more titles than agents": (filmed(titles=["a", "b"]), "2 titles for 1 agents"),
    "titles that are no list": (filmed(titles="a"), "titles must be a list, got 'a'"),
    "a negative seed": (filmed(seed=-1), "whole number of at least 0, got -1"),
    "a seed that is no number": (filmed(seed=1.5), "whole number of at least 0, got 1.5"),
    "a film without frames": (called(write_video, [], "film.gif", 6), "at least one frame"),
    "no films": (called(beside, []), "nothing to show"),
    "films without frames": (called(beside, [FILM, []]), "nothing to show"),
    "a policy that is a number": (called(policy, 5, find(ID).configure()), "a name or the folder"),
    "a policy of a negative seed": (called(policy, "random", find(ID).configure(), -1), "got -1"),
    "an id that is a number": (called(find, 5), "id is text such as 'SafetyProxy-v0', got 5"),
    "an id that is a list": (called(find, [ID]), "id is text"),
    "an id that is an array": (called(find, np.zeros((9, 9))), "id is text"),
    "an id that is nothing": (called(find, None), "id is text such as .* got None"),
    "a definition that is a number": (called(resolve, 5), "its id or its definition, got 5"),
    "a configuration, no definition": (called(resolve, find(ID).configure()), "its id or its"),
    "a batch of a number": (called(sb3_vec_env, 5, 2), "its id or its definition, got 5"),
    "a certificate of a number": (called(certify, 5), "its id or its definition, got 5"),
    "a definition whose id is a number": (defined(5), "id 5 must have the form 'SafetyName-v0'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_says_what_was_found_in_one_line(case, site):
    work, message = CASES[case]
    with pytest.raises(SafetyEnvsError, match=message) as error:
        work()
    assert "\n" not in str(error.value)
    assert not (site / "film.gif").exists()


COMMANDS = {
    "no frames per second": (["--agent", "random", "--out", "a.gif", "--fps", "0"], "got 0"),
    "negative frames": (["--agent", "random", "--out", "a.mp4", "--fps", "-2"], "got -2"),
    "a folder": (["--agent", "random", "--out", "folder.gif"], "it is a folder"),
    "a path through a file": (["--agent", "random", "--out", "file/a.gif"], "'file' is a file"),
    "an agent that is a file": (["--agent", "file", "--out", "a.gif"], "'file' is a file"),
    "an empty folder": (["--agent", "ppo", "--out", "a.gif"], "no checkpoint in 'ppo'"),
    "one title twice": (["--agent", "random", "--agent", "random", "--out", "a.gif"], "--title"),
    "too many titles": (
        ["--agent", "random", "--title", "a", "--title", "b", "--out", "a.gif"],
        "2 titles for 1 agents",
    ),
    "a negative seed": (["--agent", "random", "--out", "a.gif", "--seed", "-1"], "got -1"),
}


@pytest.mark.parametrize("case", COMMANDS)
def test_the_command_line_says_so_in_one_line(case, site, capsys):
    words, message = COMMANDS[case]
    keywords = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]
    assert main(["record", ID, *keywords, *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("error: ") and message in line
    assert sorted(path.name for path in site.iterdir()) == ["file", "folder.gif", "ppo"]


def test_a_path_may_be_text_and_an_agent_play_twice(site):
    both = record(find(ID).configure(**SMALL), ["random"] * 2, "a/b.gif", titles=["one", "two"])
    assert set(both) == {"one", "two"}
    assert [path.name for path in (site / "a").iterdir()] == ["b.gif"]


@pytest.mark.skipif(os.name != "posix" or os.getuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written(site):
    site.chmod(0o500)
    with pytest.raises(SafetyEnvsError, match="cannot write a video"):
        filmed()()


def test_a_failure_in_the_middle_leaves_no_file_behind(site, monkeypatch):
    def fail(frames, path, rate):
        path.write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("safety_envs.render.video._write_animation", fail)
    with pytest.raises(SafetyEnvsError, match=r"cannot write a video to 'film.gif': disk full"):
        filmed()()
    assert sorted(path.name for path in site.iterdir()) == ["file", "folder.gif", "ppo"]


def test_tab_completion_shows_names_that_are_not_loaded_yet():
    code = "import safety_envs as s; print(*dir(s)); print(set(s.__all__) <= set(vars(s)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
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
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "certify\n", done.stderr


HOMELESS = """
import os, pwd, sys
def unknown(uid):
    raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown  # as for a number that no entry among the users names
import gymnasium as gym, safety_envs
env = gym.make("SafetyProxy-v0")
env.reset(seed=0)
env.step(0)
print(*sorted(path.name for path in os.scandir(sys.argv[1])))
"""


@pytest.mark.skipif(os.name != "posix", reason="homes as POSIX has them")
def test_a_user_without_a_home_keeps_code_in_a_folder_of_their_own(tmp_path):
    left_out = ("HOME", "XDG_CACHE_HOME", "SAFETY_ENVS_CACHE")
    environ = {k: v for k, v in os.environ.items() if k not in left_out}
    environ |= {"TMPDIR": str(tmp_path), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", HOMELESS, str(tmp_path)],
        env=environ, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    mine = tmp_path / f"safety_envs-{os.getuid()}"
    if "NUMBA_DISABLE_JIT" not in os.environ:
        assert mine.name in done.stdout.split()
        assert stat.S_IMODE(mine.stat().st_mode) == 0o700
        assert list(mine.rglob("*.nbi"))


@pytest.mark.skipif(os.name != "posix", reason="owners as POSIX has them")
def test_code_is_not_kept_where_others_can_write(tmp_path, monkeypatch):
    def no_home():
        raise RuntimeError("Could not determine home directory.")

    for name in ("XDG_CACHE_HOME", "SAFETY_ENVS_CACHE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(compiling.Path, "home", no_home)
    monkeypatch.setattr(compiling.tempfile, "gettempdir", lambda: str(tmp_path))
    mine = tmp_path / f"safety_envs-{os.getuid()}"
    assert compiling._cache_root() == mine
    mine.chmod(0o777)
    assert compiling._cache_root() is None
    mine.rmdir()
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    mine.symlink_to(tmp_path / "elsewhere")
    assert compiling._cache_root() is None
    mine.unlink()
    mine.write_text("no folder", encoding="utf-8")
    assert compiling._cache_root() is None
    mine.unlink()
    mine.mkdir(mode=0o700)
    monkeypatch.setattr(compiling.os, "getuid", lambda: os.stat(mine).st_uid + 1)
    (tmp_path / f"safety_envs-{os.stat(mine).st_uid + 1}").mkdir(mode=0o700)
    assert compiling._cache_root() is None  # somebody else's
