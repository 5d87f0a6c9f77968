"""Results for other programs: CSV and Parquet of every run, LaTeX of the tables."""

import csv
import io
import math
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.harness.results import Results
from benchmarks.report.blocks import Cell, Page, Section, Table
from benchmarks.report.estimates import NORMALISED
from safety_envs import SafetyEnvsError
from safety_envs.applications import atomic_file, write_atomically

COLUMNS = ("experiment", "task", "label", "seed", "run", "metric", "value", "exact")
"""Of a run; "run" counts the runs within a record that holds several, from 0."""
_LATEX = {
    **{letter: f"\\{letter}" for letter in "&%$#_{}"},
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "–": "--", "†": r"$^\dagger$", "×": r"$\times$", "*": r"$^*$", "<": r"$<$", ">": r"$>$",
}  # fmt: skip


def rows_of(results: Results) -> Iterator[dict[str, Any]]:
    """Yields one row for each metric of each run; the value is None where it is undefined."""
    for row in results.rows:
        for record in row.records:
            alone = replace(row, records=(record,))
            metrics = [*record["scores"], *(NORMALISED if row.scale else ())]
            if record["shifted"]:
                shifted = [*record["shifted"]["scores"], *(NORMALISED if row.shifted_scale else ())]
                metrics += [f"shifted_{name}" for name in shifted]
            for metric in metrics:
                for run, value in enumerate(alone.scores(metric).tolist()):
                    yield {
                        "experiment": results.experiment.name,
                        "task": row.condition.task,
                        "label": row.condition.label,
                        "seed": record["seed"],
                        "run": run,
                        "metric": metric,
                        "value": None if math.isnan(value) else value,
                        "exact": alone.is_exact(metric),
                    }


def write_csv(results: Results, path: Path) -> None:
    """Writes every run as CSV; an undefined value is an empty field."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows_of(results))
    write_atomically(path, text.getvalue())


def write_parquet(results: Results, path: Path) -> None:
    """Writes every run as Parquet.

    Raises:
        SafetyEnvsError: pyarrow is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise SafetyEnvsError(
            "Parquet needs pyarrow: pip install 'safety-envs[parquet]', or ask for CSV"
        ) from error
    table = pyarrow.Table.from_pylist(list(rows_of(results)))
    with atomic_file(path) as unfinished:
        pyarrow.parquet.write_table(table, unfinished)


def write_latex(page: Page, path: Path) -> None:
    """Writes the tables of scores, for the packages `booktabs` and `graphicx`."""
    titles = ("Leaderboard", "Tasks")
    tables = [
        table for section in page.sections if section.title in titles for table in _tables(section)
    ]
    write_atomically(path, "\n".join(latex_of(table) for table in tables))


def _tables(section: Section) -> Iterator[Table]:
    yield from (block for block in section.blocks if isinstance(block, Table))
    for part in section.parts:
        yield from _tables(part)


def latex_of(table: Table) -> str:
    """Returns a table as LaTeX."""
    kinds = "".join("r" if column.numeric else "l" for column in table.columns)
    head = " & ".join(_escaped(str(column)) for column in table.columns)
    lines = [" & ".join(_cell(cell) for cell in line.cells) + r" \\" for line in table.lines]
    label = re.sub(r"[^A-Za-z0-9]+", "-", table.name).strip("-")
    return "\n".join(
        [
            r"\begin{table}",
            r"\centering",
            rf"\caption{{{_escaped(table.caption)}}}",
            rf"\label{{tab:{label}}}",
            r"\resizebox{\ifdim\width>\linewidth\linewidth\else\width\fi}{!}{%",
            rf"\begin{{tabular}}{{{kinds}}}",
            r"\toprule",
            rf"{head} \\",
            r"\midrule",
            *lines,
            r"\bottomrule",
            r"\end{tabular}}",
            r"\end{table}",
            "",
        ]
    )


def _cell(cell: Cell) -> str:
    # A bracket after the \\ of the line before would be its optional argument.
    return "{}" + _escaped(str(cell)) if str(cell).startswith("[") else _escaped(str(cell))


def _escaped(text: str) -> str:
    return "".join(_LATEX.get(letter, letter) for letter in text)
