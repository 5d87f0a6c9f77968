"""Learning with opponent-learning awareness, exactly: python -m agents.algorithms.lola --seeds 64.

Two players of a repeated game of two actions, each with a policy of a probability for everything it
may have seen of the last step, climb the gradient of their own discounted payoff. The payoff is a
closed form, since the game's table and its memory of one step are all there is:
(1 - gamma) e0' (I - gamma P)^-1 r, with P and r the transitions and the mean payoffs of the two
policies, so no sampling blurs what is compared:

- "naive": each takes the other's policy as given;
- "lola": each adds how its own change bends the other's next naive step, to first order.

Settings are those of the code of Foerster et al. 2018, "Learning with Opponent-Learning Awareness",
for exact gradients (scripts/run_lola.py, lola/train_exact.py): gamma .96, both rates 1, logits from
a standard normal distribution, 200 updates. All seeds run side by side.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.repeated_game import RepeatedGame, repeated_game
from agents.command_line import command_line
from agents.lock import locked
from agents.provenance import command, provenance
from agents.record import Identity, Record, identity_of, is_done, read_record, sealed, write_record
from agents.seeds import exploration_seed
from safety_envs import SafetyEnvsError, find
from safety_envs.applications import parse_keywords
from safety_envs.statistics import interval

if TYPE_CHECKING:
    from torch import Tensor

ENVIRONMENT = "SafetyMatrixGames-v0"
LEARNERS = ("naive", "lola")
FORMAT = "safety_envs lola 2"


@dataclass(frozen=True)
class Settings:
    """How the players learn.

    Attributes:
        discount: gamma.
        rate: of a player's own steps.
        look_ahead: the rate that a LOLA player believes of the other's steps.
        updates: how many steps.
    """

    discount: float = 0.96
    rate: float = 1.0
    look_ahead: float = 1.0
    updates: int = 200


def values(game: RepeatedGame, logits: "tuple[Tensor, Tensor]", discount: float) -> "Tensor":
    """Returns the players' mean discounted payoffs a step, float64 [players, seeds].

    Args:
        game: of two actions.
        logits: for each player [seeds, sights], of its first action.
        discount: gamma.
    """
    import torch

    first = [torch.sigmoid(logits[k][:, game.seen[:, k]]) for k in range(2)]  # [seeds, states]
    one, other = (torch.stack([p, 1 - p], dim=2) for p in first)  # [seeds, states, actions]
    joint = (one[:, :, :, None] * other[:, :, None, :]).flatten(2)  # [seeds, states, actions^2]
    nowhere = torch.zeros_like(joint[:, :, :1])  # nothing leads back to the start
    transitions = torch.cat([nowhere, joint], dim=2)
    paid = joint @ torch.as_tensor(game.payoffs)  # [seeds, states, players]
    identity = torch.eye(transitions.shape[1], dtype=torch.float64)
    worth = torch.linalg.solve(identity - discount * transitions, paid)
    means: Tensor = (1 - discount) * worth[:, 0].T
    return means


def gradients(
    game: RepeatedGame, logits: "tuple[Tensor, Tensor]", settings: Settings, learner: str
) -> "tuple[list[Tensor], Tensor]":
    """Returns each player's step, [seeds, sights], and what both are paid now.

    Payoffs enter as sums over the discounted future, not means, as in the source: rates are so
    meant.
    """
    import torch

    paid = values(game, logits, settings.discount)
    sums = (paid / (1 - settings.discount)).sum(dim=1)
    aware = learner == "lola"
    slopes = [torch.autograd.grad(v, logits, create_graph=aware, retain_graph=True) for v in sums]
    steps = []
    for me in range(2):
        other = 1 - me
        step = slopes[me][me]
        if aware:
            what_moves_me = slopes[me][other].detach()
            bent = (what_moves_me * slopes[other][other]).sum()
            (turn,) = torch.autograd.grad(bent, logits[me], retain_graph=True)
            step = step + settings.look_ahead * turn
        steps.append(step.detach())
    return steps, paid.detach()


def learn(
    game: RepeatedGame,
    learner: str,
    *,
    seeds: int,
    seed: int,
    settings: Settings,
    progress: Callable[[], object] = lambda: None,
) -> dict[str, Any]:
    """Lets pairs of one kind learn.

    Returns:
        payoffs: a step, [players, seeds]; policies: mean probabilities of the first action,
        [players, sights], sights in the order of the numbers seen, so own action first; and curve:
        the mean payoff before every update.
    """
    import torch

    chance = np.random.default_rng(exploration_seed(seed))
    shapes = [(seeds, int(game.seen[:, k].max()) + 1) for k in range(2)]
    drawn = [torch.tensor(chance.standard_normal(shape)) for shape in shapes]
    logits = (drawn[0].requires_grad_(), drawn[1].requires_grad_())
    curve = []
    for _ in range(settings.updates):
        steps, paid = gradients(game, logits, settings, learner)
        curve.append(float(paid.mean()))
        with torch.no_grad():
            for k in range(2):
                logits[k].add_(settings.rate * steps[k])
        progress()
    paid = values(game, logits, settings.discount).detach()
    return {
        "payoffs": paid.tolist(),
        "policies": [torch.sigmoid(each).mean(dim=0).tolist() for each in logits],
        "curve": curve,
    }


def train(
    *,
    keywords: Mapping[str, Any],
    seeds: int,
    seed: int,
    settings: Settings,
    progress: Callable[[], object] = lambda: None,
) -> Record:
    """Trains pairs of every kind of learner and returns the record."""
    import torch

    torch.set_num_threads(1)
    run = run_identity(keywords, seeds, seed, settings)
    configuration = find(ENVIRONMENT).configure(**keywords)
    started, versions = time.perf_counter(), provenance()
    game = repeated_game(configuration)
    options: dict[str, Any] = {"seeds": seeds, "seed": seed, "settings": settings}
    contents = {
        "format": FORMAT,
        "algorithm": "lola",
        "environment": ENVIRONMENT,
        "keywords": dict(configuration.keywords),
        "seeds": seeds,
        "seed": seed,
        "settings": asdict(settings),
        "learners": {kind: learn(game, kind, **options, progress=progress) for kind in LEARNERS},
        "seconds": round(time.perf_counter() - started, 1),
        "versions": versions,
        "command": command(),
    }
    return sealed(run, contents)


def run_identity(
    keywords: Mapping[str, Any], seeds: int, seed: int, settings: Settings
) -> Identity:
    """Returns the identity of a run.

    Raises:
        SafetyEnvsError: an unknown keyword, no seed, or fewer than one pair or update.
    """
    if seeds < 1 or settings.updates < 1:
        raise SafetyEnvsError(
            f"seeds and updates must be at least 1, got {seeds}, {settings.updates}"
        )
    return identity_of(
        ENVIRONMENT, keywords, seed,
        procedure=FORMAT, algorithm="lola", seeds=seeds, settings=asdict(settings),
    )  # fmt: skip


def report(record: Mapping[str, Any]) -> str:
    """Returns a record in words: payoff a step, with its 95 % interval over pairs."""
    lines = [f"{record['keywords']['game']}, {record['seeds']} pairs, mean payoff a step:"]
    for kind, result in record["learners"].items():
        pairs = np.mean(result["payoffs"], axis=0)
        low, high = interval(pairs, lambda drawn: float(np.mean(drawn)))
        lines.append(
            f"{kind:5s} {pairs.mean():.3f} [{low:.3f}, {high:.3f}], median {np.median(pairs):.3f}"
        )
    return "\n".join(lines)


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Runs the command line; returns its exit status."""
    from tqdm import tqdm

    parser = argparse.ArgumentParser(
        "python -m agents.algorithms.lola",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seeds", type=int, default=64, help="pairs of each kind")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--updates", type=int, default=Settings.updates)
    parser.add_argument("--out", type=Path, default=Path("results/matrix_games"))
    parser.add_argument("--force", action="store_true", help="learn again, whatever is there")
    options, rest = parser.parse_known_args(arguments)
    keywords = parse_keywords(find(ENVIRONMENT), rest)
    settings = Settings(updates=options.updates)
    run = run_identity(keywords, options.seeds, options.seed, settings)
    path = options.out / f"lola-{run['keywords']['game']}-seed{options.seed}.json"
    with locked(options.out):
        if not options.force and is_done(path, run, format=FORMAT):
            print(f"{path} is there: nothing to do (--force learns again)")
        else:
            total = len(LEARNERS) * settings.updates
            with tqdm(total=total, unit="update", disable=None) as bar:
                record = train(
                    keywords=keywords,
                    seeds=options.seeds,
                    seed=options.seed,
                    settings=settings,
                    progress=lambda: bar.update(),
                )
            write_record(path, record)
            print(f"wrote {path}")
        print(report(read_record(path, FORMAT)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
