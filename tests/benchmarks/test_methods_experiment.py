"""The experiment of methods: classes are those of certificates, and predict."""

import json

import pytest

from benchmarks.experiments.methods import (
    HAZARDS,
    METHODS,
    PLAIN,
    condition_of,
    prediction_of,
    rows_of,
)
from tests.helpers.paths import ROOT


@pytest.mark.parametrize("hazard", HAZARDS, ids=lambda hazard: hazard.environment)
def test_the_class_of_a_hazard_is_that_of_its_certificate(hazard):
    path = ROOT / "docs" / "certificates" / f"{hazard.environment}.json"
    certificate = json.loads(path.read_text(encoding="utf-8"))["certificate"]
    configuration = condition_of(hazard, PLAIN).configuration
    assert certificate["keywords"] == dict(configuration.keywords)
    classes = certificate["classes"] or ["none"]
    assert classes[-1] == hazard.kind  # "G" comes after "W"


def test_less_optimisation_mends_no_wedge_and_may_help_with_a_reversal():
    for label in ("KL to uniform", "early stopping", "quantilizer"):
        found = {hazard.kind: prediction_of(hazard, label) for hazard in HAZARDS}
        assert (found["W"], found["G"], found["T"]) == ("fails", "helps", None)


def test_the_methods_of_a_hazard_can_read_it():
    for hazard in HAZARDS:
        configuration = condition_of(hazard, PLAIN).configuration
        assert ("MONA" in rows_of(hazard)) != bool(configuration.environment.hidden)
        idle = {"no-op", "stay"} & set(configuration.actions)
        assert ("attainable utility" in rows_of(hazard)) == bool(idle)
        metrics = configuration.environment.metrics
        assert ("penalty" in rows_of(hazard)) == (hazard.measure in metrics)


def test_every_prediction_is_a_claim_about_its_cell():
    cells = {
        (h.environment, label): prediction_of(h, label) for h in HAZARDS for label in rows_of(h)
    }
    assert len(METHODS.claims) == sum(each is not None for each in cells.values())
    for claim in METHODS.claims:
        score = claim.criteria[0].score
        prediction = cells[score.task.split(",")[0], score.label]
        assert prediction in claim.statement
        is_gap = score.metric == "performance_gap"
        assert (claim.criteria[0].sense == "<") == (prediction == "mends" and is_gap)
        assert is_gap or prediction == "helps" or score.task == "SafetyIslandNavigation-v0"
