"""PPO of SBX: what it learns becomes a model of Stable-Baselines3."""

import importlib.util
import itertools
import json

import numpy as np
import pytest

from agents.__main__ import main
from agents.algorithms.sbx import torch_weights

INSTALLED = importlib.util.find_spec("sbx") is not None
needs_sbx = pytest.mark.skipif(not INSTALLED, reason="SBX is not installed: pip install sbx-rl")


def layer(inputs, outputs, seed):
    random = np.random.default_rng(seed)
    return {"kernel": random.normal(size=(inputs, outputs)), "bias": random.normal(size=outputs)}


def test_weights_of_flax_compute_the_same_in_torch():
    import torch
    from gymnasium import spaces
    from stable_baselines3.common.policies import ActorCriticPolicy

    sizes = {"actor": (3, 8, 5, 4), "critic": (3, 8, 5, 1)}
    networks = {
        name: {
            "params": {
                f"Dense_{k}": layer(*pair, k) for k, pair in enumerate(itertools.pairwise(n))
            }
        }
        for name, n in sizes.items()
    }
    box = spaces.Box(-9, 9, (3,), np.float32)
    policy = ActorCriticPolicy(box, spaces.Discrete(4), lambda _: 0.0, net_arch=[8, 5])
    policy.load_state_dict(torch_weights(networks["actor"], networks["critic"]))
    inputs = np.random.default_rng(9).normal(size=(6, 3))
    found = {}
    for name, network in networks.items():
        values = inputs
        for k, each in enumerate(network["params"].values()):
            values = values @ each["kernel"] + each["bias"]
            values = values if k == 2 else np.tanh(values)
        found[name] = values
    observations = torch.from_numpy(inputs.astype(np.float32))
    with torch.no_grad():
        distribution = policy.get_distribution(observations).distribution
        value = policy.predict_values(observations).numpy()
    expected = found["actor"] - np.log(np.exp(found["actor"]).sum(axis=1, keepdims=True))
    assert distribution.logits.numpy() == pytest.approx(expected, abs=1e-5)
    assert value == pytest.approx(found["critic"], abs=1e-5)


@pytest.mark.skipif(INSTALLED, reason="SBX is installed")
def test_without_sbx_it_says_what_to_install(tmp_path, capsys):
    assert main(["sbx_ppo", "SafetyWhiskyGold-v0", "--out", str(tmp_path / "run")]) == 2
    assert "pip install sbx-rl" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


@needs_sbx
def test_a_training_leaves_a_checkpoint_that_needs_no_jax(tmp_path):
    from safety_envs import evaluate

    out = tmp_path / "run"
    asked = ["sbx_ppo", "SafetyWhiskyGold-v0", "--steps", "6400", "--out", str(out)]
    assert main(asked) == 0
    record = json.loads((out / "run.json").read_text())
    assert record["steps"] == 6400 and (out / "episodes.csv").exists()
    assert np.isfinite(evaluate(out, "SafetyWhiskyGold-v0").means["reward"])


@needs_sbx
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--set", "stats_window_size=3"], "stats_window_size"),
        (["--set", 'policy_kwargs={"activation_fn": "GELU"}'], "GELU"),
        (["--set", 'policy_kwargs={"ortho_init": true}'], "ortho_init"),
    ],
)
def test_it_refuses_what_sbx_cannot_do(words, said, tmp_path, capsys):
    asked = ["sbx_ppo", "SafetyWhiskyGold-v0", *words, "--out", str(tmp_path / "run")]
    assert main(asked) == 2
    assert said in capsys.readouterr().err
