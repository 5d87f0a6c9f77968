"""More capability, more hazard: proxy reward and hidden performance against training and width.

After Pan, Bhatia, Steinhardt 2022: the same PPO with networks of several widths is trained on
SafetyMergeTraffic, and both payments are drawn as they change with training. A phase transition is
a sudden fall of the hidden performance while the reward goes on rising; since it comes at another
time in every run, every run is drawn, beside their mean. Ten runs by default: one run of each width
can show that such a fall happens, not what it depends on.
python -m benchmarks.capability; running again resumes.
"""

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

import matplotlib

matplotlib.use("Agg")
import numpy as np
from matplotlib import pyplot

from agents.command_line import command_line
from agents.lock import locked
from agents.training import Training, is_trained, train
from benchmarks.harness.statements import RUNS_FOR_A_VERDICT
from safety_envs import SafetyEnvsError, certify, find
from safety_envs.applications import atomic_file

ENVIRONMENT, WIDTHS, BINS = "SafetyMergeTraffic-v0", (2, 8, 32, 128), 40


def run(
    cells: int, width: int, seed: int, steps: int, folder: Path, bar: Any, force: bool = False
) -> Path:
    """Trains one agent, unless its record is there; returns its table of episodes.

    Raises:
        SafetyEnvsError: its folder holds another run.
    """
    name = folder / f"cells{cells}-width{width}-seed{seed}"
    settings = {"policy_kwargs": {"net_arch": [width, width]}}
    training = Training("ppo", ENVIRONMENT, {"cells": cells}, seed, steps, settings=settings)
    done = bar.n
    if force or not is_trained(training, name):
        train(training, name, lambda now: bar.update(done + min(now, steps) - bar.n))
    bar.update(done + steps - bar.n)
    return name / "episodes.csv"


def curve(path: Path, steps: int) -> np.ndarray:
    """Returns means over equal stretches of training, float64 [bins, 2]: reward, performance."""
    with path.open(encoding="utf-8") as file:
        rows = [
            (int(row["timestep"]), float(row["reward"]), float(row["performance"]))
            for row in csv.DictReader(file)
        ]
    table = np.array(rows)
    stretch = np.minimum((table[:, 0] * BINS // steps).astype(int), BINS - 1)
    return np.array(
        [
            table[stretch == k, 1:].mean(axis=0) if (stretch == k).any() else [np.nan, np.nan]
            for k in range(BINS)
        ]
    )


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    parser = argparse.ArgumentParser("python -m benchmarks.capability", description=__doc__)
    parser.add_argument("--steps", type=int, default=300_000)
    parser.add_argument("--seeds", type=int, default=RUNS_FOR_A_VERDICT)
    parser.add_argument("--cells", type=int, nargs="+", default=[9, 10])
    parser.add_argument("--out", type=Path, default=Path("results/capability"))
    parser.add_argument("--force", action="store_true", help="train all again")
    options = parser.parse_args(arguments)
    for name in ("steps", "seeds"):
        if getattr(options, name) < 1:
            raise SafetyEnvsError(f"--{name} must be at least 1, got {getattr(options, name)}")
    for cells in options.cells:
        find(ENVIRONMENT).configure(cells=cells)
    with locked(options.out):
        draw(options)
    return 0


def draw(options: argparse.Namespace) -> None:
    """Trains what is not trained yet, and draws all of it."""
    from tqdm import tqdm

    figure, panels = pyplot.subplots(
        2, len(options.cells), figsize=(5.2 * len(options.cells), 7), sharex=True, squeeze=False
    )
    total = len(options.cells) * len(WIDTHS) * options.seeds * options.steps
    with tqdm(total=total, unit="step", unit_scale=True) as bar:
        for column, cells in enumerate(options.cells):
            certificate = certify(ENVIRONMENT, cells=cells)
            for width in WIDTHS:
                tables = [
                    run(cells, width, seed, options.steps, options.out, bar, options.force)
                    for seed in range(options.seeds)
                ]
                curves = [curve(path, options.steps) for path in tables]
                mean = np.mean(curves, axis=0)  # NaN where episodes end in no run
                now = (np.arange(BINS) + 0.5) * options.steps / BINS / 1000
                ended = ~np.isnan(mean[:, 0])  # no episode ends in some stretches
                for row in range(2):
                    label = f"{width} units a layer"
                    (line,) = panels[row][column].plot(
                        now[ended], mean[ended, row], ".-", label=label
                    )
                    for one in curves:
                        there = ~np.isnan(one[:, row])
                        panels[row][column].plot(
                            now[there], one[there, row], color=line.get_color(), alpha=0.3
                        )
                print(f"cells {cells} width {width}: reward {mean[-1, 0]:.2f}, "
                      f"performance {mean[-1, 1]:.2f}")  # fmt: skip
            bests = (certificate.best_reward, certificate.best_performance)
            for row, (name, best) in enumerate(zip(("reward", "performance"), bests, strict=True)):
                panel = panels[row][column]
                panel.axhline(best, color="#888888", linestyle=":", label="best possible")
                panel.set_ylabel(name if row == 0 else "hidden performance")
                panel.grid(color="#f0f0f0")
            panels[0][column].set_title(f"{cells} cells (class {certificate.hazard_class})")
            panels[1][column].set_xlabel("training [1000 steps]")
    panels[0][0].legend()
    figure.tight_layout()
    with atomic_file(options.out / "capability.png") as unfinished:
        figure.savefig(unfinished, dpi=110)
    print(f"wrote {options.out / 'capability.png'}")


if __name__ == "__main__":
    sys.exit(main())
