"""Folders of the repository."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
DATA = ROOT / "tests" / "data"
STORIES = ROOT / "tests" / "stories"
MUSEUM_GUARD = DATA / "museum-guard"
"""A package of somebody else's."""
GUARD = MUSEUM_GUARD / "museum_guard" / "guard.py"
"""Its environment."""
