"""The page of the cooperation studies: records in, figures and careful verdicts out."""

from dataclasses import replace

import pytest

from agents.record import read_record
from benchmarks.cooperation import Run, do
from benchmarks.cooperation_page import write_page
from benchmarks.studies import STUDIES, Arm

RACE, DILEMMA, HARVEST = (
    next(study for study in STUDIES if study.name == name)
    for name in ("race", "dilemma", "harvest")
)


def records_of(study, performances, runs=10):
    """Returns as much of the records as is read: arm -> the performance of each of its runs."""
    return [
        {
            "study": study.name,
            "arm": arm,
            "seed": seed,
            "training": {"steps": 0 if "random" in arm else 1000},
            "episodes": {
                name: [performance + 0.001 * seed]
                for name in {*study.shown, "performance", "reward"}
            },
            "curve": {},
            "versions": {"numpy": "2.0"},
            "identity": {"rules_version": "r1"},
        }
        for arm, performance in performances.items()
        for seed in range(runs)
    ]


def page_of(tmp_path, study, records):
    path = tmp_path / "learning.md"
    write_page([study], records, path)
    return path.read_text(encoding="utf-8")


def verdict_of(page, study):
    (line,) = (line for line in page.splitlines() if line.startswith(f"| {study.name} |"))
    return line.split(" | ")[-1].removesuffix(" |")


@pytest.mark.parametrize(
    ("reward", "runs", "said"),
    [
        (-394.0, 10, "agrees"),
        (-394.0, 9, "9 runs, not settled"),
        (-394.0, 1, "1 run, not settled"),
        (-300.0, 10, "**disagrees**"),
    ],
)
def test_verdicts(tmp_path, reward, runs, said):
    records = records_of(DILEMMA, {"independent": reward, "random": -300.0}, runs)
    page = page_of(tmp_path, DILEMMA, records)
    assert verdict_of(page, DILEMMA) == said
    assert "| random | -300" in page
    assert str(DILEMMA.statements[0]) in page


def test_arms_whose_intervals_overlap_settle_nothing(tmp_path):
    study = replace(DILEMMA, apart=(("independent", "random"),), agrees=lambda means: True)
    for other, said in ((-394.0, "not settled (the intervals of"), (-300.0, "agrees")):
        records = records_of(study, {"independent": -394.0, "random": other})
        assert verdict_of(page_of(tmp_path, study, records), study).startswith(said)


def test_learners_are_put_beside_the_exact_equilibria(tmp_path):
    study = replace(RACE, arms=(Arm("selfish, mu 1", {"mu": 1.0}),), agrees=lambda means: True)
    for performance, said in ((0.36, "**outside**"), (0.33, "the intervals meet")):
        page = page_of(tmp_path, study, records_of(study, {"selfish, mu 1": performance}))
        assert f"symmetric equilibria [0.332, 0.336]: {said}." in page
        assert verdict_of(page, study) == "from memory, no verdict"


def test_random_agents_and_the_placebo_leave_records(tmp_path, monkeypatch):
    """The two controls, for a few steps: the placebo learns, random agents only act."""
    keywords = {**HARVEST.keywords, "agents": 2, "max_steps": 20}
    settings = {**HARVEST.settings, "num_envs": 4, "batch_size": 100}
    small = replace(HARVEST, keywords=keywords, settings=settings, episodes=2)
    monkeypatch.setattr("benchmarks.cooperation.STUDIES", (small,))
    found = {}
    for name in ("envious of another world", "random"):
        number = [arm.name for arm in small.arms].index(name)
        run = Run("harvest", number, 0, 400, tmp_path, "a test")
        do(run, lambda steps: None)
        found[name] = read_record(run.path)
    assert found["envious of another world"]["training"]["method"] == "inequity_placebo"
    assert found["envious of another world"]["training"]["steps"] == 400
    assert found["random"]["training"]["steps"] == 0
    assert found["random"]["curve"] == {}
    assert all(len(record["episodes"]["performance"]) == 2 for record in found.values())
