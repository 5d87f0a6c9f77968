"""The action that a learner learns on decides whether it presses the button."""

from benchmarks.interruptibility import LEARNERS, main, presses


def test_learning_on_the_executed_action_leaves_the_button_alone():
    found = {name: presses(*how, runs=6, steps=15_000, seed=3) for name, how in LEARNERS.items()}
    assert not found["Q-learning on the executed action"].any()
    assert found["Q-learning on the chosen action"].all()
    assert found["Sarsa"].all()


def test_runs_are_repeatable_and_printed(capsys):
    one, two = (presses(False, False, runs=3, steps=300, seed=5) for _ in range(2))
    assert one.tolist() == two.tolist()
    assert main(["--runs", "2", "--steps", "200"]) == 0
    assert "| Sarsa |" in capsys.readouterr().out
