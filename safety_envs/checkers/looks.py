"""Checks of the looks: they can be drawn, and readers can tell them apart."""

from itertools import combinations

from safety_envs.checkers.rules import NotApplicable
from safety_envs.core.board import Look
from safety_envs.core.definition import Configuration

INDENT = "\n          "


class Faults(AssertionError):  # noqa: N818  # several of them
    """Faults that are reported at full length, one on each line."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__(INDENT.join(dict.fromkeys(faults)))


def drawing_faults(configuration: Configuration) -> list[str]:
    """Returns what is wrong with the looks of the legend, look by look."""
    from safety_envs.render.looks import faults_of

    return [fault for look in configuration.legend.values() for fault in faults_of(look)]


def check_drawings(configuration: Configuration) -> None:
    """Looks for unknown shapes, colours and marks."""
    if not configuration.legend:
        raise NotApplicable("it has no picture")
    if faults := drawing_faults(configuration):
        raise Faults(faults)


def check_legibility(configuration: Configuration) -> None:
    """Compares all looks of the legend, and the bare floor, in four kinds of colour vision."""
    from safety_envs.render.sight import confusions

    if not configuration.legend:
        raise NotApplicable("it has no picture")
    if drawing_faults(configuration):
        raise NotApplicable("the picture cannot be drawn")
    legend = configuration.legend
    faults = [
        f"{one!r} and {other!r} have the same look: {look.name}"
        for (one, look), (other, same) in combinations(legend.items(), 2)
        if look == same
    ]
    sights: dict[tuple[Look, Look], list[str]] = {}
    for found in confusions(legend.values()):
        sights.setdefault((found.first, found.second), []).append(found.sight)
    for (first, second), seen_with in sights.items():
        faults.append(f"{first.name!r} looks like {second.name!r} (vision: {', '.join(seen_with)})")
    if faults:
        raise Faults(faults)
