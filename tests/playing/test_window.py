"""The window: events in, pictures out; words never lie over each other."""

import itertools
import os
import shutil
import subprocess
import sys

import pygame
import pytest

from safety_envs import Trajectory, find
from safety_envs.playing.commands import has_display
from safety_envs.playing.console import Console
from safety_envs.playing.pen import Pen
from safety_envs.playing.session import Session
from safety_envs.playing.window import Window, key_of
from tests.helpers.definitions import DILEMMA
from tests.helpers.paths import ROOT

PROXY = find("SafetyProxy-v0").configure(size=3, patches=1, max_steps=5)
HARVEST = find("SafetyCommonsHarvest-v0").configure(layout="small", agents=8, view=3)
RACE = find("SafetyRace-v0").configure(agents=3)
ALERTS = find("SafetyCyberDefence-v0").configure(max_steps=3)
CONFIGURATIONS = {
    "board": PROXY, "views": HARVEST, "many actions": RACE, "board and features": ALERTS,
    "features": DILEMMA.configure(),
}  # fmt: skip


@pytest.fixture(autouse=True)
def _no_display(monkeypatch):
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    pygame.display.quit()
    yield
    pygame.display.quit()


def window_of(configuration, seed=3):
    return Window(Console(Session(configuration, seed)))


def pixels(picture):
    return pygame.image.tobytes(picture, "RGB")


def pressed(key, typed="", mod=0):
    return pygame.event.Event(pygame.KEYDOWN, key=key, unicode=typed, mod=mod)


def test_keys_play_and_the_close_button_closes():
    window = window_of(PROXY)
    for event in (
        pressed(pygame.K_UP), pressed(pygame.K_r, "r"), pressed(pygame.K_BACKSPACE),
        pressed(pygame.K_LSHIFT, mod=pygame.KMOD_LSHIFT), pressed(pygame.K_F5),
        pressed(pygame.K_s, "s"), pressed(pygame.K_TAB), pygame.event.Event(pygame.QUIT),
        pressed(pygame.K_u, "u"),
    ):  # fmt: skip
        pygame.event.post(event)
    window.run()
    console = window.console
    assert console.done and console.revealed
    assert console.session.trajectory.actions[:2].ravel().tolist() == [0, 4]


def test_keys_have_the_names_of_the_terminal():
    names = {
        "up": pressed(pygame.K_UP), "tab": pressed(pygame.K_TAB, "\t"), "?": pressed(45, "?", 1),
        "home": pressed(pygame.K_HOME), "backspace": pressed(pygame.K_BACKSPACE, "\b"),
        "ctrl-n": pressed(pygame.K_n, "\x0e", pygame.KMOD_LCTRL), "enter": pressed(13, "\r"),
        "": pressed(pygame.K_LCTRL, mod=pygame.KMOD_LCTRL), "5": pressed(pygame.K_5, "5"),
    }  # fmt: skip
    assert {name: key_of(event) for name, event in names.items()} == {name: name for name in names}


def test_a_held_key_is_one_step():
    window_of(PROXY)
    assert pygame.key.get_repeat() == (0, 0)


def test_the_picture_shows_what_is_asked_for_and_nothing_else():
    window = window_of(PROXY)
    size = tuple(map(int, window.size))
    begin = pixels(window.picture(size))
    window.console.press("tab")
    revealed = pixels(window.picture(size))
    window.console.press("?")
    valued = pixels(window.picture(size))
    assert len({begin, revealed, valued}) == 3
    for key in ("tab", "?"):
        window.console.press(key)
    window.console.message = "Choose an action."
    assert pixels(window.picture(size)) == begin


def test_hidden_fields_and_what_lies_outside_of_a_view_do_not_change_the_picture():
    window = window_of(HARVEST)
    size = tuple(map(int, window.size))
    session = window.console.session
    near = session.worlds
    seen = pixels(window.picture(size))
    revealed = window.console
    far = near.copy()
    far["apples"] = ~near["apples"] if near["apples"].dtype == bool else 1 - near["apples"]
    session.engine.worlds = far
    assert pixels(window.picture(size)) == seen
    revealed.press("tab")
    other = pixels(window.picture(size))
    session.engine.worlds = near
    assert pixels(window.picture(size)) != other


class Ink(Pen):
    """A pen that notes where words are."""

    def __init__(self, surface, scale):
        super().__init__(surface, scale)
        self.places = []

    def text(self, x, y, words, *style, right=False, **more):
        width = super().text(x, y, words, *style, right=right, **more)
        self.places.append((words, pygame.FRect(x - width * right, y - 7, width, 14)))
        return width


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_words_do_not_lie_over_each_other_and_stay_inside(name, monkeypatch):
    window = window_of(CONFIGURATIONS[name])
    pens = []
    monkeypatch.setattr("safety_envs.playing.window.Pen",
                        lambda *given: pens.append(Ink(*given)) or pens[-1])  # fmt: skip
    letter = window.console.keys.letters[-1]
    window.console.message = "A message may be long, and it is broken into lines that fit. " * 3
    size = tuple(map(int, window.size))
    for key in (None, "?", "tab", *[letter] * 12):
        if key:
            window.console.press(key)
        window.picture(size)
        places = pens[-1].places
        assert len(places) > 12
        for words, place in places:
            assert pygame.FRect(0, 0, *size).contains(place), words
        for (words, place), (other, there) in itertools.combinations(places, 2):
            assert not place.colliderect(there), (words, other)


@pytest.mark.parametrize("size", [(1600, 900), (500, 900), (120, 60), (1, 1)])
def test_a_window_of_any_size_can_be_drawn(size):
    window = window_of(PROXY)
    assert window.picture(size).get_size() == size


def test_a_display_is_looked_for(monkeypatch):
    monkeypatch.setattr(sys, "platform", "linux")
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER"):
        monkeypatch.delenv(name, raising=False)
    assert not has_display()
    monkeypatch.setenv("DISPLAY", ":7")
    assert has_display()
    monkeypatch.setenv("SDL_VIDEODRIVER", "dummy")
    assert not has_display()


XVFB = shutil.which("Xvfb")
SCRIPT = """
import pygame
from safety_envs import find
from safety_envs.playing import commands, window
pressed, show = iter("u\\tr"), window.Window.run
def run(self):
    assert pygame.display.get_driver() == "x11", pygame.display.get_driver()
    for typed in pressed:
        key = pygame.K_TAB if typed == "\\t" else ord(typed)
        pygame.event.post(pygame.event.Event(pygame.KEYDOWN, key=key, unicode=typed, mod=0))
    pygame.event.post(pygame.event.Event(pygame.QUIT))
    show(self)
window.Window.run = run
commands.play("SafetyProxy-v0", size=2, patches=1, save="game.npz")
"""


@pytest.mark.skipif(XVFB is None, reason="Xvfb is not installed: apt-get install xvfb")
def test_a_window_opens_on_an_x_display(tmp_path):
    read, write = os.pipe()
    server = subprocess.Popen(
        [XVFB, "-displayfd", str(write), "-screen", "0", "1280x800x24", "-nolisten", "tcp"],
        pass_fds=[write], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        os.close(write)
        display = os.read(read, 20).decode().strip()
        environment = {**os.environ, "DISPLAY": f":{display}", "NUMBA_DISABLE_JIT": "1",
                       "PYTHONPATH": str(ROOT)}  # fmt: skip
        del environment["SDL_VIDEODRIVER"]
        subprocess.run([sys.executable, "-c", SCRIPT], cwd=tmp_path, env=environment, check=True,
                       timeout=120)  # fmt: skip
    finally:
        server.terminate()
        server.wait(30)
        os.close(read)
    assert Trajectory.load(tmp_path / "game.npz").actions.ravel().tolist() == [0, 3]
