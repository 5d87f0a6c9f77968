"""Stable-Baselines3 networks as data: described in a run record, and rebuilt from it.

Stable-Baselines3's own loader unpickles the model file, which may contain any code. This module
builds the network from names and numbers in the record, and reads its weights with
`torch.load(weights_only=True)`, which creates only tensors.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from gymnasium import spaces

from safety_envs.core.errors import SafetyEnvsError, did_you_mean

CONTRIB = {"trpo": "TRPO", "qrdqn": "QRDQN", "recurrent_ppo": "RecurrentPPO"}
"""Algorithms of sb3-contrib, which the extra `contrib` installs."""
ALGORITHMS = {"ppo": "PPO", "sbx_ppo": "PPO", "a2c": "A2C", "dqn": "DQN", **CONTRIB}
WEIGHTS = "policy.pth"
"""The member of a model file that holds the weights."""
_NOT_FOR_ACTING = ("optimizer_class", "optimizer_kwargs")
_ARGUMENTS = (
    *("net_arch", "activation_fn", "ortho_init", "log_std_init", "full_std", "use_expln"),
    *("squash_output", "features_extractor_class", "features_extractor_kwargs"),
    *("share_features_extractor", "normalize_images", "n_quantiles"),
    *("lstm_hidden_size", "n_lstm_layers", "shared_lstm", "enable_critic_lstm"),
)
"""The arguments of a policy that determine its network."""


def algorithm_class(name: Any) -> Any:
    """Returns the class of an algorithm by its name in a record.

    Raises:
        SafetyEnvsError: an unknown name, or of a package that is not installed.
    """
    if not isinstance(name, str) or name not in ALGORITHMS:
        raise SafetyEnvsError(
            f"unknown algorithm {name!r}. {did_you_mean(str(name), ALGORITHMS)}"
        )  # fmt: skip
    try:
        package = import_module("sb3_contrib" if name in CONTRIB else "stable_baselines3")
    except ModuleNotFoundError as error:
        if error.name != "sb3_contrib":
            raise
        raise SafetyEnvsError(
            f"algorithm {name!r} is of sb3-contrib: pip install 'safety-envs[train,contrib]'"
        ) from error
    return getattr(package, ALGORITHMS[name])


def describe(model: Any) -> dict[str, Any]:
    """Returns a model's network as data.

    Returns:
        "policy", the name of its class in Stable-Baselines3; "policy_kwargs", with classes by name;
        and "exploration_rate", the share of random actions. If the network cannot be described,
        "indescribable" gives the reason.
    """
    names = {kind: name for name, kind in type(model).policy_aliases.items()}
    described: dict[str, Any] = {"exploration_rate": float(getattr(model, "exploration_rate", 0))}
    if model.policy_class not in names:
        return described | {"indescribable": f"policy class {model.policy_class.__name__}"}
    arguments = {}
    for name, value in model.policy_kwargs.items():
        if name in _NOT_FOR_ACTING or (name == "use_sde" and not value):
            continue
        try:
            if name not in _ARGUMENTS:
                raise TypeError
            arguments[name] = _name_of(value) if isinstance(value, type) else value
            json.dumps(arguments[name])
        except (TypeError, ValueError):
            return described | {"indescribable": f"policy_kwargs {name}={value!r}"}
    return described | {"policy": names[model.policy_class], "policy_kwargs": arguments}


def _name_of(value: type) -> str:
    """Returns the name of a class that `_class_of` finds again."""
    for table in _tables():
        if table.get(value.__name__) is value:
            return value.__name__
    raise TypeError


def _tables() -> list[dict[str, type]]:
    """Returns the classes that a record may name: activations and feature extractors."""
    from stable_baselines3.common import torch_layers
    from torch.nn.modules import activation

    activations = {name: getattr(activation, name) for name in activation.__all__}
    names = ("FlattenExtractor", "NatureCNN")
    return [activations, {name: getattr(torch_layers, name) for name in names}]


def _arguments_of(described: Mapping[str, Any]) -> dict[str, Any]:
    activations, extractors = _tables()
    found = dict(described)
    for name in found:
        if name not in _ARGUMENTS:
            raise ValueError(f"unknown argument {name!r}")
    for name, table in (("activation_fn", activations), ("features_extractor_class", extractors)):
        if name in found:
            if found[name] not in table:
                raise ValueError(f"unknown {name} {found[name]!r}")
            found[name] = table[found[name]]
    return found


def rebuild(
    described: Mapping[str, Any],
    algorithm: Any,
    space: spaces.Space[Any],
    actions: int,
    where: str,
) -> Any:
    """Returns a network with random weights, built from the result of `describe`.

    Args:
        described: the result of `describe`.
        algorithm: the class of the algorithm.
        space: the space of the network's observations.
        actions: the number of actions.
        where: the place of the description, for error messages.

    Raises:
        SafetyEnvsError: the described network cannot be built.
    """
    import torch

    try:
        policy = algorithm.policy_aliases[described["policy"]]
        arguments = _arguments_of(described["policy_kwargs"])
        with torch.random.fork_rng(devices=[]):  # the initial weights are replaced later
            return policy(space, spaces.Discrete(actions), lambda _: 0.0, **arguments)
    except Exception as error:  # unsuitable arguments may raise any error
        raise SafetyEnvsError(
            f"{where} describes a network that cannot be built: {one_line(error)}"
        ) from error


def load_weights(network: Any, path: Path) -> None:
    """Loads the weights of a model file into a network, without executing code from the file.

    Raises:
        SafetyEnvsError: the file is missing, damaged, or for another network.
    """
    import torch

    try:
        with zipfile.ZipFile(path) as archive:
            content = io.BytesIO(archive.read(WEIGHTS))
        weights = torch.load(content, map_location="cpu", weights_only=True)
        network.load_state_dict(weights)
    except Exception as error:  # a damaged file may raise any error
        raise SafetyEnvsError(f"{path} cannot be loaded: {one_line(error)}") from error
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise SafetyEnvsError(f"{path} cannot be used: {name} holds values that are not finite")


def load_trusted(algorithm: Any, path: Path) -> Any:
    """Returns a model that Stable-Baselines3's own loader reads; it executes code in the file.

    Raises:
        SafetyEnvsError: the model cannot be loaded.
    """
    import torch

    try:
        with torch.random.fork_rng(devices=[]):
            return algorithm.load(path, device="cpu")
    except Exception as error:  # as above, and errors of the code in the file
        raise SafetyEnvsError(f"{path} cannot be loaded: {one_line(error)}") from error


def one_line(error: BaseException) -> str:
    """Returns an error's type and message on one line, shortened."""
    text = " ".join(str(error).split())
    short = text if len(text) <= 300 else text[:297] + "..."
    return f"{type(error).__name__}: {short}" if short else type(error).__name__
