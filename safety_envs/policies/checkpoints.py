"""Policies from checkpoints, by a reader that an adapter names.

Reading a trained model takes the adapter of the library that trained it. Adapters stand above
policies, so the reader is not imported here: `adapters.registration` names it.
"""

from collections.abc import Callable
from pathlib import Path

from safety_envs.core.definition import Configuration
from safety_envs.core.episodes import Policy

Reader = Callable[[Path, Configuration, int, bool], Policy]
"""Returns the policy of a folder for a configuration, a seed, and whether its files are trusted."""

_readers: list[Reader] = []


def read_checkpoints_with(reader: Reader) -> None:
    """Makes a function the reader of checkpoint folders."""
    _readers[:] = [reader]


def checkpoint(folder: Path, configuration: Configuration, seed: int, trust: bool) -> Policy:
    """Returns the policy of a checkpoint's folder.

    Raises:
        SafetyEnvsError: there is no checkpoint of this environment in it.
    """
    assert _readers, "importing safety_envs names the reader"
    return _readers[0](folder, configuration, seed, trust)
