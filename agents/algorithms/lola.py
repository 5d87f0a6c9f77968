"""Gradient learners in repeated games of two players, with and without awareness of the other.

Each player of a repeated game of two actions has a policy: a probability for everything that it may
have observed of the last step. It climbs the gradient of its own discounted payoff. The payoff is a
closed form, because the game's table and its memory of one step are all there is:
(1 - gamma) e0' (I - gamma P)^-1 r, with P and r the transitions and the mean payoffs under the two
policies. So no sampling blurs the comparison.

- "naive_gradient": each player takes the other's policy as given;
- "lola": each adds how its own change bends the other's next naive step, to first order.

The settings are those of the code of Foerster et al. 2018, "Learning with Opponent-Learning
Awareness", for exact gradients (scripts/run_lola.py, lola/train_exact.py): gamma .96, both rates 1,
logits from a standard normal distribution, 200 updates. All pairs learn side by side.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.algorithm import Algorithm, Learned, Run, check_batch
from agents.algorithms.repeated_game import RepeatedGame, repeated_game, repeats
from agents.record import numbers
from agents.seeds import exploration_seed
from safety_envs import Configuration, SafetyEnvsError

if TYPE_CHECKING:
    from torch import Tensor

    from agents.training.training import Training


@dataclass(frozen=True)
class Settings:
    """How the players learn.

    Attributes:
        pairs: how many.
        discount: gamma.
        rate: of a player's own steps.
        look_ahead: the rate that a player assumes for the other's next step; None: it does not
            look ahead.
    """

    pairs: int = 64
    discount: float = 0.96
    rate: float = 1.0
    look_ahead: float | None = None

    def __post_init__(self) -> None:
        if self.pairs < 1:
            raise SafetyEnvsError(f"pairs must be at least 1, got {self.pairs}")
        if not (0 <= self.discount < 1 and self.rate > 0):
            raise SafetyEnvsError(
                f"discount must be in [0, 1) and rate above 0, got {self.discount} and {self.rate}"
            )


def values(
    game: RepeatedGame, logits: "tuple[Tensor, Tensor]", discount: float, table: Any = None
) -> "Tensor":
    """Returns discounted means a step, float64 [columns, pairs].

    Args:
        game: of two actions.
        logits: for each player [pairs, sights], of its first action.
        discount: gamma.
        table: what each joint action counts, [actions^2, columns]; the players' payoffs if None.
    """
    import torch

    first = [torch.sigmoid(logits[k][:, game.seen[:, k]]) for k in range(2)]  # [pairs, states]
    one, other = (torch.stack([p, 1 - p], dim=2) for p in first)  # [pairs, states, actions]
    joint = (one[:, :, :, None] * other[:, :, None, :]).flatten(2)  # [pairs, states, actions^2]
    nowhere = torch.zeros_like(joint[:, :, :1])  # nothing leads back to the start
    transitions = torch.cat([nowhere, joint], dim=2)
    counted = joint @ torch.as_tensor(game.payoffs if table is None else table)
    identity = torch.eye(transitions.shape[1], dtype=torch.float64)
    worth = torch.linalg.solve(identity - discount * transitions, counted)
    means: Tensor = (1 - discount) * worth[:, 0].T
    return means


def gradients(
    game: RepeatedGame, logits: "tuple[Tensor, Tensor]", settings: Settings
) -> "tuple[list[Tensor], Tensor]":
    """Returns each player's step, [pairs, sights], and what both are paid now, [players, pairs].

    Payoffs enter as sums over the discounted future, not means, as in the source, whose rates refer
    to sums.
    """
    import torch

    paid = values(game, logits, settings.discount)
    sums = (paid / (1 - settings.discount)).sum(dim=1)
    look_ahead = settings.look_ahead
    aware = look_ahead is not None
    slopes = [torch.autograd.grad(v, logits, create_graph=aware, retain_graph=True) for v in sums]
    steps = []
    for me in range(2):
        other = 1 - me
        step = slopes[me][me]
        if look_ahead is not None:
            what_moves_me = slopes[me][other].detach()
            bent = (what_moves_me * slopes[other][other]).sum()
            (turn,) = torch.autograd.grad(bent, logits[me], retain_graph=True)
            step = step + look_ahead * turn
        steps.append(step.detach())
    return steps, paid.detach()


@dataclass(frozen=True)
class Pairs:
    """Pairs of learners that have learned.

    Attributes:
        logits: for each player [pairs, sights], of its first action.
        curve: the players' mean payoff a step before every update, over pairs.
    """

    logits: "tuple[Tensor, Tensor]"
    curve: list[float]

    @property
    def policies(self) -> list[list[float]]:
        """Mean probabilities of the first action, [players, sights].

        Sights are in the order of the numbers seen, so the own action comes first.
        """
        import torch

        return [torch.sigmoid(each).mean(dim=0).tolist() for each in self.logits]


def learn_game(
    game: RepeatedGame,
    settings: Settings,
    *,
    updates: int,
    seed: int,
    progress: Callable[[int], object] = lambda done: None,
) -> Pairs:
    """Lets pairs learn; pairs with the same seed start from the same policies.

    Args:
        game: of two actions.
        settings: how they learn.
        updates: how many steps each player takes.
        seed: of the run.
        progress: is called with the number of updates.
    """
    import torch

    chance = np.random.default_rng(exploration_seed(seed))
    shapes = [(settings.pairs, int(game.seen[:, k].max()) + 1) for k in range(2)]
    drawn = [torch.tensor(chance.standard_normal(shape)) for shape in shapes]
    logits = (drawn[0].requires_grad_(), drawn[1].requires_grad_())
    curve = []
    for done in range(updates):
        steps, paid = gradients(game, logits, settings)
        curve.append(float(paid.mean()))
        with torch.no_grad():
            for k in range(2):
                logits[k].add_(settings.rate * steps[k])
        progress(done + 1)
    return Pairs((logits[0].detach(), logits[1].detach()), curve)


def learn(training: "Training", run: Run) -> Learned:
    """Trains pairs and computes what they came to; `training.steps` is the number of updates."""
    import torch

    torch.set_num_threads(1)
    settings = settings_of(training)
    configuration = training.configuration
    game = repeated_game(configuration)
    pairs = learn_game(
        game, settings, updates=training.steps, seed=training.seed, progress=run.progress
    )
    scores = scores_of(game, pairs, settings.discount, configuration)
    rewards = [2 * mean * configuration.max_steps for mean in pairs.curve]  # of both players
    last = -max(1, training.steps // 10)
    return Learned(
        steps=training.steps,
        curve={"steps": list(range(training.steps)), "reward": rewards},
        end={"reward": float(np.mean(rewards[last:]))},
        scores=scores,
        details={"policies": pairs.policies},
    )


def scores_of(
    game: RepeatedGame, pairs: Pairs, discount: float, configuration: Configuration
) -> dict[str, list[float | None]]:
    """Returns metric -> what each pair comes to in an episode, by discounted means a step.

    The probabilities of `habits` are there as well.
    """
    kinds = configuration.environment.metrics
    names = [
        name
        for name in game.metrics
        if name not in kinds or kinds[name].kind in ("total", "mean", "per_agent")
    ]
    table = np.stack([game.metrics[name] for name in names], axis=1)
    means = values(game, pairs.logits, discount, table)
    found = {}
    for name, each in zip(names, means.numpy(), strict=True):
        rate = name in kinds and kinds[name].kind == "mean"
        found[name] = numbers(each * (1 if rate else configuration.max_steps))
    return found | habits(game, pairs, configuration.actions)


def habits(
    game: RepeatedGame, pairs: Pairs, actions: Sequence[str]
) -> dict[str, list[float | None]]:
    """Returns how probable the first action is in each pair, on average over its two players.

    The names are like "cooperate_at_first" and "cooperate_after_cooperate_defect", where the own
    last action comes before the other's.
    """
    import torch

    first = actions[0]
    joint = len(actions) * np.arange(2)[:, None] + np.arange(2)  # [first player's, second's]
    states = {f"{first}_at_first": (0, 0)}
    for own, other in product(range(2), repeat=2):
        name = f"{first}_after_{actions[own]}_{actions[other]}"
        states[name] = (1 + joint[own, other], 1 + joint[other, own])
    likely = [torch.sigmoid(each).numpy() for each in pairs.logits]  # [pairs, sights]
    return {
        name: numbers(np.mean([likely[k][:, game.seen[of[k], k]] for k in range(2)], axis=0))
        for name, of in states.items()
    }


def settings_of(training: "Training") -> Settings:
    """Returns the settings of a training.

    Raises:
        SafetyEnvsError: an unknown or impossible setting.
    """
    defaults = DEFAULTS[training.algorithm]
    check_batch(training, training.algorithm, defaults)
    return Settings(**training.all_settings)


def check(training: "Training") -> None:
    """Finds what is wrong with a training.

    Raises:
        SafetyEnvsError: a setting does not fit, or the environment is not a repeated game of two
            players with two actions.
    """
    settings_of(training)
    configuration = training.configuration
    if configuration.agents != 2 or len(configuration.actions) != 2 or not repeats(configuration):
        raise SafetyEnvsError(
            f"{configuration.id} does not suit {training.algorithm}: it needs a repeated game of "
            "two players with two actions"
        )


_NAIVE = asdict(Settings())
del _NAIVE["look_ahead"]
DEFAULTS: Mapping[str, Mapping[str, Any]] = {
    "naive_gradient": _NAIVE,
    "lola": {**_NAIVE, "look_ahead": 1.0},
}
SUMMARIES = {
    "naive_gradient": "exact gradients, the other player taken as given",
    "lola": "exact gradients, aware that the other player learns",
}
ALGORITHMS = tuple(
    Algorithm(name, summary, learn, DEFAULTS[name], check) for name, summary in SUMMARIES.items()
)
