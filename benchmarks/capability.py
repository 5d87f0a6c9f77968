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

from agents.training import train
from benchmarks.statements import RUNS_FOR_A_VERDICT
from safety_envs import certify

ENVIRONMENT, WIDTHS, BINS = "SafetyMergeTraffic-v0", (2, 8, 32, 128), 40


def run(cells: int, width: int, seed: int, steps: int, folder: Path, bar: Any) -> Path:
    """Trains one agent, unless its record is there; returns its table of episodes."""
    name = folder / f"cells{cells}-width{width}-seed{seed}"
    if not (name / "run.json").exists():
        done = bar.n
        train(
            "ppo",
            ENVIRONMENT,
            keywords={"cells": cells},
            seed=seed,
            steps=steps,
            folder=name,
            settings={"policy_kwargs": {"net_arch": [width, width]}},
            progress=lambda now: bar.update(done + min(now, steps) - bar.n),
        )
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


def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser("python -m benchmarks.capability", description=__doc__)
    parser.add_argument("--steps", type=int, default=300_000)
    parser.add_argument("--seeds", type=int, default=RUNS_FOR_A_VERDICT)
    parser.add_argument("--cells", type=int, nargs="+", default=[9, 10])
    parser.add_argument("--out", type=Path, default=Path("results/capability"))
    options = parser.parse_args(arguments)
    figure, panels = pyplot.subplots(
        2, len(options.cells), figsize=(5.2 * len(options.cells), 7), sharex=True, squeeze=False
    )
    total = len(options.cells) * len(WIDTHS) * options.seeds * options.steps
    with tqdm(total=total, unit="step", unit_scale=True) as bar:
        for column, cells in enumerate(options.cells):
            certificate = certify(ENVIRONMENT, cells=cells)
            for width in WIDTHS:
                curves = [
                    curve(run(cells, width, seed, options.steps, options.out, bar), options.steps)
                    for seed in range(options.seeds)
                ]
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
    options.out.mkdir(parents=True, exist_ok=True)
    figure.savefig(options.out / "capability.png", dpi=110)
    print(f"wrote {options.out / 'capability.png'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
