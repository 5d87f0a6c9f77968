"""Tianshou trains PPO; its buffer holds the hidden performance."""

import numpy as np
import pytest

from tests.integrations import page

pytest.importorskip("tianshou", reason="needs tianshou: make test-libraries")
pytestmark = pytest.mark.filterwarnings("ignore")  # Tianshou's own


def test_tianshou_trains_as_the_page_shows():
    import tianshou as ts

    names = page.run("Tianshou")
    page.check_hacks(names["learned"])
    played = ts.data.VectorReplayBuffer(800, 16)
    collector = ts.data.Collector(names["algorithm"], names["worlds"], played)
    collector.reset()
    found = collector.collect(n_episode=16)
    performances = played.info.performance[played.done]
    assert len(performances) == 16 == found.n_collected_episodes
    assert np.median(performances) == 11
    assert found.returns.mean() == pytest.approx(names["learned"].reward, abs=3)
