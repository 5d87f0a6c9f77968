"""The throughput benchmark, small; and how it treats peers."""

import time
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.speed import peers, throughput
from benchmarks.speed.timing import best_of


def test_rates_are_of_the_best_round_by_either_clock():
    naps = iter([0.05, 0.02])

    def work():
        time.sleep(next(naps))
        return 10

    rates = best_of(work, rounds=2)
    assert 100 < rates.wall < 500
    assert rates.processor > rates.wall  # sleeping takes no processor time


class Shrinking:
    """A parallel environment whose agents leave one by one."""

    possible_agents = ["a", "b"]

    def reset(self, seed=None):
        self.agents = list(self.possible_agents)
        return {agent: np.zeros(3, np.float32) for agent in self.agents}, {}

    def action_space(self, agent):
        return SimpleNamespace(sample=lambda: 0)

    def step(self, actions):
        assert list(actions) == self.agents
        self.agents.pop()


def test_of_a_parallel_environment_the_steps_of_living_agents_count():
    play, agents, num_bytes = peers.parallel(lambda module: Shrinking())(None)
    assert (agents, num_bytes) == (2, 12)
    assert play(4) == 2 + 1 + 2 + 1


def test_of_melting_pot_every_player_counts_and_episodes_begin_anew():
    log = []

    def step(actions):
        log.append(len(actions))
        return SimpleNamespace(last=lambda: len(log) % 3 == 0)

    def reset():
        log.append("reset")
        return SimpleNamespace(observation=[{"RGB": np.zeros((8, 8, 3), np.uint8), "READY": 0.0}])

    module = SimpleNamespace(
        get_config=lambda name: SimpleNamespace(default_player_roles=("default",) * 3),
        build=lambda name, roles: SimpleNamespace(
            reset=reset, step=step, action_spec=lambda: [SimpleNamespace(num_values=8)] * 3
        ),
    )
    play, agents, num_bytes = peers.melting_pot("commons")(module)
    assert (agents, num_bytes) == (3, 8 * 8 * 3 + 8)
    assert play(3) == 9
    assert log == ["reset", 3, 3, "reset", 3]


def test_a_peer_that_is_not_installed_is_skipped_and_said_to_be():
    peer = peers.Peer("Nowhere", "nowhere-envs", "nowhere_envs", peers.parallel(lambda m: m))
    said = peers.measure(peer)
    assert said.startswith("Nowhere ") and "skipped: No module named 'nowhere_envs'" in said
    assert said.endswith("pip install nowhere-envs")


def test_the_command_line_sets_ours_beside_the_peers(monkeypatch, capsys):
    peer = peers.Peer("Shrinking", "-", "numpy", peers.parallel(lambda module: Shrinking()))
    monkeypatch.setattr(peers, "PEERS", (peer,))
    words = ["SafetyStagHunt-v0", "--peers", "--num-worlds", "8"]
    assert throughput.main(words) == 0
    lines = capsys.readouterr().out.splitlines()
    assert sum("np.copyto" in line for line in lines) == 2
    compared = [line for line in lines if "of processor time" in line]
    starts = ["SafetyStagHunt-v0, 8 worlds"] * 2 + ["SafetyStagHunt-v0, one world", "Shrinking"]
    assert len(compared) == len(starts)
    assert all(line.startswith(start) for line, start in zip(compared, starts, strict=True))


@pytest.mark.parametrize("words", [["--agents", "3"], ["SafetyNothing-v0"]])
def test_wrong_words_are_told(words, capsys):
    assert throughput.main(words) == 2
    assert "error:" in capsys.readouterr().err
