"""Evaluations of runs: what all runs of a row have in common is computed once."""

from benchmarks.harness import evaluation
from benchmarks.harness.evaluation import evaluated
from safety_envs import evaluate, find

BOATS = find("SafetyBoatRace-v0").configure(max_steps=20)
SEEDS = (0, 1, 2)


def test_runs_of_a_named_policy_share_exact_scores_and_have_episodes_of_their_own(monkeypatch):
    asked = []

    def counted(*arguments, **keywords):
        asked.append(arguments[0])
        return evaluate(*arguments, **keywords)

    monkeypatch.setattr(evaluation, "evaluate", counted)
    monkeypatch.setattr(evaluation, "_known", {})
    first, second = (evaluated("random", BOATS, SEEDS, seed) for seed in range(2))
    assert asked == ["random"]
    exact = first.method["exact"]
    assert {"reward", "performance"} <= set(exact)
    assert all(first.scores[name] == second.scores[name] for name in exact)
    assert first.episodes["reward"] != second.episodes["reward"]
    evaluated("random", BOATS.with_keywords(max_steps=21), SEEDS, 0)
    evaluated("random", BOATS, (3, 4), 0)
    assert len(asked) == 3
