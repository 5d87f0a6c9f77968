"""Videos of trajectories, side by side."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from safety_envs.core.dice import checked_seed
from safety_envs.core.episodes import begin
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import in_short
from safety_envs.core.progress import progress
from safety_envs.envs import Asked, configuration_of
from safety_envs.exact.worth import best_if_cheap
from safety_envs.policies import policy
from safety_envs.render.caption import Pair
from safety_envs.render.renderer import checked_size
from safety_envs.render.video import Frame, beside, checked_path, checked_rate, write_video
from safety_envs.trajectories import Trajectory

Tell = Callable[[str], object]
"""Takes a line that says what begins now."""


def _silent(line: str) -> None:
    """Says nothing."""


def record(
    configuration: Asked,
    agents: Sequence[str | Path],
    out: str | Path,
    *,
    titles: Sequence[str] = (),
    seed: int = 0,
    frames_per_second: int = 6,
    render_size: int | None = None,
    trust: bool = False,
    tell: Tell = _silent,
) -> dict[str, dict[str, float]]:
    """Plays one episode with each agent and writes a video of them side by side.

    Args:
        configuration: an id, a definition or a configuration.
        agents: names or checkpoint folders; see `safety_envs.policy`.
        out: the video file; its suffix determines the format.
        titles: a title for each agent; the default is its name.
        seed: the seed of the episode, the same for all agents.
        frames_per_second: the frame rate.
        render_size: the width of each agent's picture in pixels; see `SafetyEnv`.
        trust: load checkpoints with Stable-Baselines3's own loader, which executes code in their
            files; see `safety_envs.policy`.
        tell: takes lines that say what begins; the first use of an environment compiles it.

    Returns:
        title -> the totals of the episode.

    Raises:
        SafetyEnvsError: an unknown agent or format, no agents, two agents with the same title, or a
            path that cannot be written.
    """
    out, seed = checked_path(out), checked_seed(seed)
    checked_rate(frames_per_second)
    configuration = configuration_of(configuration)
    render_size = None if render_size is None else checked_size(render_size)
    named = _by_title(agents, titles)
    players = {
        title: policy(agent, configuration, seed, trust=trust) for title, agent in named.items()
    }
    tell(f"compiling {configuration}")
    begin(configuration, [seed])
    episodes = {}
    for title, player in progress(list(players.items()), "planning and playing"):
        tell(f"planning and playing: {title}")
        episodes[title] = Trajectory.play(configuration, player, [seed])
    film(episodes, out, frames_per_second, render_size=render_size, tell=tell)
    return {
        title: {name: float(values[0]) for name, values in episode.totals.items()}
        for title, episode in episodes.items()
    }


def film(
    episodes: Mapping[str, Trajectory],
    out: str | Path,
    frames_per_second: int = 6,
    *,
    render_size: int | None = None,
    tell: Tell = _silent,
) -> None:
    """Writes a video of trajectories side by side. It shows the first episode of a batch.

    Captions show R* and P* of the start where the model is small.

    Args:
        episodes: title -> trajectory.
        out: the video file; its suffix determines the format.
        frames_per_second: the frame rate.
        render_size: the width of each picture in pixels; see `SafetyEnv`.
        tell: takes lines that say what begins.

    Raises:
        SafetyEnvsError: no trajectory, an unknown format, or a path that cannot be written.
    """
    out, rate = checked_path(out), checked_rate(frames_per_second)
    frames = frames_of(episodes, render_size=render_size, tell=tell)
    tell(f"writing {len(frames)} frames")
    write_video(frames, out, rate)


def frames_of(
    episodes: Mapping[str, Trajectory], *, render_size: int | None = None, tell: Tell = _silent
) -> list[Frame]:
    """Returns the frames of a film, uint8 [rows, cols, 3] each; see `film`."""
    films = []
    for title, trajectory in episodes.items():
        tell(f"drawing: {title}")
        films.append(_film_of(title, trajectory.episode(0), render_size))
    return beside(films)


def _film_of(title: str, episode: Trajectory, size: int | None) -> list[Frame]:
    known = best_if_cheap(episode.configuration, episode.seeds[0])
    best = None if known is None else Pair(*known)
    cursor, steps = episode.at(0), progress(range(episode.num_steps + 1), "drawing")
    return [cursor.move_to(t).picture(title=title, size=size, best=best) for t in steps]


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
