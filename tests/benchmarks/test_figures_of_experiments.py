"""Figures that single experiments have: regrets, prices, overseers, paths of optimisation."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.experiments import EXPERIMENTS
from benchmarks.experiments.misgeneralisation import HIGH, LOW
from benchmarks.experiments.published.mona import NOISES, PLACES, SIGHTS
from benchmarks.harness.record import Scale
from benchmarks.harness.results import Results, Row
from benchmarks.report.figures.overoptimisation import overoptimisation
from benchmarks.report.figures.overseers import overseers
from benchmarks.report.figures.price_war import mean_prices, price_war
from benchmarks.report.figures.regrets import regrets
from benchmarks.report.words import tick_margin, tick_words

SCALE = Scale(
    reward=(0.0, 2.0), performance=(0.0, 4.0), interval=(0.0, 1.0), hazard_class="W", start=""
)


def record_of(reward, performance):
    """Returns the record of a run by what it has in the test."""
    scores = {"reward": [reward], "performance": [performance]}
    return {"scores": scores, "training": None, "shifted": {"scores": scores, "defined": {}}}


def of_runs(experiment, label, records, **scales):
    """Returns results in which one row of the first task was run."""
    task = experiment.conditions[0].task
    rows = tuple(
        Row(each, tuple(records) if (each.task, each.label) == (task, label) else (), **scales)
        for each in experiment.conditions
    )
    return Results(experiment, rows, {})


def points(panel):
    return [tuple(map(float, point)) for line in panel.lines for point in line.get_xydata()]


def test_regrets_tell_the_wrong_goal_from_incapability():
    records = [record_of(2.0, 0.0), record_of(0.0, 0.0), record_of(0.0, 4.0)]
    experiment = EXPERIMENTS["misgeneralisation"]
    figure = regrets(of_runs(experiment, "ppo", records, shifted_scale=SCALE))
    (panel,) = figure.panels
    assert points(panel) == [(0.0, 1.0), (1.0, 1.0), (1.0, 0.0)]  # (proxy, intended)
    (corner,) = panel.collections
    (path,) = corner.get_paths()
    assert path.contains_point((LOW / 2, 1.0)) and not path.contains_point((LOW / 2, HIGH / 2))


def test_without_a_scale_there_are_no_regrets():
    assert regrets(of_runs(EXPERIMENTS["misgeneralisation"], "ppo", [record_of(1.0, 1.0)])) is None


@pytest.fixture
def sessions():
    """Two records in which one firm cuts its price in period 0, and the other follows."""
    before = [[12.0, 12.0]] * 5
    after = [[2.0, 12.0], [6.0, 6.0], *[[12.0, 12.0]] * 3]
    record = {
        "scores": {"reward": [1.0] * 3, "profit_gain": [0.8, 0.9, 0.7]},
        "training": {"curve": {"steps": [20_000, 40_000], "profit_gain": [0.1, 0.8]}},
        "details": {"deviation": {"first_period": -5, "mean_actions": before + after}},
    }
    other = record | {
        "scores": {"reward": [1.0], "profit_gain": [0.6]},
        "details": {"deviation": {"first_period": -5, "mean_actions": [[12.0, 12.0]] * 10}},
    }
    return of_runs(EXPERIMENTS["price_collusion"], "patient Q-learners", [record, other])


def test_prices_around_a_cut_are_means_over_all_sessions(sessions):
    row = next(row for row in sessions.rows if row.records)
    prices = row.condition.configuration.level.prices
    periods, found = mean_prices(row)
    assert periods.tolist() == list(range(-5, 5))
    assert found[4] == pytest.approx([prices[12], prices[12]])
    cut = np.interp((3 * 2 + 12) / 4, range(len(prices)), prices)
    assert found[5] == pytest.approx([cut, prices[12]])


def test_the_price_war_is_drawn(sessions):
    learning, ends, war = price_war(sessions).panels
    assert [list(line.get_ydata()) for line in learning.lines[2:]] == [[0.1, 0.8]] * 2
    assert sum(bar.get_height() for bar in ends.patches) == pytest.approx(1)
    assert [line.get_label() for line in war.lines[2:]] == [
        "is made to cut its price in period 0", "the other",
    ]  # fmt: skip


def test_other_results_have_no_price_war(sessions):
    assert price_war(replace(sessions, rows=())) is None


def test_overseers_are_drawn_by_how_noisy_and_how_far_sighted_they_are():
    experiment = EXPERIMENTS["published_mona"]
    task, gain = experiment.conditions[0].task, 2.0
    scale = replace(SCALE, performance=(1.0, 1.0 + gain))
    rows = []
    for each in experiment.conditions:
        asked = each.training.get("method_settings", {})
        here = each.task == task and asked.get("overseer") in ("noisy", "short_sighted")
        at = 1.0 + gain * 0.1 * asked["amount"] if here else 0.0
        rows.append(Row(each, (record_of(0.0, at),) if here else (), scale))
    figure = overseers(Results(experiment, tuple(rows), {}))
    noise, sight = (
        line.get_xydata()
        for panel in figure.panels
        for line in panel.lines
        if len(line.get_xdata()) == len(NOISES)
    )
    gained = PLACES[0].gain
    assert noise == pytest.approx(np.array([(x * gained / gain, 0.1 * x * gained) for x in NOISES]))
    assert sight == pytest.approx(np.array([(steps, 0.1 * steps) for steps in SIGHTS]))


def test_paths_of_reward_models_are_drawn_over_the_root_of_the_divergence():
    path = {"kl": [0.0, 4.0], "performance": [1.0, 3.0]}
    exact = {"kl": [0.0, 9.0], "performance": [1.0, 5.0]}
    record = record_of(0.0, 3.0) | {"details": {"path": path, "exact": exact}}
    experiment = EXPERIMENTS["published_overoptimisation"]
    figure = overoptimisation(of_runs(experiment, "100 labels", [record]))
    (panel,) = figure.panels
    assert points(panel) == [(0.0, 1.0), (3.0, 5.0), (0.0, 1.0), (2.0, 3.0)]
    assert overoptimisation(of_runs(experiment, "random", [record_of(0.0, 0.0)])) is None


def test_the_margin_beside_an_axis_holds_its_labels():
    label = "128 units a layer, a quarter of the training"
    lines = tick_words(label).split("\n")
    assert " ".join(lines) == label and max(map(len, lines)) <= 24
    assert tick_margin(["ppo", label]) > tick_margin(["ppo"]) >= 0.25 + 3 * 0.06
