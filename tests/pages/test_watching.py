"""The page of replays: in a browser it shows what the engine did, and it is small."""

import math

import numpy as np
import pytest

import safety_envs
from safety_envs import SafetyEnvsError, Trajectory, find, policy
from tests.helpers.chromium import CHROMIUM, Chromium
from tests.helpers.refusals import assert_refused
from tests.pages.browser import (
    WINDOWS,
    asked,
    complaints,
    faults,
    numbers,
    opened,
    press,
    wait_for,
)  # fmt: skip

PROXY = find("SafetyProxy-v0").configure(size=3, patches=2, max_steps=9)
POLICIES = ("reward_optimal", "performance_optimal")
in_chromium = pytest.mark.skipif(
    CHROMIUM is None, reason="Chromium is not installed: apt-get install chromium"
)


@pytest.fixture(scope="module")
def episodes():
    return [Trajectory.play(PROXY, policy(name, PROXY), [4]) for name in POLICIES]


@pytest.fixture(scope="module")
def page(tmp_path_factory, episodes):
    folder = tmp_path_factory.mktemp("page")
    return safety_envs.replay_page(*episodes, titles=POLICIES).save(folder / "alone.html")


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    with Chromium(tmp_path_factory.mktemp("profile")) as found:
        yield found


@in_chromium
@pytest.mark.parametrize("window", WINDOWS)
def test_it_works_from_disk_without_a_network(browser, page, window):
    opened(browser, page, window)
    assert complaints(browser) == []
    assert asked(browser) == {page.resolve().as_uri()}
    assert browser.evaluate("document.documentElement.scrollWidth") <= WINDOWS[window][0]


@in_chromium
@pytest.mark.parametrize("window", ["wide", "dark"])
def test_axe_finds_nothing_wrong(browser, page, window):
    opened(browser, page, window)
    press(browser, "ArrowRight", "ArrowRight")
    assert faults(browser) == []


@in_chromium
@pytest.mark.parametrize("step", [0, 2, 9])
def test_the_numbers_of_a_step_are_the_engine_s(browser, page, episodes, step):
    opened(browser, page)
    press(browser, "Home", *["ArrowRight"] * step)
    for key in episodes[0].keys:
        expected = []
        for episode in episodes:
            value = episode.at(step).infos()[0][key]
            metric = PROXY.layout.metrics.get(key)
            expected.append(metric.from_info(value) if metric else value)
        found = numbers(browser, f"[data-key={key}]")
        assert all(map(_same, found, expected)), (key, found, expected)
    said = browser.evaluate("document.querySelector('.move').textContent")
    taken = PROXY.actions[episodes[0].actions[step - 1, 0]]
    assert said.startswith(f"{taken} pays " if step else "The episode begins")


def _same(one, other):
    return one == other or (math.isnan(one) and math.isnan(other))


@in_chromium
def test_the_regret_of_an_action_is_that_of_the_q_values(browser, page, episodes):
    opened(browser, page)
    regrets = {
        kind: safety_envs.q_values(PROXY, payment=kind, seed=4)
        for kind in ("reward", "performance")
    }
    for step in (1, 2, 6):
        press(browser, "Home", *["ArrowRight"] * step)
        expected = [
            q.regrets(episode)[step - 1, 0] for episode in episodes for q in regrets.values()
        ]
        assert numbers(browser, ".regret [data-value]") == expected
    assert max(expected) > 0  # the reward-optimal policy regrets in performance


@in_chromium
def test_the_keyboard_is_enough(browser, page, episodes):
    opened(browser, page)

    def where():
        return browser.evaluate("safetyEnvs.clock.step")

    press(browser, "End")
    assert where() == 9
    press(browser, "ArrowRight", "ArrowLeft", "ArrowLeft")
    assert where() == 7
    press(browser, "Home", "n")
    covered = episodes[0].channels["camera_blinded"][:, 0]
    events = browser.evaluate(
        "[...safetyEnvs.episodes[0].events].map(([step, keys]) => [step, keys])"
    )
    blinded = [step for step, keys in events if "camera_blinded" in keys]
    assert blinded == (np.flatnonzero(np.diff(covered)) + 1).tolist() != []
    every = browser.evaluate("safetyEnvs.clock.events")
    assert where() == every[0]
    press(browser, "p")
    assert where() == every[0]  # there is none before it
    browser.evaluate("safetyEnvs.clock.speed = 200")
    press(browser, " ")
    wait_for(browser, "safetyEnvs.clock.step === 9 && !safetyEnvs.clock.playing")
    press(browser, "Home", "Tab", "Enter")  # the first element in order skips to the numbers
    assert browser.evaluate("location.hash") == "#numbers"


@in_chromium
def test_the_slider_and_the_curve_choose_a_step(browser, page):
    opened(browser, page)
    browser.evaluate("""
        const time = document.getElementById("time");
        time.value = 5;
        time.dispatchEvent(new Event("input"));
    """)
    assert browser.evaluate("document.getElementById('where').textContent") == "step 5 of 9"
    browser.evaluate("document.querySelector('.chart').scrollIntoView({block: 'center'})")
    box = browser.evaluate("""
        (({left, top, width}) => [left, top, width])(
            document.querySelector(".chart").getBoundingClientRect())
    """)
    browser.call(
        "Input.dispatchMouseEvent", type="mousePressed", button="left", clickCount=1, buttons=1,
        x=box[0] + box[2] - 12, y=box[1] + 40,
    )  # fmt: skip
    assert browser.evaluate("safetyEnvs.clock.step") == 9


def test_what_is_unsafe_in_html_is_written_as_text(episodes):
    page = safety_envs.replay_page(episodes[0], titles=["</script><b>x"])
    assert "</script><b>" not in page.html
    assert 'srcdoc="&lt;!doctype html' in page._repr_html_()


def test_fifty_steps_of_two_agents_are_small():
    page = safety_envs.watch("SafetyProxy-v0", POLICIES, seed=3)
    assert page.nbytes <= 300_000


REFUSED = {
    "nothing": (lambda: safety_envs.replay_page(), "1 to 6 replays, got 0"),
    "no file": (lambda: safety_envs.replay_page("absent.npz"), "no file 'absent.npz'"),
    "one policy as a text": (lambda: safety_envs.watch(PROXY, "random"), "must be a list"),
    "no policy": (lambda: safety_envs.watch(PROXY, []), "list of at least one"),
    "an unknown one": (lambda: safety_envs.watch(PROXY, ["nobody"]), "nobody"),
    "too few titles": (
        lambda: safety_envs.watch(PROXY, ["random", "random"], titles=["a"]), "1 titles for 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_shown_is_refused(case):
    assert_refused(*REFUSED[case])


def test_a_page_is_saved_as_html_only(tmp_path, episodes):
    page = safety_envs.replay_page(episodes[0])
    with pytest.raises(SafetyEnvsError, match=r"must be a \.html file, got .*page\.txt"):
        page.save(tmp_path / "page.txt")
    assert list(tmp_path.iterdir()) == []
