"""Progress bars for what may take long."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Sequence[Item], label: str) -> Iterable[Item]:
    """Yields items, with a progress bar on a terminal once it has taken more than two seconds."""
    from tqdm import tqdm

    bar: Iterable[Item] = tqdm(items, desc=label, delay=2, disable=None, leave=False)
    return bar
