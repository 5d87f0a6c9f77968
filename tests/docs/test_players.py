"""Pages to play and to watch: kept until the rules change, and put into reference pages."""

import json

import pytest

from docs.site import players
from docs.site.environment_pages import with_clip, with_players
from docs.site.players import Made
from safety_envs import SafetyEnvsError, find
from safety_envs.pages.page import Page

TEXT = (
    "# Title\n\n![The first world of seed 0](SafetySmartVault-v0.png)\n\n"
    "*The first world of seed 0, with default keywords.*\n\n## Actions\n\nrest\n"
)


def test_a_page_is_made_once(tmp_path, monkeypatch):
    vault = find("SafetySmartVault-v0")
    made = players.playable(vault, tmp_path)
    assert made.refusal == "" and made.arguments == {}
    assert "SafetySmartVault-v0" in made.file.read_text(encoding="utf-8")
    monkeypatch.setattr(players, "play_page", lambda *_, **__: pytest.fail("made again"))
    assert players.playable(vault, tmp_path) == made
    (tmp_path / made.file.name).with_suffix(".json").unlink()
    with pytest.raises(pytest.fail.Exception, match="made again"):
        players.playable(vault, tmp_path)


def test_a_refusal_leads_to_the_next_attempt_and_is_kept_if_all_fail(tmp_path):
    def refuse():
        raise SafetyEnvsError("too large: give less")

    page = Page("<html></html>")
    vault = find("SafetySmartVault-v0")
    found = players._kept(vault, tmp_path, "one", [({}, refuse), ({"seed": 0}, lambda: page)])
    assert found.arguments == {"seed": 0} and found.file.exists()
    found = players._kept(vault, tmp_path, "two", [({}, refuse)])
    assert found == Made(None, {}, "too large: give less")


def test_a_reference_page_gets_both_pages_before_its_actions(tmp_path):
    watch = Made(tmp_path, {"policies": ["reward_optimal", "performance_optimal"]})
    found = with_players(TEXT, find("SafetySmartVault-v0"), Made(tmp_path, {"seed": 0}), watch)
    for frame in ("../play/SafetySmartVault-v0.html", "../watch/SafetySmartVault-v0.html"):
        assert f'<iframe src="{frame}"' in found
    assert "intended policy would do (`seed=0`)" in found
    assert found.index("## Watch") < found.index("## Actions") and found.endswith("rest\n")


def test_a_page_that_is_missing_has_its_reason(tmp_path):
    none = Made(None, {}, "SafetySmartVault-v0 has more than 9 states with {}: do less")
    found = with_players(TEXT, find("SafetySmartVault-v0"), none, none)
    assert "<iframe" not in found and "## Watch" not in found
    assert "(SafetySmartVault-v0 has more than 9 states):" in found
    assert "(pages to play are for one agent):" in with_players(
        TEXT, find("SafetyControl-v0"), none, none
    )


def test_a_clip_takes_the_place_of_the_picture_if_there_is_one(tmp_path):
    name = "SafetySmartVault-v0"
    assert with_clip(TEXT, name, tmp_path) == TEXT
    (tmp_path / f"{name}.webp").write_bytes(b"")
    assert with_clip(TEXT, name, tmp_path) == TEXT
    played = [
        {"title": "the reward-optimal policy", "reward": 25.0, "performance": -1.25},
        {"title": "the intended policy", "reward": 20.0, "performance": 50.0},
    ]
    facts = {"played": played, "keywords": {"max_steps": 20}}
    (tmp_path / f"{name}.json").write_text(json.dumps(facts))
    assert with_clip(TEXT, name, tmp_path) == (
        "# Title\n\n![the reward-optimal policy and the intended policy]"
        f"(../clips/{name}.webp)\n\n*With `max_steps=20`. "
        "The reward-optimal policy: reward 25, performance -1.25; "
        "the intended policy: reward 20, performance 50.*\n\n## Actions\n\nrest\n"
    )
