"""Jobs: work that leaves one record each."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from agents.record import Identity

Progress = Callable[[int], None]
"""Called with the number of steps done so far."""


class Job(Protocol):
    """Work that leaves one record. It is sent to other processes, so it must pickle."""

    @property
    def name(self) -> str:
        """The record's name without its ending: readable, and unique by a digest."""

    @property
    def identity(self) -> Identity:
        """All that decides the result."""

    @property
    def cost(self) -> int:
        """About how long it takes, in steps of training."""

    def run(self, folder: Path, progress: Progress) -> Mapping[str, Any]:
        """Does the work and returns what the record holds.

        Args:
            folder: of all results; checkpoints go there.
            progress: called with the number of steps done so far.
        """
