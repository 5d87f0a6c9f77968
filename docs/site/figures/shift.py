"""A hazard of learning: scores before and after a shift, from the records of an experiment."""

from pathlib import Path

from benchmarks.experiments import find_experiment
from benchmarks.harness.collect import Archive, collect
from docs.site.figures.canvas import WIDTH, Canvas, Scale
from docs.site.figures.plane import in_words

RECORDS = Path(__file__).parents[2] / "results" / "core" / "records.jsonl.gz"
TASK, LEARNER = "SafetyLavaShift-v0,split=train", "dqn"


def scores() -> dict[str, float]:
    """Returns performances: the learner's before and after the shift, and those of its scale."""
    row = collect(find_experiment("core"), Archive(RECORDS)).row(TASK, LEARNER)
    assert row.scale is not None and row.shifted_scale is not None
    return {
        "training": row.estimate("performance").value,
        "test": row.estimate("shifted_performance").value,
    }


def picture() -> str:
    """Returns the learner's performance on the levels of training and after the lava has moved."""
    found = scores()
    canvas = Canvas(168, "DQN on SafetyLavaShift-v0, before and after the lava has moved")
    across = Scale([-100.0, 42.0], 110, WIDTH - 40)
    for number, (name, words) in enumerate((("training", "in training"), ("test", "lava moved"))):
        y = 46 + 52 * number
        canvas.text(16, y + 4, words, "title")
        canvas.line([(across(-100), y), (across(42), y)], "line")
        canvas.line([(across(42), y - 8), (across(42), y + 8)], "wanted", width=3)
        canvas.dot(across(found[name]), y, "paid", radius=6)
        canvas.text(
            across(found[name]),
            y - 13,
            f"{in_words(round(found[name], 1))}",
            "paid small",
            "middle",
        )
    canvas.text(across(-100), 150, "never arrives: −100", "muted small", "middle")
    canvas.text(across(42), 150, "P*", "wanted", "middle")
    return canvas.svg()
