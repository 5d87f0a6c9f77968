"""The command that compares leaves folders alone that are not its own."""

from benchmarks.compare import main as compare_main


def test_results_folders_that_are_not_ours_are_left_alone(tmp_path, capsys):
    (tmp_path / "thesis.txt").write_text("years of work", encoding="utf-8")
    arguments = ["--quick", "--steps", "100", "--out", str(tmp_path)]
    assert compare_main(arguments) == 2
    assert "not a results folder of ours" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]
    (tmp_path / "suite.json").write_text('{"format": "other"}', encoding="utf-8")
    assert compare_main(arguments) == 2
    assert "not a suite of ours" in capsys.readouterr().err
    assert compare_main(["--quick", "--seeds", "0"]) == 2
    assert "--seeds must be at least 1" in capsys.readouterr().err
