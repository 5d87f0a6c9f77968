"""What memory is worth: the best policy of all beside the best that acts on what it sees now."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from safety_envs.core.errors import SafetyEnvsError, did_you_mean
from safety_envs.core.keywords import whole_number
from safety_envs.core.observe import Observer
from safety_envs.envs import Asked
from safety_envs.exact.analysis import Starts
from safety_envs.exact.certificate import Certificate, certify
from safety_envs.exact.models.listed import listed_model
from safety_envs.exact.optima.memoryless import Search

PAYMENTS = ("reward", "performance")


@dataclass(frozen=True)
class Memoryless:
    """The best deterministic memoryless policy, and what memory adds.

    Attributes:
        payment: what was maximised.
        value: the greatest expected payment of an episode without memory.
        with_memory: the greatest of all policies, which remember all that they have seen, and know
            the time.
        actions: observation as text -> its action, a policy for `evaluate`. What the policy never
            sees has an action too, which means nothing.
        nodes: how many nodes of the search were looked at.
    """

    payment: str
    value: float
    with_memory: float
    actions: Mapping[str, int]
    nodes: int

    @property
    def worth(self) -> float:
        """What memory adds to the expected payment, at least 0."""
        return self.with_memory - self.value

    def __str__(self) -> str:
        return (
            f"{self.payment} without memory {self.value:.4f}, with memory {self.with_memory:.4f} "
            f"({len(self.actions)} observations, {self.nodes} nodes)"
        )


def memoryless(
    environment: Asked,
    *,
    payment: Literal["reward", "performance"] = "performance",
    horizon: int | None = None,
    seed: int | None = None,
    starts: Starts = None,
    most_nodes: int = 20_000,
    **keywords: Any,
) -> Memoryless:
    """Returns the best deterministic memoryless policy, by branch and bound; exact.

    It maps what the agent sees to an action, and knows neither the past nor the time. A policy
    without memory that draws its actions may be worth more.

    Args:
        environment: an id, a definition or a configuration; for one agent.
        payment: what is maximised.
        horizon: the number of steps of an episode; `max_steps` if None.
        seed: only the start that `reset(seed=seed)` draws, as for `certify`.
        starts: the starts of these seeds, or of 0 .. starts-1; all starts if both are None.
        most_nodes: how many nodes the search looks at, at most.
        keywords: the environment's own, and `max_steps`.

    Raises:
        TooManyStatesError: too many states, beliefs or nodes; the message says how far it came.
        SafetyEnvsError: an unknown environment, keyword or payment; several agents.
    """
    if payment not in PAYMENTS:
        raise SafetyEnvsError(
            f"payment must be 'reward' or 'performance', got {payment!r}. "
            f"{did_you_mean(str(payment), PAYMENTS)}"
        )
    whole_number(most_nodes, "most_nodes", 1, 10**9)
    model = listed_model(environment, seed=seed, starts=starts, horizon=horizon, **keywords)
    certificate = certify(model.configuration, seed=seed, starts=starts, goodhart=False)
    assert isinstance(certificate, Certificate), "a listed model is for one agent"
    value, chosen, nodes = Search(model, payment, most_nodes).best()
    _, examples = np.unique(model.seen, return_index=True)
    texts = Observer(model.configuration, "text")(model.worlds[examples])
    best = {"reward": certificate.best_reward, "performance": certificate.best_performance}
    return Memoryless(
        payment, value, best[payment], dict(zip(texts, chosen.tolist(), strict=True)), nodes
    )
