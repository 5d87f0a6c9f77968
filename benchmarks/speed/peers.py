"""Multi-agent environments of other libraries, for `python -m benchmarks.speed.throughput --peers`.

None of them is the same game; each is played by random actions, with its own observations, in this
process. What is compared is the price of a step of one agent. A peer that is not installed is
skipped, and said to be.
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import numpy as np

from benchmarks.speed.timing import Rates, best_of
from safety_envs import SafetyParallelEnv

STEPS, ROUNDS = 100, 10

Play = Callable[[int], int]
"""Plays a number of steps, resetting where an episode ends; returns the agents' steps."""


@dataclass(frozen=True)
class Peer:
    """Somebody else's environment.

    Attributes:
        name: what it is called.
        install: what pip installs it by.
        module: what is imported.
        start: from the imported module, returns what plays it, its agents, and the bytes that each
            of them observes.
    """

    name: str
    install: str
    module: str
    start: Callable[[Any], tuple[Play, int, int]]


def parallel(make: Callable[[Any], Any]) -> Callable[[Any], tuple[Play, int, int]]:
    """Returns what starts an environment of PettingZoo's parallel API."""

    def start(module: Any) -> tuple[Play, int, int]:
        env = make(module)
        observations, _ = env.reset(seed=0)
        agents = env.possible_agents
        drawn = _forever([{agent: env.action_space(agent).sample() for agent in agents}
                          for _ in range(STEPS)])  # fmt: skip

        def play(steps: int) -> int:
            taken = 0
            for _ in range(steps):
                if not env.agents:
                    env.reset()
                taken += len(env.agents)
                actions = next(drawn)
                env.step({agent: actions[agent] for agent in env.agents})
            return taken

        return play, len(agents), _num_bytes(observations[agents[0]])

    return start


def melting_pot(substrate: str) -> Callable[[Any], tuple[Play, int, int]]:
    """Returns what starts a substrate of Melting Pot, with the players that it is meant for."""

    def start(module: Any) -> tuple[Play, int, int]:
        roles = module.get_config(substrate).default_player_roles
        env = module.build(substrate, roles=roles)
        observations = env.reset().observation
        counts = [spec.num_values for spec in env.action_spec()]
        drawn = _forever(np.random.default_rng(0).integers(counts, size=(STEPS, len(counts))))

        def play(steps: int) -> int:
            for _ in range(steps):
                if env.step(next(drawn)).last():
                    env.reset()
            return steps * len(roles)

        return play, len(roles), _num_bytes(observations[0])

    return start


def _forever(rows: Any) -> Iterator[Any]:
    while True:
        yield from rows


def _num_bytes(observation: Any) -> int:
    """Returns the bytes of one agent's observation, of all its parts."""
    if isinstance(observation, dict):
        return sum(map(_num_bytes, observation.values()))
    return int(np.asarray(observation).nbytes)


PEERS = (
    Peer(
        "Melting Pot, commons_harvest__open",
        "dm-meltingpot",
        "meltingpot.substrate",
        melting_pot("commons_harvest__open"),
    ),
    Peer(
        "PettingZoo, pursuit_v5",
        "'pettingzoo[sisl]'",
        "pettingzoo.sisl.pursuit_v5",
        parallel(lambda module: module.parallel_env()),
    ),
    Peer(
        "PettingZoo, knights_archers_zombies_v11",
        "'pettingzoo[butterfly]'",
        "pettingzoo.butterfly.knights_archers_zombies_v11",
        parallel(lambda module: module.parallel_env()),
    ),
    Peer(
        "MPE2, simple_spread_v3",
        "mpe2",
        "mpe2.simple_spread_v3",
        parallel(lambda module: module.parallel_env()),
    ),
)


def ours_alone(id: str, **keywords: Any) -> Peer:
    """Returns one world of ours by the same API as the peers: what a batch is not there to help."""
    return Peer(
        f"{id}, one world by PettingZoo",
        "safety-envs",
        "safety_envs",
        parallel(lambda _: SafetyParallelEnv(id, **keywords)),
    )


def measure(peer: Peer, rounds: int = ROUNDS) -> str:
    """Returns a line about a peer: its rates, or why there are none."""
    os.environ.setdefault("SDL_VIDEODRIVER", "dummy")  # some open a display even when not drawn
    try:
        module = import_module(peer.module)
    except ImportError as error:
        return f"{peer.name:48} skipped: {error}; pip install {peer.install}"
    play, agents, num_bytes = peer.start(module)
    play(STEPS)  # compile, and warm up
    return line(peer.name, agents, num_bytes, best_of(lambda: play(STEPS), rounds))


def line(name: str, agents: int, num_bytes: float, rates: Rates) -> str:
    """Returns a line of the comparison; what agents do in a second counts each agent's step."""
    return (
        f"{name:48} {agents:2} agents, {num_bytes:6.0f} bytes each  "
        f"{rates.wall:12,.0f} /s  {rates.processor:12,.0f} /s of processor time"
    )
