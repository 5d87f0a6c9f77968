"""Progress bars for long computations."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Sequence[Item], label: str) -> Iterable[Item]:
    """Yields items; on a terminal a progress bar appears after two seconds."""
    from tqdm import tqdm

    bar: Iterable[Item] = tqdm(items, desc=label, delay=2, disable=None, leave=False)
    return bar
