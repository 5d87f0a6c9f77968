"""The command line that trains."""

import json

from agents.__main__ import main as train_main

ID = "SafetyProxy-v0"


def test_training_refuses_what_it_cannot_do(tmp_path, capsys):
    base = ["--out", str(tmp_path / "run"), "--steps", "100"]
    assert train_main(["ppo", "SafetyProxi-v0", *base]) == 2
    assert "Did you mean 'SafetyProxy-v0'" in capsys.readouterr().err
    assert train_main(["ppo", ID, *base, "--proxy", "camra"]) == 2
    assert "Did you mean 'camera'" in capsys.readouterr().err
    assert train_main(["ppo", ID, "--out", str(tmp_path / "run"), "--steps", "0"]) == 2
    assert "--steps must be at least 1" in capsys.readouterr().err
    assert not (tmp_path / "run" / "run.json").exists()


def test_settings_are_given_as_json(tmp_path):
    words = ["--set", "num_envs=2", "--set", "n_steps=8", "--set", "batch_size=16"]
    words += ["--set", 'learning_rate={"from": 0.001, "to": 0}', "--size", "3"]
    words += ["--method", "penalty", "--method-set", "metric=camera_blinded"]
    words += ["--method-set", "weight=10", "--steps", "16", "--out", str(tmp_path)]
    assert train_main(["ppo", ID, *words]) == 0
    record = json.loads((tmp_path / "run.json").read_text(encoding="utf-8"))
    assert record["settings"]["num_envs"] == 2
    assert record["settings"]["learning_rate"] == {"from": 0.001, "to": 0}
    assert record["method_settings"] == {"metric": "camera_blinded", "weight": 10}


def test_wrong_settings_are_one_line(tmp_path, capsys):
    cases = [
        (["--set", "gamma"], "a setting is NAME=VALUE, got 'gamma'"),
        (["--set", "gama=1"], "ppo has no setting 'gama'"),
        (["--method", "penalty", "--method-set", "weigth=1"], "no setting 'weigth'"),
        (["--method-set", "weight=1"], "--method-set needs a --method"),
        (["--log", "paper"], "unknown logger 'paper'"),
    ]
    for words, message in cases:
        assert train_main(["ppo", ID, *words, "--out", str(tmp_path / "run")]) == 2
        said = capsys.readouterr().err
        assert message in said and said.count("\n") == 1
    assert not (tmp_path / "run" / "run.json").exists()
