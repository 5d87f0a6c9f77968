"""Derived metrics: computed from a tally of all that the ledger of an engine holds."""

from weakref import WeakKeyDictionary

import numpy as np
import numpy.typing as npt

from safety_envs.core.engine import Engine
from safety_envs.core.layout import Layout
from safety_envs.core.ledger import Ledger
from safety_envs.core.metric import Tally


def derived_metrics(engine: Engine) -> list[npt.NDArray[np.float64]]:
    """Returns the derived metrics in their order, [N] each; NaN where one is not defined."""
    ledger, layout = engine.ledger, engine.configuration.layout
    viewed, tally = _tallies.get(engine, (None, None))
    if tally is None or viewed is not ledger:  # it is the first time, or it has another ledger now
        tally = _tally_of(ledger, layout)
        _tallies[engine] = ledger, tally
    first, end, _ = layout.bounds_of_infos
    if end > first:
        means = ledger.totals[:, first:end].T / np.maximum(ledger.steps, 1)
        names = layout.channels[first:end]
        tally = tally._replace(totals={**tally.totals, **dict(zip(names, means, strict=True))})
    return [of(tally) for of in layout.derivations]


_tallies: WeakKeyDictionary[Engine, tuple[Ledger, Tally]] = WeakKeyDictionary()
"""Tallies of ledgers, whose arrays are rewritten by every step: to view them takes 10 us."""


def _tally_of(ledger: Ledger, layout: Layout) -> Tally:
    """Returns views of a ledger as a tally; means are sums in it."""
    return Tally(
        steps=ledger.steps,
        returns=ledger.returns,
        gains=ledger.gains,
        gain_times=ledger.gain_times,
        totals=dict(zip(layout.channels, ledger.totals.T, strict=True)),
        per_agent=dict(zip(layout.per_agent, ledger.per_agent.swapaxes(0, 1), strict=True)),
    )
