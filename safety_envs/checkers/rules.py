"""Checks of rules: they run, they compile, and their results are reproducible."""

import copy
import pickle
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.core.definition import Configuration
from safety_envs.core.engine import Engine
from safety_envs.core.fields import flags_of
from safety_envs.core.observe import Observer

WORLDS, STEPS = 8, 120


class NotApplicable(Exception):  # noqa: N818  # it is not an error
    """A checker does not apply to an environment; the message says why."""


def moments(
    engine: Engine, steps: int = STEPS, seed: int = 0
) -> Iterator[tuple[int, npt.NDArray[np.void]]]:
    """Plays random actions; yields (step, worlds) for the reset, step 0, and after each step.

    Finished worlds are reset.

    Args:
        engine: an engine with any number of worlds, which is seeded here.
        steps: the number of steps.
        seed: the seed of the actions, and of the worlds: seed + i for world i.
    """
    engine.seed(range(seed, seed + engine.num_worlds))
    engine.reset()
    yield 0, engine.worlds
    yield from moments_on(engine, steps, np.random.default_rng(seed))


def moments_on(
    engine: Engine, steps: int, generator: np.random.Generator
) -> Iterator[tuple[int, npt.NDArray[np.void]]]:
    """Yields the worlds after each further step of an engine that has been reset."""
    number = len(engine.configuration.actions)
    for step in range(1, steps + 1):
        engine.step(generator.integers(number, size=engine.action_shape))
        yield step, engine.worlds
        if engine.done.any():
            engine.reset(engine.done)


def check_plain(configuration: Configuration) -> None:
    """Plays some steps without Numba, with all observations."""
    observer = Observer(configuration, compile_rules=False)
    for _, worlds in moments(Engine(configuration, 2, compile_rules=False), 20):
        observer(worlds)


def check_compiled(configuration: Configuration) -> None:
    """Plays some steps with compiled rules."""
    observer = Observer(configuration)
    for _, worlds in moments(Engine(configuration, 2), 20):
        observer(worlds)


def check_alike(configuration: Configuration) -> None:
    """Compares compiled and plain rules, with the same seeds and actions."""
    fast = Engine(configuration, WORLDS)
    plain = Engine(configuration, WORLDS, compile_rules=False)
    see = Observer(configuration), Observer(configuration, compile_rules=False)
    for (step, mine), (_, other) in zip(moments(fast), moments(plain), strict=True):
        _same_engines(fast, plain, f"step {step}", "compiled", "plain")
        assert np.array_equal(see[0](mine), see[1](other)), (
            f"step {step}: compiled and plain `{_seeing(configuration)}` show different things"
        )


def check_flags(configuration: Configuration) -> None:
    """Checks the values of all flags, in random play."""
    paths = flags_of(configuration.world)
    if not paths:
        raise NotApplicable("its world has no flags")
    for step, worlds in moments(Engine(configuration, WORLDS)):
        for path in paths:
            values = worlds
            for name in path:
                values = values[name]
            most = int(values.max(initial=0))
            assert most <= 1, f"step {step}: the flag {'.'.join(path)!r} is {most}"


def check_seeds(configuration: Configuration) -> None:
    """Plays twice with the same seeds and actions."""
    first, again = Engine(configuration, WORLDS), Engine(configuration, WORLDS)
    for (step, _), _ in zip(moments(first), moments(again), strict=True):
        _same_engines(first, again, f"step {step}", "at first", "when played again")


def check_copies(configuration: Configuration) -> None:
    """Continues with a copy and with a pickle after some steps."""
    engine = Engine(configuration, WORLDS)
    for _ in moments(engine, 12):
        pass
    kept = copy.deepcopy(engine)
    others = [copy.deepcopy(engine)]
    if _can_be_pickled(configuration):
        others.append(pickle.loads(pickle.dumps(engine)))
    for other in others:
        mine = copy.deepcopy(kept)
        here = moments_on(mine, 40, np.random.default_rng(1))
        there = moments_on(other, 40, np.random.default_rng(1))
        for (step, _), _ in zip(here, there, strict=True):
            _same_engines(mine, other, f"step {step}", "the original", "the copy")


def _can_be_pickled(configuration: Configuration) -> bool:
    try:
        pickle.dumps(configuration)
    except (pickle.PicklingError, AttributeError, TypeError):
        return False  # an unregistered definition outside a module
    return True


def _seeing(configuration: Configuration) -> str:
    return "paint" if configuration.is_grid else "observe"


def _same_engines(one: Engine, two: Engine, where: str, name: str, other: str) -> None:
    """Asserts that two engines have the same worlds, rewards, terminations and totals."""
    for field in one.worlds.dtype.names or ():
        _same(one.worlds[field], two.worlds[field], f"{where}, field {field!r}", name, other)
    for part in ("rewards", "terminated", "truncated", "costs", "totals", "per_agent"):
        mine, its = getattr(one.ledger, part), getattr(two.ledger, part)
        _same(mine, its, f"{where}, {part}", name, other)


def _same(one: Any, two: Any, where: str, name: str, other: str) -> None:
    equal = (
        np.array_equal(one, two)
        if one.dtype.kind != "f"
        else np.allclose(one, two, rtol=1e-9, atol=1e-12, equal_nan=True)
    )
    if equal:
        return
    world = next(i for i in range(len(one)) if one[i].tobytes() != two[i].tobytes())
    raise AssertionError(
        f"{where}, world {world}: {one[world].tolist()} {name}, {two[world].tolist()} {other}"
    )
