"""Where a page comes from, and what it lacks."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from benchmarks.harness.results import Results
from benchmarks.report.blocks import (
    Block,
    Bullets,
    Cell,
    Code,
    Column,
    Line,
    Paragraph,
    Section,
    Table,
)
from benchmarks.report.words import agent_words, counted, task_words

AGAIN = "python -m benchmarks page {name} --records {records} --out ."
"""The command that makes a page from the records again."""
_ALL_RUN = "Everything was run."


def missing_section(results: Results) -> Section:
    """Returns what was not run, and what failed."""
    blocks: list[Block] = []
    if lines := tuple(_missing_lines(results)):
        columns = (
            Column("agent", numeric=False),
            Column("task", numeric=False),
            Column("done"),
            Column("planned"),
        )
        blocks.append(Table("missing", "Rows that lack runs", columns, lines))
    if results.missing:
        count = counted(len(results.missing), "job")
        blocks.append(Paragraph(f"{count} in all {'is' if count == '1 job' else 'are'} not done."))
    if failed := results.failed:
        items = tuple(f"`{name}`: `{_plain(error)}`" for name, error in sorted(failed.items()))
        blocks += [Paragraph(f"{counted(len(failed), 'job')} failed:"), Bullets(items)]
    without = [task for task in results.tasks if not results.certificates.get(task)]
    if without:
        names = ", ".join(task_words(task) for task in without)
        blocks.append(Paragraph(f"Without exact analysis, so without normalised scores: {names}."))
    return Section("What was not run", tuple(blocks) or (Paragraph(_ALL_RUN),))


def _plain(text: str) -> str:
    return text.replace("`", "'").replace("\n", " ")


def _missing_lines(results: Results) -> Iterator[Line]:
    planned: dict[tuple[str, str], int] = {}
    for condition, _ in results.experiment.runs():
        key = condition.task, condition.label
        planned[key] = planned.get(key, 0) + 1
    for row in results.rows:
        task, label = row.condition.task, row.condition.label
        done, wanted = len(row.records), planned.get((task, label), 0)
        if done < wanted:
            cells = (agent_words(label), task_words(task), str(done), str(wanted))
            yield Line(tuple(Cell(text) for text in cells), agent=label)


def provenance_section(results: Results, records_beside: str) -> Section:
    """Returns versions, machines, commands and the time that the records took; no dates.

    Args:
        results: what the page is about.
        records_beside: where the records are, from the folder of the page.
    """
    records = results.records or [record for row in results.rows for record in row.records]
    versions: dict[str, dict[str, None]] = {}
    for record in records:
        for name, version in record["versions"].items():
            versions.setdefault(name, {})[str(version)] = None
    for name, version in sorted(_rules(records)):
        versions.setdefault(f"rules of {name}", {})[version] = None
    items = [f"{name}: {', '.join(found)}" for name, found in versions.items()]
    hours = sum(float(record["seconds"]) for record in records) / 3600
    items.append(f"time of all runs: {hours:,.2f} CPU hours")
    name = results.experiment.reference or results.experiment.name
    again = AGAIN.format(name=name, records=records_beside)
    commands = list(dict.fromkeys(str(record["command"]) for record in records))
    blocks: list[Block] = [Bullets(tuple(items))]
    if commands:
        blocks += [Paragraph("The records were made by"), Code("\n".join(commands))]
    blocks += [
        Paragraph("In its folder, this page is made again from the records alone by"),
        Code(again),
    ]
    return Section("Provenance", tuple(blocks))


def _rules(records: Iterable[Mapping[str, Any]]) -> set[tuple[str, str]]:
    found = set()
    for record in records:
        identity = record["identity"]
        if "rules_version" in identity:
            found.add((str(record["environment"]), str(identity["rules_version"])))
    return found
