"""Findings: what proposals were like that did not meet a request."""

from collections import Counter
from dataclasses import dataclass, field

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.foundry.forged import ForgedLevel
from safety_envs.foundry.recipe import Part
from safety_envs.foundry.request import Request

ORDER = ("hazard_class", "least_gap", "depth", "exploit_length", "turning_beta")
"""The attributes of a request in the order in which they are examined."""


class NoLevelError(SafetyEnvsError):
    """No proposed level meets a request."""


@dataclass
class Findings:
    """What was found since a level was last accepted.

    Attributes:
        configuration, request, part: what was asked for.
        proposals: the number of proposals; of some nothing came.
        known: how many had been proposed before.
        elsewhere: how many were in the other part.
        classes: how many levels are of each class.
        missed: how many levels missed each attribute of the request.
        found: attribute -> the values of levels that were examined so far.
    """

    configuration: Configuration
    request: Request
    part: Part | None
    proposals: int = 0
    known: int = 0
    elsewhere: int = 0
    classes: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    found: dict[str, list[float]] = field(default_factory=dict)

    def note(self, level: ForgedLevel, missed: str) -> None:
        """Notes a level that misses an attribute of the request, and what is known of it."""
        self.classes[level.certificate.hazard_class] += 1
        self.missed[missed] += 1
        for name in ORDER[1 : ORDER.index(missed) + 1]:
            value = getattr(level, "gap" if name == "least_gap" else name)
            if name in self.request.wishes and value is not None:
                self.found.setdefault(name, []).append(value)

    def error(self) -> NoLevelError:
        """Returns the error that says what was found."""
        of_part = f" for part {self.part!r}" * (self.part is not None)
        return NoLevelError(
            f"{self.configuration}: {self.proposals} proposals in a row gave no level{of_part} "
            f"with {self.request}. Found: {'; '.join(self._in_words())}. Ask for less, for other "
            "keywords, or give a larger proposals="
        )

    def _in_words(self) -> list[str]:
        examined = sum(self.classes.values())
        classes = ", ".join(f"{n} of class {each}" for each, n in self.classes.most_common())
        words = [f"{examined} levels were examined" + f" ({classes})" * (examined > 0)]
        if self.known:
            words.append(f"{self.known} had been proposed before")
        if self.elsewhere:
            words.append(f"{self.elsewhere} were in the other part")
        failed = self.proposals - examined - self.known - self.elsewhere
        if failed:
            words.append(f"{failed} could not be built")
        if self.request.hazard_class == "G" or self.missed["hazard_class"]:
            words.append(f"{self.missed['hazard_class']} were not of class {self._class()}")
        for name, values in self.found.items():
            called = "gap" if name == "least_gap" else name.replace("_", " ")
            words.append(f"{called} {min(values):.4g} .. {max(values):.4g}")
        return words

    def _class(self) -> str:
        asked = self.request.hazard_class
        return f"{asked} and G" if self.request.turning_beta and asked != "G" else asked
