"""A cursor points at one step of a trajectory and gives access to everything there."""

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.episodes import begin
from safety_envs.core.infos import agents_infos, infos
from safety_envs.core.keywords import whole_number
from safety_envs.core.notebooks import picture
from safety_envs.core.observe import Observer
from safety_envs.core.world_infos import Info
from safety_envs.render.caption import Pair
from safety_envs.render.renderer import Renderer
from safety_envs.trajectories.replay import replay

if TYPE_CHECKING:
    from safety_envs.trajectories.trajectory import Trajectory


class Cursor:
    """Points at a step of a trajectory; step 0 is the reset.

    To move forward it plays the recorded actions. To move back it restarts from the seeds.

    Args:
        trajectory: the episodes.
        t: the number of steps taken.
        compile_rules: see `Engine`.

    Attributes:
        trajectory: the episodes.
        t: the number of steps taken.

    Raises:
        SafetyEnvsError: the step does not exist.
    """

    def __init__(self, trajectory: "Trajectory", t: int = 0, *, compile_rules: bool = True) -> None:
        self.trajectory = trajectory
        self._compile_rules = compile_rules
        self._renderers: dict[tuple[Any, ...], Renderer] = {}
        self._rewind()
        self.move_to(t)

    def _rewind(self) -> None:
        self.t = 0
        of = self.trajectory
        self._engine = begin(of.configuration, of.seeds, compile_rules=self._compile_rules)
        self._engine.note_steps()

    def move_to(self, t: int) -> "Cursor":
        """Moves to step t and returns itself.

        Raises:
            SafetyEnvsError: the step does not exist.
        """
        t = whole_number(t, "t", 0, self.trajectory.num_steps)
        if t < self.t:
            self._rewind()
        for _ in replay(self._engine, self.trajectory.actions[self.t : t]):
            pass
        self.t = t
        return self

    @property
    def worlds(self) -> npt.NDArray[np.void]:
        """A copy of the worlds, structured [N]."""
        return self._engine.worlds.copy()

    @property
    def running(self) -> npt.NDArray[np.bool_]:
        """[N] whether the episode has not ended yet."""
        return self._engine.running.copy()

    def observation(self, encoding: str | None = None) -> Any:
        """Returns the agents' observations, [N, ...]; for "text" a tuple, see `Observer`.

        Raises:
            SafetyEnvsError: the environment does not offer the encoding.
        """
        observer = Observer(
            self.trajectory.configuration, encoding, compile_rules=self._compile_rules
        )
        return observer(self._engine.worlds)

    def picture(
        self,
        episode: int = 0,
        title: str | None = None,
        *,
        size: int | None = None,
        best: Pair | None = None,
    ) -> npt.NDArray[np.uint8]:
        """Returns the picture of an episode's world, uint8 [rows, cols, 3].

        Args:
            episode: the number of the episode.
            title: the first line of its caption; the environment's id if None.
            size: its width in pixels; see `Renderer`.
            best: R* and P*, which the caption then shows.
        """
        drawn = self._draw("rgb_array", episode, title, size, best)
        assert isinstance(drawn, np.ndarray), '"rgb_array" gives arrays'
        return drawn

    def __repr__(self) -> str:
        return f"Cursor({self.trajectory!r}, t={self.t})"

    def _repr_png_(self) -> bytes:
        return picture(self.trajectory.configuration, self._engine)

    def text(self, episode: int = 0) -> str:
        """Returns an episode's world as text, as in the render mode "ansi"."""
        return str(self._draw("ansi", episode))

    def _draw(self, mode: str, episode: int, *options: Any) -> Any:
        episode = whole_number(episode, "episode", 0, self.trajectory.num_episodes - 1)
        if (mode, *options) not in self._renderers:
            made = Renderer(self.trajectory.configuration, mode, *options)
            self._renderers[mode, *options] = made
        return self._renderers[mode, *options].draw(self._engine, episode)

    def infos(self) -> list[dict[str, float]]:
        """Returns the infos of all episodes."""
        return infos(self._engine)

    def agents_infos(self) -> list[Info]:
        """Returns the infos of all agents, episode by episode."""
        return agents_infos(self._engine)

    def branch(self) -> Engine:
        """Returns an engine at this step, which continues with the same random numbers."""
        return copy.deepcopy(self._engine)
