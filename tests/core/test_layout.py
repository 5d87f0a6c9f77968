"""The layout of an outcome: record and plain numbers are one memory, in one order."""

import numpy as np
import pytest

from safety_envs import Engine, find
from tests.helpers.configurations import CONFIGURATIONS, name_of


@pytest.mark.parametrize("case", CONFIGURATIONS, ids=name_of)
def test_the_slices_are_where_the_record_s_fields_are(case):
    name, keywords = case
    layout = find(name).configure(**keywords).layout
    fields = {
        field: range(offset // 8, (offset + kind.itemsize) // 8)
        for field, (kind, offset) in layout.dtype.fields.items()
    }
    found = {part: list(range(where.start, where.stop)) for part, where in layout.slices.items()}
    assert found["rewards"] == [*fields["reward"]]
    assert found["terminated"] == [*fields["terminated"]]
    assert found["channels"] == [fields[each].start for each in layout.channels]
    assert found["per_agent"] == [k for each in layout.per_agent for k in fields[each]]
    assert found["executed"] == [*fields.get("executed_action", ())]
    assert sum(map(len, found.values())) * 8 == layout.dtype.itemsize


def test_channels_stand_kind_by_kind():
    for name, keywords in CONFIGURATIONS:
        layout = find(name).configure(**keywords).layout
        parts = [layout.channels_of(kind) for kind in ("total", "mean", "first", "least")]
        assert [part.stop for part in parts[:-1]] == [part.start for part in parts[1:]]
        assert (parts[0].start, parts[-1].stop) == (0, len(layout.channels))
        for kind, part in zip(("mean", "first", "least"), parts[1:], strict=True):
            assert all(layout.metrics[each].kind == kind for each in layout.channels[part])


def test_the_ledger_has_room_for_all_that_the_layout_names():
    configuration = find("SafetyCleanUp-v0").configure()
    ledger, layout = Engine(configuration, 3).ledger, configuration.layout
    assert ledger.totals.shape == (3, len(layout.channels))
    assert ledger.per_agent.shape == (3, len(layout.per_agent), configuration.agents)
    assert set(layout.derived).isdisjoint(layout.dtype.names)
    assert np.dtype(layout.dtype["reward"]).shape == (configuration.agents,)
