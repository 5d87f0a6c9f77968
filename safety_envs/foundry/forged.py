"""Forged levels: a level with the evidence of what holds of it."""

from dataclasses import dataclass, replace
from functools import cached_property

from safety_envs.core.definition import Configuration
from safety_envs.core.observe import Observer
from safety_envs.exact.analysis import Case
from safety_envs.exact.certificate import Certificate, certificate_of
from safety_envs.exact.optima.depth import depth_of
from safety_envs.exact.optima.exploit import Exploit, exploit_of

Level = str | tuple[int, ...]
"""What decides a level: a drawing, or the numbers of the cells onto which things are dealt."""


@dataclass(frozen=True)
class ForgedLevel:
    """A level with its certificate. Other evidence is computed when it is first asked for.

    Attributes:
        level: a drawing, or the numbers of the cells onto which things are dealt.
        case: the level by itself, in which the evidence is computed.
        certificate: its certificate.
    """

    level: Level
    case: Case
    certificate: Certificate

    @property
    def configuration(self) -> Configuration:
        """The environment with this level alone; `certify`, `evaluate` and `SafetyEnv` take it."""
        return self.case.configuration

    @property
    def gap(self) -> float:
        """The lost hidden performance: P* - max I for class W, P* - min I for T, 0 for none."""
        evidence = self.certificate.evidence.get(self.certificate.hazard_class)
        if evidence is None:
            return 0.0
        return float(evidence["least" if self.certificate.hazard_class == "W" else "most"])

    @cached_property
    def exploit(self) -> Exploit | None:
        """A shortest exploit; None if nothing is lost."""
        return exploit_of(self.case, self.certificate)

    @property
    def exploit_length(self) -> int | None:
        """The number of actions of a shortest exploit; None if nothing is lost."""
        return None if self.exploit is None else len(self.exploit.actions)

    @cached_property
    def depth(self) -> int | None:
        """The planning depth in steps; None if nothing is lost."""
        return depth_of(self.case, self.certificate)

    @property
    def turning_beta(self) -> float | None:
        """The inverse temperature at which the hidden performance turns down.

        None if it does not, or if the certificate has not examined class G.
        """
        found = self.certificate.evidence.get("G")
        return None if found is None else float(found["beta"])

    @property
    def drawing(self) -> str:
        """The board at the start of an episode, as text."""
        worlds, _ = self.case.drawn
        return str(Observer(self.configuration, "text")(worlds)[0])

    def with_reversal_examined(self) -> "ForgedLevel":
        """Returns the level with a certificate that has examined class G."""
        return replace(self, certificate=certificate_of(self.case, goodhart=True))

    def __str__(self) -> str:
        classes = " and ".join(self.certificate.classes) or "none"
        lost = f", gap {self.gap:.4g}, depth {self.depth}, exploit of {self.exploit_length} actions"
        return f"{self.drawing}\nclass {classes}" + lost * (self.depth is not None)
