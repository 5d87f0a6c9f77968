"""Pages that are made without records: printed, or written to a file."""

from pathlib import Path

from safety_envs.applications import write_atomically


def deliver(text: str, path: Path | None) -> None:
    """Writes a page completely or not at all, or prints it if no path is given."""
    if path is None:
        print(text)
    else:
        write_atomically(path, text)
