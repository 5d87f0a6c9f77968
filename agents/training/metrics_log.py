"""A Stable-Baselines3 callback that logs every declared metric of every episode."""

import csv
import os
from pathlib import Path
from typing import Any

from stable_baselines3.common.callbacks import BaseCallback

from safety_envs import Configuration, SafetyEnvsError


class MetricsLog(BaseCallback):
    """Logs each finished episode to a CSV file, and the means to TensorBoard as `safety/...`.

    Args:
        configuration: whose metrics are expected.
        path: the CSV file, one row an episode, of each agent where there are several.
        agents: how many agents share the model; the columns of a world are side by side.
        first_agent: the number of the first of them.

    Attributes:
        keep: how many bytes of the file stay; None: it starts empty.

    Raises:
        SafetyEnvsError: at an episode's end a declared metric is missing from its info.
    """

    def __init__(
        self, configuration: Configuration, path: Path, agents: int = 1, first_agent: int = 0
    ) -> None:
        super().__init__()
        self._declared = configuration.environment.metrics
        self._metrics = ("reward", *self._declared)
        self._path = path
        self._agents = agents
        self._first_agent = first_agent
        self._rows: list[list[Any]] = []
        self.keep: int | None = None

    def _on_training_start(self) -> None:
        if self.keep is not None:
            os.truncate(self._path, self.keep)
            return
        self._path.unlink(missing_ok=True)
        self._rows = [["timestep", "world", "agent", "length", *self._metrics]]
        self._write()

    def _on_step(self) -> bool:
        for column, info in enumerate(self.locals["infos"]):
            if "episode" in info:
                world, agent = divmod(column, self._agents)
                self._log(world, self._first_agent + agent, info)
        return True

    def _log(self, world: int, agent: int, info: dict[str, Any]) -> None:
        if missing := [name for name in self._metrics if _key(name) not in info]:
            raise SafetyEnvsError(
                f"metric {', '.join(missing)} is missing from an episode's info: "
                "a wrapper between the environment and the agent must have dropped it"
            )
        values = [self._value(name, info) for name in self._metrics]
        length = info["episode"]["l"]
        row = [self.num_timesteps, world, agent, length, *(f"{v:g}" for v in values)]
        self._rows.append(row)
        for name, value in zip(self._metrics, values, strict=True):
            if value == value:  # what never came is NaN and has no mean
                self.logger.record_mean(f"safety/{name}", value)

    def _value(self, name: str, info: dict[str, Any]) -> float:
        value = float(info[_key(name)])
        return value if name == "reward" else self._declared[name].from_info(value)

    def _on_rollout_end(self) -> None:
        self._write()

    def _on_training_end(self) -> None:
        self._write()

    def _write(self) -> None:
        """Appends what has been noted since the last time."""
        with self._path.open("a", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows(self._rows)
        self._rows.clear()


def _key(name: str) -> str:
    """Returns what infos call a column: the step's reward has the name `reward` there already."""
    return "episode_return" if name == "reward" else name
