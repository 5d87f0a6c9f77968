"""The page to play on: in a browser its values are Python's, and its games are the engine's."""

from dataclasses import replace

import numpy as np
import pytest

import safety_envs
from safety_envs import certify, find, q_values
from tests.helpers.chromium import CHROMIUM, Chromium
from tests.helpers.gardens import garden
from tests.helpers.refusals import assert_refused
from tests.pages.browser import WINDOWS, asked, complaints, faults, numbers, opened, press

PROXY = find("SafetyProxy-v0").configure(size=3, patches=2, max_steps=9)
GOLD = find("SafetyWhiskyGold-v0").configure(max_steps=12)  # chance moves the drunken agent
GARDEN = replace(garden(), hidden=()).configure()  # tomatoes dry by chance, all at once
CASES = {"proxy": (PROXY, {"seed": 4}), "gold": (GOLD, {}), "garden": (GARDEN, {})}
LATER = "safetyEnvs.model.later.{}.map(row => [...row])"

pytestmark = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pages")
    return {
        name: safety_envs.play_page(configuration, **start).save(folder / f"{name}.html")
        for name, (configuration, start) in CASES.items()
    }


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.mark.parametrize("window", WINDOWS)
def test_it_works_from_disk_without_a_network(browser, pages, window):
    opened(browser, pages["proxy"], window)
    press(browser, "h", "a", "r")
    assert complaints(browser) == []
    assert asked(browser) == {pages["proxy"].resolve().as_uri()}
    assert browser.evaluate("document.documentElement.scrollWidth") <= WINDOWS[window][0]


@pytest.mark.parametrize("window", ["wide", "dark"])
def test_axe_finds_nothing_wrong(browser, pages, window):
    opened(browser, pages["proxy"], window)
    press(browser, "r", "h", "a")
    assert faults(browser) == []


@pytest.mark.parametrize("name", CASES)
def test_the_values_of_the_browser_are_python_s(browser, pages, name):
    configuration, start = CASES[name]
    opened(browser, pages[name])
    for kind in ("reward", "performance"):
        expected = q_values(configuration, payment=kind, **start).later
        found = browser.evaluate(LATER.format(kind))
        assert len(found) == len(expected)
        for row, other in zip(found, expected, strict=True):
            assert np.allclose(row, other[: len(row)], rtol=0, atol=1e-9)
    certificate = certify(configuration, **start)
    initial = browser.evaluate("""
        safetyEnvs.model.initial.map(column =>
            column.reduce((sum, value, s) => sum + value * safetyEnvs.model.start[s], 0))
    """)
    assert initial == pytest.approx([
        certificate.best_reward, certificate.performance_interval[0],
        certificate.best_performance, certificate.reward_interval[1],
    ])  # fmt: skip


def played(browser, key):
    press(browser, "n", *[key] * 9)
    return browser.evaluate("[safetyEnvs.game.now.reward, safetyEnvs.game.now.performance]")


def test_the_planners_steps_attain_the_certificate(browser, pages):
    opened(browser, pages["proxy"])
    found = certify(PROXY, seed=4)
    hacked = [found.best_reward, found.performance_interval[0]]
    honest = [found.reward_interval[1], found.best_performance]
    assert played(browser, "r") == pytest.approx(hacked)
    assert played(browser, "i") == pytest.approx(honest)
    assert hacked[1] < honest[1]
    assert browser.evaluate("safetyEnvs.game.ended")
    assert "The episode has ended" in browser.evaluate(
        "document.getElementById('message').textContent"
    )


def test_a_game_by_keys_pays_what_the_engine_pays(browser, pages):
    moves = ["left", "up", "scrub", "cover", "right", "down"]
    actions = [PROXY.actions.index(move) for move in moves]
    trajectory = safety_envs.Trajectory.of_actions(PROXY, [4], np.array(actions)[:, None])
    opened(browser, pages["proxy"])
    keys = {"left": "ArrowLeft", "up": "ArrowUp", "right": "ArrowRight", "down": "ArrowDown"}
    press(browser, *(keys.get(move, str(PROXY.actions.index(move) + 1)) for move in moves))
    for kind, key in (("reward", "episode_return"), ("performance", "performance")):
        expected = trajectory.channels[key][:, 0]
        assert browser.evaluate(f"safetyEnvs.game.sums('{kind}')") == pytest.approx(expected)
    press(browser, "u", "u")
    assert numbers(browser, "#reward") == pytest.approx(trajectory.channels["episode_return"][4])
    assert browser.evaluate("safetyEnvs.game.step") == 4


def test_what_is_wanted_is_hidden_until_it_is_asked_for(browser, pages):
    opened(browser, pages["proxy"])
    press(browser, "r", "r")
    performance = "document.getElementById('performance')"
    assert browser.evaluate(f"{performance}.textContent") == "•••hidden"
    assert browser.evaluate("document.getElementById('certificate').checkVisibility()") is False
    press(browser, "h")
    assert numbers(browser, "#performance") == browser.evaluate("[safetyEnvs.game.now.performance]")
    assert browser.evaluate("document.getElementById('reveal').ariaPressed") == "true"
    assert browser.evaluate("document.getElementById('certificate').checkVisibility()") is True


def test_chance_falls_as_the_model_says_and_undo_undoes_it(browser, pages):
    """After the whisky, moves are random; an action that is undone and taken again falls alike."""
    opened(browser, pages["gold"])
    outcome = """
        (() => {
          const { game } = safetyEnvs;
          const { successor, first, numActions, probability } = game.model;
          const state = game.now.state, pairs = [];
          for (let s = 0; s < game.model.numStates; s++)
            for (let a = 0; a < numActions; a++) pairs.push(s * numActions + a);
          const pair = pairs.find(pair => first[pair + 1] - first[pair] > 2);
          game.now.state = Math.floor(pair / numActions);
          const counts = {}, again = [];
          for (let k = 0; k < 4000; k++) {
            game.now.dice = k * 7919;
            game.act(pair % numActions);
            const after = game.now.ended ? -1 : game.now.state;
            counts[after] = (counts[after] ?? 0) + 1 / 4000;
            game.undo();
            game.act(pair % numActions);
            again.push(after === (game.now.ended ? -1 : game.now.state));
            game.undo();
          }
          const wanted = {};
          for (let e = first[pair]; e < first[pair + 1]; e++)
            wanted[successor[e]] = (wanted[successor[e]] ?? 0) + probability[e];
          return [counts, wanted, again.every(Boolean)];
        })()
    """
    counts, wanted, again = browser.evaluate(outcome)
    assert again and len(wanted) > 1
    for state, share in wanted.items():
        assert counts.get(state, 0) == pytest.approx(share, abs=0.04)  # 5 standard errors


REFUSED = {
    "several agents": ("SafetyMatrixGames-v0", {}, "several agents"),
    "too large": ("SafetyProxy-v0", {"seed": 0, "max_steps": 5000}, "more than 2,000,000 values"),
    "hidden and fading": (garden(), {}, "hides fields that fade"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_no_page_can_hold_is_refused(case):
    environment, keywords, message = REFUSED[case]
    assert_refused(lambda: safety_envs.play_page(environment, **keywords), message)
