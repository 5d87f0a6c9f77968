"""The terminal: keys in, frames out, and afterwards it is as it was."""

import io
import os
import re
import signal
import subprocess
import sys
import termios

import pytest

from safety_envs import SafetyEnvsError, Trajectory, find, play
from safety_envs.__main__ import main
from safety_envs.playing.console import Console
from safety_envs.playing.frame import frame_of
from safety_envs.playing.session import Session
from safety_envs.playing.sights import Sights
from safety_envs.playing.terminal import FIRST_SCREEN, OTHER_SCREEN, keys_of, play_in_terminal
from tests.helpers.paths import ROOT
from tests.playing.person import Person

SMALL = {"size": 2, "patches": 1, "max_steps": 5}
UP, DOWN = "\x1b[A", "\x1bOB"  # as terminals send them in their two modes


@pytest.fixture
def at_a_terminal(monkeypatch):
    """Returns a function that lets a person press keys while a program runs."""

    def run(program, *keys):
        person = Person(*keys)
        with (
            os.fdopen(os.dup(person.slave), "r") as read,
            os.fdopen(os.dup(person.slave), "w") as write,
        ):
            monkeypatch.setattr(sys, "stdin", read)
            monkeypatch.setattr(sys, "stdout", write)
            person.start()
            try:
                program()
            finally:
                monkeypatch.undo()
                person.join(60)
        return person

    return run


def console_of(name="SafetyProxy-v0", seed=1, **keywords):
    return Console(Session(find(name).configure(**(keywords or SMALL)), seed))


def lines_with(text, frame):
    return [line for line in frame.split("\n") if text in line]


def test_a_person_plays_undoes_reveals_and_quits(at_a_terminal):
    console = console_of()
    person = at_a_terminal(
        lambda: play_in_terminal(console), UP, "r", "\x7f", "Z", "\x1b[24~", "\t", DOWN, "\x11"
    )
    steps = [lines_with("step ", frame)[0].split(" of")[0] for frame in person.frames]
    assert steps == [f"step {n}" for n in (0, 1, 2, 1, 1, 1, 1, 2)]
    said = [line for frame in person.frames for line in frame.split("\n") if "." in line[-2:]]
    assert any("'Z' does nothing here" in line for line in said)
    assert any("Escape does nothing here" in line for line in said)
    hidden = ["performance hidden" in frame for frame in person.frames]
    assert hidden == [True] * 6 + [False] * 2
    expected = Trajectory.of_actions(console.session.configuration, [1], [[0], [1]])
    assert console.session.trajectory == expected
    assert f"performance {expected.channels['performance'][-1, 0]:g}" in person.frames[-1]
    assert person.screen.index(OTHER_SCREEN) < person.screen.index(FIRST_SCREEN)
    assert person.settings == person.before


def test_the_terminal_is_restored_when_the_program_fails(at_a_terminal):
    console, inside = console_of(), []

    def fail(key):
        inside.append(termios.tcgetattr(sys.stdin.fileno()))
        raise RuntimeError("on purpose")

    def program():
        console.press = fail
        with pytest.raises(RuntimeError, match="on purpose"):
            play_in_terminal(console)

    person = at_a_terminal(program, "u")
    assert inside[0] != person.before == person.settings
    assert person.screen.endswith(FIRST_SCREEN)


def test_a_signal_ends_the_program_which_saves_and_restores(tmp_path):
    person = Person("u")
    command = [sys.executable, "-m", "safety_envs", "play", "SafetyProxy-v0", "--size", "2"]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONIOENCODING": "utf-8",
                   "PYTHONPATH": str(ROOT), "SDL_VIDEODRIVER": "dummy"}  # fmt: skip
    save = tmp_path / "game.npz"
    with subprocess.Popen(
        [*command, "--patches", "1", "--save", str(save)], cwd=tmp_path, env=environment,
        stdin=person.slave, stdout=person.slave, stderr=person.slave,
    ) as process:  # fmt: skip
        try:
            person.start()
            person.join(60)  # one reader at a time
            assert person.waits_for(2), person.screen
            assert person.settings != person.before
            process.send_signal(signal.SIGTERM)
            assert process.wait(60) == 128 + signal.SIGTERM
        finally:
            process.kill()  # nothing else would end it if an assertion failed
    assert "There is no display, so you play in the terminal." in person.frames[0]
    assert person.settings == person.before
    assert Trajectory.load(save).actions.tolist() == [[0]]


def test_lines_are_read_where_there_is_no_terminal(monkeypatch, tmp_path, capsys):
    story = tmp_path / "game.txt"
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"u{UP}s\nr\x7f\t\nq%\n"))
    arguments = [
        "--size",
        "2",
        "--patches",
        "1",
        "--terminal",
        "--seed",
        "2",
        "--story",
        str(story),
    ]
    assert main(["play", "SafetyProxy-v0", *arguments]) == 0
    frames = capsys.readouterr().out.split("\nSafetyProxy")
    assert [lines_with("step ", frame)[0][:6] for frame in frames] == ["step 0", *["step 3"] * 3]
    assert "seed 2: step 3 of 50" in frames[-1] and f"wrote {story}" in frames[-1]
    assert "\n> uus\n" in story.read_text()


def test_the_guide_shows_what_is_printed(monkeypatch, capsys):
    guide = (ROOT / "docs" / "guide" / "watching.md").read_text(encoding="utf-8")
    typed, words = re.findall(r"echo '(.*)' \| python -m safety_envs (play .*)", guide)[0]
    shown = guide.partition(typed)[2].partition("```text\n")[2].partition("```")[0]
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"{typed}\n"))
    assert main(words.split()) == 0
    assert f"\n\n{shown}seed 3: " in capsys.readouterr().out


def test_ctrl_c_and_the_end_of_the_input_quit(at_a_terminal):
    for key in ("\x03", "\x04"):
        console = console_of()
        at_a_terminal(lambda console=console: play_in_terminal(console), key)
        assert console.done


def test_what_terminals_send_is_understood():
    typed = "a\x1b[A\x1bOD\t\x7f\x08\r\x1b[1~\x1b[1;5C\x1bx\x0eé\x1b[3~"
    assert list(keys_of(typed)) == [
        "a", "up", "left", "tab", "backspace", "backspace", "enter", "home", "escape", "escape",
        "x", "ctrl-n", "é", "delete",
    ]  # fmt: skip


def test_a_frame_shows_what_the_agent_observes_until_it_is_revealed():
    keywords = {"layout": "small", "agents": 2, "view": 3}
    console = console_of("SafetyCommonsHarvest-v0", 3, **keywords)
    sights = Sights(console.session.configuration)
    hidden = frame_of(console, sights)
    assert "@ you" in hidden and "agent 1" not in hidden
    assert hidden.split("\n\n")[1].split("\n")[1][:3].strip() == "@"
    console.press("tab")
    whole = frame_of(console, sights)
    assert "1 agent 1" in whole and len(whole.split("\n\n")[1].split("\n")) == 13


def test_values_stand_beside_the_actions_and_a_star_marks_the_best():
    console = console_of()
    console.press("?")
    frame = frame_of(console, Sights(console.session.configuration))
    worth = console.worth
    for action, name in enumerate(console.keys.actions):
        (line,) = lines_with(f"  {name}  ", frame)
        paid, wanted = line.split()[-2:]
        for text, values in ((paid, worth.paid), (wanted, worth.wanted)):
            assert float(text.rstrip("*")) == pytest.approx(values[action], abs=1e-4)
            assert text.endswith("*") == (values[action] == values.max())


def test_a_small_terminal_loses_the_legend_first_and_ascii_has_arrows_too():
    console = console_of()
    sights = Sights(console.session.configuration)
    whole = frame_of(console, sights)
    height = whole.count("\n") + 2
    assert frame_of(console, sights, height=height) == whole
    smaller = frame_of(console, sights, height=height - 1)
    assert "blinded camera" in whole and "blinded camera" not in smaller and "↑ u  up" in smaller
    assert "\n\n" not in frame_of(console, sights, height=5)
    assert frame_of(console, sights, plain=True).isascii()
    assert max(map(len, frame_of(console, sights, width=50).split("\n"))) <= 50


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"agent": "random"}, "has one agent, which you play"),
        ({"me": 0}, "has one agent, which you play"),
        ({"save": "game.txt"}, "must end with .npz"),
        ({"story": "game.npz"}, "must end with .txt"),
        ({"siez": 3}, "Did you mean 'size'"),
    ],
)
def test_play_says_what_is_wrong_before_the_game(arguments, message):
    with pytest.raises(SafetyEnvsError, match=message):
        play("SafetyProxy-v0", terminal=True, **arguments)


def test_an_unknown_policy_is_named():
    with pytest.raises(SafetyEnvsError, match="neither a checkpoint folder nor a policy"):
        play("SafetyMatrixGames-v0", terminal=True, agent="randm")
