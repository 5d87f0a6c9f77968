"""Policies from checkpoints, loaded by a reader that an adapter registers.

Loading a trained model needs the adapter of the library that trained it. Adapters depend on this
package, so it cannot import the reader; `adapters.registration` registers it.
"""

from collections.abc import Callable
from pathlib import Path

from safety_envs.core.definition import Configuration
from safety_envs.core.episodes import Policy

Reader = Callable[[Path, Configuration, int, bool], Policy]
"""(folder, configuration, seed, trust) -> the policy of the checkpoint in the folder."""

_readers: list[Reader] = []


def read_checkpoints_with(reader: Reader) -> None:
    """Registers the function that reads checkpoint folders."""
    _readers[:] = [reader]


def checkpoint(folder: Path, configuration: Configuration, seed: int, trust: bool) -> Policy:
    """Returns the policy of a checkpoint folder.

    Raises:
        SafetyEnvsError: the folder holds no checkpoint of this environment.
    """
    assert _readers, "importing safety_envs registers the reader"
    return _readers[0](folder, configuration, seed, trust)
