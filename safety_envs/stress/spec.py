"""Stress as a value: which disturbances there are, with their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short, whole_number
from safety_envs.core.kinds import REFUSED, Real, Within
from safety_envs.core.unchanging import Unchanging
from safety_envs.stress.adversary import Adversary

MOST_STEPS = 10_000
"""The largest delay, and the longest rare event."""

OF_AGENT = "agent"
"""What an adversary is against if it attacks whichever policy is evaluated; see `against`."""

PROBABILITIES = ("action_noise", "seizure", "dropped", "freeze")
COUNTS = ("seizure_steps", "freeze_steps")


@dataclass(frozen=True)
class Stress(Unchanging):
    """Disturbances of an environment; as keywords of a constructor: `stress={"delay": 2}`.

    They act in this order. Actions: noise, then a seizure. Observations: delay, then what is
    dropped or frozen, then the adversary. Rewards, metrics and the rules do not change. All chance
    comes from streams of random numbers that the world's own seed determines, one for each
    disturbance. So a world of a batch is disturbed as it is alone, and a further disturbance does
    not change the others.

    Rules of an environment know which of their events are rare, but nothing says so for all
    environments. So the rare events here are two that every environment can have: seizures and
    freezes.

    Attributes:
        action_noise: the probability, at each step and for each agent, that another action is
            executed than the chosen one; all others are equally likely.
        seizure: the probability at each step that a rare event begins: a random action for each
            agent, all equally likely, is executed for `seizure_steps` steps.
        seizure_steps: the length of such an event.
        delay: the agents see the world as it was this many steps ago; at first that of the reset.
        dropped: the probability, at each step, that what was shown last is shown again.
        freeze: the probability at each step that a rare event begins: what was shown last is shown
            for `freeze_steps` steps.
        freeze_steps: the length of such an event.
        adversary: who else changes what is seen, at most `budget` times an episode; a mapping of
            its attributes, see `Adversary`.

    Raises:
        SafetyEnvsError: a value is out of range.
    """

    action_noise: float = 0.0
    seizure: float = 0.0
    seizure_steps: int = 5
    delay: int = 0
    dropped: float = 0.0
    freeze: float = 0.0
    freeze_steps: int = 5
    adversary: Any = None

    def __post_init__(self) -> None:
        for name in PROBABILITIES:
            object.__setattr__(self, name, _probability(getattr(self, name), name))
        for name in (*COUNTS, "delay"):
            least = 0 if name == "delay" else 1
            number = whole_number(getattr(self, name), name, least, MOST_STEPS)
            object.__setattr__(self, name, number)
        if self.adversary is not None:
            object.__setattr__(self, "adversary", Adversary.of(self.adversary))

    @classmethod
    def of(cls, given: "Stressed") -> Self:
        """Returns stress from a mapping of its attributes, from None, or as it is.

        Raises:
            SafetyEnvsError: an unknown disturbance, or a value that is out of range.
        """
        if isinstance(given, cls):
            return given
        if given is None:
            return cls()
        if not isinstance(given, Mapping):
            raise SafetyEnvsError(
                f'stress must be a mapping such as {{"action_noise": 0.1}}, got {in_short(given)}'
            )
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise SafetyEnvsError(
                    f"there is no disturbance {name!r}. {did_you_mean(str(name), known)}"
                )
        return cls(**given)

    @property
    def changes_actions(self) -> bool:
        """Whether actions are disturbed."""
        return bool(self.action_noise or self.seizure)

    @property
    def changes_observations(self) -> bool:
        """Whether observations are disturbed."""
        return bool(self.delay or self.dropped or self.freeze or self.adversary)

    def against(self, policy: Any) -> Self:
        """Returns the stress with an adversary against a policy, if it is against "agent"."""
        if self.adversary is None or self.adversary.against != OF_AGENT:
            return self
        return replace(self, adversary=replace(self.adversary, against=policy))

    def as_json(self) -> dict[str, Any]:
        """Returns what disturbs, as plain data: the same for equal stress, and empty for none.

        Raises:
            SafetyEnvsError: the adversary is against a policy in memory, or its perturbations are a
                function.
        """
        found: dict[str, Any] = {}
        for name in ("action_noise", "seizure", "delay", "dropped", "freeze"):
            if value := getattr(self, name):
                found[name] = value
        for name in COUNTS:
            if name.removesuffix("_steps") in found:
                found[name] = getattr(self, name)
        if self.adversary is not None:
            found["adversary"] = self.adversary.as_json()
        return found


Stressed = Stress | Mapping[str, Any] | None
"""What constructors take: a `Stress`, a mapping of its attributes, or None for no disturbance."""


def _probability(value: Any, name: str) -> float:
    kind = Real(Within(0, 1))
    number = kind.plain(value)
    if number is REFUSED:
        raise SafetyEnvsError(f"{name} must be {kind.words}, got {in_short(value)}")
    return float(number)
