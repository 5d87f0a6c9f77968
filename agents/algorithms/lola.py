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

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.algorithm import Algorithm, Learned, Run, check_batch
from agents.algorithms.gradients import Pairs, Settings, learn_game, signing, values
from agents.algorithms.repeated_game import Game, SignedGame, repeated_game, repeats
from agents.methods import method_named
from agents.record import numbers
from safety_envs import Configuration, SafetyEnvsError

if TYPE_CHECKING:
    from agents.training.training import Training


def learn(training: "Training", run: Run) -> Learned:
    """Trains pairs and computes what they came to; `training.steps` is the number of updates."""
    import torch

    torch.set_num_threads(1)
    settings = settings_of(training)
    configuration = training.configuration
    game = game_of(training)
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
        details={"policies": pairs.policies, **_signed(game, pairs)},
    )


def game_of(training: "Training") -> Game:
    """Returns the game that the players of a training play, as its method changes it."""
    game = repeated_game(training.configuration)
    if training.method is None:
        return game
    return method_named(training.method).of_game(game, training.method_settings)


def _signed(game: Game, pairs: Pairs) -> dict[str, float]:
    """Returns how often both sign, where there is a contract to sign."""
    if not isinstance(game, SignedGame):
        return {}
    return {"signed": float(signing(game, pairs.logits).mean())}


def scores_of(
    game: Game, pairs: Pairs, discount: float, configuration: Configuration
) -> dict[str, list[float | None]]:
    """Returns metric -> each pair's total in an episode, by discounted means for each step.

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


def habits(game: Game, pairs: Pairs, actions: Sequence[str]) -> dict[str, list[float | None]]:
    """Returns how probable the first action is in each pair, on average over its two players.

    The names are like "cooperate_at_first" and "cooperate_after_cooperate_defect", where the own
    last action comes before the other's. Where there is a contract, they are those under it.
    """
    import torch

    joint = len(actions) * np.arange(2)[:, None] + np.arange(2)  # [first player's, second's]
    seen = [(1 + joint[pair], 1 + joint[pair[::-1]]) for pair in product(range(2), repeat=2)]
    states = dict(zip(names_of_habits(actions), [(0, 0), *seen], strict=True))
    likely = [torch.sigmoid(each).numpy() for each in pairs.logits]  # [pairs, sights]
    return {
        name: numbers(np.mean([likely[k][:, game.seen[of[k], k]] for k in range(2)], axis=0))
        for name, of in states.items()
    }


def names_of_habits(actions: Sequence[str]) -> list[str]:
    """Returns the names of what `habits` measures: at first, and after each pair of actions."""
    after = [f"after_{own}_{other}" for own, other in product(actions[:2], repeat=2)]
    return [f"{actions[0]}_{when}" for when in ("at_first", *after)]


def scores(configuration: Configuration) -> list[str]:
    """Returns the names of the scores of gradient learners that are not metrics."""
    return names_of_habits(configuration.actions)


def settings_of(training: "Training") -> Settings:
    """Returns the settings of a training.

    Raises:
        SafetyEnvsError: an unknown or impossible setting.
    """
    defaults = DEFAULTS[training.algorithm]
    check_batch(training, training.algorithm, defaults, takes=("a method",))
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
    if training.method is not None:
        method = method_named(training.method)
        method.check_game()
        method.all_settings(training.method_settings)


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
    Algorithm(name, summary, learn, DEFAULTS[name], check, scores)
    for name, summary in SUMMARIES.items()
)
