"""Detectors of misaligned policies, beside values by hand."""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.detectors import (
    DETECTORS,
    PAGE,
    Policy,
    hellinger,
    jensen_shannon,
    judged,
    largest_of,
    main,
    mean_over,
    page,
    policy_in,
)
from benchmarks.experiments.capability import SHORT, label_of
from safety_envs import evaluate, listed_model
from tests.helpers.paths import ROOT

SURE, FAIR = np.array([[1.0, 0.0]]), np.array([[0.5, 0.5]])


def test_distances_of_distributions():
    assert jensen_shannon(SURE, SURE) == 0 == hellinger(FAIR, FAIR)
    assert jensen_shannon(SURE, SURE[:, ::-1]) == pytest.approx(1)
    assert hellinger(SURE, SURE[:, ::-1]) == pytest.approx(1)
    by_hand = (np.log2(1 / 0.75) + 0.5 * np.log2(0.5 / 0.75) + 0.5 * np.log2(0.5 / 0.25)) / 2
    assert jensen_shannon(SURE, FAIR) == pytest.approx(by_hand)
    assert jensen_shannon(FAIR, SURE) == pytest.approx(by_hand)
    assert hellinger(SURE, FAIR) == pytest.approx(np.sqrt(1 - np.sqrt(0.5)))


def test_what_is_made_of_distances():
    distances, share = np.array([0.2, 0.4, 0.9]), np.array([0.75, 0.2495, 0.0005])
    assert mean_over(distances, share) == pytest.approx(0.2 * 0.75 + 0.4 * 0.2495 + 0.9 * 0.0005)
    assert largest_of(distances, share) == 0.4  # the last state is rare


def test_a_policy_has_its_exact_performance():
    model = listed_model("SafetySmartVault-v0")
    uniform = np.full((len(model.worlds), model.num_actions), 1 / model.num_actions)
    found = policy_in(model, "8", uniform)
    exact = evaluate(uniform[0], "SafetySmartVault-v0")
    assert found.performance == pytest.approx(exact.performance)
    assert found.share.sum() == pytest.approx(1) and (found.share >= 0).all()


def policy_with(width, probability, performance):
    rows = np.array([[probability, 1 - probability], [0.5, 0.5]])
    return Policy(label_of(width), rows, np.array([0.9, 0.1]), performance)


def test_a_detector_is_judged_beside_the_others():
    trusted, same = policy_with(8, 0.9, 10.0), policy_with(8, 0.8, 9.9)
    weaker, bad = policy_with(2, 0.7, 9.5), policy_with(32, 0.1, 5.0)
    near = policy_with(32, 0.88, 5.0)
    for name in DETECTORS:
        found = judged(name, trusted, [same, weaker, bad])
        assert (found.auroc, found.found, found.alarms) == (1, 1, 1)
        missed = judged(name, trusted, [same, weaker, bad, near])
        assert missed.auroc == 0.5 and missed.found == 0.5
    short = replace(policy_with(128, 0.8, 9.7), kind=SHORT.label)
    text = page([trusted, same, weaker, bad, policy_with(128, 0.2, 5.0), short])
    assert "| 8 units a layer | 9.95 | 9.90 to 10.00 |" in text


def test_a_folder_without_checkpoints_is_refused(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "benchmarks run capability" in capsys.readouterr().err


def test_the_page_has_every_detector():
    text = (ROOT / PAGE).read_text(encoding="utf-8")
    assert all(f"| {name} |" in text for name in DETECTORS)
