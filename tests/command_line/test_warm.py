"""The command that compiles environments before their first use."""

from safety_envs.__main__ import main
from safety_envs.adapters import warm


def test_what_is_warm_is_on_disk_for_other_processes(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SAFETY_ENVS_CACHE", str(tmp_path))
    assert main(["warm", "SafetyRace-v0", "--workers", "1"]) == 0
    assert "1/1 SafetyRace-v0" in capsys.readouterr().out
    kept = " ".join(path.name for path in tmp_path.rglob("*.nbi"))
    for loop in ("step_all", "reset_all", "write_vectors", "write_infos", "write_all_sums"):
        assert loop in kept, f"{loop} was not compiled"


def test_all_are_compiled_by_default_each_once(monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(warm, "warm", lambda ids, workers: asked.append(ids) or ids)
    assert main(["warm", "--workers", "3"]) == 0
    assert len(asked[0]) == len(set(asked[0])) == len(capsys.readouterr().out.splitlines())


def test_unknown_names_and_no_workers_are_refused(capsys):
    assert main(["warm", "SafetyRice-v0"]) == 2
    assert "SafetyRace-v0" in capsys.readouterr().err
    assert main(["warm", "SafetyRace-v0", "--workers", "0"]) == 2
    assert "--workers must be a whole number" in capsys.readouterr().err
