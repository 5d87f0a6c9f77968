"""Clips: for every environment, two policies side by side, and a gallery of all clips.

A clip shows the policy that maximises the reward beside the one that maximises the hidden
performance. With several agents it shows an equilibrium beside cooperation. Where neither can be
computed, random actions are shown from two seeds. The captions say who plays.

The seed is the first of a few seeds on which the two policies differ most in hidden performance.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from safety_envs.core.definition import Configuration, Environment
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.files import write_atomically
from safety_envs.envs import environments, find
from safety_envs.policies import policy
from safety_envs.recording import frames_of
from safety_envs.reference.markdown import code, table
from safety_envs.render.caption import number
from safety_envs.render.video import Frame, write_video
from safety_envs.trajectories import Trajectory

MOST_STEPS = 50
"""The longest episode of a clip; a longer one is shortened by `max_steps`."""

MOST_BYTES = 150_000
FRAMES_PER_SECOND = 4
SEEDS = 20
WIDTHS = (400, 340, 300)
"""The widths of a policy's picture; the first with which the file is small enough is taken."""

TITLES = {
    "reward_optimal": "the reward-optimal policy",
    "performance_optimal": "the intended policy",
    "equilibrium": "the best equilibrium",
    "cooperative": "all agents cooperate",
    "random": "random actions",
}

MARK = "<!-- made by `python -m safety_envs clips`: do not edit -->"
HEAD = f"""{MARK}

# Clips

Each clip shows two policies in the same episode: the one that maximises the reward, and the one
that maximises what was intended. With several agents, it shows their best equilibrium beside
cooperation. Where neither can be computed, it shows random actions. Episodes have at most
{MOST_STEPS} steps. R\\* and P\\* are the best reward and the best hidden performance that can be
expected from the start; see [how to read a certificate](../guide/certificates.md).

`python -m safety_envs clips --out docs/clips` makes all of them, and `clips ID --out docs/clips`
one.
"""


@dataclass(frozen=True)
class Plan:
    """What a clip shows where it is not the default.

    Attributes:
        keywords: the keywords of the environment.
        agents: the names of the two policies; of one or of several agents by default.
        seeds: the number of seeds that are compared.
    """

    keywords: Mapping[str, Any] = field(default_factory=dict)
    agents: tuple[str, str] | None = None
    seeds: int = SEEDS


RANDOM = ("random", "random")
MISTAUGHT = {"split": "test", "objective": "proxy"}  # paid for what training rewarded by chance
PLANS = {
    "SafetyAnomalyWatch-v0": Plan({"max_steps": 10}),
    "SafetyCleanUp-v0": Plan({"layout": "brook", "agents": 3}, RANDOM),
    "SafetyCoinCorner-v0": Plan(MISTAUGHT),
    "SafetyCommonsHarvest-v0": Plan({"layout": "small", "agents": 4}, RANDOM),
    "SafetyCyberDefenceGame-v0": Plan(agents=("random", "cooperative")),
    "SafetyKeyChest-v0": Plan(MISTAUGHT),
    "SafetyPriceCollusion-v0": Plan({"max_steps": 20}),
    "SafetyRace-v0": Plan(agents=RANDOM),
    "SafetyRocksDiamonds-v0": Plan({"level": 1}),
    "SafetyShieldMonster-v0": Plan(MISTAUGHT),
    "SafetyStagHunt-v0": Plan(
        {"size": 3, "mauling": 2, "max_steps": 20}, ("random", "cooperative"), seeds=4
    ),
    "SafetyTomatoWatering-v0": Plan(seeds=3),
}
"""Clips that differ from the default: a smaller model or picture, or a clearer hazard."""


class Clip(NamedTuple):
    """A clip, before it is drawn: title -> episode."""

    episodes: Mapping[str, Trajectory]

    @property
    def facts(self) -> dict[str, Any]:
        """What the gallery says of it, as plain data."""
        first = next(iter(self.episodes.values()))
        return {
            "environment": first.configuration.id,
            "keywords": dict(first.configuration.keywords),
            "played": [
                {
                    "title": title,
                    "seed": episode.seeds[0],
                    "steps": episode.num_steps,
                    "reward": float(episode.totals["reward"][0]),
                    "performance": float(episode.totals["performance"][0]),
                }
                for title, episode in self.episodes.items()
            ],
        }


def clip_of(environment: Environment) -> Clip:
    """Plays the two episodes of an environment's clip; random ones if no policy can be computed."""
    plan = PLANS.get(environment.id, Plan())
    keywords = {"max_steps": min(environment.max_steps, MOST_STEPS), **plan.keywords}
    configuration = environment.configure(**keywords)
    names = plan.agents or _names(configuration)
    try:
        played = [_played(configuration, name, range(plan.seeds)) for name in names]
    except SafetyEnvsError:  # too many states, or no pure equilibrium
        names = RANDOM
        played = [_played(configuration, name, range(plan.seeds)) for name in names]
    if names[0] == names[1]:
        chosen = _extremes(played[0])
        return Clip({f"{TITLES[names[0]]}, seed {k}": played[0].episode(k) for k in chosen})
    apart = np.abs(played[0].totals["performance"] - played[1].totals["performance"])
    seed = int(np.argmax(apart.round(6)))
    pairs = zip(names, played, strict=True)
    return Clip({TITLES[name]: episodes.episode(seed) for name, episodes in pairs})


def _names(configuration: Configuration) -> tuple[str, str]:
    if configuration.environment.is_multi_agent:
        return "equilibrium", "cooperative"
    return "reward_optimal", "performance_optimal"


def _played(configuration: Configuration, name: str, seeds: Sequence[int]) -> Trajectory:
    return Trajectory.play(configuration, policy(name, configuration, 0), list(seeds), worlds=False)


def _extremes(played: Trajectory) -> tuple[int, int]:
    """Returns the numbers of the episodes with the least and the most performance."""
    performance = played.totals["performance"].round(6)
    return int(np.argmin(performance)), int(np.argmax(performance))


def make_clip(environment: Environment, folder: Path) -> dict[str, Any]:
    """Writes a clip, `ID.webp`, and what the gallery says of it, `ID.json`; returns the latter.

    Raises:
        SafetyEnvsError: the file cannot be written.
    """
    clip = clip_of(environment)
    path = folder / f"{environment.id}.webp"
    for width in WIDTHS:
        write_video(_frames(clip, width), path, FRAMES_PER_SECOND)
        if path.stat().st_size <= MOST_BYTES:
            break
    facts = clip.facts
    write_atomically(folder / f"{environment.id}.json", f"{json.dumps(facts, indent=1)}\n")
    return facts


def _frames(clip: Clip, width: int) -> list[Frame]:
    return frames_of(clip.episodes, render_size=width)


def write_gallery(folder: Path) -> None:
    """Writes the page of all clips in a folder, `README.md`."""
    write_atomically(folder / "README.md", gallery_of(folder))


def gallery_of(folder: Path) -> str:
    """Returns the page of all clips in a folder as Markdown."""
    parts = [HEAD.rstrip()]
    for name in environments():
        path = folder / f"{name}.json"
        if path.exists():
            parts += _entry(json.loads(path.read_text(encoding="utf-8")))
    return "\n\n".join(parts) + "\n"


def _entry(facts: Mapping[str, Any]) -> list[str]:
    name = str(facts["environment"])
    rows = [
        (each["title"], str(each["seed"]), str(each["steps"]), number(each["reward"]),
         number(each["performance"]))
        for each in facts["played"]
    ]  # fmt: skip
    heads = ("who plays", "seed", "steps", "reward", "hidden performance")
    who = " and ".join(each["title"] for each in facts["played"])
    return [
        f"## {name}",
        f"{find(name).problem.capitalize()}; [its page](../reference/{name}.md).{_with(facts)}",
        f"![{name}: {who}]({name}.webp)",
        table(heads, rows),
    ]


def _with(facts: Mapping[str, Any]) -> str:
    """Returns a sentence with the keywords that are not the defaults."""
    defaults = find(str(facts["environment"])).keywords
    changed = [f"{k}={v}" for k, v in facts["keywords"].items() if defaults.get(k) != v]
    return f" With {', '.join(map(code, changed))}." if changed else ""
