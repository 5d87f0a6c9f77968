"""Where metrics go besides episodes.csv: TensorBoard, and two services behind stubs."""

import sys
from types import ModuleType, SimpleNamespace

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.custom_scalar import layout_pb2

from agents.training import Training, train
from safety_envs import SafetyEnvsError

SETTINGS = {"num_envs": 4, "n_steps": 10, "batch_size": 40, "n_epochs": 1}
PPO = Training("ppo", "SafetyProxy-v0", {"max_steps": 8}, 0, 160, settings=SETTINGS)
LOLA = Training("lola", "SafetyMatrixGames-v0", {}, 0, 5, settings={"pairs": 2})


@pytest.fixture
def said(monkeypatch):
    """Stub modules of both services; what they were told, in order."""
    said = []

    def note(name, value=None):
        return lambda *arguments, **options: said.append((name, arguments, options)) or value

    wandb, mlflow = ModuleType("wandb"), ModuleType("mlflow")
    wandb.init = note("init", SimpleNamespace(log=note("log"), finish=note("finish")))
    mlflow.set_experiment = note("set_experiment")
    active = SimpleNamespace(info=SimpleNamespace(run_id="r7"))
    mlflow.start_run = note("start_run", active)
    mlflow.log_params = note("log_params")
    mlflow.log_metrics = note("log_metrics")
    mlflow.end_run = note("end_run")
    monkeypatch.setitem(sys.modules, "wandb", wandb)
    monkeypatch.setitem(sys.modules, "mlflow", mlflow)
    return said


@pytest.mark.parametrize("training", [PPO, LOLA], ids=lambda training: training.algorithm)
def test_wandb_gets_what_tensorboard_gets(training, tmp_path, said):
    train(training, tmp_path, log="wandb")
    kinds = [kind for kind, *_ in said]
    assert kinds[0] == "init" and kinds[-1] == "finish"
    assert kinds.count("init") == kinds.count("finish") == 1
    options = said[0][2]
    assert options["name"] == training.name
    assert options["config"]["algorithm"] == training.algorithm
    logged = [(arguments[0], options["step"]) for kind, arguments, options in said if kind == "log"]
    assert any("safety/reward" in values for values, _ in logged)
    steps = [step for _, step in logged]
    assert steps == sorted(steps)
    assert all(type(value) is float for values, _ in logged for value in values.values())


def test_mlflow_gets_what_tensorboard_gets(tmp_path, said):
    train(PPO, tmp_path, log=["mlflow"])
    kinds = [kind for kind, *_ in said]
    assert kinds[:3] == ["set_experiment", "start_run", "log_params"]
    assert kinds[-1] == "end_run"
    metrics = [
        (arguments[0], options) for kind, arguments, options in said if kind == "log_metrics"
    ]
    assert any("safety/performance" in values for values, _ in metrics)
    assert all(options["run_id"] == "r7" for _, options in metrics)


def test_loggers_do_not_change_the_result(tmp_path, said):
    one = train(PPO, tmp_path / "one", log=("wandb", "mlflow"))
    two = train(PPO, tmp_path / "two")
    assert one["curve"] == two["curve"] and one["identity"] == two["identity"]


def test_a_logger_that_cannot_be_had_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(SafetyEnvsError, match=r"pip install 'safety-envs\[wandb\]'"):
        train(PPO, tmp_path / "run", log="wandb")
    with pytest.raises(SafetyEnvsError, match=r"unknown logger 'paper'. Known: mlflow, wandb"):
        train(PPO, tmp_path / "run", log="paper")
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("training", [PPO, LOLA], ids=lambda training: training.algorithm)
def test_tensorboard_shows_reward_and_performance_in_one_chart(training, tmp_path):
    train(training, tmp_path)
    (log,) = tmp_path.glob("tensorboard_*")
    events = EventAccumulator(str(log), size_guidance={"tensors": 0})
    events.Reload()
    (event,) = events.Tensors("custom_scalars__config__")
    layout = layout_pb2.Layout.FromString(event.tensor_proto.string_val[0])
    (chart,) = layout.category[0].chart
    assert list(chart.multiline.tag) == ["safety/reward", "safety/performance"]
    assert "safety/reward" in events.Tags()["scalars"]
