"""Claims on the page: what was expected, whose finding it is, and what the records say."""

import math
from collections.abc import Iterator

from benchmarks.harness.claim import RUNS_FOR_A_VERDICT, Claim, Comparison, Score
from benchmarks.harness.results import Results
from benchmarks.report.blocks import Block, Cell, Column, Line, Paragraph, Section, Table
from benchmarks.report.numbers import decimals, interval, number
from benchmarks.report.words import score_words

FROM_MEMORY = "from memory, no verdict"
NOT_RUN = "not run"
INTRODUCTION = (
    "A comparison is settled when the whole 95 % interval of the difference lies on one side of 0. "
    "A claim agrees when all its comparisons hold; it disagrees when one is settled the other way. "
    f"Fewer than {RUNS_FOR_A_VERDICT} runs settle nothing. A statement about others' work gets a "
    "verdict only if the source was read."
)


def claims_section(results: Results) -> Section:
    """Returns the section of all claims; empty if there are none."""
    claims = results.experiment.claims
    if not claims:
        return Section("Claims", ())
    lines = tuple(
        Line((Cell(_heading(number, claim)), _verdict_cell(results, claim)))
        for number, claim in enumerate(claims, start=1)
    )
    columns = (Column("claim", numeric=False), Column("verdict", numeric=False))
    summary = Table("claims", "What was expected, and what came", columns, lines)
    parts = tuple(_part(results, number, claim) for number, claim in enumerate(claims, start=1))
    return Section("Claims", (Paragraph(INTRODUCTION), summary), parts)


def verdict_words(results: Results, claim: Claim) -> str:
    """Returns the verdict of a claim, or why there is none."""
    if claim.source is not None and not claim.source.read:
        return FROM_MEMORY
    if _unrun(results, claim):
        return NOT_RUN
    if (runs := results.runs(claim)) < RUNS_FOR_A_VERDICT:
        return f"not settled ({runs} of {RUNS_FOR_A_VERDICT} runs)"
    return results.verdict(claim)


def _verdict_cell(results: Results, claim: Claim) -> Cell:
    words = verdict_words(results, claim)
    kinds = ("agrees", "disagrees", "not settled")
    return Cell(words, verdict=next((kind for kind in kinds if words.startswith(kind)), "none"))


def _unrun(results: Results, claim: Claim) -> bool:
    return any(
        not results.row(score.task, score.label).records
        for comparison in claim.criteria
        for score in _scores(comparison)
    )


def _scores(comparison: Comparison) -> Iterator[Score]:
    yield comparison.score
    if isinstance(comparison.than, Score):
        yield comparison.than


def _part(results: Results, number: int, claim: Claim) -> Section:
    blocks: list[Block] = [Paragraph(str(claim.source))] if claim.source else []
    if claim.criteria:
        lines = tuple(_line(results, claim, comparison) for comparison in claim.criteria)
        columns = (
            Column("compared", numeric=False),
            Column("expected", numeric=False),
            Column("difference"),
            Column("verdict", numeric=False),
        )
        caption = f"What claim {number} rests on"
        blocks.append(Table(f"claim_{number}", caption, columns, lines))
    if claim.remark:
        blocks.append(Paragraph(claim.remark))
    return Section(_heading(number, claim), tuple(blocks))


def _heading(number: int, claim: Claim) -> str:
    return f"{number}. {claim.statement[:1].upper()}{claim.statement[1:]}"


def _line(results: Results, claim: Claim, comparison: Comparison) -> Line:
    several = len(results.tasks) > 1
    left = Cell(score_words(comparison.score, several))
    sense = {">": "larger than", "<": "smaller than"}[comparison.sense]
    expected = Cell(f"{sense} {_right(comparison, several)}")
    if any(not results.row(score.task, score.label).records for score in _scores(comparison)):
        return Line((left, expected, Cell(NOT_RUN), Cell(NOT_RUN, verdict="none")))
    verdict, found = results.compare(comparison)
    places = decimals([found.value, found.low, found.high])
    note = "" if math.isfinite(found.value) else "undefined"
    difference = Cell(number(found.value, places), interval(found.low, found.high, places), note)
    said = verdict_words(results, claim)
    if said == FROM_MEMORY:
        return Line((left, expected, difference, Cell("no verdict", verdict="none")))
    if said == NOT_RUN or results.runs(claim) < RUNS_FOR_A_VERDICT:
        verdict = "not settled"
    return Line((left, expected, difference, Cell(verdict, verdict=verdict)))


def _right(comparison: Comparison, several: bool) -> str:
    factor = "" if comparison.times == 1 else f"{comparison.times:g} × "
    if isinstance(comparison.than, Score):
        return factor + score_words(comparison.than, several)
    return f"{factor}{comparison.than:g}"
