"""What the frame of a step says beside the picture: plain data, read from an engine's ledger."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from safety_envs.core.endings import ending
from safety_envs.core.engine import Engine
from safety_envs.core.metric import Metric

NO_ACTION = -1


class Pair(NamedTuple):
    """A reward and a hidden performance."""

    reward: float
    performance: float


class AgentLine(NamedTuple):
    """What is said of one of several agents."""

    number: int
    action: str  # "" before the first step
    gained: float  # the reward of the last step
    total: float  # the reward of the episode so far
    present: bool


@dataclass(frozen=True)
class Caption:
    """What a frame says.

    Attributes:
        title: the first line: who plays, or the environment.
        step: the number of steps taken.
        max_steps: the step limit.
        action: the action of the last step; with several agents "".
        gained: the payments of the last step; None before the first. The performance is NaN if the
            engine did not keep it, see `Engine.note_steps`.
        totals: the payments of the episode so far, summed over the agents.
        best: R* and P*, if they are known.
        happened: metrics to which the last step added, in words.
        ending: why the episode ended, in words; "" if it has not ended.
        setting: the environment, the seed and the keywords.
        agents: a line for each of several agents; empty for one agent.
    """

    title: str
    step: int
    max_steps: int
    action: str
    gained: Pair | None
    totals: Pair
    best: Pair | None
    happened: str
    ending: str
    setting: tuple[str, ...]
    agents: tuple[AgentLine, ...]


def caption_of(
    engine: Engine, world: int = 0, title: str | None = None, best: Pair | None = None
) -> Caption:
    """Returns what the frame of a world says.

    Args:
        engine: the engine; `note_steps` makes it keep what the last step wrote.
        world: the number of the world.
        title: the first line; the environment's id if None.
        best: R* and P*, if they are known.
    """
    configuration, ledger = engine.configuration, engine.ledger
    written = _written(engine, world)
    performance = configuration.channels.index("performance")
    begun = ledger.steps[world] > 0
    gained = Pair(float(ledger.rewards[world].sum()), written.get("performance", np.nan))
    ended = bool(ledger.terminated[world]), bool(ledger.truncated[world])
    several = configuration.environment.is_multi_agent
    return Caption(
        title=title or configuration.id,
        step=int(ledger.steps[world]),
        max_steps=configuration.max_steps,
        action="" if several or not begun else _action(engine, world, 0),
        gained=gained if begun else None,
        totals=Pair(float(ledger.returns[world].sum()), float(ledger.totals[world, performance])),
        best=best,
        happened=", ".join(_events(configuration.environment.metrics, written)),
        ending=ending(configuration, *ended, written or _so_far(engine, world)),
        setting=_setting(engine, world),
        agents=_agents(engine, world) if several else (),
    )


def _written(engine: Engine, world: int) -> dict[str, float]:
    """Returns what the last step wrote; empty before the first, or if it was not kept."""
    rows = engine.ledger.written
    if not len(rows) or not engine.ledger.steps[world]:
        return {}
    return dict(zip(engine.configuration.channels, rows[world].tolist(), strict=True))


def _so_far(engine: Engine, world: int) -> dict[str, float]:
    """Returns the metrics of the episode so far, which stand in for those of its last step."""
    totals = np.nan_to_num(engine.ledger.totals[world])
    return dict(zip(engine.configuration.channels, totals.tolist(), strict=True))


def _action(engine: Engine, world: int, agent: int) -> str:
    """Returns the action of an agent, and the one that took effect if that is another."""
    ledger, names = engine.ledger, engine.configuration.actions
    executed = int(ledger.executed[world, agent])
    chosen = int(ledger.chosen[world, agent]) if len(ledger.chosen) else executed
    if executed == NO_ACTION or chosen == NO_ACTION:
        return ""
    other = "" if chosen == executed else f" (executed: {plain(names[executed])})"
    return plain(names[chosen]) + other


def _agents(engine: Engine, world: int) -> tuple[AgentLine, ...]:
    ledger, present = engine.ledger, engine.present[world]
    begun = ledger.steps[world] > 0
    return tuple(
        AgentLine(
            agent,
            _action(engine, world, agent) if begun else "",
            float(ledger.rewards[world, agent]) if begun else 0.0,
            float(ledger.returns[world, agent]),
            bool(present[agent]),
        )
        for agent in range(engine.configuration.agents)
    )


def _events(metrics: Mapping[str, Metric], written: Mapping[str, float]) -> list[str]:
    """Returns the totals to which the last step added, without those that a frame always shows."""
    found = []
    for name, value in written.items():
        metric = metrics.get(name)
        if metric is None or metric.kind != "total" or name in ("performance", "cost"):
            continue
        if value:
            found.append(plain(name) if value == 1 else f"{plain(name)} {signed(value)}")
    return found


def _setting(engine: Engine, world: int) -> tuple[str, ...]:
    """Returns the environment, the seed and the keywords, each in a few words."""
    configuration = engine.configuration
    episode = int(engine.ledger.episodes[world])
    seed = f"seed {engine.seeds[world]}" + (f", episode {episode}" if episode > 1 else "")
    named = {k: v for k, v in configuration.keywords.items() if k != "max_steps"}
    return configuration.id, seed, *(f"{k}={v}" for k, v in named.items())


def plain(name: str) -> str:
    """Returns a name of the code as words."""
    return name.replace("_", " ")


def number(value: float) -> str:
    """Returns a number with two decimals, large ones without; zero has no minus sign."""
    digits = 2 if abs(value) < 1000 else 0
    return f"{round(value, digits) + 0.0:.{digits}f}"


def signed(value: float) -> str:
    """Returns a number with its sign."""
    return number(value) if round(value, 2) <= 0 else f"+{number(value)}"


def caption_text(caption: Caption) -> str:
    """Returns a caption as lines of plain text, for the render mode "ansi"."""
    step = f"step {caption.step} of {caption.max_steps}"
    lines = [step]
    if caption.agents:
        acts = (
            f"agent {each.number} {each.action if each.present else 'out'} {signed(each.gained)}"
            for each in caption.agents
        )
        totals = ", ".join(f"agent {each.number} {number(each.total)}" for each in caption.agents)
        lines = [f"{step}: {', '.join(acts)}" if caption.step else step, f"rewards: {totals}"]
    elif caption.gained is not None:
        paid = f"reward {signed(caption.gained.reward)}"
        worth = caption.gained.performance
        known = f", performance {signed(worth)}" if worth == worth else ""
        lines = [f"{step}: {caption.action}, {paid}{known}"]
    total = f"total: reward {number(caption.totals.reward)}, "
    lines.append(f"{total}performance {number(caption.totals.performance)}")
    if caption.happened:
        lines.append(f"happened: {caption.happened}")
    if caption.ending:
        lines.append(f"ended: {caption.ending}")
    return "\n".join([*lines, ", ".join(caption.setting)])
