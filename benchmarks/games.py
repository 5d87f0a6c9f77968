"""Makes docs/cooperation/games.md, the page of two-player games: python -m benchmarks.games.

Makes the records that are missing, by the command lines of q_learning and lola in
`agents.algorithms`, and writes the page and its picture from records alone.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.algorithms import lola, q_learning
from agents.command_line import command_line
from agents.record import read_record
from benchmarks.games_page import write_page


@dataclass(frozen=True)
class Run:
    """One record, and how it is made.

    Attributes:
        make: the command line that makes it, unless it is there.
        module: where that stands.
        words: its arguments.
        path: of the record, in the folder of results.
    """

    make: Callable[[list[str]], int]
    module: str
    words: tuple[str, ...]
    path: str


def pricing(folder: str, seed: int, *words: str) -> Run:
    """Returns a run of 64 sessions of pricing algorithms."""
    words = ("--sessions", "64", "--seed", str(seed), *words)
    return Run(
        q_learning.main,
        "agents.algorithms.q_learning",
        words,
        f"{folder}/q_learning-seed{seed}.json",
    )


def matrix_game(game: str, seed: int) -> Run:
    """Returns a run of 128 pairs of each kind of learner in a matrix game."""
    words = ("--seeds", "128", "--seed", str(seed), "--game", game)
    return Run(
        lola.main, "agents.algorithms.lola", words, f"matrix_games/lola-{game}-seed{seed}.json"
    )


RUNS = (
    pricing("price_collusion", 0),
    pricing("price_collusion", 1),
    pricing("price_collusion_myopic", 0, "--discount", "0"),
    matrix_game("prisoners_dilemma", 0),
    matrix_game("prisoners_dilemma", 1),
    matrix_game("chicken", 0),
    matrix_game("stag_hunt", 0),
)


def make_records(
    runs: Sequence[Run], results: Path, *, force: bool = False
) -> list[dict[str, Any]]:
    """Makes the records that are missing and returns all; a run that fails has said why.

    Args:
        runs: what to make.
        results: the folder of all results.
        force: make them all, whatever is there.

    Raises:
        SystemExit: a run has failed or was interrupted; its status.
    """
    records = []
    for run in runs:
        path = results / run.path
        words = [*run.words, "--out", str(path.parent), *["--force"] * force]
        print("\npython -m", run.module, *words, flush=True)
        if status := run.make(words):
            raise SystemExit(status)
        records.append(read_record(path))
    return records


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.games", description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results"))
    parser.add_argument("--out", type=Path, default=Path("docs/cooperation/games.md"))
    parser.add_argument("--force", action="store_true", help="make all records again")
    options = parser.parse_args(arguments)
    write_page(make_records(RUNS, options.results, force=options.force), options.out)
    print(f"\nwrote {options.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
