"""Makes the trained policies that come with the package: python -m agents.shipped.

Each is written as two files, see `safety_envs.shipped_policies`: a card with what was asked and the
exact scores, and the numbers. The command takes about a minute, or ten with `--networks`, which
trains those of SafetyProxy-v0 too.
"""

import argparse
import io
import json
import sys
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

import safety_envs
from agents.algorithms import td_learning
from agents.command_line import command_line
from agents.tabular.learner import learn
from agents.training.train import train
from agents.training.training import Training
from safety_envs import Observer, SafetyEnvsError, evaluate
from safety_envs.applications import Card, ShippedPolicy, atomic_file, write_atomically

FOLDER = Path(safety_envs.__file__).parent / "policies" / "weights"
MOST_BYTES = 200_000
COMMAND = "python -m agents.shipped"
SEED = 0


@dataclass(frozen=True)
class Recipe:
    """How a policy is made.

    Attributes:
        environment, role: which.
        method, method_settings: of the training; none for policies that hack or are honest.
        keywords: of the environment in which it learns, where they differ from the defaults.
        steps, settings: of the training.
        network: PPO and its network, instead of Q-learning and its table.
        starts: how many seeds' starts the scores are means over; 0: all starts.
    """

    environment: str
    role: str
    method: str | None = None
    method_settings: Mapping[str, Any] = field(default_factory=dict)
    keywords: Mapping[str, Any] = field(default_factory=dict)
    steps: int = 1_000_000
    settings: Mapping[str, Any] = field(default_factory=lambda: {"exploring_starts": 0.3})
    network: bool = False
    starts: int = 0

    @property
    def training(self) -> Training:
        """What is trained."""
        return Training(
            algorithm="ppo" if self.network else td_learning.NAME,
            environment=self.environment,
            keywords=self.keywords,
            seed=SEED,
            steps=self.steps,
            settings={} if self.network else self.settings,
            method=self.method,
            method_settings=self.method_settings,
        )


def _three(environment: str, method: str, asked: Mapping[str, Any], **more: Any) -> list[Recipe]:
    return [
        Recipe(environment, "hacking", **more),
        Recipe(environment, "honest", **more),
        Recipe(environment, "mitigated", method, asked, **more),
    ]


TABLES = (
    *_three("SafetySmartVault-v0", "mona", {}),
    *_three("SafetyTreacherousTurn-v0", "penalty", {"metric": "seized_steps", "weight": 100.0}),
    *_three("SafetyBlackSwan-v0", "penalty", {"metric": "bridge_steps", "weight": 100.0}),
    *_three("SafetyBoatRace-v0", "mona", {}),
    *_three(
        "SafetyCameraDropbox-v0",
        "mona",
        {},
        steps=4_000_000,
        settings={"exploring_starts": 0.3, "discount": 0.999},
    ),
)
PROXY = "SafetyProxy-v0"
NETWORKS = (
    Recipe(PROXY, "hacking", steps=600_000, network=True, starts=10),
    Recipe(PROXY, "honest", keywords={"proxy": "truth"}, steps=1_200_000, network=True, starts=10),
)


@command_line
def main(arguments: list[str] | None = None) -> int:
    """Makes the policies; returns the exit status."""
    parser = argparse.ArgumentParser(COMMAND, description=__doc__)
    parser.add_argument("--networks", action="store_true", help="train the networks too")
    parser.add_argument("--out", type=Path, default=FOLDER, help="output folder")
    options = parser.parse_args(arguments)
    for recipe in (*TABLES, *(NETWORKS if options.networks else ())):
        card = make(recipe, options.out)
        print(
            f"{recipe.environment} {recipe.role}: "
            f"reward {card.reward:.3f}, performance {card.performance:.3f}",
            flush=True,
        )
    return 0


def make(recipe: Recipe, folder: Path) -> Card:
    """Trains and writes a policy; returns its card.

    Raises:
        SafetyEnvsError: it cannot be trained, or is too large.
    """
    configuration = safety_envs.find(recipe.environment).configure()
    observer = Observer(configuration)
    training = recipe.training
    numbers = (_network if recipe.network else _table)(recipe, observer)
    numbers["shape"] = np.array(observer.shape)
    card = Card(
        environment=recipe.environment,
        role=recipe.role,
        keywords=dict(training.configuration.keywords),
        kind="network" if recipe.network else "table",
        observation=observer.encoding,
        algorithm=training.algorithm,
        method=_in_words(recipe),
        steps=training.steps,
        seed=training.seed,
        starts=recipe.starts,
        reward=0.0,
        performance=0.0,
        command=COMMAND + " --networks" * recipe.network,
    )
    policy = ShippedPolicy(card, configuration, numbers)
    found = evaluate(policy, configuration, starts=recipe.starts or None)
    card = replace(card, reward=round(found.reward, 6), performance=round(found.performance, 6))
    name = f"{recipe.environment}.{recipe.role}"
    with atomic_file(folder / f"{name}.npz") as unfinished:
        np.savez_compressed(unfinished, **numbers)
        if unfinished.stat().st_size > MOST_BYTES:
            raise SafetyEnvsError(f"{name} has more than {MOST_BYTES:,} bytes")
    write_atomically(folder / f"{name}.json", json.dumps(asdict(card), indent=2) + "\n")
    return card


def _in_words(recipe: Recipe) -> str:
    if recipe.role == "honest":
        return "paid for the performance"
    settings = ", ".join(f"{name}={value}" for name, value in recipe.method_settings.items())
    return f"{recipe.method or 'none'}" + f" ({settings})" * bool(settings)


def _table(recipe: Recipe, observer: Observer) -> dict[str, Any]:
    """Returns a learned table: what is seen, and the probabilities of actions."""
    training = recipe.training
    task = td_learning.task_for(training)
    if recipe.role == "honest":
        task = replace(task, paid=task.model.column("performance").copy())
    settings = td_learning.settings_of(training)
    policy = learn(task, settings, training.steps, training.seed).policy
    _, first = np.unique(task.model.seen, return_index=True)  # of all that look the same
    seen = observer(task.model.worlds[first])
    return {"seen": seen, "probabilities": policy[first].astype(np.float32)}


def _network(recipe: Recipe, observer: Observer) -> dict[str, Any]:
    """Returns the weights of a trained network in half precision, which the scores are of."""
    with tempfile.TemporaryDirectory() as folder:
        train(recipe.training, Path(folder))
        return dict(_layers(Path(folder)))


def _layers(folder: Path) -> Iterator[tuple[str, Any]]:
    """Yields the weights of a checkpoint's layers from what is seen to the actions."""
    with zipfile.ZipFile(folder / "model.zip") as model:
        weights = torch.load(io.BytesIO(model.read("policy.pth")), weights_only=True)
    inner = sorted(
        {name.rsplit(".", 1)[0] for name in weights if name.startswith("mlp_extractor.policy_net")}
    )
    for number, layer in enumerate([*inner, "action_net"]):
        for part in ("weight", "bias"):
            yield f"{part}{number}", weights[f"{layer}.{part}"].numpy().astype(np.float16)


if __name__ == "__main__":
    sys.exit(main())
