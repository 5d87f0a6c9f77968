"""A Stable-Baselines3 callback that reports how far a training is."""

from collections.abc import Callable

from stable_baselines3.common.callbacks import BaseCallback

_CALLS = 16  # steps of the batch between two reports


class ProgressReport(BaseCallback):
    """Reports the number of steps at intervals, and at the end.

    Args:
        report: takes the number of steps.
        times: how many models take as many steps as this one.
    """

    def __init__(self, report: Callable[[int], object], times: int = 1) -> None:
        super().__init__()
        self._report, self._times = report, times

    def _on_step(self) -> bool:
        if self.n_calls % _CALLS == 0:
            self._report(self.num_timesteps * self._times)
        return True

    def _on_training_end(self) -> None:
        self._report(self.num_timesteps * self._times)
