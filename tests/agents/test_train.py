"""The command that trains refuses what it cannot do."""

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
