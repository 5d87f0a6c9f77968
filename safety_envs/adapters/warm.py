"""Compiles environments before their first use, several at a time."""

from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from safety_envs.adapters.vector_env import SafetyVectorEnv


def warm(ids: Sequence[str], workers: int) -> Iterator[str]:
    """Compiles environments with their default keywords; yields the id of each that is done.

    The compiled code is kept on disk, where every later process finds it.

    Args:
        ids: ids of environments.
        workers: the number of processes that compile.

    Raises:
        SafetyEnvsError: an unknown id.
    """
    # A process of its own, not a fork: the compiler keeps locks that a fork would inherit.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(use, each) for each in ids]):
            yield done.result()


def use(name: str) -> str:
    """Uses an environment once, in all that a batch or a single world of it calls."""
    envs = SafetyVectorEnv(name, 2)
    envs.reset(seed=0)
    envs.action_space.seed(0)
    for _ in range(2):
        envs.step(envs.action_space.sample())
    return name
