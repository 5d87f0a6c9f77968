"""Pages: their numbers, what they refuse, what they do with what is missing, and their exports."""

import csv
import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from benchmarks.experiments import EXPERIMENTS
from benchmarks.harness.claim import Claim, Comparison, Score
from benchmarks.harness.condition import Condition
from benchmarks.harness.results import Results, Row
from benchmarks.harness.statements import Statement
from benchmarks.report import write_page
from benchmarks.report.figures import FIGURES, learning
from benchmarks.report.numbers import number
from benchmarks.report.page import page_of
from benchmarks.report.words import class_words, social_class_words, start_words
from safety_envs import SafetyEnvsError, certify
from tests.benchmarks.pages import CAMERA, GOLD, certificate, condition, record, row, trial

READ = Statement("covering the camera pays", "Euclid", "section 1")
REMEMBERED = Statement("five is prime", "Euclid")
ALL = ("leaderboard", "reward_and_performance", "curves", "runs")
GAP = Score(CAMERA, "ppo", "performance_gap")


def page_in(folder, results, **options):
    return write_page(results, folder, **options).read_text(encoding="utf-8")


def cells(page, label, caption):
    """Returns the cells of a row of the Markdown table below a caption: column -> text."""
    lines = page[page.index(f"**{caption}") :].splitlines()[2:]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rows = {each[0].removesuffix(" (control)"): each for each in table[: lines.index("")]}
    return dict(zip((head.partition(" [")[0] for head in table[0]), rows[label], strict=True))


def csv_in(folder):
    with (folder / "runs.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def numbers_in(cell):
    return [float(text.replace(",", "")) for text in re.findall(r"-?[\d,]*\d\.?\d*", cell)]


def test_few_runs_show_means_with_students_intervals(tmp_path):
    results = trial(runs=5)
    found = cells(page_in(tmp_path, results), "ppo", "Scores on Proxy, proxy=camera")
    scores = [each["scores"]["reward"][0] for each in results.row(CAMERA, "ppo").records]
    mean, reach = np.mean(scores), stats.sem(scores) * stats.t.ppf(0.975, 4)
    assert numbers_in(found["reward"]) == pytest.approx(
        [mean, mean - reach, mean + reach], abs=0.006
    )
    assert numbers_in(found["normalised reward"])[0] == pytest.approx(mean / 10, abs=0.006)
    assert numbers_in(found["reward given up"])[0] == pytest.approx(10 - mean, abs=0.006)
    hidden = np.mean(
        [each["scores"]["performance"][0] for each in results.row(CAMERA, "ppo").records]
    )
    assert numbers_in(found["performance gap"])[0] == pytest.approx((8 - hidden) / 20, abs=0.006)
    assert found["runs"] == "5"


def test_many_runs_show_interquartile_means_over_all_tasks(tmp_path):
    results = trial(runs=12)
    found = cells(page_in(tmp_path, results), "a2c", "All tasks together (2)")
    rewards = [
        each["scores"]["reward"][0] / 10
        for task in (CAMERA, GOLD)
        for each in results.row(task, "a2c").records
    ]
    middle, low, high = numbers_in(found["normalised reward"])
    assert middle == pytest.approx(stats.trim_mean(rewards, 0.25), abs=0.006)
    drawn = np.random.default_rng(1).choice(np.reshape(rewards, (2, 12)), (4000, 12), axis=1)
    ends = np.percentile(
        stats.trim_mean(drawn.swapaxes(0, 1).reshape(4000, -1), 0.25, axis=1), [2.5, 97.5]
    )
    assert (low, high) == pytest.approx(tuple(ends), abs=0.05)
    assert (found["runs"], found["tasks"]) == ("12", "2")


def test_controls_are_marked_and_exact_scores_are_too(tmp_path):
    page = page_in(tmp_path, trial())
    assert "| random (control) |" in page and "| ppo |" in page
    planner = cells(page, "reward optimal", "Scores on Proxy, proxy=camera")
    assert planner["reward"] == "10.00†" and planner["performance gap"] == "1.00†"
    assert "†" not in cells(page, "ppo", "Scores on Proxy, proxy=camera")["reward"]
    assert "† exact:" in page
    assert "R*: 10.00; I: [-12.00, -6.00]; P*: 8.00; alignment tax: 6.00;" in page.replace("\\", "")


def test_the_page_has_its_parts_in_order(tmp_path):
    experiment = {"introduction": "*Hello.*", "tuned": "Tuned on seeds 1000 to 1004."}
    results = trial(**experiment, figures=ALL, remarks={GOLD: "It drinks."}, claims=(_claim(READ),))
    page = page_in(tmp_path, results)
    parts = [
        "# A trial", "*Hello.*", "Tuned on seeds 1000 to 1004.", "## Leaderboard",
        "## Reward against hidden performance", "## Learning curves", "## Distributions over runs",
        "## Tasks", "It drinks.", "## Claims", "## What was not run", "Everything was run.",
        "## Provenance", "rules of SafetyProxy-v0: rules-7", "python -m benchmarks page trial",
    ]  # fmt: skip
    places = [page.index(part) for part in parts]
    assert places == sorted(places)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    places = [html.index(part.strip("#* ")) for part in parts if "*" not in part]
    assert "<em>Hello.</em>" in html
    assert len(html) < 1_000_000 * (2 * 5) / (12 * 6)  # tasks and agents
    for name in results.experiment.figures:
        assert (tmp_path / f"{name}.png").is_file() and (tmp_path / f"{name}.svg").is_file()


def test_the_same_records_give_the_same_page(tmp_path):
    for folder in ("one", "two"):
        page_in(tmp_path / folder, trial(runs=3, figures=ALL), csv=True, latex=True)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes(), path.name


def _claim(source=None, sense=">", than=0.2):
    return Claim("PPO hacks the camera", (Comparison(GAP, sense, than),), source, "A remark.")


@pytest.mark.parametrize(
    ("claim", "runs", "said"),
    [
        (_claim(), 10, "agrees"),
        (_claim(READ), 10, "agrees"),
        (_claim(READ, "<"), 10, "disagrees"),
        (_claim(READ, ">", 0.7), 10, "not settled"),
        (_claim(READ), 9, "not settled (9 of 10 runs)"),
        (_claim(REMEMBERED), 10, "from memory, no verdict"),
        (_claim(None, "<", Score(CAMERA, "reward_optimal", "performance_gap")), 10, "agrees"),
    ],
)  # fmt: skip
def test_verdicts(tmp_path, claim, runs, said):
    page = page_in(tmp_path, trial(runs=runs, claims=(claim,)))
    assert f"| 1. {claim.statement} | {said} |" in page
    if claim.source:
        assert str(claim.source) in page and claim.remark in page
    last = page[page.index("What claim 1 rests on") :].splitlines()[4]
    whole = said.startswith(("agrees", "disagrees"))
    said_there = said if whole else "no verdict" if claim.source is REMEMBERED else "not settled"
    assert last.endswith(f"| {said_there} |")


def test_a_comparison_shows_the_difference_with_its_interval(tmp_path):
    results = trial(claims=(_claim(),))
    page = page_in(tmp_path, results)
    gaps = [
        (8 - each["scores"]["performance"][0]) / 20 for each in results.row(CAMERA, "ppo").records
    ]
    found = numbers_in(page[page.index("What claim 1 rests on") :].splitlines()[4].split("|")[3])
    assert found[0] == pytest.approx(stats.trim_mean(gaps, 0.25) - 0.2, abs=0.001)
    assert found[1] < found[0] < found[2]


def test_claims_of_rows_that_were_not_run_say_so(tmp_path):
    results = trial(claims=(_claim(READ),))
    rows = tuple(
        replace(each, records=()) if each.condition.label == "ppo" else each
        for each in results.rows
    )
    page = page_in(tmp_path, replace(results, rows=rows))
    assert "| 1. PPO hacks the camera | not run |" in page


@pytest.mark.parametrize(
    "text", ["Published: two and two are four.", f"{REMEMBERED} Published (Euclid): it is prime."]
)
def test_a_page_that_cites_nothing_is_refused(tmp_path, text):
    with pytest.raises(SafetyEnvsError, match="without a citation"):
        write_page(trial(introduction=text, claims=(_claim(REMEMBERED),)), tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_of_ours_can_be_written_up(tmp_path, name):
    """Its words cite what they call published, its claims name rows, its figures are known."""
    experiment = EXPERIMENTS[name]
    rows = tuple(
        Row(each, (record(each, 0, 1.0, 2.0),) if number == 0 else ())
        for number, each in enumerate(experiment.conditions)
    )
    page = page_in(tmp_path, Results(replace(experiment, figures=()), rows, {}))
    assert experiment.title in page
    assert set(experiment.figures) <= FIGURES.keys()


def test_a_page_needs_records_and_known_figures(tmp_path):
    empty = trial()
    rows = tuple(replace(each, records=()) for each in empty.rows)
    with pytest.raises(SafetyEnvsError, match="no records: run it first"):
        write_page(replace(empty, rows=rows), tmp_path)
    with pytest.raises(SafetyEnvsError, match="no figure 'pie', but curves"):
        write_page(trial(figures=("pie",)), tmp_path)


def test_tasks_without_a_scale_are_shown_unnormalised(tmp_path):
    results = trial(figures=("leaderboard", "reward_and_performance"))
    rows = tuple(
        replace(each, scale=None) if each.condition.task == GOLD else each for each in results.rows
    )
    partial = replace(results, rows=rows, certificates={CAMERA: (certificate(CAMERA),), GOLD: ()})
    page = page_in(tmp_path, partial)
    assert cells(page, "ppo", "All tasks together (2)")["tasks"] == "1"
    assert "performance gap" not in cells(page, "ppo", "Scores on WhiskyGold")
    assert "Without exact analysis, so without normalised scores: WhiskyGold." in page
    nothing = replace(
        partial, rows=tuple(replace(each, scale=None) for each in rows), certificates={}
    )
    page = page_in(tmp_path / "nothing", nothing)
    assert cells(page, "ppo", "All tasks together (2)")["normalised reward"] == "–"
    assert not (tmp_path / "nothing" / "leaderboard.png").exists()


def test_a_gap_that_nothing_can_have_leaves_its_task_out(tmp_path):
    results = trial()
    safe = certificate(GOLD, interval=(8.0, 8.0))
    rows = tuple(
        replace(each, scale=replace(each.scale, interval=(8.0, 8.0)))
        if each.condition.task == GOLD
        else each
        for each in results.rows
    )
    page = page_in(
        tmp_path, replace(results, rows=rows, certificates={**results.certificates, GOLD: (safe,)})
    )
    assert "(1 of 2 tasks)" in cells(page, "ppo", "All tasks together (2)")["performance gap"]
    assert cells(page, "ppo", "Scores on WhiskyGold")["performance gap"] == "– "[:1]


def test_undefined_scores_say_in_how_many_runs_and_episodes_there_is_one(tmp_path):
    of = condition(CAMERA, "ppo")
    records = [
        record(of, k, 1.0, 2.0, tamper_step=None if k < 3 else 7.0, defined={"tamper_step": 0.5})
        for k in range(10)
    ]
    never = Row(condition(CAMERA, "a2c"), (record(of, 0, 1.0, None, tamper_step=None),))
    results = trial(tasks=(CAMERA,))
    page = page_in(tmp_path, replace(results, rows=(Row(of, tuple(records)), never)))
    table = "Scores on Proxy, proxy=camera"
    assert cells(page, "ppo", table)["tamper step"].startswith(
        "7.00 [7.00, 7.00] (7 of 10 runs, in 50 %"
    )
    assert (
        cells(page, "a2c", table)["tamper step"] == cells(page, "a2c", table)["performance"] == "–"
    )
    assert cells(page, "a2c", table)["runs"] == "1"


def test_what_was_not_run_is_counted_and_failures_are_quoted(tmp_path):
    results = trial(figures=())
    rows = tuple(
        replace(each, records=each.records[:4]) if each.condition.label == "a2c" else each
        for each in results.rows
    )
    page = page_in(
        tmp_path,
        replace(
            results, rows=rows, missing=("a2c-5", "a2c-6"), failed={"a2c-4": "OSError: `no` space"}
        ),
    )
    assert "| a2c | Proxy, proxy=camera | 4 | 10 |" in page
    assert "2 jobs in all are not done." in page
    assert "- `a2c-4`: `OSError: 'no' space`" in page
    assert "time of all runs: 26.00 CPU hours" in page  # 52 records of half an hour


def test_scores_after_a_shift_have_a_table_of_their_own(tmp_path):
    of = condition(CAMERA, "ppo", shift={"proxy": "truth"})
    after = {
        "scores": {"reward": [3.0], "performance": [-4.5]},
        "defined": {}, "episodes": {}, "evaluation": {"episodes": 100, "exact": ["reward"]},
    }  # fmt: skip
    results = trial(tasks=(CAMERA,))
    rows = (row(of, [(1.0, 2.0)] * 3, shifted=after),)
    page = page_in(tmp_path, replace(results, rows=rows))
    found = cells(
        page, "ppo", "Scores on Proxy, proxy=camera, evaluated after the shift (proxy=truth)"
    )
    assert found["reward"].startswith("3.00†") and found["performance"].startswith("-4.50")


def test_a_record_of_many_runs_counts_each(tmp_path):
    of = condition(CAMERA, "ppo")
    many = record(of, 0, 0.0, 0.0, curve=False)
    many["scores"] = {"reward": [1.0, 2.0, 3.0], "performance": [4.0, 5.0, None]}
    results = replace(trial(tasks=(CAMERA,)), rows=(Row(of, (many,)),))
    page = page_in(tmp_path, results, csv=True)
    found = cells(page, "ppo", "Scores on Proxy, proxy=camera")
    assert found["runs"] == "3" and found["reward"].startswith("2.00 [")
    assert "(2 of 3 runs)" in found["performance"]
    rows = csv_in(tmp_path)
    assert [(each["run"], each["value"]) for each in rows if each["metric"] == "performance"] == [
        ("0", "4.0"), ("1", "5.0"), ("2", "")
    ]  # fmt: skip


def test_names_that_look_like_markup_stay_text(tmp_path):
    of = condition(CAMERA, "ppo", label="<b>a | b*</b>")
    results = trial(tasks=(CAMERA,), claims=(Claim("a < b & c", ()),))
    page = page_in(tmp_path, replace(results, rows=(row(of, [(1.0, 2.0)] * 3),)))
    assert r"| \<b>a \| b\*\</b> |" in page
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "<b>a" not in html and "&lt;b&gt;a | b*&lt;/b&gt;" in html and "A &lt; b &amp; c" in html


def test_csv_has_every_score_of_every_run(tmp_path):
    results = trial(runs=3)
    page_in(tmp_path, results, csv=True)
    rows = csv_in(tmp_path)
    assert list(rows[0]) == [
        "experiment",
        "task",
        "label",
        "seed",
        "run",
        "metric",
        "value",
        "exact",
    ]
    mine = [each for each in rows if (each["task"], each["label"]) == (CAMERA, "ppo")]
    rewards = [float(each["value"]) for each in mine if each["metric"] == "reward"]
    assert rewards == results.row(CAMERA, "ppo").scores("reward").tolist()
    gaps = [float(each["value"]) for each in mine if each["metric"] == "performance_gap"]
    assert gaps == pytest.approx(
        [(8 - each) / 20 for each in results.row(CAMERA, "ppo").scores("performance")]
    )
    planner = [each for each in rows if each["label"] == "reward_optimal"]
    assert {each["exact"] for each in planner if each["metric"] == "performance_gap"} == {"True"}
    assert {each["exact"] for each in planner if each["metric"] == "length"} == {"False"}


def test_latex_has_the_leaderboard_and_every_task(tmp_path):
    page_in(tmp_path, trial(runs=3), latex=True)
    text = (tmp_path / "tables.tex").read_text(encoding="utf-8")
    assert text.count(r"\begin{table}") == text.count(r"\end{table}") == 3
    assert text.count(r"\toprule") == text.count(r"\bottomrule") == 3
    assert r"\caption{All tasks together (2)}" in text and r"10.00$^\dagger$" in text
    assert not re.search(r"(?<!\\)[_%#]", text.replace("{%\n", ""))
    assert text.count("{") == text.count("}")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pyarrow", None)
    with pytest.raises(SafetyEnvsError, match="safety-envs\\[parquet\\]"):
        write_page(trial(runs=2), tmp_path, parquet=True)


def test_parquet_holds_what_csv_holds(tmp_path):
    parquet = pytest.importorskip("pyarrow.parquet", reason="pyarrow is not installed")
    page_in(tmp_path, trial(runs=2), csv=True, parquet=True)
    rows = parquet.read_table(tmp_path / "runs.parquet").to_pylist()
    lines = csv_in(tmp_path)
    assert [(each["label"], str(each["value"])) for each in rows] == [
        (each["label"], each["value"]) for each in lines
    ]


def test_every_figure_has_words_and_copes_with_nothing():
    untrained = trial(agents=())
    assert FIGURES["curves"](untrained) is None
    empty = replace(untrained, rows=tuple(replace(each, records=()) for each in untrained.rows))
    for name, plot in FIGURES.items():
        assert plot.title and plot.caption.endswith(".")
        assert plot(empty) is None, name


def test_curves_are_means_of_what_is_there():
    of = condition(CAMERA, "ppo")
    records = [record(of, k, 4.0, 2.0) for k in range(2)]
    for each, values in zip(records, ([None, 1.0, 3.0], [None, None, 5.0]), strict=True):
        each["training"]["curve"] = {"steps": [1, 2, 3], "reward": values, "performance": values}
    results = replace(trial(), rows=(Row(of, tuple(records)),))
    reward, performance = FIGURES["curves"](results).panels
    for panel in (reward, performance):
        (mean,) = (
            line
            for line in panel.get_lines()
            if line.get_linewidth() > 1.5 and line.get_linestyle() == "-"
        )
        assert mean.get_xydata().tolist() == [[2, 1], [3, 4]]
    for each in records:
        each["training"]["curve"]["reward"] = [None] * 3
    (performance,) = FIGURES["curves"](results).panels
    assert performance.get_ylabel() == "performance"


@pytest.mark.parametrize(("episodes", "times"), [(8, 5), (0, 1)])
def test_curves_of_several_agents_show_the_reward_of_all(episodes, times):
    """Learners that act in episodes note the reward of each of five agents."""
    curve = {"steps": [1, 2], "reward": [1.0, 2.0], "performance": [3.0, 4.0]}
    found = {"training": {"curve": curve}, "evaluation": {"episodes": episodes, "exact": []}}
    pond = Row(Condition("SafetyCommonsStock-v0", "random"), (found,))
    assert learning._curves(pond, "reward")[1].tolist() == [[times * 1.0, times * 2.0]]
    assert learning._curves(pond, "performance")[1].tolist() == [[3.0, 4.0]]


def test_the_goodhart_curve_ends_at_the_best_reward():
    of = Condition("SafetyBoatRace-v0", "random")
    known = json.loads(certify("SafetyBoatRace-v0").to_json())
    of_task = {of.task: (known,)}
    results = Results(trial().experiment, (row(of, [(0.2, 0.3)]),), of_task)
    figure = FIGURES["goodhart"](results)
    assert figure is not None
    (panel,) = figure.panels
    curve = max(panel.get_lines(), key=lambda line: len(line.get_xdata()))
    assert curve.get_xdata()[-1] == pytest.approx(known["best_reward"], abs=1e-3)
    assert curve.get_xdata()[0] == pytest.approx(known["uniform"][0])


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        (math.nan, 2, "–"), (-0.001, 2, "0.00"), (0.0, 0, "0"), (-12.345, 2, "-12.35"),
        (1234567.8, 0, "1,234,568"),
    ],
)  # fmt: skip
def test_numbers_in_words(value, places, text):
    assert number(value, places) == text


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("all starts", "all starts"),
        ("50 seeds", "50 seeds"),
        ("like 50 seeds", "the starts that look like those of 50 seeds"),
        ("like seed 3", "the starts that look like that of seed 3"),
    ],
)
def test_starts_in_words(start, words):
    assert start_words(start) == words


def test_the_class_none_says_what_is_optimal():
    assert class_words("none") == "none: every reward-optimal policy attains P*"
    assert social_class_words("none") == "none: every equilibrium attains the best performance"
    assert social_class_words("E") == class_words("E")


def test_sections_are_values_without_duplicates():
    page = page_of(trial(runs=2))
    titles = [section.title for section in page.sections]
    assert len(titles) == len(set(titles))
