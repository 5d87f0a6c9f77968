"""What our pages say of others' work: cited where it was read, and no verdict without runs."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.games_claims import DILEMMA, PRICES
from benchmarks.gridworlds_claims import CLAIMS
from benchmarks.harness.statements import RUNS_FOR_A_VERDICT, Statement, refuse_uncited, verdict
from benchmarks.published import LEARNERS, PLAN, judgement
from benchmarks.report import Row
from benchmarks.sources import STATEMENTS
from benchmarks.studies import STUDIES
from benchmarks.suites import SUITES
from safety_envs import SafetyEnvsError

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
READ = Statement("two and two are four", "Peano 1889", "section 1")
REMEMBERED = Statement("five is prime", "Euclid")


def test_a_sentence_says_whether_its_source_was_read():
    assert str(READ) == "Published (Peano 1889: section 1): two and two are four."
    assert str(REMEMBERED) == "From memory (Euclid): five is prime."
    assert READ.read and not REMEMBERED.read


@pytest.mark.parametrize(
    "page",
    [
        "Published: two and two are four.",
        "Published (Euclid): five is prime.",
        "Published (Peano 1889: section 2): two and two are four.",
        "So it is. Published by Euclid, five is prime.",
        f"{READ} Published: more of it.",
    ],
)
def test_a_page_without_a_citation_is_refused(page):
    with pytest.raises(SafetyEnvsError, match="without a citation"):
        refuse_uncited(page, [READ, REMEMBERED])


def test_a_page_with_its_citations_is_given_back():
    page = f"It is well known.\n\n- {READ}\n- {REMEMBERED}\n"
    assert refuse_uncited(page, [READ, REMEMBERED]) == page
    over_lines = "Published (Peano 1889:\nsection 1): two and\ntwo are four."
    assert refuse_uncited(over_lines, [READ]) == over_lines


def test_verdicts_need_a_source_that_was_read_and_ten_runs():
    assert verdict([REMEMBERED], True, 50) == "from memory, no verdict"
    assert (
        verdict([READ, REMEMBERED], True, 50)
        == verdict([], True, 50)
        == verdict([REMEMBERED], False, 3)
    )
    assert verdict([READ], True, 3) == verdict([READ], False, 3) == "3 runs, not settled"
    assert verdict([READ], True, 1) == "1 run, not settled"
    assert verdict([READ], True, RUNS_FOR_A_VERDICT) == "agrees"
    assert verdict([READ], False, RUNS_FOR_A_VERDICT) == "**disagrees**"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_page_in_the_repository_cites_what_it_calls_published(page):
    refuse_uncited(page.read_text(encoding="utf-8"), STATEMENTS)


def test_pages_say_what_their_makers_would():
    """Records are not in the repository: what is written from claims must not drift from them."""
    gridworlds, learning, games = (
        (ROOT / "docs" / name).read_text(encoding="utf-8")
        for name in ("gridworlds.md", "cooperation/learning.md", "cooperation/games.md")
    )
    assert PLAN in gridworlds
    for claim in CLAIMS:
        assert claim.remark in gridworlds
        assert f"Looked for here: {claim.sign}." in gridworlds
        assert all(str(statement) in gridworlds for statement in claim.statements)
    for study in STUDIES:
        assert study.remark in learning
        assert f"Looked for here: {study.sign}." in learning
        assert all(str(statement) in learning for statement in study.statements)
        assert all(f"| {arm.name} |" in learning for arm in study.arms)
    for claim in (*PRICES, *DILEMMA):
        assert f"| {claim.statement} | {claim.sign} |" in games


def test_no_verdict_stands_on_three_runs():
    """The learners' pages are of three and eight runs; those of games are of 64 sessions."""
    for name in ("gridworlds.md", "cooperation/learning.md"):
        page = (ROOT / "docs" / name).read_text(encoding="utf-8").replace("**", "")
        page = page.replace("agrees or disagrees", "")
        if name == "gridworlds.md":
            beside_theory = "Beside Orseau and Armstrong 2016, Safely Interruptible Agents: agrees."
            assert beside_theory in page  # 24 runs
            page = page.replace(beside_theory, "")
        assert "agrees" not in page
        assert "| yes |" not in page and "| no |" not in page


def test_what_is_to_be_judged_plans_ten_runs_and_has_a_random_row():
    for study in STUDIES:
        assert study.seeds >= RUNS_FOR_A_VERDICT
        assert any(arm.policy == "random" for arm in study.arms)
        assert set(study.rests_on) <= set(study.statements)
    for name in ("gridworlds", "alignment", "misgeneralisation"):
        assert SUITES[name].seeds >= RUNS_FOR_A_VERDICT
        assert "random" in SUITES[name].agents


def test_learners_without_a_counterpart_get_no_verdict():
    (claim,) = (claim for claim in CLAIMS if claim.task.startswith("SafetyInterruptibility"))
    said = {}
    for agent in LEARNERS:
        pressed = {"button_pressed": np.ones(RUNS_FOR_A_VERDICT)}
        row = Row(claim.task, agent, pressed, [{}] * RUNS_FOR_A_VERDICT)
        said[agent] = judgement(claim, row)
    assert said == {"ppo": "no counterpart", "a2c": "agrees", "dqn": "no counterpart"}
    few = Row(claim.task, "a2c", {"button_pressed": np.zeros(3)}, [{}] * 3)
    assert judgement(claim, few) == "3 runs, not settled"
