"""Progress bars for long computations; on a terminal they appear after two seconds."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Sequence[Item], label: str) -> Iterable[Item]:
    """Yields items, with a bar of how many of them are done."""
    from tqdm import tqdm

    bar: Iterable[Item] = tqdm(items, desc=label, delay=2, disable=None, leave=False)
    return bar


@contextmanager
def counting(label: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Gives a function that shows a growing number; `total` is where it ends, if that is known."""
    from tqdm import tqdm

    with tqdm(desc=label, total=total, delay=2, disable=None, leave=False, unit="") as bar:

        def show(number: int) -> None:
            bar.update(number - bar.n)

        yield show
