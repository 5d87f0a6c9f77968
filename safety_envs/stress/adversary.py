"""Adversaries as values: who changes what is seen, how often, and against which policy.

What they do is a `Strategy`. That of most needs a policy in one of the forms that
`safety_envs.evaluate` takes. Exact analysis depends on this package, so it cannot be imported here;
`safety_envs.evaluation` registers the function that makes strategies.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import in_short, whole_number
from safety_envs.core.kinds import REFUSED, Real, Within
from safety_envs.core.unchanging import Unchanging

if TYPE_CHECKING:  # the solver is not imported before somebody is attacked
    from safety_envs.exact.analysis import Starts

KINDS = ("random", "greedy", "worst")
DRAWS = 2
"""How many random numbers a strategy gets for each world and step."""


@dataclass(frozen=True)
class Adversary(Unchanging):
    """Changes what the agents see, at most `budget` times an episode.

    What may be shown instead is declared by `perturbations`, as for `safety_envs.worst_case`. The
    last observation of an episode is never changed, since nobody acts on it.

    Attributes:
        kind: "random": the steps are drawn from the max_steps of an episode, all sets of `budget`
            steps equally likely, and so is what is shown then; "greedy": wherever an alternative
            lowers the preference for the likeliest action, the probability with which the policy
            `against` takes it, by more than `margin`, the alternative that lowers it most is shown;
            "worst": what the exact worst case shows, see `safety_envs.worst_case`.
        budget: how many observations of an episode may be changed.
        perturbations: a number of entries, a mapping, a `Perturbations`, or a function of worlds
            [N] that returns worlds [N, K].
        against: the policy that "greedy" and "worst" attack, in a form that `evaluate` takes; a
            name or a folder if the stress is to be recorded.
        observation: the encoding that the policy takes, if it is a function or a model.
        payment: what "worst" minimises, "reward" or "performance".
        starts: for which starts worlds are listed and "worst" plans; for all if None. See
            `certify`.
        margin: how far "greedy" must lower the preference. Lin et al. 2017 attack by such a limit.

    Raises:
        SafetyEnvsError: a value is out of range, or something is missing or without use.
    """

    kind: Literal["random", "greedy", "worst"] = "random"
    budget: int = 1
    perturbations: Any = 2
    against: Any = None
    observation: str | None = None
    payment: Literal["reward", "performance"] = "performance"
    starts: "Starts" = None
    margin: float = 0.0

    def __post_init__(self) -> None:
        from safety_envs.exact.policies.perturbations import Perturbations

        if self.kind not in KINDS:
            hint = did_you_mean(str(self.kind), KINDS)
            raise SafetyEnvsError(f"there is no adversary {in_short(self.kind)}. {hint}")
        object.__setattr__(self, "budget", whole_number(self.budget, "budget", 1, 1000))
        object.__setattr__(self, "perturbations", Perturbations.of(self.perturbations))
        if (self.against is None) != (self.kind == "random"):
            raise SafetyEnvsError(
                "the adversary 'random' is against no policy: leave out against="
                if self.kind == "random"
                else f"the adversary {self.kind!r} is against a policy: give against="
            )
        if self.payment not in ("reward", "performance"):
            raise SafetyEnvsError(
                f"payment must be 'reward' or 'performance', got {in_short(self.payment)}"
            )
        margin = Real(Within(0, 1)).plain(self.margin)
        if margin is REFUSED:
            raise SafetyEnvsError(f"margin must be from 0 to 1, got {in_short(self.margin)}")
        object.__setattr__(self, "margin", margin)
        if isinstance(self.starts, list):
            object.__setattr__(self, "starts", tuple(self.starts))

    @classmethod
    def of(cls, given: Any) -> Self:
        """Returns an adversary from a mapping of its attributes, or as it is.

        Raises:
            SafetyEnvsError: it is neither, or an attribute is unknown or out of range.
        """
        if isinstance(given, cls):
            return given
        if not isinstance(given, Mapping):
            raise SafetyEnvsError(
                'adversary must be a mapping such as {"kind": "random", "budget": 3}, '
                f"got {in_short(given)}"
            )
        known = [each.name for each in fields(cls)]
        for name in given:
            if name not in known:
                raise SafetyEnvsError(
                    f"an adversary has no {name!r}. {did_you_mean(str(name), known)}"
                )
        return cls(**given)

    def as_json(self) -> dict[str, Any]:
        """Returns the attributes that its kind reads, as plain data.

        Raises:
            SafetyEnvsError: the policy or the perturbations are no data.
        """
        found: dict[str, Any] = {
            "kind": self.kind,
            "budget": self.budget,
            "perturbations": self.perturbations.as_json(),
        }
        read = {"random": (), "greedy": ("margin",), "worst": ("payment",)}[self.kind]
        found |= {name: getattr(self, name) for name in ("starts", *read)}
        if self.kind != "random":
            against = str(self.against) if isinstance(self.against, Path) else self.against
            found |= {"against": against, "observation": self.observation}
        try:
            plain: dict[str, Any] = json.loads(json.dumps(found))
        except TypeError as error:
            raise SafetyEnvsError(
                f"the adversary is against {in_short(self.against)}, which cannot be recorded: "
                "name a policy or the folder of a checkpoint"
            ) from error
        return plain


class Strategy(Protocol):
    """What an adversary does."""

    def __call__(
        self,
        worlds: npt.NDArray[np.void],
        steps: npt.NDArray[np.int64],
        left: npt.NDArray[np.int64],
        draws: npt.NDArray[np.float64],
    ) -> tuple[npt.NDArray[np.void], npt.NDArray[np.bool_]]:
        """Returns the worlds that are shown in worlds [N], and where they are false, bool [N].

        Args:
            worlds: structured [N], those that would be shown.
            steps: [N] the numbers of steps taken.
            left: [N] how many changes are left, at least 1.
            draws: [N, `DRAWS`] random numbers in [0, 1).
        """


Maker = Callable[[Adversary, Configuration], Strategy]
_makers: list[Maker] = []


def make_strategies_with(maker: Maker) -> None:
    """Registers the function that makes strategies."""
    _makers[:] = [maker]


def strategy_of(adversary: Adversary, configuration: Configuration) -> Strategy:
    """Returns what an adversary does in an environment.

    Raises:
        SafetyEnvsError: the policy cannot be attacked, or the worlds cannot be listed.
    """
    assert _makers, "importing safety_envs registers the maker"
    return _makers[0](adversary, configuration)
