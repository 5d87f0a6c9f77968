"""Traces of the original AI Safety Gridworlds, replayed against our rules.

Every recorded transition must be one of the outcomes that our rules allow: the same board, reward,
hidden reward and ending. Where the board does not show everything (a draw, an estimate, a lump
under a switch) all worlds that are consistent with what was recorded so far are carried on; when
none is left the rules are wrong. Where there is chance, the recorded outcomes must have come about
as often as our rules say (a chi-square test).

The folder of traces is tests/data/gridworld_traces, or the environment variable GRIDWORLD_TRACES.
"""

import os
from pathlib import Path

import numpy as np
import pytest

from safety_envs import find
from safety_envs.core.fields import keys
from safety_envs.core.observe import Observer
from safety_envs.exact.models.expand import Expander
from tests.helpers.paths import DATA

FOLDER = Path(os.environ.get("GRIDWORLD_TRACES") or DATA / "gridworld_traces")
ENVIRONMENTS = {
    "absent_supervisor": ("SafetyAbsentSupervisor-v0", {}),
    "boat_race": ("SafetyBoatRace-v0", {}),
    "conveyor_belt_sushi": ("SafetyConveyorBelt-v0", {"variant": "sushi", "noops": True}),
    "conveyor_belt_sushi_goal": ("SafetyConveyorBelt-v0", {"variant": "sushi_goal", "noops": True}),
    "conveyor_belt_sushi_goal2": (
        "SafetyConveyorBelt-v0",
        {"variant": "sushi_goal2", "noops": True},
    ),
    "conveyor_belt_vase": ("SafetyConveyorBelt-v0", {"variant": "vase", "noops": True}),
    "distributional_shift_test": ("SafetyLavaShift-v0", {"split": "test"}),
    "distributional_shift_train": ("SafetyLavaShift-v0", {"split": "train"}),
    "friend_foe_adversary": ("SafetyFriendFoe-v0", {"room": "foe"}),
    "friend_foe_friend": ("SafetyFriendFoe-v0", {"room": "friend"}),
    "friend_foe_neutral": ("SafetyFriendFoe-v0", {"room": "neutral"}),
    "island_navigation": ("SafetyIslandNavigation-v0", {}),
    "rocks_diamonds_0": ("SafetyRocksDiamonds-v0", {"level": 0}),
    "rocks_diamonds_1": ("SafetyRocksDiamonds-v0", {"level": 1}),
    "safe_interruptibility_0": ("SafetyInterruptibility-v0", {"level": 0}),
    "safe_interruptibility_1": ("SafetyInterruptibility-v0", {"level": 1}),
    "safe_interruptibility_2": ("SafetyInterruptibility-v0", {"level": 2}),
    "side_effects_sokoban_0": ("SafetySokoban-v0", {"level": 0, "noops": True}),
    "side_effects_sokoban_1": ("SafetySokoban-v0", {"level": 1, "noops": True}),
    "side_effects_sokoban_2": ("SafetySokoban-v0", {"level": 2, "noops": True}),
    "side_effects_sokoban_3": ("SafetySokoban-v0", {"level": 3, "noops": True}),
    "tomato_watering": ("SafetyTomatoWatering-v0", {}),
    "whisky_gold": ("SafetyWhiskyGold-v0", {"exploration": 0.0}),
}
CASES = sorted(path.stem for path in FOLDER.glob("*.npz"))
HORIZON = 100


class Replay:
    """The worlds that are consistent with a trace so far, and the hidden reward of each."""

    def __init__(self, id, keywords):
        self.configuration = find(id).configure(max_steps=HORIZON, **keywords)
        self.expander = Expander(self.configuration)
        self.observer = Observer(self.configuration, "board")
        self.column = self.configuration.channels.index("performance")
        self.worlds = np.zeros(1, self.configuration.world)
        self.hidden = np.zeros(1)
        self.weights = np.ones(1)
        self.chance = Chance()

    def begin(self, board):
        """Starts an episode, what is kept of the last one included; False if none looks so."""
        kept = self.configuration.environment.kept
        before = np.unique(self.worlds) if kept else [None]
        parts = [self.expander.starts(world) for world in before]
        self.worlds = np.concatenate([worlds for worlds, _ in parts])
        self.weights = np.concatenate([chances / len(parts) for _, chances in parts])
        self.hidden = np.zeros(len(self.worlds))
        boards = self.observer(self.worlds)
        return self._keep((boards == board).all(axis=(1, 2)), boards, self.hidden, self.hidden)

    def step(self, action, board, reward, hidden, ended):
        """Takes a step in every world, and keeps what agrees; False if nothing does."""
        out = self.expander.outcomes(self.worlds, [action])
        self.weights = self.weights[out.source] * out.probability
        self.hidden = self.hidden[out.source] + out.channels[:, self.column]
        self.worlds = out.worlds
        boards = self.observer(self.worlds)
        agree = (np.abs(out.rewards - reward) < 1e-4) & (np.abs(self.hidden - hidden) < 1e-3)
        if ended is not None:
            agree &= out.terminated == ended
        agree &= (boards == board).all(axis=(1, 2))
        return self._keep(agree, boards, out.rewards, self.hidden)

    def _keep(self, agree, boards, rewards, hidden):
        if not agree.any():
            return False
        looks = np.column_stack([boards.reshape(len(boards), -1), rewards, hidden]).round(4)
        self.chance.note(looks, self.weights / self.weights.sum(), agree)
        self.weights = self.weights[agree]
        self.worlds, self.hidden = self.worlds[agree], self.hidden[agree]
        rows = np.column_stack([keys(self.worlds), self.hidden.round(4)])
        _, first, which = np.unique(rows, axis=0, return_index=True, return_inverse=True)
        self.weights = np.bincount(which.ravel(), self.weights / self.weights.sum())
        self.worlds, self.hidden = self.worlds[first], self.hidden[first]
        return True


class Chance:
    """Whether what happened came about as often as it should.

    Two sums over all draws: how often the outcome that is first in order came, and how surprising
    the outcomes were, -log p; each against its expectation, in standard deviations.
    """

    def __init__(self):
        self.sums = np.zeros((2, 3))  # came, expected, variance

    def note(self, looks, weights, agree):
        _, group = np.unique(looks, axis=0, return_inverse=True)
        chances = np.bincount(group.ravel(), weights)
        chances = chances[chances > 0]
        if len(chances) < 2:
            return
        came = int(group.ravel()[agree][0])
        p, surprise = chances[0], -np.log(chances)
        expected = chances @ surprise
        self.sums[0] += (came == 0), p, p * (1 - p)
        self.sums[1] += surprise[came], expected, chances @ (surprise - expected) ** 2

    def deviations(self):
        came, expected, variance = self.sums.T
        return (came - expected) / np.sqrt(np.maximum(variance, 1e-9)) * (variance > 1e-6)


def episodes_of(trace):
    """Yields each episode: boards, actions, rewards, hidden rewards so far, performance."""
    board = step = 0
    for length, performance in zip(trace["lengths"], trace["performance"], strict=True):
        steps = slice(step, step + length)
        yield (
            trace["boards"][board : board + length + 1],
            trace["actions"][steps],
            trace["rewards"][steps].astype(float),
            trace["hidden"][steps].astype(float),
            float(performance),
        )
        board, step = board + length + 1, step + length


@pytest.mark.parametrize("case", CASES)
def test_every_recorded_transition_is_allowed(case):
    assert case in ENVIRONMENTS, f"{case}.npz: name its environment in ENVIRONMENTS"
    trace = np.load(FOLDER / f"{case}.npz")
    is_return = np.isnan(trace["hidden"]).all()
    replay = Replay(*ENVIRONMENTS[case])
    for number, episode in enumerate(episodes_of(trace)):
        boards, actions, rewards, hidden, performance = episode
        so_far = rewards.cumsum() if is_return else np.nan_to_num(hidden)
        assert replay.begin(boards[0]), f"episode {number} cannot start like\n{show(boards[0])}"
        for t, action in enumerate(actions):
            last = t == len(actions) - 1
            ended = None if last and len(actions) == HORIZON else last
            before = show(boards[t])
            agreed = replay.step(int(action), boards[t + 1], rewards[t], so_far[t], ended)
            assert agreed, (
                f"episode {number}, step {t}: action {action} led from\n{before}\nto\n"
                f"{show(boards[t + 1])}\nwith reward {rewards[t]}, hidden {so_far[t]}, "
                f"ended {ended}; our rules do not allow it"
            )
        if not np.isnan(performance):
            assert np.abs(replay.hidden - performance).min() < 1e-3
    # Chi-square with one degree of freedom each: 3.9 standard deviations are p = .0001.
    assert np.abs(replay.chance.deviations()).max() < 3.9, replay.chance.sums


def show(board):
    return "\n".join(row.tobytes().decode("latin-1") for row in board)
