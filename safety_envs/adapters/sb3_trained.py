"""Policies from checkpoints: networks that are rebuilt from their run records."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from safety_envs.adapters.columns import Columns
from safety_envs.adapters.sb3_changes import Change, changes_before, changes_from
from safety_envs.adapters.sb3_checkpoint import (
    MODEL,
    RECORD,
    TRUST,
    check_keys,
    checked_folder,
    name_of,
    read_record,
)
from safety_envs.adapters.sb3_network import (
    algorithm_class,
    load_trusted,
    load_weights,
    one_line,
    rebuild,
)
from safety_envs.core.definition import Configuration
from safety_envs.core.dice import checked_seed
from safety_envs.core.engine import Engine
from safety_envs.core.errors import SafetyEnvsError
from safety_envs.core.keywords import named
from safety_envs.envs import environments
from safety_envs.exact.policies.choices import ObservedChoices, joint

_KEYS_OF_A_MODEL = {
    "exploration_rate": (int, float),
    "observation_shape": list,
    "actions": int,
    "changes": list,
}


class TrainedPolicy:
    """A trained Stable-Baselines3 model that samples actions in an engine's worlds.

    Its observations are transformed as in training, with the statistics in the checkpoint. It has
    its own random numbers, which equal those of Stable-Baselines3 with the same seed.

    Args:
        folder: the folder of a checkpoint.
        configuration: the environment in which the model acts.
        seed: the seed for sampling actions; with independent agents, agent k gets seed + k.
        trust: load with Stable-Baselines3's own loader, which executes code in the file. Use it
            only for files from a trusted source.

    Raises:
        SafetyEnvsError: the checkpoint is missing, damaged, for another environment or size, or
            cannot be loaded without trust.
    """

    def __init__(
        self,
        folder: str | Path,
        configuration: Configuration,
        seed: int = 0,
        *,
        trust: bool = False,
    ) -> None:
        folder, seed = checked_folder(folder), checked_seed(seed)
        record = read_record(folder, trust=trust)
        asked = configuration.id
        if not _is_of(record, configuration):
            trained_on, here = record["environment"], asked
            if trained_on == here:  # another variant of the same environment
                trained_on, here = named(trained_on, record["keywords"]), str(configuration)
            raise SafetyEnvsError(f"{str(folder)!r} was trained on {trained_on}, not on {here}")
        self.record = record
        self._columns = Columns(configuration, record["observation"], record.get("agent_id", False))
        names = [MODEL]
        if record.get("independent"):
            if record["agents"] != configuration.agents:
                raise SafetyEnvsError(
                    f"{str(folder)!r} holds {record['agents']} independent agents, but "
                    f"{asked} has {configuration.agents} with these keywords"
                )
            names = [name_of(agent) for agent in range(record["agents"])]
        entries = record.get("models", [None] * len(names))
        if len(entries) != len(names):
            raise SafetyEnvsError(
                f"{folder / RECORD} describes {len(entries)} models, expected {len(names)}"
            )
        num_actions = len(configuration.actions)
        self._actors = [
            self._actor(folder / name, entry, num_actions, trust)
            for name, entry in zip(names, entries, strict=True)
        ]
        for agent, actor in enumerate(self._actors):
            actor.seed(seed + agent)

    def _actor(self, path: Path, entry: Any, actions: int, trust: bool) -> "_Actor":
        algorithm = algorithm_class(self.record["algorithm"])
        if entry is None:  # an old format, trusted
            model = load_trusted(algorithm, path)
            seen, given = model.observation_space.shape, self._columns.space.shape or ()
            # Stable-Baselines3 itself moves the channels of images to the first axis.
            self._check_fit(path, given if sorted(seen) == sorted(given) else seen)
            self._check_actions(path, model.action_space.n, actions)
            return _Actor(model.policy, float(getattr(model, "exploration_rate", 0)), [])
        where = f"{path.parent / RECORD}, entry of {path.name}"
        check_keys(entry, _KEYS_OF_A_MODEL, where)
        self._check_fit(path, tuple(entry["observation_shape"]))
        self._check_actions(path, entry["actions"], actions)
        changes, space = _read_changes(path, entry["changes"], self._columns.space)
        if trust:
            network = load_trusted(algorithm, path).policy
        else:
            if "indescribable" in entry:
                raise SafetyEnvsError(
                    f"{path} cannot be rebuilt from its record ({entry['indescribable']}): if you "
                    f"trust its source, load it with {TRUST}"
                )
            check_keys(entry, {"policy": str, "policy_kwargs": dict}, where)
            network = rebuild(entry, algorithm, space, actions, where)
            load_weights(network, path)
        return _Actor(network, float(entry["exploration_rate"]), changes)

    def _check_fit(self, path: Path, seen: tuple[int, ...]) -> None:
        """Checks that a model's observations have the shape of the environment's."""
        given = self._columns.space.shape
        if seen != given:
            raise SafetyEnvsError(
                f"{str(path.parent)!r} expects observations of shape {seen}, {self._given(given)}"
            )

    def _check_actions(self, path: Path, own: int, given: int) -> None:
        """Checks that a model has the number of actions of the environment."""
        if own != given:
            raise SafetyEnvsError(f"{str(path.parent)!r} has {own} actions, {self._given(given)}")

    def _given(self, given: Any) -> str:
        return (
            f"but {self.record['environment']} has {given} with these keywords; the model was "
            f"trained with {self.record['keywords']}"
        )

    def __call__(self, engine: Engine) -> npt.NDArray[np.int64]:
        """Returns the actions, int64 [N] or [N, agents], in an engine's worlds."""
        seen = self._columns(engine.shown)
        begins = np.repeat(engine.ledger.steps == 0, len(seen) // engine.num_worlds)
        actions = np.empty(len(seen), np.int64)
        stride = len(self._actors)  # one actor for all columns, or one per agent
        for agent, actor in enumerate(self._actors):
            actions[agent::stride] = actor(seen[agent::stride], begins[agent::stride])
        return actions.reshape(engine.action_shape)

    def joint_probabilities(self, worlds: npt.NDArray[np.void]) -> npt.NDArray[np.float64]:
        """Returns probabilities of joint actions in worlds [N], float64 [N, J]; see `Choices`."""
        return self.choices(worlds)

    @property
    def choices(self) -> ObservedChoices:
        """Its choices, which can be asked about observations too."""
        return ObservedChoices(self._columns, partial(_joint_probabilities, self._actors))


def choices_of_model(
    model: Any, configuration: Configuration, observation: str | None
) -> ObservedChoices:
    """Returns the choices of a Stable-Baselines3 model in memory, with its environment's wrappers.

    Args:
        model: it acts in the columns of `sb3_vec_env` without `agent_id`, or for one agent.
        configuration: where it acts.
        observation: the encoding that it was trained on; the environment's first if None.

    Raises:
        SafetyEnvsError: it has no environment, or sees or does something else.
    """
    env, changes = changes_before(model)
    columns = Columns(configuration, observation)
    seen, given = env.observation_space.shape, columns.space.shape
    if seen != given or model.action_space.n != len(configuration.actions):
        raise SafetyEnvsError(
            f"the model sees observations of shape {seen} and has {model.action_space.n} actions; "
            f"{configuration.id} gives {given} and {len(configuration.actions)}: give its "
            "observation=, or save it by save_checkpoint and give the folder"
        )
    actor = _Actor(model.policy, float(getattr(model, "exploration_rate", 0)), changes)
    return ObservedChoices(columns, partial(_joint_probabilities, [actor]))


def _joint_probabilities(
    actors: Sequence["_Actor"], seen: Any, num_worlds: int
) -> npt.NDArray[np.float64]:
    """Returns the probabilities of joint actions of N worlds' columns, [N, J].

    Actors explore each by a coin of its own: all columns of an actor at once.
    """
    each, parts = len(actors), []
    for agent, actor in enumerate(actors):
        greedy = actor.probabilities(seen[agent::each])
        together = joint(greedy.reshape(num_worlds, -1, greedy.shape[-1]))
        rate = actor.exploration_rate
        parts.append((1 - rate) * together + rate / together.shape[1])
    return joint(np.stack(parts, axis=1))


class _Actor:
    """One network with the changes to its observations and its own random numbers.

    It samples like Stable-Baselines3's `predict` after `set_random_seed`, but does not change the
    state of the global generators. So two policies do not affect each other.
    """

    def __init__(self, network: Any, exploration_rate: float, changes: Sequence[Change]) -> None:
        self.network = network
        self.exploration_rate = exploration_rate
        self._changes = changes
        self._memory: Any = None  # of a network that remembers, for the rows of the last call

    def seed(self, seed: int) -> None:
        """Seeds all random number generators."""
        import torch

        word = seed % 2**32  # NumPy's generator accepts 32 bits
        self._generator = np.random.RandomState(word)
        self._torch_state = torch.Generator().manual_seed(word).get_state()
        self.network.action_space.seed(word)

    def __call__(self, seen: Any, begins: Any) -> Any:
        """Returns actions, int64 [rows].

        Args:
            seen: the observations of rows.
            begins: bool [rows], whether an episode begins, so that nothing is remembered.
        """
        import torch

        for change in self._changes:
            seen = change(seen)
        if self.exploration_rate and self._generator.rand() < self.exploration_rate:
            return [self.network.action_space.sample() for _ in range(len(seen))]
        with torch.random.fork_rng(devices=[]):
            torch.set_rng_state(self._torch_state)
            actions, self._memory = self.network.predict(
                seen, self._memory, episode_start=begins, deterministic=False
            )
            self._torch_state = torch.get_rng_state()
        return actions

    def probabilities(self, seen: Any) -> npt.NDArray[np.float64]:
        """Returns the probabilities of actions without exploration, float64 [rows, actions]."""
        import torch

        if hasattr(self.network, "lstm_actor"):
            raise SafetyEnvsError(
                "a network that remembers gives no probabilities for worlds alone: play episodes "
                "(safety_envs.rollout)"
            )
        for change in self._changes:
            seen = change(seen)
        if not hasattr(self.network, "get_distribution"):  # it takes the action of most value
            actions, _ = self.network.predict(seen, deterministic=True)
            certain: npt.NDArray[np.float64] = np.eye(int(self.network.action_space.n))[actions]
            return certain
        self.network.set_training_mode(False)
        with torch.no_grad():
            tensor, _ = self.network.obs_to_tensor(seen)
            logits = self.network.get_distribution(tensor).distribution.logits.double()
        found: npt.NDArray[np.float64] = torch.softmax(logits, dim=-1).cpu().numpy()
        return found


def _is_of(record: Mapping[str, Any], configuration: Configuration) -> bool:
    """Whether a record and a configuration have the same definition, under any of its ids."""
    known = environments().get(record["environment"])
    if known is None:  # an unregistered definition
        return bool(record["environment"] == configuration.id)
    return known.select(record["keywords"])[1] == configuration.environment


def _read_changes(path: Path, entries: Sequence[Any], space: Any) -> tuple[list[Change], Any]:
    """Returns the changes to a model's observations, and the resulting space."""
    try:
        if any(entry["wrapper"] == "VecNormalize" for entry in entries):
            with np.load(path.with_suffix(".npz"), allow_pickle=False) as arrays:
                changes = changes_from(entries, arrays)
        else:
            changes = changes_from(entries, {})
        for change in changes:
            space = change.space(space)
    except Exception as error:  # a damaged file may raise any error
        raise SafetyEnvsError(
            f"{path.with_suffix('.npz')} and {RECORD} do not describe the changes to "
            f"observations: {one_line(error)}"
        ) from error
    return changes, space
