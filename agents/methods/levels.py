"""Levels: episodes start on a finite set of levels, drawn uniformly or by what is left to gain.

A level is a seed: it decides the start of an episode and its chance. Drawing uniformly from many
levels is level randomisation. With `prioritise`, levels are drawn as in Jiang, Grefenstette and
Rocktäschel 2021, "Prioritized Level Replay" (the abstract was read: levels are replayed "by
prioritizing those with higher estimated learning potential"; the formulas are from memory):

    a level that is new, with the probability of the share of levels not met yet; or else one with
    P(level) = (1 - staleness) 1 / rank^(1 / temperature) + staleness (episodes since it was drawn)

each part normed, where ranks are by score. The score is the regret that Jiang et al. 2021,
"Replay-Guided Adversarial Environment Design" (from memory: MaxMC), estimate from returns: the best
return met on the level less the last one. So levels are adversarial as far as the learner could do
better on them. The policy's own levels are far from the held-out episodes of experiments.

It serves learners with networks: a table learns nothing from one level about another. For worlds
that are disturbed in every step see `stress` of a training.

Settings: levels 200; prioritise on; temperature .1; staleness .1.
"""

from typing import Any

import numpy as np
from stable_baselines3.common.vec_env import VecEnvWrapper

from agents.methods.checks import checked_count, checked_number
from agents.methods.method import Method
from agents.tabular.task import Floats
from safety_envs import SafetyEnvsError

FIRST = 3_000_000
"""The seed of the first level; held-out episodes have seeds from 1,000,000 on."""


class Curriculum:
    """Which level is next.

    Args:
        levels: how many there are.
        prioritise: by score and staleness, or uniformly.
        temperature: of ranks.
        staleness: the weight of how long ago a level was drawn.
    """

    def __init__(self, levels: int, prioritise: bool, temperature: float, staleness: float) -> None:
        self._prioritise, self._temperature, self._staleness = prioritise, temperature, staleness
        self.best, self.last = np.full(levels, -np.inf), np.full(levels, -np.inf)
        self._drawn_at = np.zeros(levels)
        self._draws = 0

    @property
    def scores(self) -> Floats:
        """What was gained at best on each level less what was gained last, of levels met."""
        met = np.isfinite(self.best)
        return np.where(met, self.best, 0.0) - np.where(met, self.last, 0.0)

    def probabilities(self) -> Floats:
        """Returns the probability of each level to be next, float64 [levels]."""
        met = np.isfinite(self.best)
        if not self._prioritise or not met.any():
            return np.full(len(met), 1 / len(met))
        fresh = (~met) / max(1, (~met).sum())
        ranks = np.empty(len(met))
        ranks[np.argsort(-np.where(met, self.scores, -np.inf), kind="stable")] = 1 + np.arange(
            len(met)
        )
        by_score = np.where(met, ranks ** (-1 / self._temperature), 0.0)
        waited = np.where(met, self._draws - self._drawn_at, 0.0)
        by_age = waited / waited.sum() if waited.any() else met / met.sum()
        again = (1 - self._staleness) * by_score / by_score.sum() + self._staleness * by_age
        found: Floats = (~met).mean() * fresh + met.mean() * again
        return found

    def draw(self, random: np.random.Generator) -> int:
        """Returns the next level."""
        level = int(random.choice(len(self.best), p=self.probabilities()))
        self._draws += 1
        self._drawn_at[level] = self._draws
        return level

    def note(self, level: int, gained: float) -> None:
        """Notes the return of an episode on a level."""
        self.last[level] = gained
        self.best[level] = max(self.best[level], gained)


class ChosenLevels(VecEnvWrapper):
    """Starts every episode on the level that a curriculum draws.

    Args:
        venv: a `safety_envs.sb3_vec_env` with one agent.
        curriculum: which level is next.
    """

    keeps_observations = True
    """It changes where episodes start, so checkpoints need not know of it."""

    def __init__(self, venv: Any, curriculum: Curriculum) -> None:
        super().__init__(venv)
        self.curriculum = curriculum
        self.levels = np.zeros(venv.num_envs, np.int64)
        self._gained = np.zeros(venv.num_envs)
        self._random = np.random.default_rng(0)

    def reset(self) -> Any:
        """Starts an episode on a level in every world."""
        seen = self.venv.reset()
        self._random = np.random.default_rng(int(self._batch.engine.seeds[0]))  # that of the run
        return self._started(seen, np.ones(self.num_envs, np.bool_))

    def step_wait(self) -> tuple[Any, Any, Any, list[dict[str, Any]]]:
        """Steps all worlds; those that are done start on another level."""
        seen, rewards, dones, infos = self.venv.step_wait()
        self._gained += rewards
        for world in np.flatnonzero(dones):
            self.curriculum.note(int(self.levels[world]), float(self._gained[world]))
        return self._started(seen, dones), rewards, dones, infos

    @property
    def _batch(self) -> Any:
        return self.venv.unwrapped

    def _started(self, seen: Any, where: Any) -> Any:
        """Starts episodes in the worlds of `where`; returns what is seen."""
        if not where.any():
            return seen
        for world in np.flatnonzero(where):
            self.levels[world] = self.curriculum.draw(self._random)
        engine = self._batch.engine
        engine.seed((FIRST + self.levels[where]).tolist(), where)
        engine.reset(where)
        self._gained[where] = 0.0
        seen = np.array(seen)
        seen[where] = self._batch.columns(engine.shown)[where]
        return seen


def _wrap(worlds: Any, *, levels: int, prioritise: bool, temperature: float,
          staleness: float) -> ChosenLevels:  # fmt: skip
    if not isinstance(prioritise, bool):
        raise SafetyEnvsError(f"prioritise must be true or false, got {prioritise!r}")
    curriculum = Curriculum(
        checked_count(levels, "levels"),
        prioritise,
        checked_number(temperature, "temperature", 1e-3),
        checked_number(staleness, "staleness", 0.0, 1.0),
    )
    return ChosenLevels(worlds, curriculum)


LEVELS = Method(
    "levels",
    "starts episodes on levels of a finite set, those first on which more could be gained",
    _wrap,
    settings={"levels": 200, "prioritise": True, "temperature": 0.1, "staleness": 0.1},
    serves="one",
)
