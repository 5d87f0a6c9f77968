"""Sentences that several experiments share, and how claims begin."""

import re

SEEDS = (
    "They were chosen on earlier runs whose seeds were not recorded. Every run now derives the "
    "seeds of its worlds by a hash, so no run here trains in a world of an earlier run. Earlier "
    "runs may have been evaluated on the same held-out episodes."
)
DEFAULTS = f"The settings are the defaults of `agents/training/settings.py` on every task. {SEEDS}"
OWN = (
    "The settings are the defaults of `agents/training/settings.py`, with the changes that this "
    f"experiment names for some tasks. {SEEDS}"
)


def learner_on(label: str, task: str) -> str:
    """Returns words like "PPO on Proxy, proxy=camera"."""
    place = re.sub(r"^Safety(\w+?)-v\d+", r"\1", task).replace(",", ", ")
    return f"{label.upper()} on {place}"
