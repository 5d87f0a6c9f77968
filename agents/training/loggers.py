"""Loggers: where metrics go in addition to episodes.csv. Nothing reads them back.

TensorBoard gets every training. Weights & Biases and MLflow get it on request; each needs its
package, from the extra of the same name.
"""

from collections.abc import Callable, Iterable, Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stable_baselines3.common.callbacks import BaseCallback
from stable_baselines3.common.logger import KVWriter, TensorBoardOutputFormat

from agents.algorithms.algorithm import Run
from safety_envs import SafetyEnvsError

if TYPE_CHECKING:
    from agents.training.training import Training

PREFIX = "safety"
PROJECT = "safety_envs"
LAYOUT = {
    PREFIX: {"reward and performance": ["Multiline", [f"{PREFIX}/reward", f"{PREFIX}/performance"]]}
}
"""A chart of TensorBoard's tab "Custom Scalars": both in one picture, where they part."""


class WandbWriter(KVWriter):
    """Writes to a run of Weights & Biases."""

    def __init__(self, name: str, configuration: Mapping[str, Any]) -> None:
        import wandb

        self._run = wandb.init(
            project=PROJECT, name=name, config=dict(configuration), reinit="create_new"
        )

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, Any], step: int = 0
    ) -> None:
        """Writes numbers at a step."""
        self._run.log(_numbers(key_values), step=step)

    def close(self) -> None:
        """Ends the run."""
        self._run.finish()


class MlflowWriter(KVWriter):
    """Writes to a run of MLflow."""

    def __init__(self, name: str, configuration: Mapping[str, Any]) -> None:
        import mlflow

        self._mlflow = mlflow
        mlflow.set_experiment(PROJECT)
        self._run = mlflow.start_run(run_name=name)
        mlflow.log_params(dict(configuration))

    def write(
        self, key_values: dict[str, Any], key_excluded: dict[str, Any], step: int = 0
    ) -> None:
        """Writes numbers at a step."""
        self._mlflow.log_metrics(_numbers(key_values), step=step, run_id=self._run.info.run_id)

    def close(self) -> None:
        """Ends the run."""
        self._mlflow.end_run()


WRITERS: dict[str, Callable[[str, Mapping[str, Any]], KVWriter]] = {
    "mlflow": MlflowWriter,
    "wandb": WandbWriter,
}
"""logger -> how to open it, by the name of the run and its configuration."""


def check_loggers(names: Iterable[str]) -> tuple[str, ...]:
    """Returns the names of loggers; one name may be given by itself.

    Raises:
        SafetyEnvsError: an unknown logger, or its package is missing.
    """
    chosen = (names,) if isinstance(names, str) else tuple(names)
    for name in chosen:
        if name not in WRITERS:
            raise SafetyEnvsError(f"unknown logger {name!r}. Known: {', '.join(WRITERS)}.")
        try:
            import_module(name)
        except ImportError as error:
            raise SafetyEnvsError(
                f"logger {name!r} needs its package: pip install 'safety-envs[{name}]'"
            ) from error
    return chosen


def logger_callbacks(
    training: "Training", run: Run, number: int | None = None
) -> list[BaseCallback]:
    """Returns the callbacks that open loggers for a model of a training.

    Args:
        training: what is trained.
        run: which loggers there are.
        number: of the model, if the learners are independent.
    """
    name = training.name if number is None else f"{training.name}_{number}"
    return [Charts(), *(ExtraLogger(each, name, training.identity) for each in run.log)]


class Charts(BaseCallback):
    """Puts reward and performance into one chart of TensorBoard."""

    def _on_training_start(self) -> None:
        for output in self.logger.output_formats:
            if isinstance(output, TensorBoardOutputFormat):
                _add_chart(output)

    def _on_step(self) -> bool:
        return True


class ExtraLogger(BaseCallback):
    """Sends everything that TensorBoard gets to another logger as well."""

    def __init__(self, logger: str, name: str, configuration: Mapping[str, Any]) -> None:
        super().__init__()
        self._open: Callable[[], KVWriter] = lambda: WRITERS[logger](name, configuration)
        self._writer: KVWriter | None = None

    def _on_training_start(self) -> None:
        self._writer = self._open()
        self.logger.output_formats.append(self._writer)

    def _on_step(self) -> bool:
        return True

    def _on_training_end(self) -> None:
        if self._writer is not None:
            self.logger.output_formats.remove(self._writer)
            self._writer.close()


def log_curve(training: "Training", run: Run, curve: Mapping[str, Any]) -> None:
    """Logs the curve of a training that has finished, for algorithms without a logger."""
    writers = [_tensorboard(run.folder)]
    writers += [WRITERS[each](training.name, training.identity) for each in run.log]
    for number, step in enumerate(curve.get("steps", ())):
        point = {
            f"{PREFIX}/{name}": values[number]
            for name, values in curve.items()
            if name != "steps" and values[number] is not None
        }
        for writer in writers:
            writer.write(point, dict.fromkeys(point, ()), step)
    for writer in writers:
        writer.close()


def _tensorboard(folder: Path) -> KVWriter:
    output = TensorBoardOutputFormat(str(folder / "tensorboard_1"))
    _add_chart(output)
    return output


def _add_chart(output: Any) -> None:
    output.writer.add_custom_scalars(LAYOUT)


def _numbers(values: Mapping[str, Any]) -> dict[str, float]:
    return {
        name: float(value)
        for name, value in values.items()
        if isinstance(value, (int, float)) or hasattr(value, "__float__")
    }
