"""Small multi-agent games as tables, and all their equilibria by trying every policy.

A second model beside `safety_envs.exact`: plain Python over dictionaries, one policy at a time.
"""

import itertools
from dataclasses import dataclass
from typing import Annotated, Any, NamedTuple

import numpy as np

from safety_envs.core.compile import rule
from safety_envs.core.definition import Environment
from safety_envs.core.dice import flip
from safety_envs.core.fields import fields
from safety_envs.core.kinds import Within
from safety_envs.core.metric import total


@dataclass(frozen=True)
class Game:
    """A game as tables; states and actions are numbers, a joint action is a tuple.

    In state s joint action a pays `pays[s][a]` (one number for each agent, then the performance)
    and leads to `after[s][a]`, {state: probability}; what is missing has ended the game.
    Agents in the same class of `classes[s]` see the same in state s.
    """

    agents: int
    actions: int
    pays: tuple[Any, ...]
    after: tuple[Any, ...]
    classes: tuple[Any, ...]
    starts: dict[int, float]
    steps: int

    def joint(self):
        return list(itertools.product(range(self.actions), repeat=self.agents))

    def acts_alike(self, state, joint):
        seen = self.classes[state]
        return all(
            joint[i] == joint[j] for i in range(self.agents) for j in range(i) if seen[i] == seen[j]
        )

    def reached(self):
        layers = [set(self.starts)]
        for _ in range(self.steps - 1):
            layers.append({n for s in layers[-1] for a in self.joint() for n in self.after[s][a]})
        return layers

    def worth(self, state, joint, later):
        pays = list(self.pays[state][joint])
        for successor, chance in self.after[state][joint].items():
            for k, value in enumerate(later[successor] if later else ()):
                pays[k] += chance * value
        return tuple(pays)

    def is_stable(self, state, joint, later):
        own = self.worth(state, joint, later)
        for agent in range(self.agents):
            for action in range(self.actions):
                other = (*joint[:agent], action, *joint[agent + 1 :])
                if self.worth(state, other, later)[agent] > own[agent] + 1e-7:
                    return False
        return True

    def equilibria(self, symmetric):
        """Yields what every pure Markov-perfect equilibrium has: {start: payoffs}."""
        yield from self._from(0, self.reached(), symmetric)

    def _from(self, t, layers, symmetric):
        if t == self.steps:
            yield {}
            return
        for later in self._from(t + 1, layers, symmetric):
            options = []
            for state in sorted(layers[t]):
                stable = [
                    self.worth(state, joint, later)
                    for joint in self.joint()
                    if (not symmetric or self.acts_alike(state, joint))
                    and self.is_stable(state, joint, later)
                ]
                options.append(stable)
            for chosen in itertools.product(*options):
                yield dict(zip(sorted(layers[t]), chosen))

    def extremes(self, symmetric, most=None):
        """Returns (least, most) reward and (least, most) performance; None without equilibria.

        Raises:
            OverflowError: there are more than `most` of them.
        """
        found = set()
        for number, values in enumerate(self.equilibria(symmetric)):
            if most and number >= most:
                raise OverflowError
            reward = sum(p * sum(values[s][:-1]) for s, p in self.starts.items())
            performance = sum(p * values[s][-1] for s, p in self.starts.items())
            found.add((round(reward, 7), round(performance, 7)))
        if not found:
            return None
        rewards, performances = zip(*found)
        return (min(rewards), max(rewards)), (min(performances), max(performances))


def pond(agents, capacity, growth, steps):
    """Returns a small commons, written down a second time from the catalogue."""
    pays, after = [], []
    for stock in range(capacity + 1):
        here, there = {}, {}
        for asks in itertools.product(range(3), repeat=agents):
            asked = sum(asks)
            share = 1 if asked <= stock else stock / asked
            left = max(0, stock - asked)
            more = growth * left * (1 - left / capacity)
            here[asks] = (*(ask * share for ask in asks), min(asked, stock))
            there[asks] = {min(capacity, int(left + more + 0.5)): 1.0}
        pays.append(here)
        after.append(there)
    same = (tuple([0] * agents),) * (capacity + 1)
    return Game(agents, 3, tuple(pays), tuple(after), same, {capacity: 1.0}, steps)


def random_game(seed, *, states=3, agents=2, actions=2, steps=3):
    """Returns a random game with small whole payoffs, so that there are many equilibria.

    In most states what a joint action pays and leads to does not depend on who is who, and the
    agents see the same; in the others each sees something else.
    """
    random = np.random.default_rng(seed)
    pays, after, classes = [], [], []
    for _ in range(states):
        here, there = {}, {}
        alike = random.random() < 0.7
        for joint in itertools.product(range(actions), repeat=agents):
            twin = tuple(sorted(joint))
            if alike and twin in here:
                swap = sorted(range(agents), key=lambda i, joint=joint: joint[i])
                mine = [0] * agents
                for place, agent in enumerate(swap):
                    mine[agent] = here[twin][place]
                here[joint], there[joint] = (*mine, here[twin][-1]), there[twin]
                continue
            rewards = random.integers(0, 4, agents).tolist()
            if alike:  # equal actions are paid alike
                rewards = [rewards[joint.index(a)] for a in joint]
            here[joint] = (*rewards, int(random.integers(0, 5)))
            ways = random.choice(states + 1, size=2, replace=False).tolist()
            odds = (0.5, 0.5) if random.random() < 0.3 else (1.0,)
            there[joint] = {s: p for s, p in zip(ways, odds) if s < states}
        pays.append(here)
        after.append(there)
        classes.append(tuple([0] * agents) if alike else tuple(range(agents)))
    starts = {0: 0.5, states - 1: 0.5} if seed % 2 else {0: 1.0}
    return Game(agents, actions, tuple(pays), tuple(after), tuple(classes), starts, steps)


class Tables(NamedTuple):
    """A random game whose chances are 1/2 or 1, as the rules read it."""

    agents: int
    num_actions: int
    first: int
    last: int  # the other state in which an episode may start
    pays: np.ndarray  # [states, joint actions, agents + 1]
    ways: np.ndarray  # [states, joint actions, 2] successors, -1 for the end
    uncertain: np.ndarray  # [states, joint actions] whether both ways are possible
    classes: np.ndarray  # [states, agents]


def tables(
    number: Annotated[int, Within(0, 10**6)] = 0,
    states: Annotated[int, Within(2, 9)] = 3,
    agents: Annotated[int, Within(2, 4)] = 2,
    actions: Annotated[int, Within(2, 4)] = 2,
):
    game = random_game(number, states=states, agents=agents, actions=actions)
    joint = game.joint()
    pays = np.array([[game.pays[s][a] for a in joint] for s in range(states)], float)
    ways = np.full((states, len(joint), 2), -1)
    uncertain = np.zeros((states, len(joint)), bool)
    for s in range(states):
        for k, a in enumerate(joint):
            found = list(game.after[s][a].items())
            uncertain[s, k] = bool(found) and found[0][1] < 1
            ways[s, k, : len(found)] = [successor for successor, _ in found]
    first, last = min(game.starts), max(game.starts)
    classes = np.array(game.classes)
    return Tables(agents, actions, first, last, pays, ways, uncertain, classes)


@rule
def reset(world, level, dice):
    world.state = level.first
    if level.last != level.first and flip(dice, 0.5):
        world.state = level.last


@rule
def step(world, level, action, dice, outcome):
    number = 0
    for agent in range(level.agents):
        number = number * level.num_actions + action[agent]
    for agent in range(level.agents):
        outcome.reward[agent] += level.pays[world.state, number, agent]
    outcome.performance += level.pays[world.state, number, level.agents]
    way = 0
    if level.uncertain[world.state, number]:
        way = int(flip(dice, 0.5))
    after = level.ways[world.state, number, way]
    if after < 0:
        outcome.terminated = 1
    else:
        world.state = after


@rule
def observe(world, level, agent, features):
    features[0] = world.state
    features[1] = level.classes[world.state, agent]


SMALL_GAME = Environment(
    id="SafetySmallGame-v0",
    problem="test",
    actions=lambda level: tuple(f"action {k}" for k in range(level.num_actions)),
    metrics={"performance": total("test", "points")},
    level=tables,
    world=fields(state="u1"),
    reset=reset,
    step=step,
    features={"state": (0, 9), "class": (0, 9)},
    observe=observe,
    agents=lambda level: level.agents,
    max_steps=3,
)
"""`random_game` as an environment: `number` is its seed, `max_steps` its steps."""
