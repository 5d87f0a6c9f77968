"""Experiments by name. To add one, write it in a module of this package and name both in `PLACES`.

A module is imported when one of its experiments is asked for.
"""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path

from benchmarks.harness.experiment import Experiment
from benchmarks.harness.toml import read_experiment
from safety_envs import SafetyEnvsError
from safety_envs.applications import did_you_mean

PLACES = {
    "quick": "proxy",
    "core": "core",
    "full": "proxy",
    "gridworlds": "gridworlds",
    "furnished_rooms": "furnished_rooms",
    "alignment": "alignment",
    "misgeneralisation": "misgeneralisation",
    "oversight": "oversight",
    "blind_spots": "blind_spots",
    "capability": "capability",
    "methods": "methods",
    "more_methods": "more_methods",
    "cooperation": "cooperation",
    "race": "cooperation",
    "price_collusion": "games",
    "matrix_games": "games",
    "agreements": "agreements",
    "published_mona": "published.mona",
    "published_overoptimisation": "published.overoptimisation",
    "published_interruptible": "published.interruptible",
    "published_off_switch": "published.off_switch",
    "published_attainable_utility": "published.attainable_utility",
    "published_reachability": "published.reachability",
    "all": "every",
}
"""Name of an experiment -> the module that has it, as a constant of its name in capitals."""


class _Experiments(Mapping[str, Experiment]):
    """The experiments of `PLACES`, each imported when it is asked for."""

    def __getitem__(self, name: str) -> Experiment:
        module = import_module(f"{__name__}.{PLACES[name]}")
        found: Experiment = getattr(module, name.upper())
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(PLACES)

    def __len__(self) -> int:
        return len(PLACES)


EXPERIMENTS: Mapping[str, Experiment] = _Experiments()


def find_experiment(name: str) -> Experiment:
    """Returns an experiment.

    Args:
        name: a key of `EXPERIMENTS`, or the path of a TOML file (see `benchmarks.harness.toml`).

    Raises:
        SafetyEnvsError: no experiment has that name, or the file is not a valid experiment.
    """
    if name.endswith(".toml"):
        return read_experiment(Path(name))
    if name in EXPERIMENTS:
        return EXPERIMENTS[name]
    raise SafetyEnvsError(
        f"unknown experiment {name!r}. {did_you_mean(name, PLACES)} A TOML file ends in .toml."
    )
