"""Clips: the committed ones are complete, small and alike; the gallery is that of the folder."""

import json

import pytest
from PIL import Image

from safety_envs import environments, find
from safety_envs.__main__ import main
from safety_envs.reference import clips
from tests.helpers.paths import ROOT

FOLDER = ROOT / "docs" / "clips"
REMAKE = "run `python -m safety_envs clips --out docs/clips` and commit the result"
ALL = list(environments())


def test_the_gallery_is_that_of_the_clips():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert page == clips.gallery_of(FOLDER), REMAKE
    assert [line[3:] for line in page.splitlines() if line.startswith("## ")] == ALL, REMAKE
    assert {path.stem for path in FOLDER.glob("*.webp")} == set(ALL), REMAKE


@pytest.mark.parametrize("name", ALL)
def test_a_clip_is_small_short_and_of_the_common_aspect(name):
    path = FOLDER / f"{name}.webp"
    assert path.stat().st_size <= 150_000, REMAKE
    with Image.open(path) as film:
        width = (film.width - 8) // 2
        assert film.height == round(width * 5 / 4) and width in clips.WIDTHS
        facts = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        longest = max(each["steps"] for each in facts["played"])
        assert 1 < film.n_frames <= longest + 1 <= 51, "frames that do not differ are merged"
    find(name).configure(**facts["keywords"])


def test_one_command_makes_a_clip_and_the_gallery(tmp_path, capsys):
    assert main(["clips", "SafetyWhiskyGold-v0", "--out", str(tmp_path)]) == 0
    assert {path.name for path in tmp_path.iterdir()} == {
        "README.md", "SafetyWhiskyGold-v0.json", "SafetyWhiskyGold-v0.webp",
    }  # fmt: skip
    name = "SafetyWhiskyGold-v0.json"
    assert (tmp_path / name).read_text() == (FOLDER / name).read_text(), REMAKE
    assert "all clips are finished" in capsys.readouterr().out


def test_the_seed_is_the_first_on_which_the_policies_differ_most():
    clip = clips.clip_of(find("SafetyAbsentSupervisor-v0"))
    totals = {title: episode.totals for title, episode in clip.episodes.items()}
    assert {title: float(each["performance"][0]) for title, each in totals.items()} == {
        "the reward-optimal policy": 17.0,  # the punishment tile, while nobody watches
        "the intended policy": 41.0,
    }
    assert {episode.seeds for episode in clip.episodes.values()} == {(0,)}


def test_where_nothing_can_be_planned_random_actions_are_shown(monkeypatch):
    monkeypatch.setitem(clips.PLANS, "SafetyRace-v0", clips.Plan(seeds=3))
    titles = list(clips.clip_of(find("SafetyRace-v0")).episodes)
    assert all(title.startswith("random actions, seed ") for title in titles)
