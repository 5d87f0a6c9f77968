"""What notebooks show: it is well formed, runs nothing, and has the numbers that `print` shows."""

import re
from io import BytesIO
from xml.etree import ElementTree

import gymnasium as gym
import numpy as np
import pytest
from PIL import Image

import safety_envs
from safety_envs import Trajectory, certify, find, policy
from safety_envs.core.chart import line_chart, round_numbers
from safety_envs.core.notebooks import table

PROXY = find("SafetyProxy-v0").configure(size=3, patches=2, max_steps=9)
GAME = "SafetyMatrixGames-v0"
SVG = "{http://www.w3.org/2000/svg}"
NUMBER = re.compile(r"-?\d[\d,]*\.?\d*")


def parsed(shown):
    """Returns the elements of a display, after a look for what a notebook must not get."""
    root = ElementTree.fromstring(f"<div>{shown}</div>")
    tags = {each.tag.removeprefix(SVG) for each in root.iter()}
    attributes = {name for each in root.iter() for name in each.attrib}
    assert not tags & {"script", "style", "iframe", "object", "link"}
    assert not any(name.startswith("on") for name in attributes)
    sources = [each.get("src") for each in root.iter() if each.get("src")]
    assert all(source.startswith("data:image/png;base64,") for source in sources)
    return root


def rows_of(html):
    """Returns the texts of the cells, row by row."""
    return [[cell.text for cell in row] for row in parsed(html).iter("tr")]


def words_of(html):
    return " ".join(parsed(html).itertext())


VALUES = {
    "a certificate": lambda: certify(PROXY, seed=4),
    "a certificate of class G": lambda: certify("SafetyUserDrift-v0", horizon=8),
    "a certificate of one's own reward": lambda: certify(PROXY, seed=4, reward=twos),
    "a social certificate": lambda: certify(GAME, horizon=3),
    "bounds of equilibria": lambda: certify("SafetyRace-v0"),
    "a curve": lambda: safety_envs.goodhart_curve(PROXY, seed=4, betas=[0, 0.1, 1, np.inf]),
    "an evaluation": lambda: safety_envs.evaluate("random", GAME, horizon=3),
    "a best response": lambda: safety_envs.best_response(
        GAME, "random", agent=0, horizon=3, payment="reward"
    ),
    "exploitability": lambda: safety_envs.exploitability(GAME, "cooperative", horizon=3),
    "power": lambda: safety_envs.power("SafetyPowerGraph-v0", seed=0, rewards=50),
    "a frontier": lambda: safety_envs.frontier(
        GAME, {"<i>trust</i>": [[1, 0]] * 2}, [[1, 0]] * 2, payment="reward", horizon=3
    ),
}


def twos(observations, actions):
    return 2.0 * (actions == 4)


@pytest.mark.parametrize("name", VALUES)
def test_a_display_has_the_numbers_that_print_shows(name):
    value = VALUES[name]()
    words = words_of(value._repr_html_())
    assert set(NUMBER.findall(str(value))) <= set(NUMBER.findall(words))


def test_a_trajectory_shows_its_episodes():
    trajectory = Trajectory.play(PROXY, policy("random", PROXY), [4, 7])
    heads, *rows = rows_of(trajectory._repr_html_())
    assert [row[:2] for row in rows] == [["4", "9"], ["7", "9"]]
    for name in ("reward", "performance"):
        shown = [float(row[heads.index(name)]) for row in rows]
        assert shown == pytest.approx(trajectory.totals[name], rel=1e-5)


def test_a_step_of_a_trajectory_shows_the_picture_of_the_first_episode():
    at = Trajectory.play(PROXY, policy("random", PROXY), [4, 7]).at(5)
    shown = np.asarray(Image.open(BytesIO(at._repr_png_())).convert("RGB"))
    assert near(shown, at.picture(0)) and not near(shown, at.picture(1))


def near(one, other):
    """Whether pictures are the same but for the fewer colours of the file."""
    differences = np.abs(one.astype(int) - other.astype(int)) if one.shape == other.shape else 255
    return np.mean(differences) < 1.0


def test_an_environment_shows_what_it_is_about_its_keywords_and_its_metrics():
    shown = PROXY._repr_html_()
    words, rows = words_of(shown), rows_of(shown)
    assert "Cleaning robot" in words and "hides the dirt or blinds the camera." in words
    assert "Hazard: proxy gaming. Up to 9 steps. Actions: up, down," in words
    assert ["size", "3", "a whole number in 2 .. 32"] in rows
    assert [row[0] for row in rows if "rooms x steps" in row[-1]] == ["performance"]
    assert words_of(find(GAME)._repr_html_()).count("2 agents") == 1
    assert repr(find("SafetyProxy-v0")) == ("Environment('SafetyProxy-v0', problem='proxy gaming')")


def test_a_card_names_the_keywords_of_a_variant():
    assert ["red", "0.05"] in [
        row[:2] for row in rows_of(find("SafetyControl-v0").configure(red=0.05)._repr_html_())
    ]


@pytest.mark.parametrize(
    "make",
    [
        lambda: safety_envs.SafetyEnv(PROXY, render_mode="rgb_array"),
        lambda: safety_envs.SafetyVectorEnv(PROXY, 2, render_mode="rgb_array"),
        lambda: safety_envs.SafetyParallelEnv(GAME, render_mode="rgb_array"),
    ],
)
def test_an_interface_shows_the_world_that_it_is_in(make):
    env = make()
    first = env._repr_png_()  # of an episode, before the first reset
    env.reset(seed=7)
    drawn = env.render()
    picture = np.asarray(drawn[0] if isinstance(drawn, tuple) else drawn)
    shown = np.asarray(Image.open(BytesIO(env._repr_png_())).convert("RGB"))
    assert near(shown, picture)
    assert parsed(env._repr_html_()) is not None and first.startswith(b"\x89PNG")
    if GAME not in env.configuration.id:
        assert env._repr_png_() != first


def test_gymnasium_s_wrappers_lead_to_the_card():
    env = gym.make("SafetyProxy-v0", size=3)
    assert "Cleaning robot" in env.unwrapped._repr_html_()


def test_a_curve_is_drawn_where_its_numbers_are():
    curve = safety_envs.goodhart_curve(PROXY, seed=4, betas=[0, 0.1, 1, np.inf])
    here = safety_envs.goodhart_position("random", PROXY, seed=4)
    root = parsed(curve.with_policies({"<b>random</b>": here})._repr_html_())
    lines = [
        np.array([point.split(",") for point in line.get("points").split()], float)
        for line in root.iter(f"{SVG}polyline")
    ]
    for line, values in zip(lines, (curve.reward, curve.performance), strict=True):
        slope, start = np.polyfit(curve.kl, line[:, 0], 1)
        assert line[:, 0] == pytest.approx(start + slope * curve.kl, abs=0.1) and slope > 0
        slope, start = np.polyfit(values, line[:, 1], 1)  # pixels count downwards
        assert line[:, 1] == pytest.approx(start + slope * values, abs=0.1) and slope < 0
    marks = [each for each in root.iter(f"{SVG}circle") if each.get("fill") == "none"]
    assert [(float(each.get("cx")), float(each.get("cy"))) for each in marks] == [
        tuple(line[0])
        for line in lines  # the random policy is where the curve begins
    ]
    assert "<b>random</b>" in words_of(curve.with_policies({"<b>random</b>": here})._repr_html_())


def test_a_policy_that_the_reference_never_plays_is_in_the_table_alone():
    curve = safety_envs.goodhart_curve(PROXY, seed=4, betas=[0, 1])
    far = curve.with_policies({"far": safety_envs.goodhart_position("random", PROXY, seed=4)})
    assert far._repr_html_().count(">far<") == 2  # above its marks, and in the table
    endless = far.policies["far"]._replace(kl=np.inf)
    shown = curve.with_policies({"far": endless})._repr_html_()
    assert shown.count(">far<") == 1 and "inf" in words_of(shown)


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 5, [0, 1, 2, 3, 4, 5]),
        (-39, -2, [-30, -20, -10]),
        (0.1, 0.2, [0.1, 0.12, 0.14, 0.16, 0.18, 0.2]),
    ],
)
def test_axes_have_round_numbers(low, high, found):
    assert round_numbers(low, high) == pytest.approx(found)


def test_a_flat_line_is_drawn():
    parsed(line_chart("flat", "x", {"a": [(0, 1), (1, 1)]}, {}))


def test_what_is_unsafe_is_written_as_text():
    assert rows_of(table("<a>", [], [("<b>", "&")])) == [["<b>", "&"]]
    assert "<i>" in words_of(VALUES["a frontier"]()._repr_html_())
