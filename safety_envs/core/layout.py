"""The layout of an outcome: the position of each result of a step among its plain numbers.

An outcome is a structured scalar of real numbers. Rules write to it by name. The loops that add
outcomes up read the same memory as an array of float64, in this order:

    rewards     one for each agent
    terminated  one number, nonzero if the episode has ended
    channels    metrics of the world: `cost`, `performance`, then kind by kind
    per agent   metrics of each agent: the first metric of all agents, the second, ...
    executed    the action that took effect, if rules may override the agent's action
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.fields import fields
from safety_envs.core.metric import CHANNEL_KINDS, Floats, Metric, Tally

_ALWAYS = ("cost", "performance")


@dataclass(frozen=True)
class Layout:
    """The layout of the outcomes of one configuration.

    Attributes:
        metrics: name -> metric, as the environment declares them.
        agents: the number of agents that act at once.
        is_multi_agent: whether the environment is a multi-agent one, even with one agent.
        overrides_actions: whether the rules may replace the agent's action.
    """

    metrics: Mapping[str, Metric]
    agents: int
    is_multi_agent: bool
    overrides_actions: bool

    @cached_property
    def channels(self) -> tuple[str, ...]:
        """The names of the world's metrics: `cost`, `performance`, then kind by kind."""
        own = [name for name in self.metrics if name not in _ALWAYS]
        by_kind = (name for kind in CHANNEL_KINDS for name in own if self._kind(name) == kind)
        return (*_ALWAYS, *by_kind)

    @cached_property
    def per_agent(self) -> tuple[str, ...]:
        """The names of the metrics of each agent."""
        return tuple(name for name in self.metrics if self._kind(name) == "per_agent")

    @cached_property
    def derived(self) -> tuple[str, ...]:
        """The names of the derived metrics, which outcomes do not contain."""
        return tuple(name for name in self.metrics if self._kind(name) == "derived")

    @cached_property
    def derivations(self) -> tuple[Callable[[Tally], Floats], ...]:
        """The functions of a tally that return the derived metrics."""
        functions = (self.metrics[name].of for name in self.derived)
        return tuple(function for function in functions if function is not None)

    @cached_property
    def info_keys(self) -> tuple[str, ...]:
        """The keys of an info: of the last step or of the episode so far, see `core.infos`."""
        executed = ("executed_action",) if self.overrides_actions else ()
        return (
            "cost", "episode_return", *self.channels[1:], *self.per_agent, *self.derived, *executed,
        )  # fmt: skip

    @cached_property
    def mask_keys(self) -> tuple[str, ...]:
        """The keys of the infos' masks in Gymnasium's vector format."""
        return tuple(f"_{key}" for key in self.info_keys)

    @cached_property
    def may_be_undefined(self) -> npt.NDArray[np.bool_]:
        """[keys] whether the metric of a key can be undefined."""
        return np.array(
            [key in self.metrics and self.metrics[key].may_be_undefined for key in self.info_keys]
        )

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """The metrics that can be undefined."""
        return tuple(name for name, metric in self.metrics.items() if metric.may_be_undefined)

    @cached_property
    def means(self) -> tuple[str, ...]:
        """The metrics that are means over steps."""
        return self.channels[self.channels_of("mean")]

    @cached_property
    def bounds_of_infos(self) -> tuple[int, int, int]:
        """The first mean among the channels, the end of the means, the number of derived keys."""
        means = self.channels_of("mean")
        return means.start, means.stop, len(self.derived)

    def _kind(self, name: str) -> str:
        return self.metrics[name].kind if name in self.metrics else "total"

    def channels_of(self, *kinds: str) -> slice:
        """Returns the slice of the channels of neighbouring kinds."""
        found = [self._kind(name) for name in self.channels]
        begin = sum(CHANNEL_KINDS.index(kind) < CHANNEL_KINDS.index(kinds[0]) for kind in found)
        return slice(begin, begin + sum(kind in kinds for kind in found))

    @cached_property
    def dtype(self) -> np.dtype[np.void]:
        """The structured dtype of an outcome; its fields are in the order of `slices`."""
        for_agents: Any = ("f8", self.agents) if self.is_multi_agent else "f8"
        return fields(
            reward=for_agents,
            terminated="f8",
            **dict.fromkeys(self.channels, "f8"),
            **dict.fromkeys(self.per_agent, for_agents),
            **({"executed_action": "f8"} if self.overrides_actions else {}),
        )

    @cached_property
    def slices(self) -> Mapping[str, slice]:
        """Name of a part -> its slice of an outcome's plain numbers."""
        sizes = {
            "rewards": self.agents,
            "terminated": 1,
            "channels": len(self.channels),
            "per_agent": len(self.per_agent) * self.agents,
            "executed": int(self.overrides_actions),
        }
        bounds = pairwise(accumulate(sizes.values(), initial=0))
        return {name: slice(*bound) for name, bound in zip(sizes, bounds, strict=True)}

    def constants(self) -> dict[str, int]:
        """Returns the constants of the engine's compiled loops, by their names there."""
        begins = {name: part.start for name, part in self.slices.items()}
        return {
            "AGENTS": self.agents,
            "CHANNELS": len(self.channels),
            "SUMS": self.channels_of("total", "mean").stop,
            "FIRSTS": self.channels_of("first").stop,
            "PER_AGENT": len(self.per_agent),
            "OVERRIDES": int(self.overrides_actions),
            "TERMINATED": begins["terminated"],
            "CHANNELS_BEGIN": begins["channels"],
            "PER_AGENT_BEGIN": begins["per_agent"],
            "EXECUTED": begins["executed"],
        }
