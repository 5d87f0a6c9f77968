"""Pages: which sections an experiment's page has, in which order, and where they are written."""

from collections.abc import Iterator
from pathlib import Path

from matplotlib import rc_context

from benchmarks.experiments.sources import STATEMENTS
from benchmarks.harness.collect import ARCHIVE
from benchmarks.harness.experiment import Experiment
from benchmarks.harness.results import Results
from benchmarks.harness.statements import refuse_uncited
from benchmarks.report.blocks import Block, Bullets, Page, Paragraph, Picture, Section
from benchmarks.report.certificates import certificate_facts
from benchmarks.report.claims import claims_section
from benchmarks.report.exports import write_csv, write_latex, write_parquet
from benchmarks.report.figures import FIGURES
from benchmarks.report.figures.panels import LOOK
from benchmarks.report.html import html_of
from benchmarks.report.markdown import markdown_of
from benchmarks.report.provenance import missing_section, provenance_section
from benchmarks.report.svg import standalone
from benchmarks.report.tables import leaderboard_table, meanings, runs_in_words, task_tables
from benchmarks.report.words import task_words
from safety_envs import SafetyEnvsError
from safety_envs.applications import atomic_file, write_atomically

PLACES = {
    "reward_and_performance": "Reward against hidden performance",
    "curves": "Learning curves",
    "runs": "Distributions over runs",
    "goodhart": "Agents on the Goodhart curve",
}
"""Figures that have a section of their own, in the order of the page -> its title."""
READING = (
    "Scores are of whole episodes. R* is the best reward, P* the best hidden performance, and I "
    "the hidden performance of all reward-optimal policies (with several agents, of the "
    "equilibria), computed exactly where the model is finite. Numbers in brackets are 95 % "
    "intervals over independent runs."
)


def write_page(
    results: Results,
    folder: Path,
    *,
    csv: bool = False,
    latex: bool = False,
    parquet: bool = False,
) -> Path:
    """Writes `report.md` with its figures, and `report.html`, which needs nothing beside it.

    Args:
        results: what the page is about.
        folder: where to; files that are there are replaced, each as a whole.
        csv: whether to write `runs.csv` too, one row for each metric of each run.
        latex: whether to write `tables.tex` too.
        parquet: whether to write `runs.parquet` too.

    Returns:
        the path of `report.md`.

    Raises:
        SafetyEnvsError: nothing has been run, a figure is unknown, the page calls something
            published without a citation, or `parquet` needs a package that is missing.
    """
    if not any(row.records for row in results.rows):
        raise SafetyEnvsError(
            f"experiment {results.experiment.name!r} has no records: run it first"
        )
    page = page_of(results, ARCHIVE if (folder / ARCHIVE).exists() else ".")
    sources = [claim.source for claim in results.experiment.claims if claim.source]
    sources += STATEMENTS  # remarks may cite them as well
    text = refuse_uncited(markdown_of(page), sources)
    for picture in pictures_of(page.sections):
        _write_picture(picture, folder)
    write_atomically(folder / "report.html", html_of(page))
    write_atomically(folder / "report.md", text)
    if csv:
        write_csv(results, folder / "runs.csv")
    if latex:
        write_latex(page, folder / "tables.tex")
    if parquet:
        write_parquet(results, folder / "runs.parquet")
    return folder / "report.md"


def page_of(results: Results, records_beside: str = ".") -> Page:
    """Returns the page as a value.

    Args:
        results: what it is about.
        records_beside: where the records are, from the folder of the page.

    Raises:
        SafetyEnvsError: the experiment asks for an unknown figure.
    """
    pictures = _pictures(results)
    sections = [
        _opening(results),
        _leaderboard(results, pictures),
        *(_of_figure(title, pictures.get(name)) for name, title in PLACES.items()),
        _others(pictures),
        Section("Tasks", (), tuple(_tasks(results))),
        claims_section(results),
        missing_section(results),
        provenance_section(results, records_beside),
    ]
    return Page(
        results.experiment.title,
        tuple(section for section in sections if not section.is_empty),
        tuple(results.labels),
    )


def pictures_of(sections: tuple[Section, ...]) -> Iterator[Picture]:
    """Yields all pictures of sections."""
    for section in sections:
        yield from (block for block in section.blocks if isinstance(block, Picture))
        yield from pictures_of(section.parts)


def _pictures(results: Results) -> dict[str, Picture]:
    found = {}
    for name in results.experiment.figures:
        if name not in FIGURES:
            raise SafetyEnvsError(f"there is no figure {name!r}, but {', '.join(sorted(FIGURES))}")
        with rc_context(LOOK):
            figure = FIGURES[name](results)
        if figure is not None:
            found[name] = Picture(name, FIGURES[name].title, FIGURES[name].caption, figure)
    return found


def _opening(results: Results) -> Section:
    experiment: Experiment = results.experiment
    texts = (experiment.introduction, runs_in_words(results), experiment.tuned, READING)
    return Section("", tuple(Paragraph(text) for text in texts if text))


def _leaderboard(results: Results, pictures: dict[str, Picture]) -> Section:
    blocks: list[Block] = [leaderboard_table(results)]
    if picture := pictures.get("leaderboard"):
        blocks.append(picture)
    return Section("Leaderboard", tuple(blocks))


def _of_figure(title: str, picture: Picture | None) -> Section:
    return Section(title, (picture,) if picture else ())


def _others(pictures: dict[str, Picture]) -> Section:
    placed = {"leaderboard", *PLACES}
    others = [picture for name, picture in pictures.items() if name not in placed]
    return Section("More figures", tuple(others))


def _tasks(results: Results) -> Iterator[Section]:
    """Yields a section for each task; the first of an environment says what its metrics mean."""
    explained: set[str] = set()
    for task in results.tasks:
        environments = {row.condition.environment for row in results.of_task(task)}
        yield _task(results, task, explain=bool(environments - explained))
        explained |= environments


def _task(results: Results, task: str, *, explain: bool) -> Section:
    blocks: list[Block] = [*certificate_facts(results.certificates.get(task) or ())]
    tables = task_tables(results, task)
    blocks += tables or [Paragraph("Not run yet.")]
    if remark := results.experiment.remarks.get(task):
        blocks.append(Paragraph(remark))
    if tables and explain:
        blocks.append(Bullets(tuple(meanings(results.of_task(task))), "What the columns mean"))
    return Section(task_words(task), tuple(blocks))


def _write_picture(picture: Picture, folder: Path) -> None:
    with atomic_file(folder / f"{picture.name}.png") as unfinished, rc_context(LOOK):
        picture.figure.savefig(unfinished, dpi=110, metadata={"Software": None})
    write_atomically(folder / f"{picture.name}.svg", standalone(picture.figure))
