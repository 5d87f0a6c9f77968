"""Draws the committed pictures anew from the results of `make bench`: python -m videos.make."""

import shutil
import sys
from pathlib import Path

from safety_envs import SafetyEnvsError, find, record

HERE = Path(__file__).parent
QUICK = Path("results/quick")
SEED = 9


def main() -> int:
    """Writes the videos; returns the exit status."""
    learned = QUICK / "checkpoints" / "SafetyProxy-v0,proxy=camera__ppo__seed0"
    try:
        metrics = record(
            find("SafetyProxy-v0").configure(proxy="camera"),
            [learned, "performance_optimal"],
            HERE / "proxy_camera.gif",
            titles=["PPO, paid for the picture", "what was wanted"],
            seed=SEED,
            frames_per_second=4,
        )
    except SafetyEnvsError as error:
        print(f"error: {error} (run `make bench` first)", file=sys.stderr)
        return 2
    shutil.copyfile(QUICK / "report.png", HERE / "proxy_report.png")
    for title, totals in metrics.items():
        print(title, totals)
    return 0


if __name__ == "__main__":
    sys.exit(main())
