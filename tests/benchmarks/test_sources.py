"""What our pages say of others' work: cited where it was read, and no verdict without runs."""

from pathlib import Path

import pytest

from benchmarks.experiments.sources import STATEMENTS
from benchmarks.harness.statements import RUNS_FOR_A_VERDICT, Statement, refuse_uncited, verdict
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
