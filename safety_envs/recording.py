"""Records agents at play as a video, side by side where there are several."""

from collections.abc import Sequence
from pathlib import Path

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.policies import policy, rollout
from safety_envs.render.renderer import Renderer
from safety_envs.render.video import Frame, beside, checked_path, write_video


def record(
    configuration: Configuration,
    agents: Sequence[str | Path],
    out: Path,
    *,
    titles: Sequence[str] = (),
    seed: int = 0,
    frames_per_second: int = 6,
) -> dict[str, dict[str, float]]:
    """Plays one episode with each agent and writes a video of them side by side.

    Args:
        configuration: the environment.
        agents: names or checkpoint folders, see `safety_envs.policy`.
        out: the video; its ending names the format.
        titles: one for each agent; by default its name.
        seed: the episode's seed, the same for all agents.
        frames_per_second: how fast the video plays.

    Returns:
        title -> the episode's metrics.

    Raises:
        SafetyEnvsError: an unknown agent or format.
    """
    checked_path(out)
    films: list[list[Frame]] = []
    metrics = {}
    for i, agent in enumerate(agents):
        title = titles[i] if i < len(titles) else f"{Path(agent).name.replace('_', ' ')}"
        film, totals = _film(configuration, agent, title, seed)
        films.append(film)
        metrics[title] = totals
    write_video(beside(films), out, frames_per_second)
    return metrics


def _film(
    configuration: Configuration, agent: str | Path, title: str, seed: int
) -> tuple[list[Frame], dict[str, float]]:
    renderer = Renderer(configuration, "rgb_array", title)
    frames: list[Frame] = []

    def show(engine: Engine) -> None:
        frames.append(renderer.draw(engine))  # type: ignore[arg-type]  # "rgb_array" gives arrays

    totals = rollout(configuration, policy(agent, configuration, seed), [seed], on_step=show)
    return frames, {name: float(values[0]) for name, values in totals.items()}
