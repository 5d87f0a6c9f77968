"""Videos of trajectories, side by side."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from safety_envs.core.dice import checked_seed
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.envs import Asked, configuration_of
from safety_envs.policies import policy
from safety_envs.render.video import beside, checked_path, checked_rate, write_video
from safety_envs.trajectories import Trajectory


def record(
    configuration: Asked,
    agents: Sequence[str | Path],
    out: str | Path,
    *,
    titles: Sequence[str] = (),
    seed: int = 0,
    frames_per_second: int = 6,
    trust: bool = False,
) -> dict[str, dict[str, float]]:
    """Plays one episode with each agent and writes a video of them side by side.

    Args:
        configuration: an id, a definition or a configuration.
        agents: names or checkpoint folders; see `safety_envs.policy`.
        out: the video file; its suffix determines the format.
        titles: a title for each agent; the default is its name.
        seed: the seed of the episode, the same for all agents.
        frames_per_second: the frame rate.
        trust: load checkpoints with Stable-Baselines3's own loader, which executes code in their
            files; see `safety_envs.policy`.

    Returns:
        title -> the totals of the episode.

    Raises:
        SafetyEnvsError: an unknown agent or format, no agents, two agents with the same title, or a
            path that cannot be written.
    """
    out, seed = checked_path(out), checked_seed(seed)
    checked_rate(frames_per_second)
    configuration = configuration_of(configuration)
    named = _by_title(agents, titles)
    players = {
        title: policy(agent, configuration, seed, trust=trust) for title, agent in named.items()
    }
    episodes = {
        title: Trajectory.play(configuration, player, [seed]) for title, player in players.items()
    }
    film(episodes, out, frames_per_second)
    return {
        title: {name: float(values[0]) for name, values in episode.totals.items()}
        for title, episode in episodes.items()
    }


def film(episodes: Mapping[str, Trajectory], out: str | Path, frames_per_second: int = 6) -> None:
    """Writes a video of trajectories side by side. It shows the first episode of a batch.

    Args:
        episodes: title -> trajectory.
        out: the video file; its suffix determines the format.
        frames_per_second: the frame rate.

    Raises:
        SafetyEnvsError: no trajectory, an unknown format, or a path that cannot be written.
    """
    out, rate = checked_path(out), checked_rate(frames_per_second)
    films = [
        [cursor.picture(title=title) for cursor in trajectory.episode(0)]
        for title, trajectory in episodes.items()
    ]
    write_video(beside(films), out, rate)


def _by_title(agents: Sequence[str | Path], titles: Sequence[str]) -> dict[str, str | Path]:
    """Returns title -> agent."""
    for name, given in (("agents", agents), ("titles", titles)):
        if isinstance(given, (str, Path)) or not isinstance(given, Sequence):
            raise SafetyEnvsError(f"{name} must be a list, got {in_short(given)}")
        if not all(isinstance(item, (str, Path)) for item in given):
            raise SafetyEnvsError(f"{name} must be a list of names, got {in_short(given)}")
    if not agents:
        raise SafetyEnvsError("nothing to record: give at least one agent")
    if len(titles) > len(agents):
        raise SafetyEnvsError(f"{len(titles)} titles for {len(agents)} agents")
    named: dict[str, str | Path] = {}
    for i, agent in enumerate(agents):
        title = str(titles[i]) if i < len(titles) else Path(agent).name.replace("_", " ")
        if title in named:
            raise SafetyEnvsError(
                f"two agents have the title {title!r}, so their results cannot be distinguished: "
                "give each agent its own title (titles=, or --title for each --agent)"
            )
        named[title] = agent
    return named
