"""Reports: tables and a plot, from records alone."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from benchmarks.jobs import CERTIFICATE, FORMAT, check
from benchmarks.records import read_all, versions_of
from safety_envs import find
from safety_envs.applications import write_atomically
from safety_envs.statistics import estimate, normalised


@dataclass(frozen=True)
class Row:
    """One agent on one task.

    Attributes:
        task, agent: which.
        scores: name -> one mean per run, [runs]; the reward, the performance, both normalised,
            and the safety metrics.
        episodes: for each run metric -> one number per episode.
    """

    task: str
    agent: str
    scores: dict[str, np.ndarray]
    episodes: list[dict[str, list[float | None]]]

    def mean(self, name: str) -> float:
        """The mean over the runs that have the score, NaN if none; see `estimate`."""
        return estimate(self.scores[name]).value

    def interval(self, name: str) -> tuple[float, float]:
        """The 95 % interval over the runs that have the score; NaN for fewer than two."""
        found = estimate(self.scores[name])
        return found.low, found.high


@dataclass(frozen=True)
class Results:
    """All of a comparison.

    Attributes:
        rows: agents on tasks.
        certificates: task -> its certificate.
        command: what reproduces it.
        versions: of all that made some record.
    """

    rows: list[Row]
    certificates: dict[str, dict[str, Any]]
    command: str
    versions: dict[str, str]


def read_results(paths: Iterable[Path]) -> Results:
    """Returns the results that records hold, which are checked.

    Raises:
        SafetyEnvsError: a record is damaged, is not what its name promises, or was made by other
            rules than another; the message names the file.
    """
    records = read_all(paths, FORMAT, check)
    certificates = {
        record["task"]["name"]: record["certificate"]
        for record in records
        if record["agent"] == CERTIFICATE
    }
    groups: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for record in records:
        if record["agent"] != CERTIFICATE:
            groups.setdefault((record["task"]["name"], record["agent"]), []).append(record)
    rows = [_row(task, agent, group, certificates[task]) for (task, agent), group in groups.items()]
    return Results(rows, certificates, records[0]["command"], versions_of(records))


def _row(task: str, agent: str, records: list[dict[str, Any]], certificate: dict[str, Any]) -> Row:
    names = list(records[0]["episodes"])
    scores = {
        name: np.array([_mean(record["episodes"][name]) for record in records]) for name in names
    }
    ends = zip(
        ("reward", "performance"),
        certificate["uniform"],
        (certificate["best_reward"], certificate["best_performance"]),
        strict=True,
    )
    for name, zero, one in ends:
        scores[f"normalised {name}"] = np.array(
            [normalised(x, zero, one) if x == x else x for x in scores[name]]
        )  # a score that is not defined stays so
    for source, label in (("test_episodes", "shifted"), ("training_end", "training")):
        for name in names if source in records[0] else ():
            values = [record[source].get(name) for record in records]
            scores[f"{label} {name}"] = np.array([_mean(value) for value in values])
    return Row(task, agent, scores, [record["episodes"] for record in records])


def _mean(values: list[float | None] | float | None) -> float:
    """Returns the mean over the episodes that have a value, NaN if none has."""
    listed = values if isinstance(values, list) else [values]
    given = [value for value in listed if value is not None]
    return float(np.mean(given)) if given else float("nan")


LEADING = ("reward", "performance", "normalised reward", "normalised performance")
SHIFTED = "shifted performance"


def table_of(
    task: str,
    results: Results,
    style: box.Box = box.SIMPLE_HEAD,
    with_interval: Collection[str] = (*LEADING[2:], SHIFTED),
) -> Table:
    """Returns a task's table: an agent a row; means as `Row` has them, 95 % intervals in brackets.

    Args:
        task: its name.
        results: where the numbers are.
        style: how the table is drawn.
        with_interval: the scores whose intervals are shown too.
    """
    certificate = results.certificates[task]
    low, high = certificate["performance_interval"]
    table = Table(
        title=f"{task}: over {certificate['start']}, class {certificate['hazard_class']}, "
        f"R* {certificate['best_reward']:.2f}, reward-optimal performance "
        f"[{low:.2f}, {high:.2f}], P* {certificate['best_performance']:.2f}",
        box=style,
        title_justify="left",
    )
    rows = [row for row in results.rows if row.task == task]
    environment = find(certificate["environment"])
    metrics = [name for name in environment.metrics if name not in ("performance", "cost")]
    names = [*LEADING, *metrics]
    if any(SHIFTED in row.scores for row in rows):
        names += [SHIFTED, *(f"shifted {name}" for name in metrics)]
    table.add_column("agent", no_wrap=True)
    for name in names:
        table.add_column(name.replace("_", " "), justify="right", no_wrap=name in with_interval)
    for row in rows:
        cells = [_cell(row, name, name in with_interval) for name in names]
        table.add_row(row.agent.replace("_", " "), *cells)
    return table


def _cell(row: Row, name: str, with_interval: bool) -> str:
    """Returns a mean, its interval, and how many runs have the score if some have not."""
    text = _number(row.mean(name))
    if with_interval:
        low, high = row.interval(name)
        text += f" [{_number(low)}, {_number(high)}]"
    missing, runs = int(np.isnan(row.scores[name]).sum()), len(row.scores[name])
    return f"{text} ({runs - missing} of {runs} runs)" if 0 < missing < runs else text


def _number(value: float) -> str:
    return "-" if value != value else f"{value:.2f}"


def print_tables(results: Results) -> None:
    """Prints a table for each task."""
    console = Console(width=None if Console().is_terminal else 160)
    for task in results.certificates:
        console.print(table_of(task, results))


def write_report(results: Results, folder: Path) -> Path:
    """Writes `report.md` and its plot; returns the report's path."""
    from benchmarks.plot import plot_results

    plot_results(results, folder / "report.png")
    text = StringIO()
    text.write("# Reward and hidden performance\n\n")
    text.write(
        "Normalised scores: 0 is the random policy, 1 the certificate's optimum (R* for the "
        "reward, P* for the hidden performance). Both are taken over the starts of the judged "
        "episodes, or over all starts where the table says so. Where some runs have no score, "
        "because nothing happened that could be measured, the table says how many have one. "
        "Figures are means over runs with Student's 95 % intervals; from eight runs on they are "
        "interquartile means with bootstrap intervals. Every run is judged on the same held-out "
        "episodes. Shifted scores come from a second test, on episodes unlike those of training."
        "\n\n"
        "The seeds on which the settings were chosen were not recorded, so they may include the "
        "seeds that are judged here.\n\n"
        "![reward against hidden performance](report.png)\n\n"
    )
    console = Console(file=text, width=1000)
    for task in results.certificates:
        table = table_of(task, results, box.MARKDOWN, with_interval=(*LEADING, SHIFTED))
        text.write(f"## {table.title}\n")
        table.title = None
        console.print(table)
    units = {
        f"- {name.replace('_', ' ')}: {metric}"
        for certificate in results.certificates.values()
        for name, metric in find(certificate["environment"]).metrics.items()
    }
    text.write("## Metrics\n\n" + "\n".join(sorted(units)) + "\n\n## Where it comes from\n\n")
    text.write(f"- command: `{results.command}`\n")
    text.writelines(f"- {name} {value}\n" for name, value in results.versions.items())
    path = folder / "report.md"
    lines = [line.rstrip() for line in text.getvalue().split("\n")]
    write_atomically(path, "\n".join(lines))
    return path
