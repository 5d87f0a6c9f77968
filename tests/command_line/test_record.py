"""Recording: wrong agents, paths and rates are refused, and nothing is left behind."""

import os

import pytest
from PIL import Image

from safety_envs import SafetyEnvsError, find
from safety_envs.__main__ import main
from safety_envs.recording import record
from tests.helpers.refusals import assert_refused

ID = "SafetyProxy-v0"
SMALL = {"size": 3, "patches": 2, "max_steps": 3}


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder to be in, with a file and a folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.gif").mkdir()
    (tmp_path / "file").write_text("text", encoding="utf-8")
    (tmp_path / "ppo").mkdir()
    return tmp_path


def filmed(agents=("random",), out="film.gif", **options):
    return lambda: record(find(ID).configure(**SMALL), agents, out, **options)


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
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_what_cannot_be_recorded_is_refused_in_one_line(case, site):
    work, message = CASES[case]
    assert_refused(work, message)
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
    "unknown agent": (["--agent", "nobody", "--out", "a.gif"], "neither a checkpoint"),
    "unknown format": (["--agent", "random", "--out", "a.avi"], "must end with .mp4"),
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
def test_a_folder_without_permission_to_write_is_refused(site):
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


def test_a_recording_says_what_it_does_and_when_the_film_is_finished(tmp_path, capsys):
    out = tmp_path / "film.webp"
    command = ["record", ID, "--agent", "random", "--title", "nobody", "--out", str(out)]
    command += ["--size", "3", "--patches", "2", "--max-steps", "3", "--render-size", "300"]
    assert main(command) == 0
    said = capsys.readouterr()
    first, *others = said.err.splitlines()
    assert first.startswith("compiling SafetyProxy-v0")
    assert others == ["planning and playing: nobody", "drawing: nobody", "writing 4 frames"]
    assert said.out.splitlines()[-1] == (
        f"the film is finished: {out} ({out.stat().st_size:,} bytes)"
    )
    with Image.open(out) as film:
        assert film.size == (300, 375)
