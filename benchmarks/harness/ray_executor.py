"""A `concurrent.futures.Executor` on a Ray cluster."""

import os
from concurrent.futures import Executor, Future
from typing import Any

from safety_envs import SafetyEnvsError


class RayExecutor(Executor):
    """Runs functions as Ray tasks of one processor each.

    Ray starts a task again when its node is lost.

    Args:
        workers: processors of a cluster that is started here; an existing one has its own.
        address: of an existing cluster; None starts one on this machine, which ends with it.

    Raises:
        SafetyEnvsError: Ray is not installed, or no cluster answers.
    """

    def __init__(self, workers: int, address: str | None = None) -> None:
        try:
            import ray
        except ImportError as error:
            raise SafetyEnvsError("install the extra: pip install 'safety-envs[ray]'") from error
        self._ray: Any = ray
        self._owns = not self._ray.is_initialized()
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        path = os.pathsep.join(filter(None, [os.getcwd(), os.environ.get("PYTHONPATH")]))
        environment = {"env_vars": {**threads, "PYTHONPATH": path}}
        if self._owns:
            try:
                self._ray.init(
                    address=address,
                    num_cpus=None if address else workers,
                    include_dashboard=False,
                    log_to_driver=False,
                    runtime_env=environment,
                )
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise SafetyEnvsError(f"no Ray cluster answers at {address!r}: {error}") from error
        self.parallel = 2 * max(1, int(self._ray.cluster_resources().get("CPU", workers)))
        """How many jobs to submit at a time: enough to keep all nodes busy."""
        self._remote = self._ray.remote(num_cpus=1, max_retries=3)(_call)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        """Starts a task."""
        future: Future[Any] = self._remote.remote(fn, args, kwargs).future()
        return future

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Leaves the cluster; ends it if it was started here."""
        if self._owns and self._ray.is_initialized():
            self._ray.shutdown()


def _call(function: Any, args: Any, kwargs: Any) -> Any:
    return function(*args, **kwargs)
