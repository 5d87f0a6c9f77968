"""The page on which a reader watches episodes, side by side and step by step."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.envs import Asked, configuration_of
from safety_envs.exact.tiers import patient
from safety_envs.pages.page import Page, page_of
from safety_envs.pages.pictures import Symbols
from safety_envs.pages.replay import replay_data
from safety_envs.policies import policy
from safety_envs.trajectories import Trajectory

MOST_EPISODES = 6
"""The largest number of episodes on a page: more would be too small to see."""

PATIENCE = 0.4
"""Seconds that each loop of the solver runs uncompiled, because most models of pages are small."""

SCRIPTS = (
    "elements.js", "data.js", "board.js", "features.js", "chart.js", "clock.js", "episode.js",
    "inspector.js", "panel.js", "watch.js",
)  # fmt: skip

Replay = Trajectory | str | Path


def replay_page(*replays: Replay, titles: Sequence[str] = ()) -> Page:
    """Returns a page that plays episodes side by side, in step.

    It shows the first episode of each trajectory: the board, every metric of every step, the curves
    of reward and hidden performance, the steps in which a metric changes, the observation as text
    and, where the model is small enough, what every action is worth.

    Args:
        replays: trajectories, or files that `Trajectory.save` wrote.
        titles: what the page calls them; by default the file's name, or a number.

    Raises:
        SafetyEnvsError: no replay or more than 6, a file that cannot be replayed, or titles that do
            not fit.
    """
    if not 1 <= len(replays) <= MOST_EPISODES:
        raise SafetyEnvsError(f"a page shows 1 to {MOST_EPISODES} replays, got {len(replays)}")
    if isinstance(titles, str) or not all(isinstance(title, str) for title in titles):
        raise SafetyEnvsError(f"titles must be a list of texts, got {in_short(titles)}")
    if titles and len(titles) != len(replays):
        raise SafetyEnvsError(f"{len(titles)} titles for {len(replays)} replays")
    symbols = Symbols()
    with patient(PATIENCE):
        episodes = _episodes(replays, titles, symbols)
    name = " and ".join(dict.fromkeys(episode["id"] for episode in episodes))
    return page_of(f"{name}: replay", "watch.html", SCRIPTS, {"episodes": episodes}, symbols)


def _episodes(
    replays: Sequence[Replay], titles: Sequence[str], symbols: Symbols
) -> list[dict[str, Any]]:
    """Returns the data of all episodes of a page."""
    return [
        replay_data(
            _trajectory(replay).episode(0), titles[k] if titles else _title(replay, k), symbols
        )
        for k, replay in enumerate(replays)
    ]


def watch(
    environment: Asked,
    policies: Sequence[str | Path],
    *,
    titles: Sequence[str] = (),
    seed: int = 0,
    trust: bool = False,
    **keywords: Any,
) -> Page:
    """Plays one episode with each policy and returns the page of them, side by side.

    Args:
        environment: an id, a definition or a configuration.
        policies: names or checkpoint folders; see `safety_envs.policy`.
        titles: what the page calls them; by default their names.
        seed: the seed of the episode, the same for all policies.
        trust: see `safety_envs.policy`.
        keywords: the environment's own, and `max_steps`.

    Raises:
        SafetyEnvsError: an unknown environment, keyword or policy, or too many policies.
    """
    if isinstance(policies, (str, Path)) or not isinstance(policies, Sequence) or not policies:
        raise SafetyEnvsError(f"policies must be a list of at least one, got {in_short(policies)}")
    configuration, seed = configuration_of(environment, **keywords), checked_seed(seed)
    with patient(PATIENCE):
        players = [policy(each, configuration, seed, trust=trust) for each in policies]
        episodes = [
            Trajectory.play(configuration, player, [seed], compile_rules=None) for player in players
        ]
    names = [Path(each).name.replace("_", " ") for each in policies]
    return replay_page(*episodes, titles=titles or names)


def _trajectory(replay: Any) -> Trajectory:
    return replay if isinstance(replay, Trajectory) else Trajectory.load(replay, compile_rules=None)


def _title(replay: Any, number: int) -> str:
    return f"Episode {number + 1}" if isinstance(replay, Trajectory) else Path(replay).stem
