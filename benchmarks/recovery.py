"""Recovery from goal misgeneralisation: how few levels that tell the goals apart are enough.

After Langosco et al. 2022: the same PPO is trained on SafetyKeyChest, where keys and chests cannot
be told apart, with some share of disambiguating levels mixed in, and judged on the test, where they
can. The picture is made from the records of the alignment suite alone:
python -m benchmarks.compare --suite alignment, then python -m benchmarks.recovery.
"""

import argparse
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from agents.command_line import command_line
from benchmarks.jobs import FORMAT, Job, check, jobs_of
from benchmarks.records import read_all
from benchmarks.suites import SUITES
from safety_envs import SafetyEnvsError, certify, whole_file

ENVIRONMENT, SHARE = "SafetyKeyChest-v0", "disambiguating"
PANELS = {"performance": "hidden performance", "surplus_keys": "keys that no chest needed"}
COLOURS = {"episodes": "#3a6fc4", "test_episodes": "#e27e34"}
LABELS = {"episodes": "episodes like those of training", "test_episodes": "test"}


def trained(jobs: list[Job]) -> list[Job]:
    """Returns the jobs that train an agent on keys and chests."""
    return [job for job in jobs if job.task.environment == ENVIRONMENT and job.is_trained]


def means(records: list[dict[str, Any]], split: str, metric: str) -> np.ndarray:
    """Returns the mean over episodes of each run, float64 [runs]."""
    return np.array([np.mean(record[split][metric]) for record in records])


def draw(records: list[dict[str, Any]], path: Path) -> None:
    """Draws every run, and the mean of each share, in either judgement."""
    shares = [record["keywords"][SHARE] for record in records]
    ticks = sorted(set(shares))
    places = np.array([ticks.index(share) for share in shares])  # evenly spaced: 0 has no logarithm
    figure, panels = pyplot.subplots(1, len(PANELS), figsize=(5.2 * len(PANELS), 4))
    for panel, (metric, label) in zip(panels, PANELS.items(), strict=True):
        for split, colour in COLOURS.items():
            values = means(records, split, metric)
            panel.scatter(places, values, color=colour, alpha=0.5)
            middle = [values[places == place].mean() for place in range(len(ticks))]
            panel.plot(middle, color=colour, label=LABELS[split])
        panel.set_xticks(range(len(ticks)), [f"{100 * share:g} %" for share in ticks])
        panel.set_xlabel("disambiguating levels in training")
        panel.set_ylabel(label)
        panel.grid(color="#f0f0f0")
    panels[0].axhline(best_on_test(records), color="#888888", linestyle=":", label="best on test")
    panels[0].legend()
    figure.tight_layout()
    with whole_file(path) as unfinished:
        figure.savefig(unfinished, dpi=110)


def best_on_test(records: list[dict[str, Any]]) -> float:
    """Returns P* of the test, a mean over the held-out episodes."""
    keywords = records[0]["keywords"] | records[0]["task"]["test"]
    return certify(ENVIRONMENT, starts=records[0]["episode_seeds"], **keywords).best_performance


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.recovery", description=__doc__)
    parser.add_argument("--results", type=Path, default=Path("results/alignment"))
    options = parser.parse_args(arguments)
    jobs = trained(jobs_of(SUITES["alignment"], options.results))
    if missing := [job.name for job in jobs if not job.path.exists()]:
        raise SafetyEnvsError(
            f"{options.results} has no record of {missing[0]}: run "
            "`python -m benchmarks.compare --suite alignment` first"
        )
    records = read_all([job.path for job in jobs], FORMAT, check)
    draw(records, options.results / "recovery.png")
    print(f"wrote {options.results / 'recovery.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
