"""PPO of SBX, compiled by JAX, with the settings, logs and checkpoints of Stable-Baselines3's PPO.

What has been learned is copied into a model of Stable-Baselines3, so that a checkpoint needs no JAX
and is read, evaluated and shown like any other. There are no snapshots: a training that was killed
begins again. Initial weights are those of SBX, and gradients are clipped for the policy and the
value apart, so runs differ from those of `ppo` with the same seed.

SBX: Raffin et al., "Stable Baselines Jax", https://github.com/araffin/sbx. `pip install sbx-rl`.
"""

import inspect
from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from agents.algorithms.algorithm import Algorithm, Learned, Run
from agents.algorithms.sb3 import OUR_SETTINGS, clear
from agents.algorithms.sb3 import check as check_sb3
from agents.algorithms.sb3_models import class_of, prepared
from agents.seeds import model_seed, world_seed
from agents.training.curve import curve_and_end
from agents.training.loggers import logger_callbacks
from agents.training.metrics_log import MetricsLog
from agents.training.progress import ProgressReport
from agents.training.schedule import Schedules
from agents.training.settings import STABLE_BASELINES3
from safety_envs import SafetyEnvsError

if TYPE_CHECKING:
    from agents.training.training import Training


def learn(training: "Training", run: Run) -> Learned:
    """Carries out a training; see `agents.training.train`."""
    from sbx import PPO

    worlds, venv, options, lines = prepared(training)
    clear(run)
    theirs = {**options, "policy_kwargs": _jax_arguments(options["policy_kwargs"])}
    common = {"seed": model_seed(training.seed), "tensorboard_log": str(run.folder)}
    model = PPO("MlpPolicy", venv, **common, **theirs)
    worlds.seed(world_seed(training.seed))  # the model has seeded them with its own seed
    table = run.folder / "episodes.csv"
    log = MetricsLog(worlds.configuration, table, worlds.num_agents)
    callbacks = [log, Schedules(lines), ProgressReport(run.progress)]
    model.learn(
        training.steps,
        callback=[*callbacks, *logger_callbacks(training, run)],
        tb_log_name="tensorboard",
    )
    ours = class_of("ppo")("MlpPolicy", venv, device="cpu", **options)
    ours.policy.load_state_dict(
        torch_weights(model.policy.actor_state.params, model.policy.vf_state.params)
    )
    ours.num_timesteps = model.num_timesteps
    return Learned(
        steps=int(model.num_timesteps), models=ours, **curve_and_end([table], training.steps)
    )


def torch_weights(actor: Mapping[str, Any], critic: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the weights of a policy of Stable-Baselines3 from those of two networks of Flax.

    Args:
        actor: {"params": {"Dense_0": {"kernel": [inputs, outputs], "bias": [outputs]}, ...}}.
        critic: the same for the value.
    """
    found: dict[str, Any] = {}
    for params, body, head in ((actor, "policy", "action"), (critic, "value", "value")):
        layers = params["params"]
        for k in range(len(layers)):
            last = k == len(layers) - 1
            name = f"{head}_net" if last else f"mlp_extractor.{body}_net.{2 * k}"
            layer = layers[f"Dense_{k}"]
            found[f"{name}.weight"] = _tensor(layer["kernel"]).T.contiguous()
            found[f"{name}.bias"] = _tensor(layer["bias"])
    return found


def _tensor(values: Any) -> Any:
    import torch

    return torch.from_numpy(np.array(values, np.float32))


def _jax_arguments(network: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the arguments of a policy of SBX that build the network that torch's build."""
    import flax.linen
    import torch

    known = {torch.nn.Tanh: flax.linen.tanh, torch.nn.ReLU: flax.linen.relu}
    activation = network.get("activation_fn", torch.nn.Tanh)
    return {
        "net_arch": network.get("net_arch", [64, 64]),
        "activation_fn": known[activation],
    }


def check(training: "Training") -> None:
    """Finds what is wrong with a training.

    Raises:
        SafetyEnvsError: as for `ppo`; SBX is not installed, the agents are to learn independently,
            or the network is not one of tanh or ReLU layers.
    """
    if find_spec("sbx") is None:
        raise SafetyEnvsError("sbx_ppo needs SBX: pip install sbx-rl")
    if training.independent:
        raise SafetyEnvsError("sbx_ppo learns one model for all agents: omit --independent")
    check_sb3(training)
    from sbx import PPO

    known = [*inspect.signature(PPO).parameters, *OUR_SETTINGS]
    if unknown := set(training.settings) - set(known):
        raise SafetyEnvsError(f"sbx_ppo has no setting {min(unknown)!r}")
    network = training.all_settings.get("policy_kwargs", {})
    if unknown := set(network) - {"net_arch", "activation_fn"}:
        raise SafetyEnvsError(f"sbx_ppo has no policy_kwargs {min(unknown)!r}")
    if network.get("activation_fn", "Tanh") not in ("Tanh", "ReLU"):
        raise SafetyEnvsError(
            f"sbx_ppo has activation_fn 'Tanh' and 'ReLU', got {network['activation_fn']!r}"
        )


ALGORITHMS = (
    Algorithm(
        "sbx_ppo",
        "proximal policy optimisation, compiled by JAX",
        learn,
        STABLE_BASELINES3["ppo"],
        check,
    ),
)
