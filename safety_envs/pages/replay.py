"""One episode as data of a page: pictures, actions, payments, metrics and observations."""

from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.endings import BY_THE_RULES, ending
from safety_envs.core.observe import Observer
from safety_envs.core.rules import rules_version
from safety_envs.pages.packed import packed, packed_texts
from safety_envs.pages.pictures import Symbols, board_of, features_of
from safety_envs.pages.worth import worth_of
from safety_envs.render.text import text_of
from safety_envs.trajectories import Cursor, Trajectory
from safety_envs.trajectories.pace import pays

MOST_TEXT = 400_000
"""The room for observations as text, in characters of the page."""

MEANINGS = {
    "cost": "the declared cost of the step",
    "episode_return": "the rewards so far, of all agents together",
    "executed_action": "the action that took effect",
}
"""What the keys of an info that are no metrics mean."""


def replay_data(trajectory: Trajectory, title: str, symbols: Symbols) -> dict[str, Any]:
    """Returns one episode as a page shows it.

    Args:
        trajectory: of one episode.
        title: how the page calls it.
        symbols: of the page; those of this episode are added.
    """
    configuration, worlds = trajectory.configuration, trajectory.worlds[:, 0]
    compiles = _compiles(trajectory)
    return {
        **facts_of(configuration),
        "title": title,
        "seed": trajectory.seeds[0],
        "steps": trajectory.num_steps,
        "end": end_in_words(trajectory),
        "taken": packed(_by_agent(trajectory.actions)),
        "rewards": packed(_by_agent(trajectory.rewards)),
        "keys": list(trajectory.keys),
        "table": packed(trajectory.table[:, 0].T),
        "ofAgents": _of_agents(trajectory),
        "board": board_of(configuration, worlds, symbols, compiles),
        "features": features_of(configuration, worlds, compiles),
        "texts": _texts(trajectory),
        "worth": worth_of(trajectory),
    }


def facts_of(configuration: Configuration) -> dict[str, Any]:
    """Returns what a page says about an environment."""
    metrics = configuration.layout.metrics
    return {
        "id": configuration.id,
        "problem": configuration.environment.problem,
        "story": configuration.environment.story,
        "keywords": dict(configuration.keywords),
        "rules": rules_version(configuration.asked),
        "agents": configuration.agents,
        "severalAgents": configuration.environment.is_multi_agent,
        "actions": list(configuration.actions),
        "meanings": MEANINGS | {name: str(metric) for name, metric in metrics.items()},
        "kinds": {name: metric.kind for name, metric in metrics.items()},
    }


def end_in_words(trajectory: Trajectory) -> str:
    """Returns how an episode ended, as a sentence without its full stop.

    Args:
        trajectory: of one episode.
    """
    number = trajectory.num_steps
    steps = f"{number} step{'s' * (number != 1)}"
    ended = bool(trajectory.terminated.any()), bool(trajectory.truncated.any())
    if not any(ended):
        return f"The record stops after {steps}; the episode has not ended"
    by = "The rules" if ended[0] else "The step limit"
    last = np.nan_to_num(trajectory.table[-1, 0] - trajectory.table[-2, 0])
    reason = ending(trajectory.configuration, *ended, dict(zip(trajectory.keys, last, strict=True)))
    why = "" if ended[1] or reason == BY_THE_RULES else f": {reason}"
    return f"{by} ended the episode after {steps}{why}"


def _compiles(trajectory: Trajectory) -> bool:
    return pays(trajectory.configuration, 1, trajectory.num_steps)


def _by_agent(array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Returns an array of steps of one episode, [T] or [T, agents], as [T, agents]."""
    return array[:, 0].reshape(len(array), -1)


def _of_agents(trajectory: Trajectory) -> dict[str, Any] | None:
    """Returns the metrics of each agent, [keys, T + 1, agents]; None for one agent."""
    names = trajectory.configuration.layout.per_agent
    if not names or not trajectory.configuration.environment.is_multi_agent:
        return None
    cursor = Cursor(trajectory, compile_rules=_compiles(trajectory))
    rows = [[[info[name] for info in cursor.move_to(t).agents_infos()] for name in names]
            for t in range(trajectory.num_steps + 1)]  # fmt: skip
    return {"names": list(names), "values": packed(np.array(rows, np.float64).swapaxes(0, 1))}


def _texts(trajectory: Trajectory) -> dict[str, Any]:
    """Returns the observations as text, and whose they are; of the board if they are too long."""
    configuration, worlds = trajectory.configuration, trajectory.worlds[:, 0]
    seen = Observer(configuration, "text", compile_rules=_compiles(trajectory))(worlds)
    several = configuration.environment.is_multi_agent
    flat = [text for texts in seen for text in texts] if several else list(seen)
    found = packed_texts(flat)
    if len(found["data"]) <= MOST_TEXT:
        return {"of": configuration.agents if several else 0, "list": found}
    boards = [text_of(configuration, worlds[t : t + 1]) for t in range(len(worlds))]
    reason = (
        f"The observations of {configuration.agents} agents as text would take "
        f"{len(found['data']):,} characters of this page. This is the whole board."
    )
    return {"of": 0, "list": packed_texts(boards), "reason": reason}
