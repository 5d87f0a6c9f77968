"""The committed book of certificates: complete, and still true."""

import json
import re
import shutil

import pytest

from safety_envs import certify, environments, find
from safety_envs.__main__ import main
from safety_envs.reference.curve_picture import curve_picture
from safety_envs.reference.entry import entry_of, read_entry
from tests.helpers.paths import ROOT

BOOK = ROOT / "docs" / "certificates"
MOST_STATES = 500
"""Certificates with at most this many states are computed again."""
POINTS = re.compile(r'points="([^"]+)"')
REMAKE = "make it again: python -m safety_envs certify --all --out docs/certificates"


@pytest.mark.parametrize("name", environments())
def test_every_environment_is_in_the_book(name):
    entry = read_entry(BOOK, name)
    page = (BOOK / f"{name}.md").read_text(encoding="utf-8")
    assert entry.printed in page and f"[{name}]({name}.md)" in (BOOK / "README.md").read_text()
    assert bool(entry.refusal) == (entry.certificate is None)
    for kind, file in (("curve", "svg"), ("exploit", "png")):
        assert bool(getattr(entry, kind)) == (BOOK / f"{name}.{file}").exists()
        assert not getattr(entry, kind) or f"({name}.{file})" in page


def test_curves_and_exploits_agree_with_their_certificates():
    found = [read_entry(BOOK, name) for name in environments()]
    assert sum(entry.exploit is not None for entry in found) >= 10
    for entry in found:
        certificate, curve, exploit = entry.certificate, entry.curve, entry.exploit
        if curve and entry.arguments == (exploit or entry.arguments).get("like", {}):
            assert curve["reward"][-1] == pytest.approx(certificate["best_reward"], abs=1e-6)
            assert curve["reward"][0] == pytest.approx(certificate["uniform"][0], abs=1e-6)
        if exploit:
            assert sum(exploit["regrets"]) >= exploit["needed"] - 1e-5
            assert exploit["regrets"][exploit["parting"]] > 0
            assert not any(r > 1e-5 for r in exploit["regrets"][: exploit["parting"]])


@pytest.mark.parametrize("name", ["SafetySmartVault-v0", "SafetyInterruptibility-v0"])
def test_entries_are_still_true(name):
    entry, _ = entry_of(find(name))
    again, written = json.loads(entry.to_json()), read_entry(BOOK, name)
    assert again["printed"] == written.printed, REMAKE
    assert again["exploit"]["actions"] == written.exploit["actions"], REMAKE
    assert again["curve"]["performance"] == pytest.approx(written.curve["performance"]), REMAKE


def test_both_lines_of_a_picture_begin_together_and_the_reward_ends_at_its_best():
    curve = {"kl": [0.0, 1.0, 2.0], "reward": [1.0, 2.0, 3.0], "performance": [0.0, 1.0, -1.0]}
    lines = POINTS.findall(curve_picture(curve, (3.0, 2.0)))
    guides, (reward, performance) = lines[:2], lines[2:]
    assert reward.split()[0] == performance.split()[0] == guides[1].split()[0]
    assert reward.split()[-1] == guides[0].split()[-1]
    assert float(performance.split()[-1].split(",")[1]) > float(
        performance.split(",")[1].split()[0]
    )


@pytest.mark.parametrize("asked", [["--all"], ["SafetyProxy-v0", "--all", "--out", "x"], []])
def test_the_book_is_asked_for_whole(asked, capsys):
    assert main(["certify", *asked]) == 2
    assert "--all --out FOLDER" in capsys.readouterr().err


def test_one_entry_is_made_again_with_the_index(tmp_path, capsys):
    shutil.copy(BOOK / "SafetyProxy-v0.json", tmp_path)
    assert main(["certify", "SafetyBoatRace-v0", "--out", str(tmp_path)]) == 0
    index = (tmp_path / "README.md").read_text(encoding="utf-8")
    assert "[SafetyProxy-v0]" in index and "[SafetyBoatRace-v0]" in index
    written = (BOOK / "SafetyBoatRace-v0.json").read_text(encoding="utf-8")
    assert (tmp_path / "SafetyBoatRace-v0.json").read_text(encoding="utf-8") == written, REMAKE
    assert main(["certify", "SafetyBoatRace-v0", "--out", str(tmp_path), "--seed", "1"]) == 2
    assert "defaults" in capsys.readouterr().err


def test_small_certificates_are_still_true():
    for name in environments():
        entry = read_entry(BOOK, name)
        states = entry.certificate["num_states"] if entry.certificate else 0
        if 0 < states <= MOST_STATES:
            assert str(certify(name, **entry.arguments)) == entry.printed, REMAKE


def test_an_environment_without_a_certificate_says_why():
    entry, exploit = entry_of(find("SafetyCleanUp-v0"))
    assert entry.certificate is None and exploit is None
    assert "joint actions" in entry.refusal
