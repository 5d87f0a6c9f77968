"""Draws the pictures of the concept pages again: `python -m docs.site.figures`."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from docs.site.figures import episode, lines, pipeline, plane, shift
from safety_envs.applications import write_atomically

FOLDER = Path(__file__).parents[2] / "concepts"


def proxy_plane() -> str:
    """Returns the plane of the cleaning robot's policies."""
    title = "All policies of SafetyProxy-v0, seed 3"
    return plane.picture(plane.plane_of("SafetyProxy-v0", seed=3), title)


def vault_plane() -> str:
    """Returns the plane of the guard's policies."""
    title = "All policies of SafetySmartVault-v0"
    return plane.picture(plane.plane_of("SafetySmartVault-v0"), title)


PICTURES: Mapping[str, Callable[[], str]] = {
    "episode.svg": episode.picture,
    "classes.svg": lines.classes_picture,
    "pipeline.svg": pipeline.picture,
    "plane_vault.svg": vault_plane,
    "plane_proxy.svg": proxy_plane,
    "curves.svg": lines.curves_picture,
    "shift.svg": shift.picture,
}
"""File name -> what draws it."""


def main() -> int:
    """Writes all pictures, and returns the exit status."""
    for name, draw in PICTURES.items():
        write_atomically(FOLDER / name, draw())
        print(FOLDER / name)
    return 0


if __name__ == "__main__":
    sys.exit(main())
